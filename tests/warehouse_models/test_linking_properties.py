"""Whatever arrives in whatever order: one batch has one partition, and a code once given is for ever."""

from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stdnum.iso7064 import mod_37_36

AS_OF = datetime(2026, 9, 15, 8)
SYSTEMS = ("court_odr", "petition_hotline", "peoples_mediation")
TOKENS = st.sampled_from([None, "A", "B", "C"])
REPORTS = st.fixed_dictionaries(
    {
        "system": st.sampled_from(SYSTEMS),
        "days": st.integers(0, 120),
        "accepted": st.booleans(),
        "county_code": st.sampled_from(["330106", "330108", None]),
        "case_type_code": st.sampled_from(["0601", "0201"]),
        "applicant_id_no_token": TOKENS,
        "respondent_id_no_token": TOKENS,
        "applicant_phone_token": st.sampled_from([None, "P", "Q"]),
        "related": st.one_of(st.none(), st.integers(0, 11)),
        "matter_kind": st.sampled_from(["dispute", "dispute", "petition", "consultation"]),
    }
)
WORLDS = st.lists(REPORTS, min_size=1, max_size=12)
FEW = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def insert(world, reports, number):
    """Report `number` of a world under the key R<number>; a reference may lead to one that never comes."""
    report = dict(reports[number])
    system, days, accepted = report.pop("system"), report.pop("days"), report.pop("accepted")
    related = report.pop("related")
    reported_at = datetime(2026, 1, 1, 9) + timedelta(days=days)
    if related is not None and related < len(reports):
        report |= {"related_system": reports[related]["system"], "related_no": f"R{related}"}
    accepted_at = reported_at + timedelta(days=1) if accepted else None
    world.report(system, source_id=f"R{number}", reported_at=reported_at, accepted_at=accepted_at, **report)


def registered(world):
    return dict(world.rows("SELECT first_source_id, case_code FROM link.case_codes"))


@FEW
@given(reports=WORLDS, data=st.data())
def test_arrival_order_within_a_batch_plays_no_part(world, reports, data):
    results = []
    for order in (range(len(reports)), data.draw(st.permutations(range(len(reports))))):
        world.clear()
        for number in order:
            insert(world, reports, number)
        world.link()
        results.append((world.partition(), registered(world)))
    assert results[0] == results[1]


@FEW
@given(reports=WORLDS, cuts=st.lists(st.integers(0, 12), max_size=3))
def test_codes_are_given_once_and_lead_on_for_ever(world, reports, cuts):
    world.clear()
    held: dict[tuple[str, str], str] = {}
    seen: set[str] = set()
    together: set[frozenset[str]] = set()
    bounds = sorted({0, len(reports), *(cut for cut in cuts if cut < len(reports))})
    for run, (start, end) in enumerate(pairwise(bounds)):
        for number in range(start, end):
            insert(world, reports, number)
        world.link(AS_OF + timedelta(days=run))
        codes = {code for (code,) in world.rows("SELECT case_code FROM link.case_codes")}
        assert seen <= codes, "a code vanished"
        assert all(mod_37_36.is_valid(code) for code in codes)
        now = {(s, i): c for s, i, c in world.rows("SELECT system, source_id, case_code FROM link.memberships")}
        leads = dict(world.rows("SELECT old_code, new_code FROM link.case_aliases"))
        for report, code in held.items():
            while code in leads:
                code = leads[code]
            assert now[report] == code, "a code of yesterday does not lead to the case of today"
        partition = world.partition()
        assert all(any(group <= wider for wider in partition) for group in together), "a case was split"
        held, seen, together = now, codes, partition


@FEW
@given(reports=WORLDS)
def test_no_case_is_longer_than_ninety_days_and_every_report_but_consultations_has_one(world, reports):
    world.clear()
    for number in range(len(reports)):
        insert(world, reports, number)
    world.link()
    spans = world.rows(
        "SELECT date_diff('day', min(r.reported_at), max(r.reported_at)) FROM link.memberships AS m "
        "JOIN record.case_reports AS r USING (system, source_id) GROUP BY m.case_code"
    )
    assert all(days <= 90 for (days,) in spans)
    disputes = {
        f"{report['system']}/R{number}"
        for number, report in enumerate(reports)
        if report["matter_kind"] != "consultation"
    }
    assert {member for group in world.partition() for member in group} == disputes
