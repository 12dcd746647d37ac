"""The world is the same for the same seed, its times are honest, and it moves day by day."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

from sandbox.codes import SYSTEMS
from sandbox.registers import register_systems
from sandbox.store import WorldStore
from sandbox.world import World


def make(folder: Path, like: World) -> World:
    folder.mkdir()
    world = World.create(WorldStore(folder / "world.db"), like.seed, like.cases, like.dirt, like.first_today)
    world.begin()
    return world


def rows(world: World) -> list[tuple[Any, ...]]:
    return world.store.connection.execute("SELECT * FROM rows ORDER BY 1, 2, 3, 4").fetchall()


def test_the_same_seed_and_the_same_ticks_give_the_same_world(world: World, tmp_path: Path) -> None:
    one, two = make(tmp_path / "one", world), make(tmp_path / "two", world)
    assert rows(one) == rows(two) == rows(world)
    for _ in range(3):
        one.tick()
        two.tick()
    assert rows(one) == rows(two) != rows(world)


def test_every_system_shows_rows_and_none_from_the_future(world: World) -> None:
    latest = dict(world.store.connection.execute("SELECT system, max(updated) FROM rows GROUP BY 1").fetchall())
    heard = {r.system for number in range(world.calendar.cases) for r in world.reports(number) if r.seen <= world.clock}
    assert set(latest) == heard | set(register_systems())
    assert heard <= set(SYSTEMS)
    assert max(latest.values()) <= f"{world.clock:%Y-%m-%d %H:%M:%S}"


def test_the_steps_of_a_report_are_in_order_and_end_where_its_row_does(world: World) -> None:
    for number in range(0, world.calendar.cases, 7):
        for report in world.reports(number):
            times = [step.at for step in report.steps]
            assert times == sorted(times)
            assert report.steps[0].at == report.reported
            assert report.occurred <= report.reported <= report.seen


def test_half_of_the_disputes_reach_several_systems_mostly_with_a_transfer_number(world: World) -> None:
    several = linked = later = 0
    for number in range(world.calendar.cases):
        reports = [r for r in world.reports(number) if r.dispute]
        several += len(reports) > 1
        for report in reports[1:]:
            later += 1
            linked += report.related in {(r.system, r.source_id) for r in reports if r is not report}
    assert 0.4 < several / world.calendar.cases < 0.6
    assert 0.55 < linked / later < 0.9


def test_a_mass_event_is_twenty_disputes_with_one_firm(world: World) -> None:
    members = [world.reports(number)[0].dispute for number in range(100, 120)]
    assert len({m.respondent.uscc for m in members if m}) == 1
    assert len({m.applicant.name for m in members if m}) == 20
    assert len({m.opened.date() for m in members if m and not m.late}) == 1


def test_somebody_comes_again_with_another_matter(world: World) -> None:
    again = [r[0].dispute for n in range(world.calendar.cases) if (r := world.reports(n)) and r[0].dispute]
    repeats = [d for d in again if d and d.repeat_of is not None]
    assert repeats
    for repeat in repeats:
        first = world.reports(repeat.repeat_of or 0)[0].dispute
        assert first is not None
        assert first.type_code != repeat.type_code


def test_a_day_brings_new_edited_late_and_deleted_rows(world: World, tmp_path: Path) -> None:
    moving = make(tmp_path / "moving", world)
    before = {(r[0], r[1], r[2], r[3]): (r[4], r[5]) for r in rows(moving)}
    since = moving.clock
    for _ in range(3):
        moving.tick()
    after = {(r[0], r[1], r[2], r[3]): (r[4], r[5]) for r in rows(moving)}
    assert moving.clock == since + timedelta(days=3)
    new, gone = after.keys() - before.keys(), before.keys() - after.keys()
    edited = {key for key in before.keys() & after.keys() if before[key] != after[key]}
    assert {key[0] for key in gone} == {"peoples_mediation", "court_odr", "grid_events", "school_disputes"}
    assert any('"deleted":true' in after[key][1] for key in edited if key[1] == "work_orders")
    stamp = f"{since:%Y-%m-%d %H:%M:%S}"
    assert all(after[key][0] > stamp for key in new | edited)
    reported = [json.loads(after[key][1])["createTime"] for key in new if key[1] == "work_orders"]
    reported += [json.loads(after[key][1])["REGISTER_TIME"] for key in new if key[1] == "mediation_cases"]
    assert any(at and at[:10] < f"{since - timedelta(days=30):%Y-%m-%d}" for at in reported)


def test_the_default_size_touches_every_county() -> None:
    from datetime import date, datetime

    from sandbox.people import county_of
    from sandbox.places import MAIN, province

    made = province(141, datetime.combine(date(2024, 1, 1), datetime.min.time()))
    share = Counter(county_of(made, 141, number) for number in range(1500))
    assert len(share) == 90
    assert sum(share[county] for county in MAIN) / 1500 > 0.75
    assert share["330383"] > 0
    assert all(place.town is None for place in made.places["330383"])
