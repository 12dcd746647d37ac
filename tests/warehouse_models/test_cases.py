"""What a case says of itself: state, limits, colour and its reason, platform, place, timeline."""

from datetime import datetime, timedelta

import pytest

MEDIATION, HOTLINE, COURT = "peoples_mediation", "petition_hotline", "court_odr"


def case(world, columns="*"):
    world.build()
    return world.one(f"SELECT {columns} FROM core.cases")


def together(world, second, **first):
    """Two reports of one case, the hotline's and the mediators'."""
    key = world.report(HOTLINE, source_id="W1", **first)
    return world.report(MEDIATION, source_id="M1", related_system=HOTLINE, related_no=key, **second)


def test_a_case_is_open_while_any_of_its_reports_is(world, at):
    together(
        world,
        {"stage_code": "20", "status_code": "21"},
        stage_code="50",
        status_code="90",
        closed_at=at(6, 20),
        result_code="09",
    )
    found = case(world)
    assert (found["is_open"], found["closed_at"], found["result_code"]) == (True, None, None)
    assert (found["stage_code"], found["leading_system"]) == ("20", MEDIATION)
    assert (found["report_count"], found["system_count"], found["first_system"]) == (2, 2, MEDIATION)


def test_a_case_closes_with_its_last_report_and_its_most_telling_result(world, at):
    together(
        world,
        {"status_code": "90", "closed_at": at(6, 12), "result_code": "01"},
        status_code="90",
        closed_at=at(6, 20),
        result_code="09",
    )
    found = case(world)
    assert (found["is_open"], found["closed_at"], found["result_code"]) == (False, at(6, 20), "01")
    assert found["is_resolved"]


def test_a_report_that_was_merged_into_another_does_not_lead_its_case(world, at):
    merged = {"status_code": "95", "stage_code": "50", "closed_at": at(6, 25)}
    together(world, merged, status_code="90", stage_code="20", closed_at=at(6, 20))
    assert case(world, "leading_system, stage_code, status_code") == {
        "leading_system": HOTLINE, "stage_code": "20", "status_code": "90",
    }  # fmt: skip


def test_a_report_that_was_merged_leads_where_it_is_alone(world, at):
    world.report(status_code="95", stage_code="50", closed_at=at(6, 25))
    assert case(world, "is_open, status_code") == {"is_open": False, "status_code": "95"}


def test_a_withdrawal_is_closed_but_not_resolved(world, at):
    world.report(status_code="96", closed_at=at(6, 5), result_code="05")
    found = case(world)
    assert (found["is_open"], found["is_resolved"]) == (False, False)


def test_fields_come_from_the_newest_report_that_states_them(world, at):
    together(
        world,
        {"source_updated_at": at(6, 9), "case_type_code": None, "handling_org_name": "西湖调委会", "risk_level": 3},
        source_updated_at=at(6, 2),
        case_type_code="0602",
        risk_level=2,
        amount_involved=100,
    )
    found = case(world)
    assert (found["case_type_code"], found["risk_level"], found["amount_involved"]) == ("0602", 2, 100)
    assert found["handling_org_name"] == "西湖调委会"


@pytest.mark.parametrize(
    ("system", "values", "clock", "due"),
    [
        (MEDIATION, {"accepted_at": datetime(2026, 6, 1, 9)}, "mediation", "2026-07-01 23:59:59"),
        # 30 working days from Monday 1 June 2026: the Dragon Boat holiday (19 June) is not one of them.
        (MEDIATION, {"accepted_at": datetime(2026, 6, 1, 9), "case_type_code": "0502"}, "medical_mediation",
         "2026-07-14 23:59:59"),
        (HOTLINE, {"matter_kind": "petition", "accepted_at": datetime(2026, 6, 3, 9)}, "petition",
         "2026-08-02 23:59:59"),
        (HOTLINE, {"matter_kind": "petition"}, "petition", "2026-06-16 23:59:59"),
        (HOTLINE, {"matter_kind": "petition", "reported_at": datetime(2020, 6, 1, 9)}, "petition_2005",
         "2020-06-16 23:59:59"),
        (COURT, {"accepted_at": datetime(2026, 6, 1, 9)}, "court_mediation", "2026-07-01 23:59:59"),
        (MEDIATION, {"matter_kind": "hazard"}, "grid_event", "2026-06-08 23:59:59"),
    ],
)  # fmt: skip
def test_the_legal_limit(world, system, values, clock, due):
    world.report(system, **values)
    found = case(world)
    assert (found["clock_code"], str(found["due_at"]), found["due_provisional"]) == (clock, due, False)


