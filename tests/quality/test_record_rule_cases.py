"""What the rules that compare records say of single cases, which contracts may state them, and what they cost."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from hub import catalogue
from quality.compiler import compile_statement
from quality.record_rules import RecordRule, record_rules
from quality.rules import RuleError
from schemas.contract import Check

AS_OF = datetime(2024, 7, 1, 20)
COURT = {"system": "court_odr", "dataset": "pre_suit_cases"}
COURT_STEP = {"system": "court_odr", "dataset": "pre_suit_steps"}
MEDIATION = {"system": "peoples_mediation", "dataset": "mediation_cases"}
Failing = dict[tuple[str, str], str]


def rule(contract: str, id: str) -> RecordRule:
    return next(one for one in catalogue.record_rules() if (one.contract, one.rule.id) == (contract, id))


def step(number: int, report: str, stage: str, status: str = "21", **rest: Any) -> dict[str, Any]:
    at = AS_OF - timedelta(days=100 - number)
    return COURT_STEP | {
        "source_id": f"S{number}", "report_source_id": report, "step_code": "01", "stage_code": stage,
        "status_code": status, "happened_at": at,
    } | rest  # fmt: skip


def orphans(records: Any, **world: Any) -> Failing:
    records.fill({"case_steps": [step(1, "R1", "10"), step(2, "R2", "10")], **world})
    return records.failing(rule("case_steps", "report_source_id.reference"))


def test_a_step_without_its_report_is_shown_with_the_number_that_it_names(records: Any) -> None:
    assert orphans(records, case_reports=[COURT | {"source_id": "R1"}]) == {("court_odr", "S2"): "R2"}


def test_a_report_of_another_system_is_not_the_one(records: Any) -> None:
    both = [COURT | {"source_id": "R1"}, MEDIATION | {"source_id": "R2"}]
    assert orphans(records, case_reports=both) == {("court_odr", "S2"): "R2"}


def test_a_report_in_quarantine_is_not_blamed_on_its_steps(records: Any) -> None:
    waiting = {"contract": "case_reports", "system": "court_odr", "source_id": "R2"}
    found = orphans(records, case_reports=[COURT | {"source_id": "R1"}], **{"ops.open_rejections": [waiting]})
    assert found == {}


def test_a_system_whose_reports_never_came_is_not_judged(records: Any) -> None:
    assert orphans(records) == {}
    assert orphans(records, case_reports=[MEDIATION | {"source_id": "R9"}]) == {}


def test_every_record_of_a_group_of_duplicates_fails_as_great_expectations_counts(records: Any) -> None:
    at = AS_OF - timedelta(days=1)
    again = [step(number, "R1", "20", happened_at=at) for number in (1, 2, 3)]
    other = [step(4, "R1", "20", happened_at=at, step_code="02"), step(5, "R1", "20", happened_at=at, step_code=None)]
    records.fill({"case_steps": [*again, *other]})
    found = records.failing(rule("case_steps", "happened_at.unique"))
    assert found == {("court_odr", f"S{number}"): "2024-06-30 20:00:00" for number in (1, 2, 3)}


@pytest.mark.parametrize(
    ("stages", "failing"),
    [
        ("10 20 30 50", {}),
        ("10 40 20 50 20", {}),
        ("10 10 20", {}),
        ("10 30", {2: "10→30"}),
        ("20 10 20", {2: "20→10"}),
        ("10 20 30 40 20", {4: "30→40"}),
        ("10 50 30", {2: "10→50", 3: "50→30"}),
    ],
)
def test_the_later_of_two_steps_fails_where_its_stage_may_not_follow(
    records: Any, stages: str, failing: dict[int, str]
) -> None:
    records.fill({"case_steps": [step(number, "R1", stage) for number, stage in enumerate(stages.split(), start=1)]})
    found = records.failing(rule("case_steps", "status_code.transition"))
    assert found == {("court_odr", f"S{number}"): shown for number, shown in failing.items()}


def test_a_report_may_be_withdrawn_from_any_stage_and_steps_of_one_moment_have_no_wrong_order(records: Any) -> None:
    at = AS_OF - timedelta(days=1)
    together = [step(number, "R2", stage, happened_at=at) for number, stage in ((4, "20"), (3, "30"), (5, "10"))]
    records.fill({"case_steps": [step(1, "R1", "30"), step(2, "R1", "10", status="96"), *together]})
    assert records.failing(rule("case_steps", "status_code.transition")) == {}


def test_results_that_differ_between_systems_fail_on_both_sides(records: Any) -> None:
    closed = {"result_code": "01", "closed_at": AS_OF - timedelta(days=2)}
    records.fill(
        {
            "case_reports": [
                COURT | closed | {"source_id": "R1"},
                COURT | closed | {"source_id": "R2", "result_code": "04"},
                MEDIATION | closed | {"source_id": "R3", "result_code": "04"},
                MEDIATION | closed | {"source_id": "R4", "closed_at": None, "result_code": "06"},
            ],
            "link.memberships": [
                {"system": system, "source_id": key, "case_code": "JF1"}
                for system, key in (
                    ("court_odr", "R1"),
                    ("court_odr", "R2"),
                    *(("peoples_mediation", k) for k in ("R3", "R4")),
                )
            ],
        }
    )
    found = records.failing(rule("case_reports", "result_code.agreement"))
    assert found == {("court_odr", "R1"): "01", ("peoples_mediation", "R3"): "04"}


@pytest.mark.parametrize(("days", "lags"), [(30, False), (31, True)])
def test_the_report_that_lags_behind_fails_after_thirty_days(records: Any, days: int, lags: bool) -> None:
    records.fill(
        {
            "case_reports": [
                COURT | {"source_id": "R1", "status_code": "90", "closed_at": AS_OF - timedelta(days=days)},
                MEDIATION | {"source_id": "R3", "status_code": "21", "closed_at": None},
            ],
            "link.memberships": [
                {"system": "court_odr", "source_id": "R1", "case_code": "JF1"},
                {"system": "peoples_mediation", "source_id": "R3", "case_code": "JF1"},
            ],
        }
    )
    found = records.failing(rule("case_reports", "status_code.agreement"))
    assert found == ({("peoples_mediation", "R3"): "21"} if lags else {})


def stating(check: str, severity: str = "warning", **arguments: Any) -> dict[str, Any]:
    """The contracts, with one more rule on reports."""
    stated = Check(
        id="title.odd", check=check, dimension="consistency", severity=severity, title="一", message="一", advice="一",  # type: ignore[arg-type]
        arguments=arguments,
    )  # fmt: skip
    reports = catalogue.contracts()["case_reports"]
    return {**catalogue.contracts(), "case_reports": replace(reports, checks=(*reports.checks, stated))}


@pytest.mark.parametrize(
    ("check", "arguments", "complaint"),
    [
        ("reference", {"column": "grid_code", "to": "gridz"}, "there is no contract 'gridz'; there are: agreements"),
        (
            "reference",
            {"column": "grid_code", "to": "grids.code"},
            "contract grids has no column 'code'; it has: grid_code",
        ),
        ("reference", {"column": "grid", "to": "grids"}, "case_reports has no column 'grid'; it has: matter_kind"),
        ("reference", {"column": "grid_code"}, "missing required field `to`"),
        ("unique", {"columns": []}, "name at least one"),
        ("unique", {"columns": ["address"]}, "address is personal text"),
        ("unique", {"columns": ["grid_code"], "within": "case"}, "unknown field `within`"),
        ("agreement", {"column": "status_code", "closed": "closed_at", "days": "30"}, "all of pending, final and days"),
        ("unique", {"columns": ["grid_code"], "severity": "critical"}, "never rejects"),
    ],
)
def test_a_rule_that_cannot_be_compiled_says_why(check: str, arguments: dict[str, Any], complaint: str) -> None:
    with pytest.raises(RuleError, match=f"contract case_reports, rule title.odd: .*{complaint}"):
        record_rules(stating(check, **arguments), catalogue.statements())


def test_a_personal_value_is_compared_by_its_token(records: Any) -> None:
    compiled = record_rules(stating("unique", columns=["applicant_id_no"]), catalogue.statements())
    (unique,) = [one for one in compiled if one.rule.id == "title.odd"]
    same = {"applicant_id_no_token": "T1", "applicant_id_no_mask": "330108********0016"}
    records.fill({"case_reports": [COURT | same | {"source_id": key} for key in ("R1", "R2")]})
    assert set(records.failing(unique).values()) == {"330108********0016"}


def test_one_more_system_changes_no_version_but_another_crosswalk_does() -> None:
    before = rule("case_reports", "result_code.agreement")
    statements = catalogue.statements()
    without = {place: one for place, one in statements.items() if place[0] != "union_rights"}
    (after,) = [one for one in record_rules(catalogue.contracts(), without) if one.rule == before.rule]
    assert after.sql != before.sql
    assert after.versions.items() <= before.versions.items()

    court, dataset = catalogue.dataset("court_odr", "pre_suit_cases")
    field = dataset.fields["result_code"].model_copy(update={"crosswalk": "union_rights_result"})
    other = dataset.model_copy(update={"fields": {**dataset.fields, "result_code": field}})
    reread = {**statements, ("court_odr", "pre_suit_cases"): compile_statement(court, other, catalogue.contract(other))}
    (changed,) = [one for one in record_rules(catalogue.contracts(), reread) if one.rule == before.rule]
    different = {place for place, version in before.versions.items() if changed.versions[place] != version}
    assert different == {("court_odr", "pre_suit_cases")}


def test_the_catalogue_has_each_rule_for_each_dataset_that_it_judges() -> None:
    listed = [one for one in catalogue.rules() if one["id"] == "report_source_id.reference"]
    assert {(one["system"], one["dataset"], one["kind"]) for one in listed} == {
        (system, dataset, "reference")
        for system, dataset in [
            ("court_odr", "pre_suit_steps"), ("court_odr", "confirmations"), ("court_odr", "referrals"),
            ("peoples_mediation", "mediation_steps"), ("peoples_mediation", "agreements"),
            ("petition_hotline", "transfers"), ("petition_hotline", "evaluations"), ("petition_hotline", "visits"),
            ("legal_aid", "steps"),
        ]
    }  # fmt: skip
    assert all(len(one["version"]) == 12 and one["severity"] == "warning" for one in listed)


def test_the_cost_grows_with_the_records_and_not_with_their_pairs(records: Any) -> None:
    records.fill({})
    records.con.execute(
        "INSERT INTO record.case_steps"
        " (system, dataset, source_id, report_source_id, step_code, stage_code, status_code, happened_at)"
        " SELECT 'court_odr', 'pre_suit_steps', 'S' || i, 'SQ330108' || i // 5, '0' || i % 5,"
        " ['10', '20', '20', '20', '50'][i % 5 + 1], '21', TIMESTAMP '2024-01-01' + to_minutes(i % 5 * 60)"
        " FROM range(200000) AS t(i)"
    )
    records.con.execute(
        "INSERT INTO record.case_reports (system, dataset, source_id)"
        " SELECT DISTINCT system, 'pre_suit_cases', report_source_id FROM record.case_steps"
    )
    for id in ("report_source_id.reference", "happened_at.unique", "status_code.transition"):
        started = time.process_time()
        assert records.failing(rule("case_steps", id)) == {}
        assert time.process_time() - started < 2, "a million are within a few seconds of CPU"
