"""The published version that the pages read: opened read-only, exchanged when the link moves, never the build file."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

import duckdb

from hub.published import attach
from operations.settings import Settings


class NotPublished(Exception):
    """Nothing is published yet, or the published files cannot be opened."""


@dataclass(frozen=True)
class Edition:
    """One published version; both files are of the same build. Use a cursor of `connection` per request."""

    version: str
    folder: Path
    connection: duckdb.DuckDBPyConnection


class Published:
    """Hands out the newest edition.

    DuckDB caches by path, so the link is resolved for every request and a new real path gets a new connection. A
    request that still reads an older edition keeps its connection alive by holding it; no reader ever waits.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._edition: Edition | None = None
        self._identity: tuple[str, int, int] | None = None

    def edition(self) -> Edition:
        """The edition that `published/latest` names now. Raises NotPublished."""
        try:
            folder = (self._settings.published / "latest").resolve(strict=True)
            identity = (
                str(folder),
                (folder / "current.duckdb").stat().st_ino,
                (folder / "marts.duckdb").stat().st_ino,
            )
        except OSError as error:
            raise NotPublished(str(error)) from error
        with self._lock:
            if self._edition is None or identity != self._identity:
                self._edition = self._open(folder)
                self._identity = identity
            return self._edition

    def _open(self, folder: Path) -> Edition:
        try:
            connection = duckdb.connect(
                ":memory:",
                config={"memory_limit": self._settings.memory_limit, "threads": self._settings.threads},
            )
            attach(connection, folder)
            # From here on no statement can open a file, reach a host or lift these limits.
            connection.execute("SET enable_external_access = false")
            connection.execute("SET lock_configuration = true")
        except duckdb.Error as error:
            raise NotPublished(f"{folder}: {error}") from error
        return Edition(folder.name, folder, connection)
