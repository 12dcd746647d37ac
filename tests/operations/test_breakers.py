"""A host that fails is left alone by every process, and one of them tries again."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select, update

from operations.breakers import Breaker, Open
from operations.quotas import Quotas
from operations.settings import Settings
from operations.store import Store
from operations.tables import breakers, quotas

InProcesses = Callable[..., list[Any]]
HOUR = timedelta(hours=1)


def test_failures_in_a_row_open_it_and_say_until_when(store: Store) -> None:
    breaker = Breaker(store, "host", 2, HOUR)
    breaker.failed("HTTP 500")
    assert breaker.admit() is None
    breaker.failed("HTTP 503")
    left = breaker.admit()
    assert isinstance(left, Open)
    assert (left.failures, left.cause) == (2, "HTTP 503")
    assert Breaker(store, "another", 2, HOUR).admit() is None


def test_a_success_starts_the_count_anew(store: Store) -> None:
    breaker = Breaker(store, "host", 2, HOUR)
    for _ in range(3):
        breaker.failed("HTTP 500")
        breaker.succeeded()
    assert breaker.admit() is None


def test_one_process_is_the_trial_when_the_pause_is_over(settings: Settings, in_processes: InProcesses) -> None:
    store = Store(settings)
    Breaker(store, "host", 1, HOUR).failed("no answer in time")
    with store.write() as connection:
        connection.execute(update(breakers).values(open_until=time.time() - 1))
    store.close()
    admitted = in_processes(4, lambda _: Breaker(Store(settings), "host", 1, HOUR).admit() is None)
    assert sorted(admitted) == [False, False, False, True]


def test_processes_together_keep_the_quota_of_a_day(settings: Settings, in_processes: InProcesses) -> None:
    Store(settings).migrate()
    taken = in_processes(3, lambda _: [Quotas(Store(settings)).take("host", 7) is None for _ in range(4)])
    assert sum(map(sum, taken)) == 7


def test_another_day_has_its_own_quota_and_the_old_count_goes(store: Store) -> None:
    held = Quotas(store)
    assert held.take("host", 1) is None
    assert held.take("host", 1) is not None
    assert held.take("other", 1) is None
    with store.write() as connection:
        connection.execute(update(quotas).values(day=date(2026, 1, 1)))
    assert held.take("host", 1) is None
    with store.read() as connection:
        assert connection.scalars(select(quotas.c.used).where(quotas.c.scope == "host")).all() == [1]
