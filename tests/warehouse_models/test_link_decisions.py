"""What a person says about cases is carried out once, holds against every rule, and can be taken back."""

import json

import pytest
from deciding import Person

MEDIATION, HOTLINE, COURT = "peoples_mediation", "petition_hotline", "court_odr"
MEMBERSHIPS = "SELECT system, source_id, case_code, part, method, evidence FROM link.memberships ORDER BY ALL"


@pytest.fixture
def person():
    return Person()


@pytest.fixture
def two(world, at):
    """Two cases of one report each; the older is the first."""
    one = (HOTLINE, world.report(HOTLINE, source_id="A", reported_at=at(3, 1)))
    other = (MEDIATION, world.report(source_id="B", reported_at=at(6, 1)))
    world.link()
    return one, other


def codes(world, *reports):
    members = world.members()
    return [members[report] for report in reports]


def forwards(world):
    world.build()
    return dict(world.rows("SELECT old_code, new_code FROM core.case_aliases"))


def joined(world, at, report, source_id, **values):
    """A report of the court that names another one's number."""
    key = world.report(
        COURT, source_id=source_id, related_system=report[0], related_no=report[1], reported_at=at(6, 10), **values
    )
    return COURT, key


def test_a_merge_keeps_the_code_minted_first_whatever_rules_would_say(world, person, two):
    older, younger = codes(world, *two)
    person.merge(*two, world.members())
    assert world.link(decisions=person.rows).decided == 1
    assert codes(world, *two) == [older, older]
    assert forwards(world) == {younger: older}
    why = world.one("SELECT method, evidence FROM link.memberships WHERE source_id = 'B'")
    assert (why["method"], json.loads(why["evidence"])) == (
        "decided",
        {"rule": "decided", "decision": 1, "from_code": younger},
    )


def test_a_decision_is_carried_out_once(world, person, two):
    person.merge(*two, world.members())
    world.link(decisions=person.rows)
    before = world.rows("FROM link.events")
    assert world.link(decisions=person.rows).decided == 0
    assert world.rows("FROM link.events") == before


def test_a_merge_taken_back_revives_the_code_and_why_each_report_was_there(world, person, two):
    before = world.rows(MEMBERSHIPS)
    row = person.merge(*two, world.members())
    world.link(decisions=person.rows)
    person.undo(row, world.members(), [two[1]])
    world.link(decisions=person.rows)
    after = world.rows(MEMBERSHIPS)
    assert after == before
    assert forwards(world) == {}


def test_a_report_that_came_since_goes_where_its_links_lead_when_a_merge_is_taken_back(world, person, two, at):
    row = person.merge(*two, world.members())
    world.link(decisions=person.rows)
    later = joined(world, at, two[1], "C")
    world.link(decisions=person.rows)
    assert codes(world, later) == codes(world, two[0])
    person.undo(row, world.members(), [two[1]])
    world.link(decisions=person.rows)
    assert codes(world, later) == codes(world, two[1])
    assert codes(world, later) != codes(world, two[0])


def test_a_report_that_fits_one_part_of_a_merged_case_joins_it(world, person, at):
    """The parts are months apart and their parties contradict; neither is held against what belongs to one of them."""
    old = (HOTLINE, world.report(HOTLINE, reported_at=at(1, 5), applicant_id_no_token="A", respondent_id_no_token="B"))
    new = (MEDIATION, world.report(reported_at=at(6, 1), applicant_id_no_token="C", respondent_id_no_token="D"))
    world.link()
    person.merge(old, new, world.members())
    world.link(decisions=person.rows)
    later = joined(world, at, new, "L", applicant_id_no_token="C", respondent_id_no_token="D")
    world.link(decisions=person.rows)
    assert codes(world, later) == codes(world, old)


def test_a_split_gives_a_new_code_to_the_part_without_the_first_report(world, person, at):
    first = (HOTLINE, world.report(HOTLINE, source_id="A", reported_at=at(6, 1)))
    second = joined(world, at, first, "B")
    world.link()
    (code,) = set(codes(world, first, second))
    person.split([first], world.members())  # though it is the first report that is named
    world.link(decisions=person.rows)
    assert codes(world, first) == [code]
    assert codes(world, second) != [code]
    assert world.one("SELECT first_source_id FROM link.case_codes WHERE case_code <> ?", code) == {
        "first_source_id": "B"
    }


