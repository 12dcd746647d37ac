"""The kinds of row rule that no court report meets, on a contract of their own, against plain Python."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import duckdb
import pyarrow as pa
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sample_rows import AS_OF, CLEAN, COURT, STATEMENT, Row, broken, credit_code, identity, org_code_check, rows

from quality.compiler import compile_statement
from quality.masks import BITS, mask_columns
from quality.predicates import CHECKS
from schemas.contract import load_contracts
from schemas.divisions import DIVISIONS

BREAKS: list[tuple[Row, set[str]]] = [
    ({}, set()),
    ({"key": None}, {"source_id.required"}),
    ({"platform_code": "KK"}, {"platform_code.code"}),
    ({"platform_code": "SJ"}, {"platform_code.not_in_force"}),
    ({"platform_code": "SJ", "happened_at": "2021-08-31 23:59:59"}, set()),
    ({"platform_code": "JZ", "happened_at": "2021-08-31 23:59:59"}, {"platform_code.not_in_force"}),
    ({"serial_no": "AB1234"}, {"serial_no.pattern"}),
    ({"note": "比五个字长的"}, {"note.length"}),
    ({"amount": "100.01"}, {"amount.range"}),
    ({"village_code": "330108002998", "grid_code": None}, {"village_code.division"}),
    ({"grid_code": "33010800200100"}, {"grid_code.division"}),
    ({"grid_code": "330108002002005"}, {"grid_code.outside_village_code"}),
    ({"birth_date": "1965-03-08"}, {"birth_date.differs_from_id"}),
    ({"uscc": "91330000755918469F"}, {"uscc.checksum"}),
    ({"uscc": credit_code("330000", "75591846", "8")}, {"uscc.org_code"}),
    ({"party_count": "4"}, {"party_count.group_too_small"}),
    ({"note": "未知"}, {"note.unclear"}),
    ({"is_group": "否", "serial_no": None}, {"note.unclear"}),
    (
        {"id_no": identity(date(1900, 1, 2), 1), "birth_date": "1901-01-02"},
        {"birth_date.differs_from_id", "happened_at.long_after_birth"},
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def judge() -> Iterator[Callable[[list[Row]], list[set[str]]]]:
    """The ids of the rules that each of these landed rows breaks, by the compiled statement."""
    with duckdb.connect() as con:
        con.execute(f"CREATE TYPE division_code AS ENUM (SELECT code FROM read_csv('{DIVISIONS}', all_varchar=true))")
        con.execute(STATEMENT.macros)
        values = {"as_of": AS_OF, "landed_at": AS_OF}
        used = {name: value for name, value in values.items() if f"${name}" in STATEMENT.sql}
        masks = ", ".join(mask_columns(STATEMENT.rules))

        def judged(rows: list[Row]) -> list[set[str]]:
            table = pa.table({name: pa.array([row[name] for row in rows], pa.string()) for name in CLEAN})
            con.register("rows_in", table)
            con.execute(
                "CREATE OR REPLACE TABLE landed AS SELECT *, 0 AS _part, NULL AS _sheet, NULL AS _row FROM rows_in"
            )
            found = con.execute(f"SELECT {masks} FROM ({STATEMENT.sql})", used).fetchall()
            return [
                {rule.id for bit, rule in enumerate(STATEMENT.rules) if row[bit // BITS] >> bit % BITS & 1}
                for row in found
            ]

        yield judged


def test_one_change_breaks_these_rules_alone(judge: Callable[[list[Row]], list[set[str]]]) -> None:
    found = judge([{**CLEAN, **change} for change, _ in BREAKS])
    assert [(change, rules) for (change, _), rules in zip(BREAKS, found, strict=True)] == BREAKS


@settings(max_examples=12, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(batch=st.lists(rows, min_size=1, max_size=60))
def test_each_rule_fires_where_plain_python_says(
    judge: Callable[[list[Row]], list[set[str]]], batch: list[Row]
) -> None:
    for row, found in zip(batch, judge(batch), strict=True):
        assert found == broken(row), row


def test_vectors_of_the_standard() -> None:
    assert org_code_check("75591846") == "9"
    assert org_code_check("D2143569") == "X"
    assert credit_code("330000", "75591846") == "91330000755918469E"


def test_no_kind_of_row_rule_is_without_an_oracle() -> None:
    """What court reports and this contract do not have, no contract may use."""
    court = compile_statement(COURT, COURT.datasets["pre_suit_cases"], load_contracts()["case_reports"])
    judged = {rule.kind for rule in (*court.rules, *STATEMENT.rules)}
    assert judged >= {*CHECKS, "predicate"}
