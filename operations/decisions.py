"""What people decided: mappings, deletes over the budget, links. Rows are only added; the newest counts.

Reasons are kept without what looks like an identity, bank or telephone number.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from operations.store import Store, free_text, take_turn
from operations.tables import decisions

PROPOSED = "proposed"


@dataclass(frozen=True)
class Decision:
    """One row: a proposal when `verdict` is "proposed", else what was decided about `subject`."""

    id: int
    kind: str
    subject: dict[str, Any]
    verdict: str
    by_whom: str
    reason: str
    at: datetime

    @property
    def key(self) -> str:
        """The same for all rows about the same subject."""
        return _digest(self.subject)


def propose(store: Store, kind: str, subject: Mapping[str, Any], reason: str = "", by_whom: str = "hub") -> Decision:
    """Ask people about `subject` (a JSON object) once: if it is pending or decided, that row is returned."""
    with store.write() as connection:
        take_turn(connection, "decisions")
        newest = _newest(connection, kind, subject)
        return newest or append(connection, store, kind, subject, PROPOSED, by_whom, reason)


def decide(store: Store, kind: str, subject: Mapping[str, Any], verdict: str, by_whom: str, reason: str) -> Decision:
    """Add a verdict. It needs no proposal, and it replaces an earlier verdict, which stays on record."""
    if not verdict or verdict == PROPOSED:
        raise ValueError(f"a verdict cannot be {verdict!r}")
    if not by_whom or not reason.strip():
        raise ValueError("a decision names who made it and why")
    with store.write() as connection:
        return append(connection, store, kind, subject, verdict, by_whom, reason)


def pending(store: Store, kind: str | None = None) -> list[Decision]:
    """The proposals that nobody has decided, oldest first."""
    return [row for row in _newest_rows(store, kind) if row.verdict == PROPOSED]


def effective(store: Store, kind: str) -> list[Decision]:
    """The verdict that counts for each decided subject of `kind`, in the order they were made."""
    return [row for row in _newest_rows(store, kind) if row.verdict != PROPOSED]


def verdicts(store: Store, kind: str) -> list[Decision]:
    """Every verdict of `kind` that was ever given, the oldest first: those that count, and those that were replaced."""
    query = select(decisions).where(decisions.c.kind == kind, decisions.c.verdict != PROPOSED).order_by(decisions.c.id)
    with store.read() as connection:
        return [_decision(row) for row in connection.execute(query)]


def append(
    connection: Connection,
    store: Store,
    kind: str,
    subject: Mapping[str, Any],
    verdict: str,
    by_whom: str,
    reason: str,
) -> Decision:
    """Add one row within the caller's transaction, for a verdict that must stand or fall with something else."""
    row: dict[str, Any] = {
        "kind": kind,
        "subject": dict(subject),
        "verdict": verdict,
        "by_whom": by_whom,
        "reason": free_text(reason),
        "at": store.settings.clock(),
    }
    added = connection.scalar(
        decisions.insert().values(subject_sha256=_digest(subject), **row).returning(decisions.c.id)
    )
    return Decision(id=int(added or 0), **row)


def _newest(connection: Connection, kind: str, subject: Mapping[str, Any]) -> Decision | None:
    row = connection.execute(
        select(decisions)
        .where(decisions.c.kind == kind, decisions.c.subject_sha256 == _digest(subject))
        .order_by(decisions.c.id.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else _decision(row)


def _newest_rows(store: Store, kind: str | None) -> list[Decision]:
    newest = select(func.max(decisions.c.id)).group_by(decisions.c.kind, decisions.c.subject_sha256)
    query = select(decisions).where(decisions.c.id.in_(newest)).order_by(decisions.c.id)
    if kind is not None:
        query = query.where(decisions.c.kind == kind)
    with store.read() as connection:
        return [_decision(row) for row in connection.execute(query)]


def _decision(row: Any) -> Decision:
    return Decision(row.id, row.kind, row.subject, row.verdict, row.by_whom, row.reason, row.at)


def _digest(subject: Mapping[str, Any]) -> str:
    canonical = json.dumps(dict(subject), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()
