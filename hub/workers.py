"""Several datasets at once: one process each, because checking is work for the processor and not only waiting."""

from __future__ import annotations

import logging
import multiprocessing
import os
import threading
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing.connection import wait
from typing import TYPE_CHECKING

from hub import catalogue
from hub.pipeline import Progress, silent, sync
from hub.windows import NotNowError
from operations.settings import Settings
from schemas.declaration import ChildDataset

if TYPE_CHECKING:
    from concurrent.futures import Future

log = logging.getLogger(__name__)


def sync_all(settings: Settings, pairs: list[tuple[str, str]], parallel: int, progress: Progress) -> dict[str, str]:
    """Sync every (system, dataset); returns the messages of those that failed by ``system.dataset``.

    Children come last: what they take is what their parents have just landed.
    """
    children = {(one, name) for one, name in pairs if isinstance(catalogue.dataset(one, name)[1], ChildDataset)}
    failures: dict[str, str] = {}
    for wave in ([pair for pair in pairs if pair not in children], [pair for pair in pairs if pair in children]):
        failures |= _sync_wave(settings, wave, parallel, progress)
    return failures


def _sync_wave(settings: Settings, pairs: list[tuple[str, str]], parallel: int, progress: Progress) -> dict[str, str]:
    failures: dict[str, str] = {}
    if not pairs:
        return failures
    if parallel == 1:
        for system, dataset in pairs:
            if (message := _sync(settings, system, dataset, progress)) is not None:
                failures[f"{system}.{dataset}"] = message
        return failures
    with pool_of(parallel) as pool:
        running: dict[Future[str | None], str] = {
            pool.submit(_sync, settings, system, dataset): f"{system}.{dataset}" for system, dataset in pairs
        }
        for done in as_completed(running):
            progress(running[done], 0)
            if (message := done.result()) is not None:
                failures[running[done]] = message
    return failures


def pool_of(parallel: int) -> ProcessPoolExecutor:
    """Processes that end with the one that started them, also when that is killed."""
    # Spawned, not forked: a forked DuckDB or OpenSSL may hang on a lock that another thread held.
    return ProcessPoolExecutor(
        parallel, mp_context=multiprocessing.get_context("spawn"), initializer=_end_with_the_starter
    )


def _end_with_the_starter() -> None:
    # Each worker holds the writing end of its own queue open, so it would wait there for ever.
    starter = multiprocessing.parent_process()

    def watch() -> None:
        if starter is not None:  # always, in a worker
            wait([starter.sentinel])
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _sync(settings: Settings, system: str, dataset: str, progress: Progress = silent) -> str | None:
    try:
        sync(settings, system, dataset, progress=progress)
    except NotNowError as skipped:
        log.warning("%s", skipped)
    except Exception as error:
        return str(error)
    return None
