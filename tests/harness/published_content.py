"""What a published version says, without what may differ between two runs, and where two versions differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import duckdb

from warehouse.publish import FILES, RUN_COLUMNS


@dataclass(frozen=True)
class Content:
    """A version's folder, and of each table in its files the number of rows and a hash of them that knows no order."""

    folder: Path
    tables: dict[str, tuple[int, int]]


def content(home: Path) -> Content:
    """What is published now; run columns are left out, every other value is read."""
    return content_of((home / "published" / "latest").resolve())


def content_of(folder: Path) -> Content:
    """The same of one version, by the folder that holds both files of it."""
    tables = {}
    with _attached(folder) as connection:
        for table, columns in _columns(connection).items():
            query = f"SELECT count(*), coalesce(sum(hash({columns})), 0) FROM {table}"
            ((rows, hashed),) = connection.execute(query).fetchall()
            tables[table] = (rows, int(hashed))
    return Content(folder, tables)


def differences(first: Content, second: Content) -> list[str]:
    """Where two contents differ, with the first rows that do; empty when they are the same."""
    return [
        f"{table}: only in one of them"
        if table not in first.tables or table not in second.tables
        else _differing_rows(table, first, second)
        for table in sorted(first.tables.keys() | second.tables.keys())
        if first.tables.get(table) != second.tables.get(table)
    ]


def _differing_rows(table: str, first: Content, second: Content) -> str:
    rows = []
    for one in (first, second):
        with _attached(one.folder) as connection:
            query = f"SELECT {_columns(connection)[table]} FROM {table}"
            rows.append(Counter(repr(row) for row in connection.execute(query).fetchall()))
    gone, new = sorted((rows[0] - rows[1]).elements())[:2], sorted((rows[1] - rows[0]).elements())[:2]
    return f"{table}: {rows[0].total()} and {rows[1].total()} rows; only first {gone}; only second {new}"


@contextmanager
def _attached(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        for name in FILES:
            connection.execute(f"ATTACH '{folder / name}.duckdb' AS {name} (READ_ONLY)")
        yield connection


def _columns(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """By table, as file.schema.table, the columns that two runs must have alike."""
    tables: dict[str, list[str]] = {}
    for file, schema, table, column in connection.execute(
        "SELECT database_name, schema_name, table_name, column_name FROM duckdb_columns()"
        " WHERE NOT internal AND database_name IN (SELECT unnest(?)) ORDER BY ALL",
        [list(FILES)],
    ).fetchall():
        if not any(fnmatch(f"{schema}.{table}.{column}", pattern) for pattern in RUN_COLUMNS):
            tables.setdefault(f"{file}.{schema}.{table}", []).append(f'"{column}"')
    return {table: ", ".join(columns) for table, columns in tables.items()}
