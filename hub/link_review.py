"""Pairs of cases that may be one dispute and that no rule joins: a person looks, then says whether they are one or two.

The score orders the list: it adds up what speaks for a pair and against it, and is no probability (decision 0023).
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hub import published, reading
from operations import decisions
from operations.store import Store
from warehouse.link.decided import KIND, Report, Standing, standing

if TYPE_CHECKING:
    import duckdb

    from operations.settings import Settings

SQL = Path(__file__).parent / "sql"
LEAST = 50
"""Pairs with fewer points are not worth a person's time."""
DAYS = 90
"""Reports further apart are compared only where one names the other, or both have one local code."""
BUSY = 50
"""What more reports have in common names nobody."""


@dataclass(frozen=True)
class Pair:
    """Two cases, the two of their reports (system, source_id) for which most speaks, how many days these are apart, and
    what speaks for them and against: (words, points). `score` is 0..100; `one_case` and `two_cases` are the commands
    that decide."""

    score: int
    codes: tuple[str, str]
    reports: tuple[Report, Report]
    days: int
    evidence: list[tuple[str, int]]
    one_case: str
    two_cases: str


def review(settings: Settings) -> list[Pair]:
    """The pairs about which nobody has decided, the most likely first. Raises NothingPublishedError."""
    stands = standing(decisions.verdicts(Store(settings), KIND))
    with published.current(settings) as con:
        reader = reading.Reader(con, SQL)
        found = [_pair(row) for row in reader.rows("link_review", busy=BUSY, days=DAYS, least=LEAST)]
        members = _members(con, {code for pair in found for code in pair.codes})
    return [pair for pair in found if not _is_decided(stands, members[pair.codes[0]] | members[pair.codes[1]])]


def _pair(row: reading.Row) -> Pair:
    codes = f"{row['code']} {row['other_code']} --by NAME --reason WHY"
    return Pair(
        row["score"],
        (row["code"], row["other_code"]),
        ((row["system"], row["source_id"]), (row["other_system"], row["other_source_id"])),
        row["days"],
        [(one["says"], one["points"]) for one in row["evidence"]],
        f"hub link merge {codes}",
        f"hub link apart {codes}",
    )


def _members(con: duckdb.DuckDBPyConnection, codes: Set[str]) -> dict[str, frozenset[Report]]:
    sql = (
        "SELECT case_code, list((system, source_id)) FROM core.case_reports"
        " WHERE case_code IN (SELECT unnest(?)) GROUP BY case_code"
    )
    return {code: frozenset(held) for code, held in con.execute(sql, [sorted(codes)]).fetchall()}


def _is_decided(stands: Standing, reports: Set[Report]) -> bool:
    """Whether a person keeps them apart, or has said that they are one, which the next build carries out."""
    if stands.against_uniting(reports) is not None:
        return True
    return any({one.one, one.other} <= reports for one in stands.merges)
