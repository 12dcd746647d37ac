"""The gate before a publish: Great Expectations looks at the candidate, independently of the compiled rules.

The candidate is a plain DuckDB file that nobody reads yet. One failed critical expectation and it is
discarded; the last good publish stays in place. Great Expectations is imported late: it costs 6 CPU-seconds.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quality.gate_suite import ROWS_EXPECTATION, Check, baseline, checks, tables

if TYPE_CHECKING:
    from schemas.contract import Contract

EXAMPLES = 3


@dataclass(frozen=True)
class GateResult:
    """What the gate found.

    `critical` has a Chinese sentence for each failed critical expectation. `results` has one flat row for
    each expectation: check_id, table_name, expectation, severity, success, title (Chinese), observed (text),
    unexpected (rows that fail, None where none are counted), examples (JSON text of up to three failing rows,
    keys only), error (text or None), as_of (ISO text). All are JSON values.
    """

    success: bool
    critical: list[str]
    results: list[dict[str, Any]]


def gate(
    candidate_current: Path,
    previous_current: Path | None,
    contracts: Mapping[str, "Contract"],
    as_of: datetime,
    *,
    memory_limit: str = "1GiB",
    threads: int = 2,
) -> GateResult:
    """Judge a candidate `current.duckdb` by its own rules and against the last publish, if there is one.

    An expectation that cannot be evaluated fails as critical whatever its severity, and so does a table that
    is not there. Neither raises.
    """
    planned = checks(contracts, baseline(previous_current, candidate_current), as_of)
    present = tables(candidate_current)
    absent = sorted({check.table for check in planned} - present)
    results = [_absent(table) for table in absent]
    results += _run(candidate_current, [check for check in planned if check.table in present], memory_limit, threads)
    critical = [_sentence(row) for row in results if not row["success"] and row["severity"] == "critical"]
    return GateResult(not critical, critical, [row | {"as_of": as_of.isoformat()} for row in results])


def _run(database: Path, planned: list[Check], memory_limit: str, threads: int) -> list[dict[str, Any]]:
    """One Checkpoint with a validation for each table; a result row for each check."""
    import great_expectations as gx
    from great_expectations import expectations
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    from quality import gx_duckdb

    # Without the temporary docs site that an ephemeral context would leave behind in /tmp at every run.
    stores = InMemoryStoreBackendDefaults(init_temp_docs_sites=False)
    context = gx.get_context(project_config=DataContextConfig(store_backend_defaults=stores))
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    source = context.data_sources.add_sql(
        name="candidate",
        connection_string=gx_duckdb.url(database, memory_limit=memory_limit, threads=threads),
    )
    validations = []
    for table, of_table in groupby(sorted(planned, key=attrgetter("table")), key=attrgetter("table")):
        schema, name = table.split(".")
        asset = source.add_table_asset(name=table, table_name=name, schema_name=schema)
        suite = gx.ExpectationSuite(
            name=table,
            expectations=[
                getattr(expectations, check.expectation)(
                    **check.arguments,
                    severity=check.severity,
                    description=check.title,
                    meta={"check": check.id},
                )
                for check in of_table
            ],
        )
        data = asset.add_batch_definition_whole_table("whole")
        validation = gx.ValidationDefinition(name=table, data=data, suite=context.suites.add(suite))
        validations.append(context.validation_definitions.add(validation))
    checkpoint = context.checkpoints.add(
        gx.Checkpoint(name="gate", validation_definitions=validations, result_format={"result_format": "COMPLETE"})
    )
    try:
        outcome = checkpoint.run()
    finally:
        # The candidate must be closed before it is moved, and DuckDB closes a file with its last connection.
        source.get_execution_engine().engine.dispose()
        source.get_engine().dispose()
    by_id = {check.id: check for check in planned}
    return [
        _row(by_id[_check_id(result)], result)
        for validated in outcome.run_results.values()
        for result in validated.results
    ]


def _check_id(result: Any) -> str:
    return str(result.expectation_config.meta["check"])


def _row(check: Check, result: Any) -> dict[str, Any]:
    found = result.result or {}
    error = _error(result.exception_info)
    examples = (found.get("details") or {}).get("unexpected_rows", [])[:EXAMPLES]
    observed = found.get("observed_value")
    counted = observed if check.expectation == ROWS_EXPECTATION else found.get("unexpected_count")
    return _line(check, bool(result.success) and error is None, observed, counted, examples, error)


def _line(
    check: Check,
    success: bool,
    observed: object,
    unexpected: int | None,
    examples: list[Any],
    error: str | None,
) -> dict[str, Any]:
    return {
        "check_id": check.id,
        "table_name": check.table,
        "expectation": check.expectation,
        "severity": "critical" if error else check.severity,
        "success": success,
        "title": check.title,
        "observed": None if observed is None else str(observed),
        "unexpected": unexpected,
        "examples": json.dumps(examples, ensure_ascii=False, default=str) if examples else None,
        "error": error,
    }


def _absent(table: str) -> dict[str, Any]:
    check = Check(f"{table}.exists", table, "table", f"应有表 {table}")
    return _line(check, False, None, None, [], "the candidate has no such table")


def _error(exception_info: Mapping[str, Any] | None) -> str | None:
    """The first message of a result's exceptions: they come flat, or keyed by the metric that failed."""
    infos: Iterable[Any] = [exception_info, *(exception_info or {}).values()]
    for info in infos:
        if isinstance(info, Mapping) and info.get("raised_exception"):
            return str(info.get("exception_message")).splitlines()[0]
    return None


def _sentence(row: dict[str, Any]) -> str:
    detail = row["error"] or (f"不符合 {row['unexpected']} 行" if row["unexpected"] else f"实际 {row['observed']}")
    examples = f",例如 {row['examples']}" if row["examples"] else ""
    return f"{row['table_name']}:{row['title']};{detail}{examples}"
