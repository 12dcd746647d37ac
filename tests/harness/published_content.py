"""The content of a published version as plain values, without what may differ between two runs."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import duckdb

from warehouse.publish import RUN_COLUMNS


def content(home: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every table of both published files: its rows sorted, run columns left out."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    for name in ("current.duckdb", "marts.duckdb"):
        with duckdb.connect(str((home / "published" / name).resolve()), read_only=True) as connection:
            tables = connection.execute(
                "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal ORDER BY ALL"
            ).fetchall()
            for schema, table in tables:
                columns = [
                    column
                    for (column,) in connection.execute(
                        "SELECT column_name FROM duckdb_columns() WHERE schema_name = ? AND table_name = ?"
                        " ORDER BY column_index",
                        [schema, table],
                    ).fetchall()
                    if not any(fnmatch(f"{schema}.{table}.{column}", pattern) for pattern in RUN_COLUMNS)
                ]
                if not columns:
                    continue
                listed = ", ".join(f'"{column}"::VARCHAR' for column in columns)
                rows = connection.execute(f'SELECT {listed} FROM "{schema}"."{table}"').fetchall()
                found[f"{name}:{schema}.{table}"] = sorted(rows, key=repr)
    return found


def differences(first: dict[str, list[tuple[Any, ...]]], second: dict[str, list[tuple[Any, ...]]]) -> list[str]:
    """Where two contents differ, with the first rows that do; empty when they are the same."""
    found = [f"{name}: only in one of them" for name in sorted(first.keys() ^ second.keys())]
    for name in sorted(first.keys() & second.keys()):
        if first[name] != second[name]:
            gone = [row for row in first[name] if row not in second[name]][:2]
            new = [row for row in second[name] if row not in first[name]][:2]
            found.append(
                f"{name}: {len(first[name])} and {len(second[name])} rows; only first {gone}; only second {new}"
            )
    return found
