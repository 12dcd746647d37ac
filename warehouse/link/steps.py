"""Links what the merge brought: finds edges, groups reports, mints and joins codes; one transaction, repeatable.

Codes are minted once and forward for ever. Within one run the order of arrival plays no part; across runs a code
depends on what was there when it was minted, and it is never taken back. Two cases that turn out to be one keep the
code minted first (then the smaller one). A membership stays when the edge that made it is edited away at its source:
only a person splits a case.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from operations.failpoints import failpoint
from warehouse.link.grouping import Node, group

if TYPE_CHECKING:
    import duckdb

    from warehouse.build import Writer

HERE = Path(__file__).parent
TRANSFER_DAYS = 90
RULE_DAYS = 30
BUSY = 50  # reports of one kind in one county under one token; above it the token names no person
_TEMPORARY = (
    "delta",
    "delta_identities",
    "delta_phones",
    "busy_tokens",
    "pairs",
    "new_edges",
    "nodes",
    "numbered_edges",
    "groups",
    "verdicts",
    "placed",
    "minted",
    "reasons",
    "changes",
)


@dataclass(frozen=True)
class Linked:
    """What one run of linking did; all zero when nothing had changed."""

    reports: int = 0
    edges: int = 0
    minted: int = 0
    joined: int = 0
    merged: int = 0


def link(writer: Writer, as_of: datetime) -> Linked:
    """Give every report but consultations its case. Needs record.case_reports and ref.division_today.

    Reports new or changed since the last run are compared with all; nothing else is touched.
    """
    with writer.transaction() as con:
        _run(con, "state.sql")
        _run(con, "delta.sql")
        if not _count(con, "delta"):
            _drop(con)
            return Linked()
        _run(con, "edges.sql", busy=BUSY, transfer_days=TRANSFER_DAYS, rule_days=RULE_DAYS)
        _run(con, "nodes.sql")
        _group(con)
        _run(con, "assign.sql")
        last = con.execute("SELECT coalesce(max(event_id), 0) FROM link.events").fetchone()
        event_id = (last[0] if last else 0) + 1
        _run(con, "write.sql", as_of=as_of, event_id=event_id)
        done = con.execute(
            "SELECT reports, edges, minted, joined, merged FROM link.events WHERE event_id = ?", [event_id]
        ).fetchone()
        _drop(con)
        failpoint("link.before_commit")
    return Linked(*done) if done else Linked()


def _group(con: duckdb.DuckDBPyConnection) -> None:
    """Makes the temporary tables groups (node, grp) and verdicts (edge, accepted, refused_because)."""
    import pyarrow as pa

    rows = con.execute("SELECT reported_at, applicant, respondent, case_code FROM nodes ORDER BY node").fetchall()
    edges = con.execute("SELECT a, b FROM numbered_edges ORDER BY edge").fetchall()
    found = group([Node(*row) for row in rows], edges)
    groups = pa.table(
        {
            "node": pa.array(range(len(rows)), pa.int64()),
            "grp": pa.array(found.group_of, pa.int64()),
        }
    )
    verdicts = pa.table(
        {
            "edge": pa.array(range(len(edges)), pa.int64()),
            "accepted": pa.array([reason is None for reason in found.refused], pa.bool_()),
            "refused_because": pa.array(found.refused, pa.string()),
        }
    )
    for name, table in (("groups", groups), ("verdicts", verdicts)):
        con.register(f"{name}_in", table)
        con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM {name}_in")
        con.unregister(f"{name}_in")


def _run(con: duckdb.DuckDBPyConnection, name: str, **values: Any) -> None:
    for statement in con.extract_statements((HERE / name).read_text(encoding="utf-8")):
        con.execute(statement, {key: values[key] for key in statement.named_parameters})


def _drop(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("DROP VIEW IF EXISTS identity_keys; DROP VIEW IF EXISTS linkable")
    con.execute("; ".join(f"DROP TABLE IF EXISTS temp.{name}" for name in _TEMPORARY))


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    row = con.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(row[0]) if row else 0
