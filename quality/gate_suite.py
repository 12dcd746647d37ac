"""What the gate expects of a candidate, as data: each `Check` becomes one Great Expectations expectation.

Two sources: rules that hold for any table (keys, required columns, row counts, patterns) are written here;
rules about rows in their context are one SQL file each in `quality/expectations/`, which selects the rows
that must not exist. Severity critical stops a publish, warning only reports.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from quality.checkpoint import ROWS_EXPECTATION, Check, Severity

if TYPE_CHECKING:
    from schemas.contract import Contract

SQL_FOLDER = Path(__file__).parent / "expectations"
CASE_CODE = "^JF[0-9]{6}[0-9]{8}[0-9A-Z]{5}[0-9A-Z]$"
COLOURS = ["red", "yellow", "green", "grey"]
KEPT_SHARE = 0.9
"""Share of the last publish's rows, less what was deleted or merged, below which a table counts as lost."""
FAULTS = frozenset({"core.failing_rows", "core.record_issues", "core.drifts", "core.dataset_issues"})  # fewer is better
PASSING = frozenset(
    {"core.case_aliases", "core.local_codes", "core.case_holders", "core.case_clocks", "core.clock_assignments"}
)
"""Tables of what is open or applies now, or what a person may take back: fewer rows are no loss."""
MOSTLY = 0.95
"""A few wrong dates are a department's; more than one row in twenty wrong is a mapping of ours."""
STALE = timedelta(days=2)

SEVERITIES: dict[str, Severity] = {"critical": "critical", "warning": "warning"}


@dataclass(frozen=True)
class Baseline:
    """What the last publish held, and what may have left since. Empty before the first publish.

    `merged`: cases that became one with another by a person's decision. `accepted`: the rows to which a person let a
    table fall.
    """

    rows: Mapping[str, int] = field(default_factory=dict)
    deleted: int = 0
    merged: int = 0
    accepted: Mapping[str, int] = field(default_factory=dict)


def checks(contracts: Mapping[str, "Contract"], baseline: Baseline, as_of: datetime) -> list[Check]:
    """Every check of one gate run, in a fixed order."""
    return [
        *(check for contract in contracts.values() for check in _record(contract)),
        *_cases(),
        *_lost_rows(baseline),
        *_freshness(as_of),
        *_from_files(),
    ]


def baseline(previous: Path | None, candidate: Path, accepted: Mapping[str, int]) -> Baseline:
    """Row counts of the last publish, how many deletions and decided merges of cases the candidate has that it had not,
    and what a person `accepted`."""
    if previous is None:
        return Baseline()
    with duckdb.connect(config={"memory_limit": "256MiB", "threads": 1}) as connection:
        for name, path in (("before", previous), ("after", candidate)):
            connection.execute(f"ATTACH '{path}' AS {name} (READ_ONLY)")
        rows = _rows(connection, "before")
        ((deleted,),) = connection.execute(
            "SELECT coalesce(sum(deleted), 0) FROM after.ops.loads "
            "WHERE load_id NOT IN (SELECT load_id FROM before.ops.loads)"
        ).fetchall()
        merged = 0
        if "core.case_decisions" in rows:  # an earlier program published without it
            ((merged,),) = connection.execute(
                "SELECT count(*) FROM after.core.case_decisions WHERE effect = 'merged' "
                "AND event_id NOT IN (SELECT event_id FROM before.core.case_decisions)"
            ).fetchall()
    return Baseline(rows, int(deleted), merged, accepted)


def table_rows(database: Path) -> dict[str, int]:
    """The tables of a file as `schema.table`, with the number of their rows."""
    with duckdb.connect(config={"memory_limit": "256MiB", "threads": 1}) as connection:
        connection.execute(f"ATTACH '{database}' AS candidate (READ_ONLY)")
        return _rows(connection, "candidate")


def _rows(connection: duckdb.DuckDBPyConnection, database: str) -> dict[str, int]:
    tables = connection.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = ? ORDER BY ALL", [database]
    ).fetchall()
    counts = [f'SELECT \'{schema}.{table}\', count(*) FROM {database}."{schema}"."{table}"' for schema, table in tables]
    return dict(connection.execute(" UNION ALL ".join(counts)).fetchall()) if counts else {}


