"""A predicate that a contract writes out itself: what it may say, and what it is told when it says more."""

from __future__ import annotations

from typing import Any

import pytest

from quality.compiler import CompileError, compile_statement
from quality.free_predicate import free_predicate
from quality.row_rules import row_rules
from quality.rules import Origin, RuleError
from schemas.contract import Check, Contract, load_contracts
from schemas.declaration import load_systems

REPORTS = load_contracts()["case_reports"]


def rule(sql: Any, kind: str = "predicate", **arguments: Any) -> Check:
    return Check(
        id="party_count.odd", check=kind, dimension="consistency", severity="warning", title="一", message="一",
        advice="一", arguments={"sql": sql, **arguments},
    )  # fmt: skip


def with_check(check: Check) -> Contract:
    from msgspec.structs import replace

    return replace(REPORTS, checks=(*REPORTS.checks, check))


@pytest.mark.parametrize(
    ("sql", "columns"),
    [
        ("is_group AND party_count < 5", ("is_group", "party_count")),
        ("NOT has_minor OR party_count BETWEEN 2 AND 4", ("has_minor", "party_count")),
        ("contains(title, '测试') AND length(summary) > 3", ("title", "summary")),
        ("closed_at > accepted_at + INTERVAL 30 DAY", ("closed_at", "accepted_at")),
        ("starts_with(\"title\", '关于') AND (year(reported_at) <> 2024)", ("title", "reported_at")),
        ("closed_at IS NOT NULL AND result_code IS NULL", ("closed_at", "result_code")),
    ],
)
def test_an_expression_over_the_contracts_columns_is_taken(sql: str, columns: tuple[str, ...]) -> None:
    assert free_predicate(REPORTS, rule(sql)).columns == columns


@pytest.mark.parametrize(
    ("sql", "word"),
    [
        ("is_group AND party_count < (SELECT 5)", "SELECT 5"),
        ("SELECT is_group", "SELECT is_group"),
        ("EXISTS (SELECT 1)", "SELECT 1"),
        ("count(*) > 1", "COUNT"),
        ("columns('x') = 1", "COLUMNS"),
        ("random() > 0.5", "RANDOM"),
        ("getvariable('as_of') > reported_at", "GETVARIABLE"),
        ("read_text('/etc/passwd') = title", "READ_TEXT"),
        ("sum(party_count) OVER () > 3", "OVER"),
        ("reported_at < $as_of", r"\$as_of"),
        ("c.party_count = 1", "c.party_count"),
        ("title IN ('a', 'b')", "IN"),
        ("title LIKE '%a'", "LIKE"),
        ("party_count * 2 > 3", r"party_count \* 2"),
        ("CAST(title AS INTEGER) > 3", "CAST"),
        ("closed_at > accepted_at + INTERVAL (party_count) DAY", "INTERVAL"),
        ("is_group AS broken", "AS broken"),
    ],
)
def test_a_word_that_may_not_stand_there_is_named_with_what_may(sql: str, word: str) -> None:
    with pytest.raises(RuleError, match=rf"case_reports, rule party_count\.odd: .*{word}.*allowed are .*starts_with"):
        free_predicate(REPORTS, rule(sql))


@pytest.mark.parametrize(
    ("sql", "complaint"),
    [
        ("titel = '甲'", "'titel' is no column of the contract; it has: matter_kind, title"),
        ("true", "names no column"),
        ("is_group; is_group", "exactly one expression"),
        ("", "exactly one expression"),
        ("is_group AND", "no SQL expression"),
        ("party_count", "gives INTEGER, not yes or no"),
        ("reported_at > title", "does not fit the types"),
        ("party_count = '五'", "does not fit the types"),
        ("is_group OR case_type_code > 5", "does not fit the types"),
        ("is_group OR title", "does not fit the types"),
        (3, "takes one argument: sql"),
    ],
)
def test_what_cannot_be_judged_is_refused_when_it_is_compiled(sql: Any, complaint: str) -> None:
    with pytest.raises(RuleError, match=complaint):
        free_predicate(REPORTS, rule(sql))


def test_it_applies_only_where_all_its_columns_are_filled() -> None:
    contract = with_check(rule("is_group AND party_count < 5"))
    ids = {one: Origin("x") for one in ("is_group", "party_count")}
    assert "party_count.odd" in {one.id for one in row_rules(contract, ids)}
    assert "party_count.odd" not in {one.id for one in row_rules(contract, {"is_group": Origin("x")})}
    constant = {"is_group": Origin("x"), "party_count": Origin(None)}
    assert "party_count.odd" not in {one.id for one in row_rules(contract, constant)}


def test_a_rule_that_cannot_be_compiled_names_system_and_dataset_too() -> None:
    court = load_systems()[0]["court_odr"]
    with pytest.raises(CompileError, match=r"court_odr\.pre_suit_cases: contract case_reports, rule party_count\.odd"):
        compile_statement(court, court.datasets["pre_suit_cases"], with_check(rule("party_count")))


def test_an_unknown_check_is_no_silence() -> None:
    with pytest.raises(RuleError, match=r"no check 'fillled'; there are: agreement, .*filled"):
        row_rules(with_check(rule("x", kind="fillled")), {})
    with pytest.raises(RuleError, match="date_order needs 'earlier'"):
        row_rules(with_check(rule("x", kind="date_order")), {})


@pytest.mark.parametrize("name", sorted(load_contracts()))
def test_every_shipped_rule_compiles_whatever_is_filled(name: str) -> None:
    """Also those that no declared dataset fills yet; each is reported under the column that its id begins with."""
    contract = load_contracts()[name]
    columns = {column.name: Origin("x") for column in contract.columns}
    for one in row_rules(contract, columns):
        assert one.field in {*columns, "source_id"}
