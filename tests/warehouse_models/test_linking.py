"""When two reports are one dispute, and when they must not be."""

import json
from datetime import timedelta

import pytest

MEDIATION, HOTLINE, COURT = "peoples_mediation", "petition_hotline", "court_odr"


def same_case(world, one, other):
    return world.case_of(*one) == world.case_of(*other)


def pair(world, at, days=3, first=None, second=None):
    """Two reports in two systems, `days` apart."""
    one = (HOTLINE, world.report(HOTLINE, reported_at=at(6, 1), **(first or {})))
    late = at(6, 1) + timedelta(days=days)
    return one, (MEDIATION, world.report(MEDIATION, reported_at=late, **(second or {})))


def transferred(world, at, days, **values):
    key = world.report(HOTLINE, source_id="W1", reported_at=at(1, 1), **values.pop("first", {}))
    late = at(1, 1) + timedelta(days=days)
    other = world.report(MEDIATION, reported_at=late, related_system=HOTLINE, related_no=key, **values)
    return (HOTLINE, key), (MEDIATION, other)


def test_a_transfer_number_joins(world, at):
    one, other = transferred(world, at, 10, county_code="330108", case_type_code="0201")
    world.link()
    assert same_case(world, one, other)
    evidence = json.loads(world.one("SELECT evidence FROM link.memberships WHERE method = 'transfer'")["evidence"])
    assert evidence | {"rule": "transfer", "system": HOTLINE, "source_id": "W1", "days": 10} == evidence


@pytest.mark.parametrize(("days", "joined"), [(90, True), (91, False), (-90, True), (-91, False)])
def test_a_transfer_number_holds_for_ninety_days_either_way(world, at, days, joined):
    one, other = transferred(world, at, days)
    world.link()
    assert same_case(world, one, other) is joined


def test_a_reference_waits_for_its_target(world, at):
    early = (MEDIATION, world.report(MEDIATION, related_system=HOTLINE, related_no="W9", reported_at=at(6, 2)))
    world.link()
    target = (HOTLINE, world.report(HOTLINE, source_id="W9", reported_at=at(6, 1)))
    world.link()
    assert same_case(world, early, target)


def test_a_transfer_number_is_refused_when_both_parties_contradict(world, at):
    one, other = transferred(
        world,
        at,
        10,
        first={"applicant_id_no_token": "A", "respondent_id_no_token": "B"},
        applicant_id_no_token="C",
        respondent_id_no_token="D",
    )
    world.link()
    assert not same_case(world, one, other)
    assert world.rows("SELECT accepted, refused_because FROM link.edges") == [(False, "parties_contradict")]


def test_swapped_parties_do_not_contradict(world, at):
    one, other = transferred(
        world,
        at,
        10,
        first={"applicant_id_no_token": "A", "respondent_id_no_token": "B"},
        applicant_id_no_token="B",
        respondent_id_no_token="A",
    )
    world.link()
    assert same_case(world, one, other)


PERSON = {"applicant_id_no_token": "A"}


@pytest.mark.parametrize(
    ("second", "days", "joined"),
    [
        ({}, 30, True),
        ({}, 31, False),
        ({"case_type_code": "0699"}, 3, True),
        ({"case_type_code": "0201"}, 3, False),
        ({"county_code": "330108"}, 3, False),
        ({"applicant_id_no_token": "B"}, 3, False),
        ({"applicant_id_no_token": "B", "respondent_id_no_token": "A"}, 3, True),
    ],
)
def test_the_same_person_the_same_kind_of_matter_the_same_county_within_thirty_days(world, at, second, days, joined):
    one, other = pair(world, at, days, PERSON, PERSON | second)
    world.link()
    assert same_case(world, one, other) is joined


def test_two_known_opponents_are_two_disputes(world, at):
    one, other = pair(world, at, 3, PERSON | {"respondent_id_no_token": "X"}, PERSON | {"respondent_id_no_token": "Y"})
    world.link()
    assert not same_case(world, one, other)


def test_being_complained_of_twice_is_not_one_dispute(world, at):
    one, other = pair(world, at, 3, {"respondent_id_no_token": "X"}, {"respondent_id_no_token": "X"})
    world.link()
    assert not same_case(world, one, other)


@pytest.mark.parametrize(
    ("first", "second", "joined"),
    [
        ({}, {}, True),
        ({"town_code": "330106001"}, {"town_code": "330106002"}, False),
        ({"town_code": "330106001"}, {}, True),
        ({"applicant_id_no_token": "A"}, {"applicant_id_no_token": "B"}, False),
        ({"respondent_uscc": "9133A"}, {"respondent_uscc": "9133B"}, False),
    ],
)
def test_the_same_phone_joins_unless_something_speaks_against_it(world, at, first, second, joined):
    phone = {"applicant_phone_token": "P"}
    one, other = pair(world, at, 3, phone | first, phone | second)
    world.link()
    assert same_case(world, one, other) is joined


