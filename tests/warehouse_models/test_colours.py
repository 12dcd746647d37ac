"""Since when a case is red, why, and in whose hands it was when it became so."""

from datetime import timedelta

from warehouse.colours import keep
from warehouse.runner import build_models


def built(world, as_of):
    world.build(as_of)
    keep(world.writer, as_of)


def spans(world):
    return world.rows(
        "SELECT seq, seen_at, until_at, colour_before, colour, holder_org, days FROM core.colour_history ORDER BY seq"
    )


def test_each_change_of_colour_is_kept_with_its_reason_and_who_held_the_case(world, at):
    key = world.report(accepted_at=at(6, 1), reported_at=at(6, 1), handling_org_name="甲")
    days = [at(6, 3), at(6, 4), at(6, 25), at(7, 5), at(7, 6)]
    for day in days[:3]:
        built(world, day)
    world.change("peoples_mediation", key, handling_org_name="乙")
    for day in days[3:]:
        built(world, day)
    assert spans(world) == [
        (1, days[0], days[2], None, "green", "甲", 22),
        (2, days[2], days[3], "green", "yellow", "甲", 10),
        (3, days[3], None, "yellow", "red", "乙", 1),
    ]
    world.change("peoples_mediation", key, closed_at=at(7, 7), result_code="01")
    built(world, at(7, 8))
    assert [row[4] for row in spans(world)] == ["green", "yellow", "red", "green"]
    built(world, at(7, 8) + timedelta(days=91))
    assert [row[4] for row in spans(world)][-1] == "grey"
    assert "超" in world.one("SELECT colour_reason FROM core.colour_history WHERE colour = 'red'")["colour_reason"]


def test_a_build_of_the_same_moment_replaces_what_it_kept(world, at):
    key = world.report(accepted_at=at(6, 1), reported_at=at(6, 1))
    built(world, at(6, 3))
    world.change("peoples_mediation", key, risk_level=1)
    for _ in range(2):
        built(world, at(6, 3))
    assert [(row[0], row[4]) for row in spans(world)] == [(1, "red")]
    build_models(world.writer, at(6, 3))
    assert world.one("SELECT count(*) AS kept FROM ops.case_colours") == {"kept": 1}


def test_what_was_archived_before_it_was_seen_has_no_history(world, at):
    world.report(accepted_at=at(1, 1), reported_at=at(1, 1), closed_at=at(1, 5))
    built(world, at(9, 1))
    assert spans(world) == []
