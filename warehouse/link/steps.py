"""Links what the merge brought: finds edges, groups reports, mints and joins codes; one transaction, repeatable.

Codes are minted once and forward for ever. Within one run the order of arrival plays no part; across runs a code
depends on what was there when it was minted, and it is never taken back. Two cases that turn out to be one keep the
code minted first (then the smaller one). A membership stays when the edge that made it is edited away at its source:
only a person splits a case. What people decided is carried out first (`warehouse.link.follow`), and no rule unites what
a person keeps apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from operations.failpoints import failpoint
from warehouse.link.decided import Split, standing
from warehouse.link.follow import follow
from warehouse.link.grouping import Node, group

if TYPE_CHECKING:
    import duckdb

    from operations.decisions import Decision
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
    "grouped",
    "placed",
    "minted",
    "reasons",
    "changes",
    "named",
    "going",
)


@dataclass(frozen=True)
class Linked:
    """What one run of linking did; all zero when nothing had changed."""

    reports: int = 0
    edges: int = 0
    minted: int = 0
    joined: int = 0
    merged: int = 0
    decided: int = 0


def link(writer: Writer, as_of: datetime, decisions: Sequence[Decision] = ()) -> Linked:
    """Give every report but consultations its case. Needs record.case_reports and ref.division_today.

    `decisions` are all rows of kind `link`, of which those that are new are carried out. Reports new or changed since
    the last run are compared with all; nothing else is touched.
    """
    with writer.transaction() as con:
        _run(con, "state.sql")
        _run(con, "linkable.sql")
        decided = follow(con, as_of, decisions)
        _run(con, "delta.sql")
        if not _count(con, "delta"):
            _drop(con)
            failpoint("link.before_commit")
            return Linked(decided=decided)
        _run(con, "edges.sql", busy=BUSY, transfer_days=TRANSFER_DAYS, rule_days=RULE_DAYS)
        _run(con, "nodes.sql")
        _group(con, standing(decisions).splits)
        for name in ("place.sql", "mint.sql", "assign.sql"):
            _run(con, name)
        last = con.execute("SELECT coalesce(max(event_id), 0) FROM link.events").fetchone()
        event_id = (last[0] if last else 0) + 1
        _run(con, "write.sql", as_of=as_of, event_id=event_id)
        done = con.execute(
            "SELECT reports, edges, minted, joined, merged FROM link.events WHERE event_id = ?", [event_id]
        ).fetchone()
        _drop(con)
        failpoint("link.before_commit")
    return replace(Linked(*done or ()), decided=decided)


def _group(con: duckdb.DuckDBPyConnection, splits: Sequence[Split]) -> None:
    """Makes the temporary tables groups (node, grp, part) and verdicts (edge, accepted, refused_because)."""
    import pyarrow as pa

    columns = "system, source_id, reported_at, applicant, respondent, case_code, part"
    rows = con.execute(f"SELECT {columns} FROM nodes ORDER BY node").fetchall()
    of_report, of_case = _sides(con, splits)
    nodes = [
        Node(at, one, other, code, part, of_report.get((system, key), frozenset()) | of_case.get(code, frozenset()))
        for system, key, at, one, other, code, part in rows
    ]
    edges = con.execute("SELECT a, b FROM numbered_edges ORDER BY edge").fetchall()
    found = group(nodes, edges)
    groups = pa.table(
        {
            "node": pa.array(range(len(rows)), pa.int64()),
            "grp": pa.array(found.group_of, pa.int64()),
            "part": pa.array(found.part_of, pa.int64()),
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


Sides = dict[Any, frozenset[tuple[int, int]]]


def _sides(con: duckdb.DuckDBPyConnection, splits: Sequence[Split]) -> tuple[Sides, Sides]:
    """On which sides of which splits each report stands, and each case with all its reports, here or gone."""
    of_report: dict[Any, set[tuple[int, int]]] = {}
    of_case: dict[Any, set[tuple[int, int]]] = {}
    for split in splits:
        for side, reports in enumerate(split.sides):
            for report in reports:
                of_report.setdefault(report, set()).add((split.decision.id, side))
    if of_report:
        con.execute("CREATE OR REPLACE TEMP TABLE named (system VARCHAR, source_id VARCHAR)")
        con.executemany("INSERT INTO named VALUES (?, ?)", sorted(of_report))
        sql = "SELECT system, source_id, case_code FROM link.memberships SEMI JOIN named USING (system, source_id)"
        for system, source_id, code in con.execute(sql).fetchall():
            of_case.setdefault(code, set()).update(of_report[system, source_id])
    frozen = [{key: frozenset(found) for key, found in one.items()} for one in (of_report, of_case)]
    return frozen[0], frozen[1]


def _run(con: duckdb.DuckDBPyConnection, name: str, **values: Any) -> None:
    for statement in con.extract_statements((HERE / name).read_text(encoding="utf-8")):
        con.execute(statement, {key: values[key] for key in statement.named_parameters})


def _drop(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("DROP VIEW IF EXISTS identity_keys; DROP VIEW IF EXISTS linkable")
    con.execute("; ".join(f"DROP TABLE IF EXISTS temp.{name}" for name in _TEMPORARY))


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    row = con.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(row[0]) if row else 0
