"""One dataset of one receiver: what it is shown now beside what it holds, and the file that says the difference."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.reading import statement
from hub.returns.errors import ReturnError
from hub.returns.receivers import Dataset
from operations.returns import Line

if TYPE_CHECKING:
    import duckdb

SQL = Path(__file__).parent / "sql"
ROWS_AT_ONCE = 10_240
"""Rows of a group in the file; a page of the API opens one or two of them."""


def write(
    connection: duckdb.DuckDBPyConnection,
    dataset: Dataset,
    secret: str,
    base: Path | None,
    loose: Path | None,
    everything: bool,
    file: Path,
    rows: Path,
) -> Line:
    """Write the rows that the receiver is to apply into `file`, and what they are called into `rows`; count them.

    `base` and `loose` are such files of names: of what the receiver holds, and of what it may hold besides. `file` has
    the columns change, row_id and those of the dataset; of a withdrawn row only its key. Raises ReturnError where the
    counts do not balance.
    """
    from warehouse.build import literal

    sources = {"base": _names(base, dataset), "loose": _names(loose, dataset)}
    columns = ", ".join(f'"{column}"' for column in dataset.columns)
    key = ", ".join(f't."{column}"::VARCHAR' for column in dataset.key)
    either = [f'coalesce(s."{one}", b."{one}", l."{one}") AS "{one}"' for one in dataset.named_by]
    shown = [
        f'coalesce(s."{one}", n."{one}") AS "{one}"' if one in dataset.named_by else f's."{one}"'
        for one in dataset.columns
    ]
    given = {**dataset.given, "secret": secret, "dataset": dataset.name, "everything": everything}
    _run(connection, "scoped", given, key=key, columns=columns, source=dataset.source)
    _run(connection, "named", given, keys="".join(f", {one}" for one in either), **sources)
    order = "".join(f'n."{one}", ' for one in dataset.named_by)
    delivered = statement(SQL, "delivered").replace("{columns}", "".join(f", {one}" for one in shown))
    listed = "n.row_hash IS NOT NULL" if everything else "true"
    _copy(connection, delivered.replace("{listed}", listed).replace("{order}", order), file)
    _copy(connection, f"SELECT row_id, row_hash {_listed(dataset)} FROM named", rows)
    held = "(SELECT NULL::VARCHAR AS row_id WHERE false)" if everything else sources["base"]
    counted = _run(
        connection, "counted", given, held=held, file=f"read_parquet({literal(file)})", source=dataset.source
    ).fetchall()[0]
    line = Line(dataset.name, *counted[:-1])
    if line.held_after != counted[-1]:
        raise ReturnError(
            f"{dataset.name}: {line.held_after:,} rows in scope have {counted[-1]:,} different keys"
            f" ({', '.join(dataset.key)}); run `hub build`, which tests the keys, and make the return again"
        )
    if line.balance:
        raise ReturnError(
            f"{dataset.name} does not balance: {line.held_before:,} held + {line.inserted:,} inserted"
            f" - {line.withdrawn:,} withdrawn is not the {line.held_after:,} rows in scope; nothing was kept."
            " Make it again with --all, and report it"
        )
    return line


def apply(connection: duckdb.DuckDBPyConnection, base: Path | None, rows: Path, target: Path) -> int:
    """Write what a receiver holds that has applied `rows` on top of `base`; how many rows that is."""
    from warehouse.build import literal

    known = f"read_parquet({literal(rows)})"
    before = f"read_parquet({literal(base)})" if base is not None else f"(SELECT * FROM {known} WHERE false)"
    query = statement(SQL, "held").replace("{base}", before).replace("{rows}", known)
    return _copy(connection, query, target)


def _names(path: Path | None, dataset: Dataset) -> str:
    from warehouse.build import literal

    if path is not None:
        return f"read_parquet({literal(path)})"
    return f"(SELECT row_id, row_hash {_listed(dataset)} FROM scoped WHERE false)"


def _listed(dataset: Dataset) -> str:
    return "".join(f', "{one}"' for one in dataset.named_by)


def _run(
    connection: duckdb.DuckDBPyConnection, name: str, given: Mapping[str, Any], **parts: str
) -> duckdb.DuckDBPyConnection:
    from warehouse.statements import run

    text = statement(SQL, name)
    for part, sql in parts.items():
        text = text.replace("{" + part + "}", sql)
    return run(connection, text, given)


def _copy(connection: duckdb.DuckDBPyConnection, query: str, target: Path) -> int:
    """Write a query's rows into a Parquet file that its owner alone can read; how many."""
    from warehouse.build import literal
    from warehouse.landing import sync_file

    target.touch(mode=0o600)
    options = f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROWS_AT_ONCE})"
    ((rows,),) = connection.execute(f"COPY ({query}) TO {literal(target)} {options}").fetchall()
    sync_file(target)
    return int(rows)