def test_a_limit_that_reaches_an_unpublished_year_is_provisional(world):
    world.report(case_type_code="0502", reported_at=datetime(2026, 12, 20, 9), accepted_at=datetime(2026, 12, 20, 9))
    world.build(datetime(2026, 12, 21, 9))
    assert world.one("SELECT due_provisional FROM core.cases") == {"due_provisional": True}


def test_working_days_run_from_acceptance_to_closing(world, at):
    # Thursday 18 June to Tuesday 23 June: the 19th is a holiday, then a weekend, so Monday and Tuesday.
    world.report(accepted_at=at(6, 18), closed_at=at(6, 23), status_code="90", reported_at=at(6, 17))
    assert case(world)["elapsed_working_days"] == 2


COLOURS = [
    ({"accepted_at": "fresh"}, "green", "在期限内"),
    ({"accepted_at": datetime(2026, 8, 22, 9)}, "yellow", "人民调解期限已过七成"),
    # Seven days: of those from Thursday two working days are left on Tuesday, of those from Friday three.
    ({"accepted_at": datetime(2026, 9, 10, 9), "matter_kind": "hazard"}, "yellow", "距期限不足3个工作日"),
    ({"accepted_at": datetime(2026, 9, 11, 9), "matter_kind": "hazard"}, "green", "在期限内"),
    ({"accepted_at": datetime(2026, 8, 1, 9)}, "red", "已超人民调解期限15天"),
    ({"accepted_at": "fresh", "risk_level": 1}, "red", "风险等级一级"),
    ({"accepted_at": "fresh", "scale_code": "03"}, "red", "重大群体性事件"),
    ({"accepted_at": "fresh", "scale_code": "02", "has_minor": True}, "yellow", "一般群体性事件；涉未成年人"),
    ({"accepted_at": "fresh", "amount_involved": 500000}, "yellow", "涉及金额50万元以上"),
    ({"accepted_at": "fresh", "risk_level": 1, "status_code": "90"}, "green", "已办结，处于回访期"),
    ({"accepted_at": datetime(2026, 5, 1, 9), "closed_at": datetime(2026, 6, 1, 9)}, "grey", "已办结满90天"),
]


@pytest.mark.parametrize(("values", "colour", "reason"), COLOURS)
def test_colour_is_the_worst_of_time_and_risk_and_says_why(world, values, colour, reason):
    if values["accepted_at"] == "fresh":
        values = values | {"accepted_at": datetime(2026, 9, 10, 9), "closed_at": None}
        if values.get("status_code"):
            values["closed_at"] = datetime(2026, 9, 14, 9)
    world.report(reported_at=values["accepted_at"], **values)
    assert case(world, "colour, colour_reason") == {"colour": colour, "colour_reason": reason}


@pytest.mark.parametrize(("hours", "colour"), [(6, "green"), (13, "yellow"), (25, "red")])
def test_a_transfer_that_nobody_signs_for_colours_its_case(world, hours, colour):
    now = datetime(2026, 9, 15, 8)
    key = world.report(HOTLINE, matter_kind="complaint", reported_at=datetime(2026, 9, 13, 9))
    world.add("case_transfers", HOTLINE, report_source_id=key, sent_at=now - timedelta(hours=hours), from_org="甲")
    found = case(world)
    assert (found["time_colour"], found["transfer_count"]) == (colour, 1)


def test_two_returns_are_red(world):
    key = world.report(HOTLINE, matter_kind="complaint", reported_at=datetime(2026, 9, 13, 9))
    for hour in (9, 15):
        sent = datetime(2026, 9, 14, hour)
        world.add("case_transfers", HOTLINE, report_source_id=key, sent_at=sent, returned_at=sent + timedelta(hours=1))
    found = case(world)
    assert (found["risk_colour"], found["returned_count"], found["colour_reason"]) == ("red", 2, "退回2次")


