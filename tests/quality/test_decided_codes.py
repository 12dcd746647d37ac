"""Decisions about codes reach every row: a meaning maps it, a rejection makes it the department's fault."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from quality.compiler import CompileError, compile_statement
from quality.outcome import Outcome, judge
from schemas.codes import Decided
from schemas.contract import load_contracts
from schemas.declaration import load_systems

CROSSWALK = "court_odr_case_type"
SYSTEM = load_systems()[0]["court_odr"]
DATASET = SYSTEM.datasets["pre_suit_cases"]
CONTRACT = load_contracts()["case_reports"]
Rows = Callable[[Outcome], list[dict[str, Any]]]


def means(from_code: str, to_code: str | None, since: date | None = None, until: date | None = None) -> Decided:
    return Decided(CROSSWALK, from_code, to_code, "lin", since, until)


def test_an_unknown_code_waits_for_us_and_a_decided_one_is_mapped(desk: Any, staged: Rows, quarantined: Rows) -> None:
    outcome = desk.court({"ay": "LD01"}, {"ay": "LD02"}, decided=[means("LD01", "0701")])
    assert [row["case_type_code"] for row in staged(outcome)] == ["0701"]
    [row] = quarantined(outcome)
    assert [(r["rule"], r["responsibility"]) for r in row["reasons"]] == [("case_type_code.unmapped", "hub")]


def test_a_code_that_is_wrong_at_its_source_is_the_departments_to_correct(desk: Any, quarantined: Rows) -> None:
    outcome = desk.court({"ay": "LD01"}, {"ay": "LD02"}, decided=[means("LD01", None)])
    reasons = [[(r["rule"], r["responsibility"]) for r in row["reasons"]] for row in quarantined(outcome)]
    assert reasons == [[("case_type_code.code", "department")], [("case_type_code.unmapped", "hub")]]


def test_a_decision_wins_over_the_shipped_row(desk: Any, staged: Rows) -> None:
    outcome = desk.court({"ay": "9130"}, decided=[means("9130", "0801")])
    assert [row["case_type_code"] for row in staged(outcome)] == ["0801"]


def test_a_dated_decision_holds_for_the_events_of_its_days(desk: Any, staged: Rows) -> None:
    decided = [means("9130", "0801", date(2024, 6, 1), date(2024, 7, 1))]
    days = ["2024-05-31 23:59:59", "2024-06-01 00:00:00", "2024-06-30 12:00:00"]
    rows = [{"sqsj": day, "slsj": None, "fssj": "2024-05-01"} for day in days]
    assert [row["case_type_code"] for row in staged(desk.court(*rows, decided=decided))] == ["0804", "0801", "0801"]


def test_no_code_left_still_compiles(desk: Any, quarantined: Rows) -> None:
    codes = ["1", "2", "3"]
    outcome = desk.court({"gmdm": "1"}, decided=[Decided("court_odr_scale", code, None, "lin") for code in codes])
    assert [r["rule"] for r in quarantined(outcome)[0]["reasons"]] == ["scale_code.code"]


def test_a_target_that_there_is_not_stops_the_dataset_and_says_why() -> None:
    with pytest.raises(CompileError, match=r"court_odr\.pre_suit_cases.*7777.*hub mapping approve"):
        compile_statement(SYSTEM, DATASET, CONTRACT, [means("LD01", "7777")])


def test_codes_are_written_as_texts_whatever_is_in_them(desk: Any, staged: Rows) -> None:
    code = 'it\'s -- 一个 "code"'
    outcome = desk.court({"ay": code}, {"ay": "9130"}, decided=[means(code, "0701"), means("x' OR '1'='1", None)])
    assert [row["case_type_code"] for row in staged(outcome)] == ["0701", "0804"]


def test_a_statement_with_decisions_still_joins_nothing() -> None:
    sql = compile_statement(SYSTEM, DATASET, CONTRACT, [means("A", None), means("B", None), means("C", "0101")]).sql
    assert " JOIN " not in sql
    assert not re.search(r"\bIN \(", sql)


def test_each_decision_changes_the_judge_and_the_rules_version() -> None:
    def versions(*decided: Decided) -> tuple[str, dict[str, str]]:
        statement = compile_statement(SYSTEM, DATASET, CONTRACT, decided)
        return judge(statement), {rule.id: rule.version for rule in statement.rules}

    judge_before, before = versions()
    judge_after, after = versions(means("LD01", "0701"))
    assert judge_before != judge_after
    changed = {rule for rule in before if before[rule] != after[rule]}
    assert "case_type_code.unmapped" in changed
    assert all(rule.startswith("case_type_code.") for rule in changed)
