"""An encrypted file written anew: DuckDB gives blocks that were freed to new rows, and never back to the disk.

The fresh file grows beside the old one under a hidden name, is read back and compared table by table, and takes the
old one's place by one rename. So whatever moment the process dies at, the build file is the old one or the new one.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from operations.failpoints import failpoint
from operations.settings import Settings
from warehouse.build import attach, connect, opened
from warehouse.landing import sync_file, sync_folder
from warehouse.statements import script

SPARE = 1.1
"""Free bytes that a rewrite asks for, as a multiple of what the tables take."""


class CompactionError(RuntimeError):
    """A build file that was not written anew. It is as it was; the message says what to do."""


@dataclass(frozen=True)
class Blocks:
    """What a database file consists of: bytes that hold something, and bytes that hold nothing."""

    used: int
    free: int

    @property
    def free_share(self) -> float:
        """Free bytes as a share of all, 0 for an empty file."""
        return self.free / max(1, self.used + self.free)


@dataclass(frozen=True)
class Rewritten:
    """A file that was written anew: its bytes before and after, the tables in it and their rows."""

    before: int
    after: int
    tables: int
    rows: int


def blocks(settings: Settings, path: Path) -> Blocks:
    """How much of a build file is free. Hold the writer's lock. Raises duckdb.Error when the key does not open it."""
    with opened(settings, path) as con:
        return _blocks(con, "wh")


def compact(settings: Settings, path: Path, purpose: str = "build") -> Rewritten:
    """Write an encrypted file anew under the newest key of its purpose, and put it in the place of the old one, once
    every table is proven to be the same.

    Hold the writer's lock while nothing has the file open. Takes the bytes of its tables once more on the disk, and no
    more memory than the settings allow. Raises CompactionError, KeyUnusable; then the file is as it was.
    """
    fresh = draft_of(path)
    clear(path)
    before = path.stat().st_size
    with _told(path):
        con = connect(settings)
        try:
            attach(con, settings, path, purpose)
            con.execute("CHECKPOINT wh")  # takes in what a writer that was killed had committed
            _refuse_full_disk(path, _blocks(con, "wh").used)
            attach(con, settings, fresh, purpose, "fresh")
            con.execute("COPY FROM DATABASE wh TO fresh")
            con.execute("DETACH fresh")
            fresh.chmod(0o600)
            sync_file(fresh)
            failpoint("compact.written")
            attach(con, settings, fresh, purpose, "fresh", read_only=True)
            tables, rows = compare(con, path)
        finally:
            con.close()
        if left := [str(_log(one)) for one in (path, fresh) if _log(one).exists()]:
            raise CompactionError(f"{left[0]} is still there after a checkpoint; {path} stays as it is. Compact again")
    failpoint("compact.verified")
    fresh.replace(path)
    sync_folder(path.parent)
    failpoint("compact.swapped")
    return Rewritten(before, path.stat().st_size, tables, rows)


def clear(path: Path) -> None:
    """Remove what a rewrite of this file that was killed has left behind."""
    for left in (draft_of(path), _log(draft_of(path))):
        left.unlink(missing_ok=True)


def draft_of(path: Path) -> Path:
    """Where the fresh file grows."""
    return path.with_name(f".{path.name}.fresh")


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """What DuckDB refuses becomes a CompactionError; nothing unfinished stays after any error."""
    try:
        yield
    except duckdb.Error as error:
        clear(path)
        raise CompactionError(
            f"{path} could not be written anew ({type(error).__name__}) and is as it was: see that the disk has room"
            " and that the key is the right one, then compact again; where it fails again, restore the last backup"
        ) from None
    except BaseException:
        clear(path)
        raise


def _refuse_full_disk(path: Path, used: int) -> None:
    free, needed = shutil.disk_usage(path.parent).free, int(used * SPARE)
    if free < needed:
        raise CompactionError(
            f"{path} needs {needed:,} free bytes beside it to be written anew, {path.parent} has {free:,}: free some"
            " space, then compact again"
        )


def compare(con: duckdb.DuckDBPyConnection, path: Path) -> tuple[int, int]:
    """(tables, rows) of both files. Raises CompactionError unless both say the same, each read from the disk."""
    catalogs = [con.execute(script("catalog.sql"), {"name": name}).fetchall() for name in ("wh", "fresh")]
    if catalogs[0] != catalogs[1]:
        apart = sorted({str(one[:3]) for one in set(catalogs[0]) ^ set(catalogs[1])})
        raise CompactionError(f"{path}: written anew it has other tables or columns ({apart[0]}); it stays as it is")
    tables = con.execute(
        "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE database_name = 'wh' ORDER BY ALL"
    ).fetchall()
    rows = 0
    for (table,) in tables:
        old, new = (
            con.execute(f"SELECT count(*), coalesce(sum(hash(t)), 0) FROM {name}.{table} AS t").fetchall()[0]
            for name in ("wh", "fresh")
        )
        if old != new:
            raise CompactionError(
                f"{path}: {table} has {old[0]} rows, written anew {new[0]}, or other values in them; it stays as it is."
                " Report this: it must never happen"
            )
        rows += old[0]
    return len(tables), rows


def _blocks(con: duckdb.DuckDBPyConnection, name: str) -> Blocks:
    size, used, free = con.execute(
        "SELECT block_size, used_blocks, free_blocks FROM pragma_database_size() WHERE database_name = ?", [name]
    ).fetchall()[0]
    return Blocks(used * size, free * size)


def _log(path: Path) -> Path:
    return path.with_name(f"{path.name}.wal")
