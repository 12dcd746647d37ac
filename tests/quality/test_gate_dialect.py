"""The DuckDB dialect gives Great Expectations true answers; without it each of these went wrong."""

from pathlib import Path
from typing import Any

import duckdb
import great_expectations as gx
import pytest
import sqlalchemy
from great_expectations import expectations as expect

from quality import gx_duckdb

PEOPLE = """
CREATE SCHEMA core;
CREATE TABLE core.people AS
SELECT
    i AS id, 'a' || i || 'z' AS code, i % 3 AS grade, TIMESTAMP '2026-06-01' + INTERVAL (i) DAY AS seen_at,
    [i] AS numbers, i::HUGEINT AS huge
FROM range(300) AS t (i);
INSERT INTO core.people VALUES (0, NULL, 9, TIMESTAMP '2026-01-01', NULL, NULL);
"""


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("dialect") / "people.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(PEOPLE)
    return path


@pytest.fixture(scope="module")
def batch(database: Path) -> Any:
    context = gx.get_context(mode="ephemeral")
    source = context.data_sources.add_sql(
        name="people", connection_string=gx_duckdb.url(database, memory_limit="256MiB", threads=1)
    )
    asset = source.add_table_asset(name="people", table_name="people", schema_name="core")
    return asset.add_batch_definition_whole_table("whole").get_batch()


def unexpected(batch: Any, expectation: Any) -> Any:
    result = batch.validate(expectation, result_format="COMPLETE")
    assert not result.exception_info["raised_exception"], result.exception_info
    return result.result.get("unexpected_count", result.result.get("observed_value"))


@pytest.mark.parametrize(
    ("expectation", "found"),
    [
        (expect.ExpectColumnValuesToNotBeNull(column="code"), 1),
        (expect.ExpectColumnValuesToBeUnique(column="id"), 2),
        (expect.ExpectCompoundColumnsToBeUnique(column_list=["id", "grade"]), 0),
        (expect.ExpectColumnValuesToBeInSet(column="grade", value_set=[0, 1, 2]), 1),
        (expect.ExpectColumnMaxToBeBetween(column="grade", max_value=9), 9),
        (expect.ExpectTableRowCountToBeBetween(min_value=1), 301),
        (expect.ExpectColumnPairValuesAToBeGreaterThanB(column_A="id", column_B="grade", or_equal=True), 1),
        (expect.UnexpectedRowsExpectation(unexpected_rows_query="SELECT id FROM {batch} WHERE grade = 9"), 1),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_kind_that_the_gate_uses_counts_right(batch: Any, expectation: Any, found: int) -> None:
    assert unexpected(batch, expectation) == found


def test_a_pattern_without_anchors_is_searched_for_and_not_matched_whole(batch: Any) -> None:
    assert unexpected(batch, expect.ExpectColumnValuesToMatchRegex(column="code", regex="[0-9]{2}")) == 10
    assert unexpected(batch, expect.ExpectColumnValuesToNotMatchRegex(column="code", regex="[0-9]{2}")) == 290


def test_complete_results_carry_the_failing_rows(batch: Any) -> None:
    expectation = expect.UnexpectedRowsExpectation(unexpected_rows_query="SELECT id FROM {batch} WHERE id > 296")
    result = batch.validate(expectation, result_format="COMPLETE").result
    assert [row["id"] for row in result["details"]["unexpected_rows"]] == [297, 298, 299]


def test_columns_are_those_of_the_table_in_its_schema(database: Path) -> None:
    engine = sqlalchemy.create_engine(gx_duckdb.url(database, memory_limit="256MiB", threads=1))
    columns = sqlalchemy.inspect(engine).get_columns("people", schema="core")
    assert [column["name"] for column in columns] == ["id", "code", "grade", "seen_at", "numbers", "huge"]
    assert isinstance(columns[3]["type"], sqlalchemy.TIMESTAMP)


def test_the_file_is_opened_read_only(database: Path) -> None:
    engine = sqlalchemy.create_engine(gx_duckdb.url(database, memory_limit="256MiB", threads=1))
    with engine.connect() as connection, pytest.raises(sqlalchemy.exc.DBAPIError, match="read-only"):
        connection.execute(sqlalchemy.text("DELETE FROM core.people"))
