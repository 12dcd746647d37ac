"""How the form of a delivery differed from its declaration, kept with the load in ops.drift."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from schemas.delivery import FieldChange, Manifest


def keep_drift(con: duckdb.DuckDBPyConnection, manifest: Manifest, changes: Sequence[FieldChange]) -> None:
    """Replace what ops.drift says of a load.

    A load that was refused for its form has its changes here and no line in ops.loads, until a changed declaration
    lets it be merged.
    """
    con.execute("DELETE FROM ops.drift WHERE load_id = ?", [manifest.load_id])
    for change in changes:
        con.execute(
            "INSERT INTO ops.drift VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                *(manifest.load_id, manifest.system, manifest.dataset),
                *(change.field, change.change, change.detail, manifest.completed_at),
            ],
        )
