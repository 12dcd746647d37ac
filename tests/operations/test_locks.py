"""One holds a lock, the others wait, and a kill frees it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from operations.locks import LockedError, reader_lock, scope_lock, writer_lock
from operations.settings import Settings
from operations.store import Store

InProcesses = Callable[..., list[Any]]


def test_processes_write_one_after_the_other(settings: Settings, in_processes: InProcesses) -> None:
    def write(_: int) -> tuple[float, float]:
        with writer_lock(settings):
            began = time.monotonic()
            time.sleep(0.05)
            return began, time.monotonic()

    spans = sorted(in_processes(4, write))
    assert all(earlier[1] <= later[0] for earlier, later in pairwise(spans))


def test_whoever_waits_too_long_is_told_what_holds_it(settings: Settings) -> None:
    with (
        reader_lock(settings, "court_odr", "confirmations"),
        pytest.raises(LockedError, match=r"court_odr\.confirmations is being read"),
        reader_lock(settings, "court_odr", "confirmations", timeout=0.1),
    ):
        pass


def test_two_datasets_are_read_at_once(settings: Settings) -> None:
    with (
        reader_lock(settings, "court_odr", "confirmations"),
        reader_lock(settings, "court_odr", "referrals", 0.1),
    ):
        pass


def test_a_kill_frees_the_lock(settings: Settings) -> None:
    ready, say = os.pipe()
    pid = os.fork()
    if pid == 0:
        with writer_lock(settings), scope_lock(Store(settings), "x"):
            os.write(say, b"1")
            time.sleep(60)
    os.read(ready, 1)
    with pytest.raises(LockedError), writer_lock(settings, timeout=0.1):
        pass
    with pytest.raises(LockedError, match="x is in use"), scope_lock(Store(settings), "x", timeout=0.1):
        pass
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    with writer_lock(settings, timeout=5), scope_lock(Store(settings), "x", timeout=5):
        pass
