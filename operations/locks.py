"""Who may do what alone. A lock falls with the process that holds it: a kill leaves nothing behind."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from operations.settings import Settings

if TYPE_CHECKING:
    from operations.store import Store

WRITER_SECONDS = 3600.0
READER_SECONDS = 3600.0
SCOPE_SECONDS = 120.0
AUDIT_SECONDS = 10.0
BACKUP_SECONDS = 10.0
KEYS_SECONDS = 10.0
LOCK_NOT_AVAILABLE = "55P03"  # SQLSTATE, PostgreSQL manual appendix A


class LockedError(RuntimeError):
    """Another process held a lock for longer than one may wait."""


@contextmanager
def writer_lock(settings: Settings, timeout: float = WRITER_SECONDS) -> Iterator[None]:
    """The right to open the warehouse. Waits up to `timeout` seconds, then raises LockedError."""
    with _file_lock(settings.locks / "writer.lock", "the warehouse is being written", timeout):
        yield


@contextmanager
def publish_lock(settings: Settings, timeout: float = WRITER_SECONDS) -> Iterator[None]:
    """The right to change what is published. Waits up to `timeout` seconds, then raises LockedError."""
    with _file_lock(settings.locks / "publish.lock", "a version is being published", timeout):
        yield


@contextmanager
def audit_lock(settings: Settings, timeout: float = AUDIT_SECONDS) -> Iterator[None]:
    """The right to audit. Waits up to `timeout` seconds, then raises LockedError."""
    with _file_lock(settings.locks / "audit.lock", "an audit is going on", timeout):
        yield


@contextmanager
def keys_lock(settings: Settings, timeout: float = KEYS_SECONDS) -> Iterator[None]:
    """The right to rotate and destroy keys. Waits up to `timeout` seconds, then raises LockedError."""
    with _file_lock(settings.locks / "keys.lock", "keys are being rotated", timeout):
        yield


@contextmanager
def backup_lock(folder: Path, timeout: float = BACKUP_SECONDS) -> Iterator[None]:
    """The right to write backups into a folder. Waits up to `timeout` seconds, then raises LockedError."""
    with _file_lock(folder / ".lock", f"a backup is being written into {folder}", timeout):
        yield


@contextmanager
def reader_lock(settings: Settings, system: str, dataset: str, timeout: float = READER_SECONDS) -> Iterator[None]:
    """The right to read one dataset at its source. Waits up to `timeout` seconds, then raises LockedError."""
    path = settings.locks / f"reader.{system}.{dataset}.lock"
    with _file_lock(path, f"{system}.{dataset} is being read", timeout):
        yield


@contextmanager
def erasure_lock(settings: Settings, system: str, dataset: str, timeout: float = READER_SECONDS) -> Iterator[None]:
    """The right to rewrite complete loads of a dataset. Waits up to `timeout` seconds, then raises LockedError."""
    path = settings.locks / f"erasure.{system}.{dataset}.lock"
    with _file_lock(path, f"a person is being erased from {system}.{dataset}", timeout):
        yield


@contextmanager
def scope_lock(store: Store, scope: str, timeout: float = SCOPE_SECONDS) -> Iterator[None]:
    """A lock by name among all processes that share `store`, on whatever machine they run.

    Waits up to `timeout` seconds, then raises LockedError.
    """
    if store.dialect == "sqlite":
        digest = hashlib.sha256(scope.encode()).hexdigest()
        with _file_lock(store.settings.locks / f"scope.{digest[:32]}.lock", f"{scope} is in use", timeout):
            yield
        return
    from sqlalchemy import text
    from sqlalchemy.exc import OperationalError

    from operations.store import take_turn

    with store.engine.connect() as connection, connection.begin():
        limit = {"milliseconds": f"{timeout * 1000:.0f}"}
        connection.execute(text("SELECT set_config('lock_timeout', :milliseconds, true)"), limit)
        try:
            take_turn(connection, scope)
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) != LOCK_NOT_AVAILABLE:
                raise
            raise LockedError(f"{scope} is in use by another process for {timeout:.0f} s") from error
        yield


@contextmanager
def _file_lock(path: Path, holds: str, timeout: float) -> Iterator[None]:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = FileLock(path, timeout=timeout)
    try:
        lock.acquire()
    except Timeout as error:
        raise LockedError(
            f"{holds} by another process for {timeout:.0f} s (lock {path}); wait for it to end, or stop it"
        ) from error
    try:
        yield
    finally:
        lock.release()
