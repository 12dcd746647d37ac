"""Several datasets at once: one process each, because checking is work for the processor and not only waiting."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import TYPE_CHECKING

from hub.pipeline import Progress, silent, sync
from operations.settings import Settings

if TYPE_CHECKING:
    from concurrent.futures import Future


def sync_all(settings: Settings, pairs: list[tuple[str, str]], parallel: int, progress: Progress) -> dict[str, str]:
    """Sync every (system, dataset); returns the messages of those that failed by ``system.dataset``."""
    failures: dict[str, str] = {}
    if parallel == 1:
        for system, dataset in pairs:
            if (message := _sync(settings, system, dataset, progress)) is not None:
                failures[f"{system}.{dataset}"] = message
        return failures
    # Spawned, not forked: a forked DuckDB or OpenSSL may hang on a lock that another thread held.
    with ProcessPoolExecutor(parallel, mp_context=multiprocessing.get_context("spawn")) as pool:
        running: dict[Future[str | None], str] = {
            pool.submit(_sync, settings, system, dataset): f"{system}.{dataset}" for system, dataset in pairs
        }
        for done in as_completed(running):
            progress(running[done], 0)
            if (message := done.result()) is not None:
                failures[running[done]] = message
    return failures


def _sync(settings: Settings, system: str, dataset: str, progress: Progress = silent) -> str | None:
    try:
        sync(settings, system, dataset, progress=progress)
    except Exception as error:
        return str(error)
    return None
