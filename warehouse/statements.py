"""SQL kept in files: read them, and run one with the parameters that it names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

FOLDER = Path(__file__).parent / "sql"


@cache
def script(name: str) -> str:
    """The text of warehouse/sql/<name>."""
    return (FOLDER / name).read_text(encoding="utf-8")


def statements(name: str) -> dict[str, str]:
    """The statements of warehouse/sql/<name>, each under the `-- name: x` line above it."""
    return statements_of(FOLDER / name)


@cache
def statements_of(path: Path) -> dict[str, str]:
    """The statements of a file, each under the `-- name: x` line above it."""
    parts = re.split(r"^-- name: (\w+)\n", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def run(con: duckdb.DuckDBPyConnection, sql: str, values: Mapping[str, Any]) -> duckdb.DuckDBPyConnection:
    """Execute one statement, binding only the `$parameters` that it names: DuckDB refuses surplus ones."""
    named = set(re.findall(r"\$(\w+)", sql))
    return con.execute(sql, {name: values[name] for name in named})
