"""Circuit breakers: after some failures in a row at one host, nobody asks it for a while, and then one may try."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Row, delete, select

from operations.settings import SHANGHAI
from operations.store import Store, storable, take_turn, unix_seconds, upsert
from operations.tables import breakers


@dataclass(frozen=True)
class Open:
    """A host that is left alone: until when (naive Asia/Shanghai), after how many failures, the last one's cause."""

    until: datetime
    failures: int
    cause: str


class Breaker:
    """The breaker of one host, shared by every thread, process and machine that uses the store.

    `limit` failures in a row open it for `pause`. Whoever asks first after that is the one trial: its success closes
    the breaker, its failure, or its death, leaves it open for another pause.
    """

    def __init__(self, store: Store, scope: str, limit: int, pause: timedelta) -> None:
        self._store = store
        self._scope = scope
        self._limit = limit
        self._pause = pause.total_seconds()

    def admit(self) -> Open | None:
        """None when the host may be asked now, else why and until when it may not."""
        with self._store.read() as connection:
            found = self._row(connection)
            if found is None or found.failures < self._limit:
                return None
            if unix_seconds(connection) < found.open_until:
                return _open(found)
        with self._store.write() as connection:
            take_turn(connection, f"breakers {self._scope}")
            found, now = self._row(connection), unix_seconds(connection)
            if found is None or found.failures < self._limit:
                return None
            if now < found.open_until:
                return _open(found)  # another one has taken the trial
            self._put(connection, found.failures, now + self._pause, found.cause)
        return None

    def failed(self, cause: str) -> None:
        """Count a failure. `cause` must hold no secret."""
        with self._store.write() as connection:
            take_turn(connection, f"breakers {self._scope}")
            found = self._row(connection)
            failures = (found.failures if found else 0) + 1
            until = unix_seconds(connection) + self._pause if failures >= self._limit else 0.0
            self._put(connection, failures, until, cause)

    def succeeded(self) -> None:
        """Close it."""
        with self._store.read() as connection:
            if self._row(connection) is None:
                return
        with self._store.write() as connection:
            connection.execute(delete(breakers).where(breakers.c.scope == self._scope))

    def _row(self, connection: Connection) -> Row[tuple[str, int, float, str]] | None:
        return connection.execute(select(breakers).where(breakers.c.scope == self._scope)).one_or_none()

    def _put(self, connection: Connection, failures: int, until: float, cause: str) -> None:
        row = {"scope": self._scope, "failures": failures, "open_until": until, "cause": storable(cause)}
        upsert(connection, breakers, row)


def _open(found: Row[tuple[str, int, float, str]]) -> Open:
    until = datetime.fromtimestamp(found.open_until, SHANGHAI).replace(tzinfo=None, microsecond=0)
    return Open(until, found.failures, found.cause)
