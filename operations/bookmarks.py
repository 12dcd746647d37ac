"""Where a dataset stands: the start of its next read (`landed`), what is merged, its last key list."""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy import select

from operations.store import Store, upsert
from operations.tables import bookmarks

Kind = Literal["landed", "merged", "keys"]


def get(store: Store, system: str, dataset: str, kind: Kind) -> dict[str, Any] | None:
    """The stored bookmark, or None when there is none yet."""
    with store.read() as connection:
        found: dict[str, Any] | None = connection.scalar(
            select(bookmarks.c.value).where(
                bookmarks.c.system == system, bookmarks.c.dataset == dataset, bookmarks.c.kind == kind
            )
        )
    return found


def put(store: Store, system: str, dataset: str, kind: Kind, value: dict[str, Any]) -> None:
    """Store `value` (anything that JSON can hold) in place of what was there."""
    with store.write() as connection:
        upsert(
            connection,
            bookmarks,
            {
                "system": system,
                "dataset": dataset,
                "kind": kind,
                "value": value,
                "stored_at": store.settings.clock(),
            },
        )
