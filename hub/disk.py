"""A disk that takes no more, as Python, DuckDB, SQLite and Arrow say it."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from pathlib import Path

from sqlalchemy.exc import DBAPIError

REFUSALS = {
    number: os.strerror(number)
    for number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # full, the quota used up, a file beyond its limit
}
SQLITE_FULL, SQLITE_FAILED = "database or disk is full", "disk I/O error"
"""SQLite says the second, too, where its index of the WAL finds no room."""
NOTHING = 1 << 20
"""Bytes that are as good as none."""


class DiskFullError(RuntimeError):
    """The disk of the home takes no more. The message says where, how much is left, and what to do."""

    def __init__(self, home: Path, refusal: str) -> None:
        folder, free = _room(home)
        super().__init__(
            f"the disk takes no more ({refusal}); {free >> 20:,} MiB are free in {folder}. What was begun is undone,"
            " what was published stays. Free some space or give it more, then run the same command again"
        )


def refusal(error: BaseException, home: Path) -> str | None:
    """Why the disk of `home` took no more, in the system's words, where an error or its cause says that it did."""
    import duckdb

    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError) and seen.errno in REFUSALS:
            return REFUSALS[seen.errno]
        if isinstance(seen, (OSError, duckdb.Error, sqlite3.Error, DBAPIError)):
            for words in (*REFUSALS.values(), SQLITE_FULL):
                if words in str(seen):
                    return words
            if SQLITE_FAILED in str(seen) and _room(home)[1] < NOTHING:
                return SQLITE_FAILED
        seen = seen.__cause__ or seen.__context__
    return None


def _room(home: Path) -> tuple[Path, int]:
    """The home, or what of its path is there, and the bytes that are free on its disk."""
    folder = next(path for path in (home.absolute(), *home.absolute().parents) if path.exists())
    return folder, shutil.disk_usage(folder).free
