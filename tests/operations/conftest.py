"""A home and an operations database of its own for each test, on SQLite and on PostgreSQL."""

from __future__ import annotations

import multiprocessing
import os
import traceback
from collections.abc import Callable, Iterator
from datetime import datetime
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import pytest

from operations.settings import Settings
from operations.store import Store

AS_OF = datetime(2026, 6, 30, 8, 0)

InProcesses = Callable[..., list[Any]]


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in list(os.environ):
        if name.startswith(("HUB_", "AIRFLOW_CONN_")) and name not in ("HUB_REQUIRE", "HUB_TEST_POSTGRESQL"):
            monkeypatch.delenv(name)
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    url = request.getfixturevalue("postgresql_url") if request.param == "postgresql" else ""
    made = Settings(home=tmp_path / "home", as_of=AS_OF, operations_url=url)
    made.prepare()
    return made


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    opened = Store(settings)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def in_processes() -> InProcesses:
    """`in_processes(n, fn)` calls fn(0) … fn(n - 1), each in a process of its own, all released at once."""
    return _in_processes


def _in_processes(count: int, fn: Callable[[int], Any]) -> list[Any]:
    context = multiprocessing.get_context("fork")
    start = context.Barrier(count)
    receivers: list[Connection] = []
    children = []
    for number in range(count):
        receiver, sender = context.Pipe(duplex=False)
        child = context.Process(target=_child, args=(fn, number, start, sender))
        child.start()
        sender.close()
        receivers.append(receiver)
        children.append(child)
    outcomes = [receiver.recv() for receiver in receivers]
    for child in children:
        child.join(30)
    for error, _ in outcomes:
        assert error is None, error
    return [value for _, value in outcomes]


def _child(fn: Callable[[int], Any], number: int, start: Barrier, sender: Connection) -> None:
    try:
        start.wait(30)
        sender.send((None, fn(number)))
    except BaseException:
        sender.send((traceback.format_exc(), None))
