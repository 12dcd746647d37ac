"""Who holds a case now, who sent it, and which matters are pushed to and fro."""

from datetime import timedelta

import pytest

from schemas.contract import load_contracts

HOTLINE, MEDIATION = "petition_hotline", "peoples_mediation"


def sent(world, at, key, hours, to, **values):
    """A transfer of the report `key`, `hours` after 10 June at nine, by the hotline's office unless said otherwise."""
    moment = at(6, 10) + timedelta(hours=hours)
    for name in values.keys() & {"received_at", "accepted_at", "returned_at"}:
        values[name] = moment + timedelta(hours=values[name])
    usual = {"report_source_id": key, "from_org": "受理中心", "to_org": to, "sent_at": moment}
    return world.add("case_transfers", HOTLINE, **(usual | values))


def holder(world, key):
    world.build()
    code = world.case_of(HOTLINE, key)
    return world.one("SELECT * FROM core.case_holders WHERE case_code = ?", code)


def order(world, at, **values):
    return world.report(HOTLINE, reported_at=at(6, 10), accepted_at=at(6, 10), handling_org_name="住建局", **values)


def test_without_a_transfer_the_handling_organisation_holds_it(world, at):
    found = holder(world, order(world, at))
    assert (found["holder_org"], found["holder_state"], found["held_since"]) == ("住建局", "accepted", at(6, 10))
    assert (found["hop_count"], found["is_ping_pong"], found["is_lost"]) == (0, False, False)


def test_the_last_transfer_says_who_holds_it_and_since_when(world, at):
    key = order(world, at)
    sent(world, at, key, 1, "人社局", received_at=1, returned_at=3, return_reason_code="01")
    sent(world, at, key, 5, "住建局", received_at=2, accepted_at=4)
    found = holder(world, key)
    assert (found["holder_org"], found["holder_state"], found["sent_by"]) == ("住建局", "accepted", "受理中心")
    assert found["held_since"] == at(6, 10, 18)
    assert (found["hop_count"], found["org_count"], found["returned_count"]) == (2, 2, 1)


def test_what_nobody_signed_for_is_lost_after_a_day_and_what_came_back_is_with_its_sender(world, at):
    unsigned, returned = order(world, at), order(world, at, case_type_code="0201")
    sent(world, at, unsigned, 1, "人社局")
    sent(world, at, returned, 1, "人社局", received_at=1, returned_at=2)
    lost = holder(world, unsigned)
    assert (lost["holder_org"], lost["holder_state"], lost["is_lost"]) == ("人社局", "sent", True)
    back = holder(world, returned)
    assert (back["holder_org"], back["holder_state"], back["is_lost"]) == ("受理中心", "returned", False)


def test_to_and_fro_is_seen_across_the_systems_of_a_case(world, at):
    key = order(world, at)
    sent(world, at, key, 1, "人社局", received_at=1, accepted_at=2)
    sent(world, at, key, 8, "城管局", from_org="人社局", received_at=1, accepted_at=2)
    sent(world, at, key, 20, "人社局", from_org="城管局", received_at=1, accepted_at=2)
    sent(world, at, key, 40, "城管局", from_org="人社局", received_at=1)
    found = holder(world, key)
    assert (found["back_count"], found["is_ping_pong"], found["holder_state"]) == (2, True, "received")
    hops = world.rows("SELECT hop_no, to_org, is_back, minutes_to_sign FROM core.transfer_hops ORDER BY hop_no")
    assert [hop[:3] for hop in hops] == [
        (1, "人社局", False), (2, "城管局", False), (3, "人社局", True), (4, "城管局", True)
    ]  # fmt: skip
    assert {hop[3] for hop in hops} == {60}
    office = world.one("SELECT * FROM mart.holders")
    assert (office["holder_org"], office["open_cases"], office["ping_pong_cases"]) == ("城管局", 1, 1)


def test_a_newer_report_of_another_system_outweighs_an_old_transfer(world, at):
    key = order(world, at)
    sent(world, at, key, 1, "人社局", received_at=1, accepted_at=2)
    world.report(
        MEDIATION, related_system=HOTLINE, related_no=key, reported_at=at(6, 20), accepted_at=at(6, 20),
        stage_code="20", handling_org_name="调委会",
    )  # fmt: skip
    found = holder(world, key)
    assert (found["holder_org"], found["held_since"]) == ("调委会", at(6, 20))


def test_a_closed_case_is_in_nobodys_hands_and_a_consultation_has_hops_of_its_own(world, at):
    order(world, at, closed_at=at(6, 11))
    asked = order(world, at, matter_kind="consultation")
    sent(world, at, asked, 1, "人社局")
    world.build()
    assert world.rows("SELECT * FROM core.case_holders") == []
    assert world.rows("SELECT case_code, hop_no FROM core.transfer_hops") == [(None, 1)]


def test_every_stage_tells_how_long_a_case_stayed(world, at):
    key = order(world, at, stage_code="20", status_code="21")
    world.add("case_steps", HOTLINE, report_source_id=key, step_code="07", stage_code="20", happened_at=at(6, 15))
    world.build()
    columns = "stage_code, entered_at, next_stage_at, is_now, stage_days"
    stages = world.rows(f"SELECT {columns} FROM core.case_stages ORDER BY stage_code")
    assert stages[0] == ("10", at(6, 10), at(6, 15), False, 5)
    assert stages[1][:4] == ("20", at(6, 15), None, True)
    assert stages[1][4] == 92  # until 15 September


def test_the_load_of_an_agency_and_its_mediators(world, at):
    agency = world.add("organisations", MEDIATION, name="调委会", org_type_code="02", county_code="330106")
    other = world.add("organisations", MEDIATION, name="调委会", org_type_code="02", county_code="330108")
    for name, active in (("王", True), ("李", False)):
        world.add("mediators", MEDIATION, name=name, organisation_source_id=agency, active=active, county_code="330106")
    mine = {"handling_org_name": "调委会", "mediator_name": "王", "accepted_at": at(6, 1)}
    world.report(**mine)
    world.report(**mine, case_type_code="0201", closed_at=at(9, 1), result_code="01")
    world.report(**mine, case_type_code="0301", closed_at=at(9, 1), result_code="04")
    world.report(**mine, case_type_code="0401", closed_at=at(6, 2), result_code="01")
    world.build()
    found = world.one("SELECT * FROM mart.agencies WHERE source_id = ?", agency)
    assert (found["open_cases"], found["closed_90d"], found["resolved_90d"], found["success_rate"]) == (1, 2, 1, 0.5)
    assert (found["mediator_count"], found["open_per_mediator"]) == (1, 1.0)
    assert world.one("SELECT open_cases FROM mart.agencies WHERE source_id = ?", other) == {"open_cases": 0}
    columns = "name, open_cases, closed_90d, resolved_90d"
    mediators = world.rows(f"SELECT {columns} FROM mart.mediators ORDER BY open_cases DESC")
    assert mediators == [("王", 1, 2, 1), ("李", 0, 0, 0)]


@pytest.mark.parametrize("moment", ["sent_at", "received_at", "accepted_at", "returned_at"])
def test_a_time_that_says_who_holds_a_case_and_has_not_come_is_refused(moment):
    """A matter returned in 2046 would be with its sender today, and held for a negative number of days."""
    rules = load_contracts()["case_transfers"].rules
    assert [rule.severity for rule in rules if rule.id == f"{moment}.future"] == ["critical"]
