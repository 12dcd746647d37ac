"""The gate before a publish: Great Expectations looks at the candidate, independently of the compiled rules.

The candidate is a plain DuckDB file that nobody reads yet. One failed critical expectation and it is
discarded; the last good publish stays in place.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from quality.checkpoint import Check, Finding, findings
from quality.gate_suite import baseline, checks, table_rows

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
    accepted: Mapping[str, int] = MappingProxyType({}),
    *,
    memory_limit: str = "1GiB",
    threads: int = 1,
) -> GateResult:
    """Judge a candidate `current.duckdb` by its own rules and against the last publish, if there is one.

    `accepted`: table -> the rows to which a person let it fall since that publish.

    An expectation that cannot be evaluated fails as critical whatever its severity, and so does a table that
    is not there. Neither raises. What is said of each row holds of a table without rows and is not asked.
    """
    planned = checks(contracts, baseline(previous_current, candidate_current, accepted), as_of)
    rows = table_rows(candidate_current)
    absent = sorted({check.table for check in planned} - rows.keys())
    results = [_absent(table) for table in absent]
    present = [check for check in planned if check.table in rows]
    vacuous = [check for check in present if check.of_each_row and not rows[check.table]]
    results += [_line(check, True, None, 0, [], None) for check in vacuous]
    found = findings(
        candidate_current,
        [check for check in present if rows[check.table] or not check.of_each_row],
        {"result_format": "COMPLETE"},
        memory_limit=memory_limit,
        threads=threads,
    )
    results += [_row(one) for one in found]
    critical = [_sentence(row) for row in results if not row["success"] and row["severity"] == "critical"]
    return GateResult(not critical, critical, [row | {"as_of": as_of.isoformat()} for row in results])


def _row(found: Finding) -> dict[str, Any]:
    return _line(found.check, found.success, found.observed, found.unexpected, found.rows[:EXAMPLES], found.error)


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


def _sentence(row: dict[str, Any]) -> str:
    detail = row["error"] or (f"不符合 {row['unexpected']} 行" if row["unexpected"] else f"实际 {row['observed']}")
    examples = f",例如 {row['examples']}" if row["examples"] else ""
    return f"{row['table_name']}:{row['title']};{detail}{examples}"
