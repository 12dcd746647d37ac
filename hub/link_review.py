"""Pairs of cases that may be one dispute and that no rule joins: a person looks, then says whether they are one or two.

The score orders the list: it adds up what speaks for a pair and against it, and is no probability (decision 0023).
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub import linking, published, reading
from operations import decisions
from operations.decisions import Decision
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
LATER = "link_later"
"""The kind of decisions that put a pair off: it stays undecided."""
BUSY = 50
"""What more reports have in common names nobody."""


@dataclass(frozen=True)
class PutOff:
    """Who wants to look at a pair later, why, and since when."""

    by: str
    reason: str
    at: datetime


@dataclass(frozen=True)
class Pair:
    """Two cases, the two of their reports (system, source_id) for which most speaks, how many days these are apart, and
    what speaks for them and against: (words, points). `score` is 0..100; `one_case` and `two_cases` are the commands
    that decide. `put_off` says who wants to look at it later, if anybody."""

    score: int
    codes: tuple[str, str]
    reports: tuple[Report, Report]
    days: int
    evidence: list[tuple[str, int]]
    one_case: str
    two_cases: str
    put_off: PutOff | None = None


def review(settings: Settings) -> list[Pair]:
    """The pairs about which nobody has decided, the most likely first. Raises NothingPublishedError."""
    store = Store(settings)
    stands = standing(decisions.verdicts(store, KIND))
    waiting = {tuple(one.subject["codes"]): _put_off(one) for one in decisions.effective(store, LATER)}
    found, members = _candidates(settings, published.identity(settings))
    named = stands.concerned()
    open_pairs = [
        pair for pair in found if not _is_decided(stands, named, members[pair.codes[0]] | members[pair.codes[1]])
    ]
    return [replace(pair, put_off=waiting[pair.codes]) if pair.codes in waiting else pair for pair in open_pairs]


def put_off(settings: Settings, code: str, other_code: str, by: str, reason: str) -> dict[str, Any]:
    """Record that a pair waits; it stays on the list, marked, until somebody decides. Returns id, act, codes.

    Raises LinkError: it is not on the list, or nobody or no reason is named. Raises NothingPublishedError.
    """
    if not by.strip() or not reason.strip():
        raise linking.LinkError("say who puts it off (--by) and why (--reason); both are kept for ever")
    codes = sorted((code, other_code))
    if all(list(pair.codes) != codes for pair in review(settings)):
        raise linking.LinkError(f"{code} and {other_code} are not on the list; `hub link review` shows what is")
    made = decisions.decide(Store(settings), LATER, {"codes": codes}, "later", by, reason)
    return {"id": made.id, "act": "later", "codes": codes}


@lru_cache(maxsize=2)  # of a version they never change, and the page shows them again after each decision
def _candidates(settings: Settings, _version: tuple[str, int, int]) -> tuple[list[Pair], dict[str, frozenset[Report]]]:
    """All pairs of the published version, decided or not, and the reports of their cases. Callers change neither."""
    with published.current(settings) as con:
        reader = reading.Reader(con, SQL)
        reader.rows("link_pairs", busy=BUSY, days=DAYS)
        found = [_pair(row) for row in reader.rows("link_review", least=LEAST)]
        return found, _members(con, {code for pair in found for code in pair.codes})


def _put_off(one: Decision) -> PutOff:
    return PutOff(one.by_whom, one.reason, one.at)


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


def _is_decided(stands: Standing, named: Set[Report], reports: Set[Report]) -> bool:
    """Whether a person keeps them apart, or has said that they are one, which the next build carries out.

    `named` are the reports of which a decision says anything: of most it says nothing.
    """
    if named.isdisjoint(reports):
        return False
    if stands.against_uniting(reports) is not None:
        return True
    return any({one.one, one.other} <= reports for one in stands.merges)
