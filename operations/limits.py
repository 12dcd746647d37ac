"""What the processes that call one source share: its request rate, and tokens that only one may renew."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any

from cryptography.exceptions import InvalidTag
from sqlalchemy import select

from operations.locks import scope_lock
from operations.sealed import seal, unseal
from operations.store import Store, take_turn, unix_seconds, upsert
from operations.tables import limits, secrets

_ROUNDING = 1e-6  # seconds; below what a sleep can keep
BOOKED = 0.1
"""Seconds for which a process that keeps asking books turns at a time: others may have to wait so much longer."""


@dataclass
class _Span:
    """Turns that this process has booked: how many, when they begin and end (time.monotonic), when the next one is
    free, and how many were taken."""

    turns: int
    begin: float
    end: float
    free: float
    taken: int = 0

    def is_used(self, now: float) -> bool:
        """Whether at least every second turn since it began was taken."""
        return 2 * self.taken * (self.end - self.begin) >= (now - self.begin) * self.turns


class Limiter:
    """A request rate shared by every thread, process and machine that uses the store.

    A booking is a write to the database and waits for the disk, so a process that takes most of its turns books twice
    as many the next time, up to those of BOOKED seconds. A turn that it lets pass is lost, for all.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._spans: dict[str, _Span] = {}
        self._one_books = Lock()

    def wait(self, scope: str, rate_per_second: float) -> None:
        """Take the next free turn of `scope` and sleep until it comes.

        Turns are `1 / rate_per_second` seconds apart; a token bucket that holds one token, so there are no
        bursts.
        """
        if rate_per_second <= 0:
            raise ValueError(f"{scope}: a rate must be above 0 per second")
        with self._one_books:
            turn = self._turn(scope, 1 / rate_per_second)
        if (left := turn - time.monotonic()) > 0:
            time.sleep(left)

    def _turn(self, scope: str, apart: float) -> float:
        """When the next turn is, by time.monotonic."""
        now = time.monotonic()
        span = self._spans.get(scope)
        if span is None or max(now, span.free) + apart > span.end + _ROUNDING:
            turns = min(2 * span.turns, max(1, int(BOOKED / apart))) if span and span.is_used(now) else 1
            begin = self._book(scope, turns * apart)
            span = self._spans[scope] = _Span(turns, begin, begin + turns * apart, begin)
        turn = max(time.monotonic(), span.free)
        span.free = turn + apart
        span.taken += 1
        return turn

    def _book(self, scope: str, seconds: float) -> float:
        """Take so many seconds for this process alone; when they begin, by time.monotonic."""
        with self._store.write() as connection:
            take_turn(connection, f"limits {scope}")
            now, here = unix_seconds(connection), time.monotonic()
            booked = connection.scalar(select(limits.c.next_at).where(limits.c.scope == scope))
            begin = now if booked is None else max(now, booked)
            upsert(connection, limits, {"scope": scope, "next_at": begin + seconds})
        return here + begin - now


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
