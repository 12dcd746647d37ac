"""Who looked at which case and who had which value revealed, with the reason. Rows are only ever added."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from operations.store import Store, free_text, storable
from operations.tables import access_log

REVEAL = "reveal"


def record(store: Store, who: str, what: str, subject: str, reason: str) -> None:
    """Keep one access: login, act ("case", "reveal", …), what it touched (a code or key, never a value), and
    why, without what looks like an identity, bank or telephone number."""
    with store.write() as connection:
        connection.execute(
            access_log.insert().values(
                who=who,
                what=what,
                subject=storable(subject),
                reason=free_text(reason),
                at=store.settings.clock(),
            )
        )


def recent(store: Store, limit: int = 100, what: str | None = None) -> list[dict[str, Any]]:
    """The last `limit` accesses (of one act), newest first: id, who, what, subject, reason, at."""
    query = select(access_log).order_by(access_log.c.id.desc()).limit(limit)
    with store.read() as connection:
        rows = connection.execute(query if what is None else query.where(access_log.c.what == what))
        return [dict(row) for row in rows.mappings()]
