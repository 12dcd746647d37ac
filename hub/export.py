"""Published tables as Parquet, for tools that do not read DuckDB.

OUT/manifest.json                                       version, what columns hold; of each file rows, bytes, sha256
OUT/<schema.table>/data_0.parquet                       a table as it is published, or
OUT/<schema.table>/by_<column>=<value>/data_0.parquet   in one folder a value; of a time, in one a month

Every file has all columns of its table with their types; the name of its folder repeats a value, it replaces none.
"""

from __future__ import annotations

import difflib
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub import published
from hub.pipeline import Progress, silent
from operations import copies
from operations.store import Store

if TYPE_CHECKING:
    import duckdb

    from operations.settings import Settings

MANIFEST = "manifest.json"
MOST_PARTS = 1000
"""Folders of one table: a column with more values is no code, and a million folders help nobody."""
PARTS_AT_ONCE = 24
"""Folders that are written in one go: each takes some 4 MiB for a wide table, however few its rows."""
BUFFERED_ROWS = 65_536
"""Rows that a thread holds meanwhile."""


class ExportError(RuntimeError):
    """Nothing was exported; the message says why and what to do."""


@dataclass(frozen=True)
class Export:
    """What was written."""

    out: Path
    version: int
    tables: int
    files: int
    rows: int


def export(
    settings: Settings, tables: Sequence[str], out: Path, by: str | None = None, progress: Progress = silent
) -> Export:
    """Write published tables into the folder `out`: whole, or not at all.

    Raises ExportError for a table or column that is not published, a folder that holds something, or a disk that
    is full, and NothingPublishedError.
    """
    import duckdb

    out = out.expanduser().resolve()
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise ExportError(f"{out} is not an empty folder; name a new one")
    draft = out.with_name(f".{out.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        with published.current(settings) as connection:
            wanted = {name: _expression(connection, name, by) for name in _known(connection, tables)}
            draft.mkdir(mode=0o750, parents=True)
            done = _write(connection, wanted, by, draft, out, progress)
        copies.record(Store(settings), out, "export")
        draft.rename(out)
    except (OSError, duckdb.IOException, duckdb.OutOfMemoryException) as error:
        raise ExportError(
            f"{out} cannot be written: {error}; make room on the disk, or raise HUB_MEMORY_LIMIT, then export again"
        ) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return done


def _known(connection: duckdb.DuckDBPyConnection, tables: Sequence[str]) -> list[str]:
    """The tables without repetition. Raises ExportError for one that is not published, with the names nearest to it."""
    found = connection.execute(
        "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE database_name = current_database()"
    ).fetchall()
    names = sorted(name for (name,) in found)
    for table in tables:
        if table not in names:
            near = difflib.get_close_matches(table, names, 3, 0)
            raise ExportError(f"no table {table!r} is published; nearest: {', '.join(near)} (docs/tables.md has all)")
    return list(dict.fromkeys(tables))


def _expression(connection: duckdb.DuckDBPyConnection, table: str, by: str | None) -> str | None:
    """What the table is divided by: the month of a time, else the value. Raises ExportError where it cannot be."""
    if by is None:
        return None
    kinds = dict(
        connection.execute(
            "SELECT column_name, data_type FROM duckdb_columns() WHERE schema_name || '.' || table_name = ?", [table]
        ).fetchall()
    )
    if by not in kinds:
        near = difflib.get_close_matches(by, kinds, 3, 0)
        raise ExportError(f"{table} has no column {by!r}; nearest: {', '.join(near)}")
    column = f't."{by}"'
    expression = f"strftime({column}, '%Y-%m')" if kinds[by] in ("TIMESTAMP", "DATE") else column
    ((parts,),) = connection.execute(f"SELECT count(DISTINCT {expression}) FROM {table} AS t").fetchall()
    if parts > MOST_PARTS:
        raise ExportError(
            f"{table}.{by} has {parts:,} values, and each would be a folder (at most {MOST_PARTS:,});"
            " divide by a time, which gives months, or by a code such as county_code"
        )
    return expression


def _write(
    connection: duckdb.DuckDBPyConnection,
    wanted: dict[str, str | None],
    by: str | None,
    draft: Path,
    out: Path,
    progress: Progress,
) -> Export:
    """Every table and the manifest, into the draft."""
    ((version, as_of, published_at),) = connection.execute("SELECT * FROM ops.versions").fetchall()
    connection.execute(f"SET partitioned_write_flush_threshold = {BUFFERED_ROWS}")
    written = []
    for table, expression in wanted.items():
        ((rows,),) = connection.execute(f"SELECT count(*) FROM {table}").fetchall()
        (draft / table).mkdir()
        copies = _whole(table, draft)
        if expression and rows:
            copies = _parts(connection, table, expression, f"by_{by}", draft)
        files: dict[str, int] = {}
        progress(table, 0)
        for copy in copies:
            stats = connection.execute(f"{copy}, COMPRESSION zstd, RETURN_STATS)").fetchall()
            files |= {str(Path(path).relative_to(draft)): count for path, count, *_ in stats}
            progress(table, sum(files.values()))
        if sum(files.values()) != rows:
            raise ExportError(f"{table} has {rows:,} rows, its files have {sum(files.values()):,}; export again")
        said, files_listed = titles(connection, table), listed(files, draft)
        written.append({"name": table, "rows": rows, "columns": said, "files": files_listed})
    manifest = {"version": version, "as_of": str(as_of), "published_at": str(published_at), "by": by, "tables": written}
    (draft / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=2), encoding="utf-8")
    rows = sum(table["rows"] for table in written)
    return Export(out, version, len(written), sum(len(table["files"]) for table in written), rows)


def titles(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    """What each column holds: Parquet has no comments."""
    query = "SELECT column_name, comment FROM duckdb_columns() WHERE schema_name || '.' || table_name = ?"
    return dict(connection.execute(query + " ORDER BY column_index", [table]).fetchall())


def _whole(table: str, draft: Path) -> Iterator[str]:
    """The COPY of a table into one file, up to its last options."""
    from warehouse.build import literal

    yield f"COPY (FROM {table}) TO {literal(draft / table / 'data_0.parquet')} (FORMAT parquet"


def _parts(connection: duckdb.DuckDBPyConnection, table: str, expression: str, name: str, draft: Path) -> Iterator[str]:
    """The COPYs of a table by parts, a few parts each, up to their last options."""
    from warehouse.build import literal

    connection.execute(
        "CREATE OR REPLACE TEMP TABLE parts AS SELECT part, row_number() OVER (ORDER BY part) AS nth"
        f" FROM (SELECT DISTINCT {expression} AS part FROM {table} AS t)"
    )
    ((parts,),) = connection.execute("SELECT count(*) FROM parts").fetchall()
    for first in range(1, parts + 1, PARTS_AT_ONCE):
        yield (
            f"COPY (SELECT t.*, p.part AS {name} FROM {table} AS t JOIN parts AS p ON p.part IS NOT DISTINCT FROM"
            f" {expression} WHERE p.nth BETWEEN {first} AND {first + PARTS_AT_ONCE - 1})"
            f" TO {literal(draft / table)} (FORMAT parquet, PARTITION_BY ({name}), OVERWRITE_OR_IGNORE"
        )


def listed(files: dict[str, int], draft: Path) -> list[dict[str, Any]]:
    """The files as the manifest has them."""
    from warehouse.landing import sha256_of

    return [
        {"path": path, "rows": rows, "bytes": (draft / path).stat().st_size, "sha256": sha256_of(draft / path)}
        for path, rows in sorted(files.items())
    ]
