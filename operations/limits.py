"""What the processes that call one source share: its request rate, and tokens that only one may renew."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from cryptography.exceptions import InvalidTag
from sqlalchemy import select

from operations.locks import scope_lock
from operations.sealed import seal, unseal
from operations.store import Store, take_turn, unix_seconds, upsert
from operations.tables import limits, secrets


class Limiter:
    """A request rate shared by every thread, process and machine that uses the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def wait(self, scope: str, rate_per_second: float) -> None:
        """Take the next free turn of `scope` and sleep until it comes.

        Turns are `1 / rate_per_second` seconds apart; a token bucket that holds one token, so there are no
        bursts.
        """
        if rate_per_second <= 0:
            raise ValueError(f"{scope}: a rate must be above 0 per second")
        with self._store.write() as connection:
            take_turn(connection, f"limits {scope}")
            now = unix_seconds(connection)
            booked = connection.scalar(select(limits.c.next_at).where(limits.c.scope == scope))
            turn = now if booked is None else max(now, booked)
            upsert(connection, limits, {"scope": scope, "next_at": turn + 1 / rate_per_second})
        if turn > now:
            time.sleep(turn - now)


class Secrets:
    """Values that a source hands out and replaces, such as an access token; encrypted in the database."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, scope: str) -> dict[str, Any] | None:
        """What was renewed last, or None when there is nothing that can be read."""
        return self._read(scope)[1]

    def renew(
        self,
        scope: str,
        fn: Callable[[dict[str, Any] | None], dict[str, Any]],
        *,
        stale: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Replace the value by `fn(current value)`, in one process at a time, and return what is valid now.

        Callers that wait for a renewal get its outcome and do not renew again. Pass as `stale` the value that
        no longer works: where the stored one already differs it is returned at once. What `fn` raises is
        raised here and the stored value stays. Raises LockedError when another renewal takes more than 120 s.
        """
        version, current = self._read(scope)
        if stale is not None and current is not None and current != stale:
            return current
        with scope_lock(self._store, f"secret {scope}"):
            version_now, current = self._read(scope)
            if current is not None and version_now != version:
                return current
            renewed = fn(current)
            sealed = seal(self._store.settings, "secrets", json.dumps(renewed).encode(), scope)
            with self._store.write() as connection:
                upsert(connection, secrets, {"scope": scope, "version": version_now + 1, "sealed": sealed})
            return renewed

    def _read(self, scope: str) -> tuple[int, dict[str, Any] | None]:
        with self._store.read() as connection:
            row = connection.execute(
                select(secrets.c.version, secrets.c.sealed).where(secrets.c.scope == scope)
            ).one_or_none()
        if row is None:
            return 0, None
        try:
            plain = unseal(self._store.settings, "secrets", row.sealed, scope)
        except InvalidTag:  # written under a key that was lost since: the source hands out another one
            return row.version, None
        value: dict[str, Any] = json.loads(plain)
        return row.version, value
