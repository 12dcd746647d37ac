"""Checks as data, and what Great Expectations finds when it judges the tables of a DuckDB file by them.

The gate and the audit share this. Great Expectations is imported late: it costs 6 CPU-seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any, Literal

ROWS_EXPECTATION = "UnexpectedRowsExpectation"
OF_EACH_ROW = ("ExpectColumnValues", "ExpectColumnPairValues", "ExpectCompoundColumns")
"""How the names of the expectations begin that say something of each row of their table, or of pairs of rows."""
Severity = Literal["critical", "warning"]
WHOLE = "whole"
"""The batch of a table that has all of its rows."""
ResultFormat = Mapping[str, Any]
"""Great Expectations' own words for how much a result tells."""


@dataclass(frozen=True)
class Check:
    """One expectation on a `schema.table`: its Great Expectations class and arguments, and what it says in Chinese."""

    id: str
    table: str
    expectation: str
    title: str
    severity: Severity = "critical"
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def of_each_row(self) -> bool:
        """Whether it holds of a table without rows, whatever it says."""
        return self.expectation.startswith(OF_EACH_ROW)


@dataclass(frozen=True)
class Finding:
    """What became of one check.

    `unexpected` is the exact number of rows that fail, None where none are counted. `rows` are failing rows, as far as
    the result format asked for them and never more than 200, which is Great Expectations' own limit. `error` says why
    a check could not be evaluated; then it did not succeed.
    """

    check: Check
    success: bool
    observed: Any
    unexpected: int | None
    rows: list[dict[str, Any]]
    error: str | None


def findings(
    database: Path, planned: Iterable[Check], result_format: ResultFormat, *, memory_limit: str, threads: int
) -> list[Finding]:
    """Judge the tables of `database`, which is opened read-only, in one Checkpoint with a validation for each table."""
    import great_expectations as gx
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )
    from great_expectations.datasource.fluent.sql_datasource import SQLDatasource

    from quality import gx_duckdb

    # Without the temporary docs site that an ephemeral context would leave behind in /tmp at every run.
    stores = InMemoryStoreBackendDefaults(init_temp_docs_sites=False)
    context = gx.get_context(project_config=DataContextConfig(store_backend_defaults=stores))
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    ordered = sorted(planned, key=attrgetter("table"))
    by_table = {table: list(of_table) for table, of_table in groupby(ordered, key=attrgetter("table"))}
    # The context writes its configuration anew for each asset of a source that it knows.
    source = SQLDatasource(
        name="tables", connection_string=gx_duckdb.url(database, memory_limit=memory_limit, threads=threads)
    )
    for table in by_table:
        schema, name = table.split(".")
        asset = source.add_table_asset(name=table, table_name=name, schema_name=schema)
        asset.add_batch_definition_whole_table(WHOLE)
    source = context.data_sources.add_sql(source)
    validations = []
    for table, of_table in by_table.items():
        data = source.get_asset(table).get_batch_definition(WHOLE)
        suite = context.suites.add(gx.ExpectationSuite(name=table, expectations=_expectations(of_table)))
        validation = gx.ValidationDefinition(name=table, data=data, suite=suite)
        validations.append(context.validation_definitions.add(validation))
    checkpoint = context.checkpoints.add(
        gx.Checkpoint(name="checks", validation_definitions=validations, result_format=dict(result_format))
    )
    try:
        outcome = checkpoint.run()
    finally:
        # The file may be moved or removed next, and DuckDB closes it with its last connection.
        source.get_execution_engine().engine.dispose()
        source.get_engine().dispose()
    by_id = {(check.table, check.id): check for check in ordered}
    return [
        _finding(by_id[_named(result)], result)
        for validated in outcome.run_results.values()
        for result in validated.results
    ]


def _expectations(checks: Sequence[Check]) -> list[Any]:
    from great_expectations import expectations

    return [
        getattr(expectations, check.expectation)(
            **check.arguments,
            severity=check.severity,
            description=check.title,
            meta={"check": [check.table, check.id]},
        )
        for check in checks
    ]


def _named(result: Any) -> tuple[str, str]:
    table, check_id = result.expectation_config.meta["check"]
    return table, check_id


def _finding(check: Check, result: Any) -> Finding:
    found = result.result or {}
    error = _error(result.exception_info)
    observed = found.get("observed_value")
    return Finding(
        check=check,
        success=bool(result.success) and error is None,
        observed=observed,
        unexpected=observed if check.expectation == ROWS_EXPECTATION else _counted(found),
        rows=(found.get("details") or {}).get("unexpected_rows") or found.get("unexpected_index_list") or [],
        error=error,
    )


def _counted(found: Mapping[str, Any]) -> int | None:
    """The failing rows of an expectation that counts them; over no row at all the sum is NULL."""
    return (found["unexpected_count"] or 0) if "unexpected_count" in found else None


def _error(exception_info: Mapping[str, Any] | None) -> str | None:
    """The first message of a result's exceptions: they come flat, or keyed by the metric that failed."""
    infos: Iterable[Any] = [exception_info, *(exception_info or {}).values()]
    for info in infos:
        if isinstance(info, Mapping) and info.get("raised_exception"):
            return str(info.get("exception_message")).splitlines()[0]
    return None
