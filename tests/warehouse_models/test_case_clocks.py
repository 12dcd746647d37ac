"""Every legal limit of an open case, with what extended and what paused it."""

import pytest

HEALTH, HOTLINE, COURT, MEDIATION = "medical_disputes", "petition_hotline", "court_odr", "peoples_mediation"


def step(world, system, key, code, moment):
    world.add("case_steps", system, report_source_id=key, step_code=code, happened_at=moment)


def case(world, as_of):
    world.build(as_of)
    return world.one("SELECT due_at, paused_days, extended_days, is_paused, is_overdue FROM core.cases")


def test_a_pause_is_taken_out_in_natural_days(world, at):
    key = world.report(MEDIATION, reported_at=at(6, 1), accepted_at=at(6, 1))
    step(world, MEDIATION, key, "20", at(6, 10))
    step(world, MEDIATION, key, "21", at(6, 15))
    found = case(world, at(7, 3))
    assert (found["due_at"], found["paused_days"]) == (at(7, 6, 23, 59).replace(second=59), 5)
    assert (found["is_paused"], found["is_overdue"]) == (False, False)


def test_a_pause_of_a_clock_of_working_days_counts_working_days(world, at):
    """Medical mediation: 30 working days, the appraisal excluded; 19 June 2026 is a holiday."""
    key = world.report(HEALTH, case_type_code="0502", reported_at=at(6, 1), accepted_at=at(6, 1))
    step(world, HEALTH, key, "20", at(6, 16))
    step(world, HEALTH, key, "21", at(6, 23))
    found = case(world, at(6, 30))
    assert (found["due_at"].date(), found["paused_days"]) == (at(7, 20).date(), 4)


@pytest.mark.parametrize(("day", "paused"), [(20, 10), (25, 15)])
def test_a_case_that_is_paused_now_is_not_overdue_however_long(world, at, day, paused):
    key = world.report(MEDIATION, reported_at=at(6, 1), accepted_at=at(6, 1))
    step(world, MEDIATION, key, "20", at(6, 10))
    found = case(world, at(6, day))
    assert (found["is_paused"], found["paused_days"], found["is_overdue"]) == (True, paused, False)


def test_an_extension_gives_what_the_law_gives_once(world, at):
    key = world.report(HOTLINE, matter_kind="petition", reported_at=at(6, 1), accepted_at=at(6, 1))
    for day in (20, 25):
        step(world, HOTLINE, key, "22", at(6, day))
    found = case(world, at(7, 1))
    assert (found["due_at"].date(), found["extended_days"]) == (at(8, 30).date(), 30)


def test_every_limit_of_a_case_is_told_with_its_state(world, at):
    key = world.report(
        COURT, reported_at=at(6, 1), accepted_at=at(6, 2), stage_code="30", status_code="30", case_type_code="0601"
    )
    world.add("agreements", COURT, report_source_id=key, form_code="02", signed_at=at(6, 10), effective_at=at(6, 10))
    world.add("confirmations", COURT, report_source_id=key, applied_at=at(6, 20))
    world.add("referrals", COURT, report_source_id=key, direction_code="to_mediation", referred_at=at(6, 3),
              closed_at=at(7, 20))  # fmt: skip
    world.build(at(7, 25))
    rows = world.rows(
        "SELECT clock_code, phase, due_at, state FROM core.case_clocks ORDER BY clock_started_at, clock_code"
    )
    assert [(clock, phase, due.date(), state) for clock, phase, due, state in rows] == [
        ("court_mediation", "finish", at(7, 2).date(), "overdue"),
        ("court_mediation", "finish", at(7, 3).date(), "done_late"),
        ("confirmation_application", "finish", at(7, 10).date(), "done"),
        ("confirmation", "finish", at(7, 20).date(), "overdue"),
    ]
