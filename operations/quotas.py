"""How often a source may still be asked today, counted by all processes together."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from sqlalchemy import delete, select

from operations.settings import SHANGHAI
from operations.store import Store, take_turn, unix_seconds, upsert
from operations.tables import quotas


class Quotas:
    """Calls of a day, from midnight to midnight in Shanghai by the clock of the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def take(self, scope: str, per_day: int) -> datetime | None:
        """Count one call. None when it is within the quota, else (and nothing is counted) when the next day begins,
        naive Asia/Shanghai."""
        with self._store.write() as connection:
            take_turn(connection, f"quotas {scope}")
            today = datetime.fromtimestamp(unix_seconds(connection), SHANGHAI).date()
            at = (quotas.c.scope == scope) & (quotas.c.day == today)
            used = connection.scalar(select(quotas.c.used).where(at))
            if used is None:
                connection.execute(delete(quotas).where(quotas.c.scope == scope, quotas.c.day < today))
            if used is not None and used >= per_day:
                return datetime.combine(today + timedelta(days=1), time())
            upsert(connection, quotas, {"scope": scope, "day": today, "used": (used or 0) + 1})
        return None
