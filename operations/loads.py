"""A copy of the warehouse's ledger lines, because nobody but the writer may open the warehouse.

`landed = loaded + unchanged + superseded + duplicate + deleted + rejected`, and `balance` is the difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from operations.store import Store, upsert
from operations.tables import loads

COLUMNS = tuple(column.name for column in loads.columns)


def mirror(store: Store, line: Mapping[str, Any]) -> None:
    """Copy one ledger line. The same line twice, after a crash say, is one line here.

    `line` holds every name of COLUMNS (as_of and merged_at as datetime or ISO text); others are left out.
    Raises KeyError when one is missing.
    """
    row = {name: line[name] for name in COLUMNS}
    for name in ("as_of", "merged_at"):
        if isinstance(row[name], str):
            row[name] = datetime.fromisoformat(row[name])
    with store.write() as connection:
        upsert(connection, loads, row)


def lines(store: Store, limit: int | None = None) -> list[dict[str, Any]]:
    """The ledger lines in landing order, or only the last `limit` of them."""
    newest_first = select(loads).order_by(loads.c.load_id.desc()).limit(limit)
    with store.read() as connection:
        found = [dict(row) for row in connection.execute(newest_first).mappings()]
    return found[::-1]
