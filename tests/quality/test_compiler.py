"""What the compiled statement promises beyond its rules."""

from __future__ import annotations

import re

import pytest

from quality.compiler import RUN_VALUES, compile_statement
from quality.masks import mask_columns
from schemas.contract import load_contracts
from schemas.declaration import load_systems

SYSTEMS = load_systems()[0]
CONTRACTS = load_contracts()
DATASETS = [(system, name) for system, one in SYSTEMS.items() for name in one.datasets]


@pytest.mark.parametrize(("system", "name"), DATASETS)
def test_nothing_in_a_statement_can_reorder_rows(system: str, name: str) -> None:
    """Positions are row numbers, and DuckDB keeps no order through a join, which IN becomes too."""
    dataset = SYSTEMS[system].datasets[name]
    sql = compile_statement(SYSTEMS[system], dataset, CONTRACTS[dataset.contract]).sql
    assert " JOIN " not in sql
    assert not re.search(r"\bIN \(", sql)
    assert not re.search(r"\bnow\(|current_", sql), "run values are parameters"
    assert set(re.findall(r"\$(\w+)", sql)) <= set(RUN_VALUES)


def test_a_reader_finds_each_column_each_code_and_each_rule() -> None:
    dataset = SYSTEMS["court_odr"].datasets["pre_suit_cases"]
    statement = compile_statement(SYSTEMS["court_odr"], dataset, CONTRACTS["case_reports"])
    assert "-- 申请人姓名 <- sqr" in statement.sql
    assert re.search(r"= '9130' THEN '0804'  -- 民间借贷纠纷", statement.sql)
    for rule in statement.rules:
        assert f"-- {rule.id} [{rule.severity}]" in statement.sql


def test_more_rules_than_a_bigint_has_bits_use_a_second_mask() -> None:
    dataset = SYSTEMS["petition_hotline"].datasets["work_orders"]
    statement = compile_statement(SYSTEMS["petition_hotline"], dataset, CONTRACTS["case_reports"])
    assert len(statement.rules) > 62
    assert len(mask_columns(statement.rules)) == 2
    assert "AS mask_1" in statement.sql
