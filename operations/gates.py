"""What the gate said about each candidate version: why a version was published, or why the last one stayed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select

from operations.store import Store
from operations.tables import gate_results


def record(
    store: Store,
    version: str,
    as_of: datetime,
    success: bool,
    critical: list[str],
    results: list[dict[str, Any]],
) -> None:
    """Keep one verdict. `critical` says in sentences what failed; `results` has one JSON object per expectation."""
    verdict = {"version": version, "as_of": as_of, "success": success, "critical": critical, "results": results}
    with store.write() as connection:
        connection.execute(gate_results.insert().values(at=store.settings.clock(), **verdict))


def recent(store: Store, limit: int) -> list[dict[str, Any]]:
    """The newest verdicts (id, version, as_of, success, critical, results, at), newest first."""
    with store.read() as connection:
        rows = connection.execute(select(gate_results).order_by(gate_results.c.id.desc()).limit(limit)).mappings()
        return [dict(row) for row in rows]


def latest(store: Store) -> dict[str, Any] | None:
    """The newest verdict, or None before the first gate."""
    return next(iter(recent(store, 1)), None)