def _record(contract: "Contract") -> Iterator[Check]:
    table = f"record.{contract.name}"
    required = [column.name for column in contract.columns if column.required and not column.personal]
    for column in ["system", "source_id", *required]:
        yield Check(
            f"{table}.{column}.present", table, "ExpectColumnValuesToNotBeNull",
            f"{contract.title}的必填列 {column} 不得为空", arguments={"column": column},
        )  # fmt: skip
    yield Check(
        f"{table}.key", table, "ExpectCompoundColumnsToBeUnique",
        f"{contract.title}的主键(来源系统、来源编号)不得重复",
        arguments={"column_list": ["system", "source_id"]},
    )  # fmt: skip


def _cases() -> Iterator[Check]:
    table = "core.cases"

    def check(name: str, expectation: str, title: str, severity: Severity = "critical", **given: Any) -> Check:
        return Check(f"{table}.{name}", table, expectation, title, severity, given)

    yield check("code.present", "ExpectColumnValuesToNotBeNull", "案件编码不得为空", column="case_code")
    yield check("code.unique", "ExpectColumnValuesToBeUnique", "一案一编码,案件编码不得重复", column="case_code")
    yield check(
        "code.form", "ExpectColumnValuesToMatchRegex", "案件编码应符合编码规则",
        column="case_code", regex=CASE_CODE,
    )  # fmt: skip
    yield check(
        "colour.known", "ExpectColumnValuesToBeInSet", "案件颜色只能是红、黄、绿、灰",
        column="colour", value_set=COLOURS,
    )  # fmt: skip
    order: dict[str, Any] = {"column_A": "closed_at", "column_B": "accepted_at", "or_equal": True}
    order["ignore_row_if"] = "either_value_is_missing"
    greater = "ExpectColumnPairValuesAToBeGreaterThanB"
    yield check("dates.mostly", greater, "绝大多数案件的办结时间不得早于受理时间", mostly=MOSTLY, **order)
    yield check("dates.all", greater, "案件的办结时间不得早于受理时间", "warning", **order)


def _lost_rows(baseline: Baseline) -> Iterator[Check]:
    cases = baseline.rows.get("core.cases", 0)
    for table, rows in baseline.rows.items():
        left: float = rows - baseline.deleted
        if table.startswith("core.") and cases:  # what a merge joins leaves the tables of cases in its proportion
            left *= 1 - baseline.merged / cases
        floor = min(ceil(KEPT_SHARE * left), baseline.accepted.get(table, rows))
        gone = f"台账删除 {baseline.deleted} 行,决定并案 {baseline.merged} 件"
        if table.split(".")[0] in {"record", "core"} and table not in FAULTS | PASSING and floor > 0:
            yield Check(
                f"{table}.kept", table, "ExpectTableRowCountToBeBetween",
                f"{table} 应至少有 {floor} 行(上一版 {rows} 行,{gone})",
                arguments={"min_value": floor},
            )  # fmt: skip


def _freshness(as_of: datetime) -> Iterator[Check]:
    yield Check(
        "record.case_reports.fresh", "record.case_reports", "ExpectColumnMaxToBeBetween",
        f"最近 {STALE.days} 天内应有来件入库", "warning",
        {"column": "landed_at", "min_value": as_of - STALE},
    )  # fmt: skip


@cache
def _from_files() -> tuple[Check, ...]:
    return tuple(_from_file(path) for path in sorted(SQL_FOLDER.glob("*.sql")))


def _from_file(path: Path) -> Check:
    """A check from its file: header lines `-- table:`, `-- severity:`, `-- title:`, then one SELECT."""
    text = path.read_text(encoding="utf-8")
    header = dict(re.findall(r"^-- (table|severity|title): (.+)$", text, re.MULTILINE))
    query = re.sub(r"^--.*\n", "", text, flags=re.MULTILINE)
    return Check(
        path.stem, header["table"], ROWS_EXPECTATION, header["title"], SEVERITIES[header["severity"]],
        {"unexpected_rows_query": query},
    )  # fmt: skip