def test_no_rule_unites_what_a_person_parted_also_not_through_a_third_report(world, person, at):
    first = (HOTLINE, world.report(HOTLINE, source_id="A", reported_at=at(6, 1)))
    second = joined(world, at, first, "B")
    world.link()
    person.split([second], world.members())
    world.link(decisions=person.rows)
    world.change(*second, related_no="A")  # the number is told again
    third = joined(world, at, second, "C")
    world.change(*first, related_system=COURT, related_no="C")
    world.link(decisions=person.rows)
    assert len(set(codes(world, first, second))) == 2
    assert codes(world, third)[0] in codes(world, first, second)
    assert ("kept_apart",) in world.rows("SELECT refused_because FROM link.edges")


def test_a_split_holds_for_a_report_that_was_gone_and_comes_back(world, person, at):
    first = (HOTLINE, world.report(HOTLINE, source_id="A", reported_at=at(6, 1)))
    second = joined(world, at, first, "B")
    world.link()
    person.split([second], world.members())
    world.link(decisions=person.rows)
    world.delete(*first)
    world.link(decisions=person.rows)
    world.report(HOTLINE, source_id="A", reported_at=at(6, 1), related_system=COURT, related_no="B")
    world.link(decisions=person.rows)
    assert len(set(codes(world, first, second))) == 2


def test_a_split_taken_back_makes_one_case_under_the_older_code(world, person, at):
    first = (HOTLINE, world.report(HOTLINE, source_id="A", reported_at=at(6, 1)))
    second = joined(world, at, first, "B")
    world.link()
    before = world.rows(MEMBERSHIPS)
    row = person.split([second], world.members())
    world.link(at(9, 16), person.rows)
    (code,) = codes(world, second)
    person.undo(row, world.members(), [])
    world.link(at(9, 17), person.rows)
    assert world.rows(MEMBERSHIPS) == before
    assert forwards(world) == {code: codes(world, first)[0]}


def test_a_split_revives_the_code_that_was_merged_away(world, person, two):
    older, younger = codes(world, *two)
    world.change(*two[1], reported_at=world.one("SELECT reported_at FROM record.case_reports WHERE source_id = 'A'")[
        "reported_at"], related_system=HOTLINE, related_no="A")  # fmt: skip
    world.link()
    assert codes(world, *two) == [older, older]
    person.split([two[1]], world.members())
    world.link(decisions=person.rows)
    assert codes(world, *two) == [older, younger]
    assert forwards(world) == {}
    assert world.one("SELECT count(*) AS codes FROM link.case_codes") == {"codes": 2}


def test_what_is_withdrawn_before_it_is_carried_out_changes_nothing(world, person, two):
    before = world.members()
    row = person.merge(*two, before)
    person.say("undone", person.rows[row - 1].subject)
    world.link(decisions=person.rows)
    assert world.members() == before
    assert world.rows("SELECT decision_id, effect FROM link.events WHERE decision_id IS NOT NULL ORDER BY ALL") == [
        (1, "overtaken"),
        (2, "nothing"),
    ]


def test_decisions_of_a_lost_warehouse_are_carried_out_again(world, person, at):
    """Where the schema link begins anew, the reports are linked first and the decisions follow with the next build."""
    a = (HOTLINE, world.report(HOTLINE, source_id="A", reported_at=at(1, 1)))
    b = (COURT, world.report(COURT, source_id="B", reported_at=at(6, 1), applicant_id_no_token="P"))
    c = (MEDIATION, world.report(source_id="C", reported_at=at(6, 2), applicant_id_no_token="P"))
    world.link()
    person.merge(a, b, world.members())
    world.link(decisions=person.rows)
    person.split([c], world.members())
    world.link(decisions=person.rows)
    wanted = world.partition()
    assert len(wanted) == 2
    for table in ("case_codes", "memberships", "case_aliases", "edges", "events", "moves"):
        world.rows(f"DELETE FROM link.{table}")
    world.link(decisions=person.rows)
    world.link(decisions=person.rows)
    assert world.partition() == wanted


def test_two_decisions_that_were_taken_at_once_against_each_other_do_not_both_count(world, person, two):
    third = Person()
    third.merge(*two, world.members())
    person.rows = [*third.rows]
    person.say("split", {"act": "split", "reports": [list(two[0])], "others": [list(two[1])]})
    world.link(decisions=person.rows)
    effects = dict(world.rows("SELECT decision_id, effect FROM link.events WHERE decision_id IS NOT NULL"))
    assert effects == {1: "refused", 2: "nothing"}
