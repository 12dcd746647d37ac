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


def latest(store: Store) -> dict[str, Any] | None:
    """The newest verdict (version, as_of, success, critical, results, at), or None before the first gate."""
    with store.read() as connection:
        row = connection.execute(select(gate_results).order_by(gate_results.c.id.desc()).limit(1)).mappings().first()
    return None if row is None else dict(row)
