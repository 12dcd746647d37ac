"""Steps that are remembered: what ran, what failed, and why, for the next person who looks."""

from __future__ import annotations

import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from sqlalchemy.exc import DBAPIError

from hub import disk
from operations import runs
from operations.settings import Settings
from operations.store import Store

OURS = ("connectors", "schemas", "quality", "warehouse", "hub", "operations", "sandbox")


def expected(error: BaseException) -> bool:
    """Whether an error is one of ours, so that its message says what to do and needs no traceback."""
    return any(kind.__module__.split(".")[0] in OURS for kind in type(error).__mro__)


def faults_log(settings: Settings) -> Path:
    """Where tracebacks go: into the private zone, because they may quote values."""
    return settings.private / "faults.log"


class FaultError(RuntimeError):
    """A fault of the hub itself. Its message quotes nothing, because the cause may quote a row; the traceback is
    in the private zone."""

    def __init__(self, settings: Settings, cause: BaseException) -> None:
        super().__init__(
            f"a fault of the hub itself ({type(cause).__name__}); please report it with {faults_log(settings)}"
        )


@contextmanager
def step(
    store: Store, system: str, dataset: str, name: str, refusals: tuple[type[Exception], ...] = ()
) -> Iterator[list[str]]:
    """Remember a step's start, and its end or its failure. What the body appends to the list is kept as a note.

    An error of ours goes on to the caller. One of a disk that takes no more becomes a DiskFullError; any other goes to
    the private log and becomes a FaultError, so that no value leaves through a message. A refusal says that nothing was
    begun, because it was asked for wrongly: that is told to who asked, and no failure that others should look after.
    """
    run_id = uuid4().hex
    notes: list[str] = []
    runs.started(store, run_id, system, dataset, name)
    began = time.perf_counter()
    try:
        yield notes
    except refusals:
        runs.finished(store, run_id, system, dataset, name)
        raise
    except Exception as error:
        told = _told(store.settings, error)
        try:
            runs.failed(store, run_id, system, dataset, name, str(told), getattr(told, "remedy", ""))
        except DBAPIError:
            if not isinstance(told, disk.DiskFullError):  # which has no room for this either
                raise
        raise told from None
    runs.finished(store, run_id, system, dataset, name, "; ".join(notes), time.perf_counter() - began)


@contextmanager
def isolated(
    store: Store, system: str, dataset: str, name: str, failures: dict[str, str], load_id: str = ""
) -> Iterator[None]:
    """A step whose failure stops only itself: remembered, put into ``failures``, and not raised.

    It is named by its dataset there; a second one of the same dataset by its load, too.
    """
    try:
        with step(store, system, dataset, name):
            yield
    except Exception as error:
        place = f"{system}.{dataset}"
        failures[f"{place} load {load_id}" if load_id and place in failures else place] = str(error)


def _told(settings: Settings, error: Exception) -> Exception:
    """An error as people are told of it."""
    if expected(error):
        return error
    if refusal := disk.refusal(error, settings.home):
        return disk.DiskFullError(settings.home, refusal)
    keep_traceback(settings, error)
    return FaultError(settings, error)


def keep_traceback(settings: Settings, error: BaseException) -> None:
    """Append the traceback to faults_log, which its owner alone can read."""
    log = faults_log(settings)
    log.touch(mode=0o600)
    with log.open("a", encoding="utf-8") as file:
        traceback.print_exception(error, file=file)
