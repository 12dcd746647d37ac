"""Reading what is published: the masked files, never the build file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from operations.settings import Settings

FILES = ("current", "marts")
DATASET_ISSUES = (
    "SELECT i.*, r.title, r.responsibility, r.advice FROM core.dataset_issues AS i"
    " JOIN ref.rules AS r ON r.system = i.system AND r.dataset = i.dataset AND r.rule_id = i.rule_id"
    " ORDER BY i.severity, i.system, i.dataset, i.rule_id, i.field"
)
"""What is wrong with whole datasets, the critical first, with what the rule says."""


class NothingPublishedError(LookupError):
    """There is no published version yet; the message says which command makes one."""


@contextmanager
def current(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection to the published ``current.duckdb`` of one version.

    The link is resolved first, because DuckDB remembers files by path: a reader that keeps the link's own
    path would go on seeing the old version.
    """
    import duckdb

    path = _there(settings, (settings.published / "current.duckdb").resolve())
    connection = duckdb.connect(str(path), read_only=True)
    try:
        _limit(connection, settings)
        yield connection
    finally:
        connection.close()


def identity(settings: Settings) -> tuple[str, int, int]:
    """(path, inode, ns of its time) of the published ``current.duckdb``.

    Another one for whatever is published, and for a version that an erasure wrote anew: what was read from the file
    holds for as long as this is the same. Raises NothingPublishedError.
    """
    path = _there(settings, (settings.published / "current.duckdb").resolve())
    now = path.stat()
    return str(path), now.st_ino, now.st_mtime_ns


@contextmanager
def both(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to both files of one version, read-only, as `current` and `marts`. Raises NothingPublishedError."""
    import duckdb

    folder = _there(settings, (settings.published / "latest").resolve())
    connection = duckdb.connect(config={"threads": settings.threads})
    try:
        _limit(connection, settings)
        attach(connection, folder)
        yield connection
    finally:
        connection.close()


def attach(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Attach both files of a version's folder."""
    for name in FILES:
        connection.execute(f"ATTACH {_literal(folder / f'{name}.duckdb')} AS {name} (READ_ONLY)")


def _there(settings: Settings, path: Path) -> Path:
    if not path.exists():
        raise NothingPublishedError(f"nothing is published in {settings.home}; run `hub run` (or `make demo`) first")
    return path


def _limit(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    connection.execute(f"SET memory_limit = '{settings.memory_limit}'")
    connection.execute(f"SET temp_directory = {_literal(settings.private / 'tmp' / 'readers')}")


def _literal(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def rows(
    connection: duckdb.DuckDBPyConnection, query: str, parameters: list[Any] | dict[str, Any] | None = None
) -> list[dict[str, Any]]:
    """The rows of a query as dicts by column name."""
    cursor = connection.execute(query, parameters or [])
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def has_table(connection: duckdb.DuckDBPyConnection, name: str) -> bool:
    """Whether the version has a table `schema.table`: an earlier program published without the newer ones."""
    schema, table = name.split(".")
    found = connection.execute(
        "SELECT 1 FROM information_schema.tables WHERE table_schema = ? AND table_name = ?", [schema, table]
    )
    return found.fetchone() is not None