def test_a_mass_event_stays_many_cases(world):
    for worker in range(20):
        world.report(HOTLINE, applicant_id_no_token=f"W{worker}", respondent_uscc="9133", case_type_code="0701")
    world.link()
    assert len(world.partition()) == 20


def test_a_switchboard_number_joins_nobody(world):
    for _ in range(60):
        world.report(HOTLINE, applicant_phone_token="12345")
    world.link()
    assert len(world.partition()) == 60


def test_a_chain_does_not_grow_beyond_ninety_days(world, at):
    keys = [
        (HOTLINE, world.report(HOTLINE, reported_at=at(1, 1) + timedelta(days=25 * step), **PERSON))
        for step in range(6)
    ]
    world.link()
    assert same_case(world, keys[0], keys[3])
    assert not same_case(world, keys[0], keys[5])


def test_a_contradiction_also_blocks_through_a_third_report(world, at):
    between = world.report(COURT, source_id="C1", reported_at=at(6, 2))
    related = {"related_system": COURT, "related_no": between}
    one = (HOTLINE, world.report(HOTLINE, applicant_id_no_token="A", respondent_id_no_token="B", **related))
    other = (MEDIATION, world.report(MEDIATION, applicant_id_no_token="C", respondent_id_no_token="D", **related))
    world.link()
    assert not same_case(world, one, other)


def test_reports_of_a_dissolved_county_meet_those_of_its_successor(world, at):
    one, other = pair(world, at, 3, PERSON | {"county_code": "330104"}, PERSON | {"county_code": "330102"})
    world.link()
    assert same_case(world, one, other)


def test_two_cases_that_turn_out_to_be_one_keep_the_older_code_and_the_younger_forwards(world, at):
    one, other = pair(world, at)
    world.link(at(6, 10))
    codes = world.case_of(*one), world.case_of(*other)
    assert codes[0] != codes[1]
    world.change(*other, related_system=one[0], related_no=one[1])
    assert world.link(at(6, 11)).merged == 1
    assert world.case_of(*one) == world.case_of(*other) == min(codes)
    world.build()
    alias = world.one("SELECT old_code, new_code FROM core.case_aliases")
    assert alias == {"old_code": max(codes), "new_code": min(codes)}
    third = (COURT, world.report(COURT, source_id="C0", reported_at=at(5, 30)))
    world.link(at(6, 12))
    world.change(*third, related_system=one[0], related_no=one[1])
    world.build()
    forwards = dict(world.rows("SELECT old_code, new_code FROM core.case_aliases"))
    assert set(forwards.values()) == {min(codes)}
    assert len(forwards) == 2


def test_linking_again_changes_nothing(world, at):
    pair(world, at, 3, PERSON, PERSON)
    transferred(world, at, 5)
    world.link()
    tables = ("case_codes", "memberships", "case_aliases", "edges", "events")
    before = {table: world.rows(f"SELECT * FROM link.{table} ORDER BY ALL") for table in tables}
    assert world.link(at(9, 20)).reports == 0
    assert {table: world.rows(f"SELECT * FROM link.{table} ORDER BY ALL") for table in tables} == before


def test_a_corrected_identity_does_not_split_a_case_by_itself(world, at):
    one, other = pair(world, at, 3, PERSON, PERSON)
    world.link()
    world.change(*other, applicant_id_no_token="B")
    world.link()
    assert same_case(world, one, other)


def test_evidence_holds_no_more_of_a_token_than_its_beginning(world, at):
    token = "0123456789abcdef0123456789abcdef"
    pair(world, at, 3, {"applicant_id_no_token": token}, {"applicant_id_no_token": token})
    world.link()
    evidence = [text for (text,) in world.rows("SELECT evidence FROM link.memberships")]
    assert any(token[:8] in text for text in evidence)
    assert not any(token[:9] in text for text in evidence)


@pytest.mark.parametrize("rotated", [False, True])
@pytest.mark.parametrize("second", ["AB", "BA"])
def test_the_evidence_of_a_pair_does_not_depend_on_the_key_of_tokens(world, at, second, rotated):
    """Two people who swapped roles are two ways to one pair; under another key their tokens sort the other way."""
    people = dict(zip("BA" if rotated else "AB", ("1" * 32, "2" * 32), strict=True))

    def parties(who):
        return {"applicant_id_no_token": people[who[0]], "respondent_id_no_token": people[who[1]]}

    pair(world, at, first=parties(second), second=parties("AB"))  # the second report has the smaller key
    world.link()
    ((evidence,),) = world.rows("SELECT evidence FROM link.edges")
    assert json.loads(evidence)["matched"] == people["A"][:8]
