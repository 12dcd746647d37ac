"""Where copies of this home were written: backups, exports, returns, which a legal order must reach too."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from sqlalchemy import delete, select

from operations.store import Store, upsert
from operations.tables import copies

Kind = Literal["backup", "export", "return"]


def record(store: Store, path: Path, kind: Kind) -> None:
    """Remember a folder that holds a copy."""
    with store.write() as connection:
        upsert(connection, copies, {"path": str(path), "kind": kind, "at": store.settings.clock()})


def known(store: Store, kind: Kind) -> list[Path]:
    """The folders of one kind, oldest first; whoever dropped one did not say so here."""
    with store.read() as connection:
        query = select(copies.c.path).where(copies.c.kind == kind).order_by(copies.c.at, copies.c.path)
        return [Path(path) for path in connection.scalars(query)]


def forget(store: Store, path: Path) -> None:
    """A copy that is no longer there."""
    with store.write() as connection:
        connection.execute(delete(copies).where(copies.c.path == str(path)))