@pytest.mark.parametrize(
    ("kind", "case_type", "when", "platform"),
    [
        ("dispute", "0201", datetime(2021, 8, 31, 9), "ZZ"),
        ("complaint", "0601", datetime(2021, 8, 31, 9), "SJ"),
        ("complaint", "0601", datetime(2021, 9, 1, 9), "JZ"),
        ("complaint", "1103", datetime(2021, 8, 31, 9), "ZF"),
        ("complaint", "1201", datetime(2021, 8, 31, 9), "BM"),
        ("complaint", "1201", datetime(2022, 1, 1, 9), "GG"),
        ("hazard", "1304", datetime(2021, 8, 31, 9), "ZZ"),
        ("hazard", "1304", datetime(2022, 1, 1, 9), "YJ"),
        ("dispute", None, datetime(2022, 1, 1, 9), None),
    ],
)
def test_the_platform_follows_kind_type_and_date(world, kind, case_type, when, platform):
    world.report(matter_kind=kind, case_type_code=case_type, reported_at=when)
    assert case(world)["platform_code"] == platform


def test_a_platform_named_by_the_source_counts_while_it_exists(world):
    world.report(platform_code="GG", reported_at=datetime(2022, 1, 1, 9))
    assert case(world)["platform_code"] == "GG"
    world.clear()
    world.report(platform_code="GG", reported_at=datetime(2021, 1, 1, 9), case_type_code="0201")
    assert case(world)["platform_code"] == "ZZ"


def test_a_place_outside_its_county_is_not_counted_there(world):
    world.report(county_code="330106", town_code="330108001", village_code="330106001001")
    found = case(world)
    assert (found["town_code"], found["village_code"]) == (None, "330106001001")


def test_the_timeline_tells_every_event_once_in_order(world, at):
    key = world.report(
        MEDIATION, accepted_at=at(6, 2), closed_at=at(6, 20), status_code="90", stage_code="50", result_code="01"
    )
    about = {"report_source_id": key}
    world.add("case_steps", MEDIATION, step_code="02", stage_code="10", happened_at=at(6, 2), **about)
    world.add("case_steps", MEDIATION, step_code="07", stage_code="20", happened_at=at(6, 5), actor_name="沈", **about)
    world.add("agreements", MEDIATION, form_code="02", signed_at=at(6, 10), **about)
    world.add("confirmations", MEDIATION, applied_at=at(6, 11), ruled_at=at(6, 15), result_code="01", **about)
    world.add("evaluations", MEDIATION, satisfaction=5, invited_at=at(6, 21), replied_at=at(6, 22), **about)
    world.add("case_steps", MEDIATION, step_code="07", happened_at=at(6, 6), report_source_id="nobody's")
    world.build()
    steps = world.rows("SELECT seq, origin, step_code, stage_code FROM core.case_steps ORDER BY seq")
    assert steps == [
        (1, "report", "01", "10"),
        (2, "step", "02", "10"),
        (3, "step", "07", "20"),
        (4, "agreement", "08", "20"),
        (5, "confirmation", "10", "30"),
        (6, "confirmation", "11", "30"),
        (7, "report", "14", "50"),
        (8, "evaluation", "15", "50"),
    ]
    found = world.one("SELECT has_agreement, has_confirmation, satisfaction FROM core.cases")
    assert found == {"has_agreement": True, "has_confirmation": True, "satisfaction": 5}


def test_parties_are_told_apart_by_token_and_shown_masked(world):
    person = {"applicant_id_no_token": "A", "applicant_name_mask": "张*", "applicant_id_no_mask": "330108********0016"}
    together(world, person | {"respondent_name_token": "N", "respondent_name_mask": "李*明"}, **person)
    world.build()
    parties = world.rows("SELECT role_code, party_token, person_token, name_mask, identity_confidence, report_count "
                         "FROM core.parties ORDER BY role_code")  # fmt: skip
    assert parties == [("10", "A", "A", "张*", 1, 2), ("20", "N", None, "李*明", 3, 1)]
