"""What each audit found: the rules counted twice, and those on which the two counts differ."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select

from operations.store import Store
from operations.tables import audit_results


def record(
    store: Store,
    as_of: datetime,
    rows: int,
    tallies: list[dict[str, Any]],
    failures: dict[str, str],
) -> None:
    """Keep one audit.

    `tallies` has one JSON object per rule and dataset (system, dataset, rule_id, kind, compiled, expected, error, keys,
    agrees), `failures` why a dataset could not be audited.
    """
    found = {"as_of": as_of, "rows": rows, "tallies": tallies, "failures": failures}
    with store.write() as connection:
        connection.execute(audit_results.insert().values(at=store.settings.clock(), **found))


def latest(store: Store) -> dict[str, Any] | None:
    """The newest audit (as_of, rows, tallies, failures, at), or None before the first."""
    with store.read() as connection:
        row = connection.execute(select(audit_results).order_by(audit_results.c.id.desc()).limit(1)).mappings().first()
    return None if row is None else dict(row)
