"""Rows as Arrow: through DuckDB's scanner of the server where there is one, through SQLAlchemy otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import sqlalchemy as sa

from connectors.database.engines import CONNECT_SECONDS
from connectors.database.server import Server
from operations.settings import Settings
from schemas.declared.database import DatabaseDataset

_READ_ONLY = "-c default_transaction_read_only=on"
_SCANNERS = {"sqlite": "sqlite", "mysql": "mysql", "postgresql": "postgres"}


class NoScannerError(Exception):
    """DuckDB cannot read this server; SQLAlchemy may."""


def scanned(server: Server, dataset: DatabaseDataset, statement: str, settings: Settings) -> Iterator[pa.RecordBatch]:
    """Batches of at most `batch_rows` rows, read by DuckDB. The statement runs on the server.

    Raises NoScannerError before the first batch, duckdb.Error after it.
    """
    scanner = _SCANNERS.get(server.family)
    if scanner is None or (scanner == "sqlite" and dataset.query is not None):
        # Of SQLite DuckDB reads the file and would run the query in its own dialect.
        raise NoScannerError
    connection = duckdb.connect(
        config={
            "memory_limit": settings.memory_limit,
            "threads": settings.threads,
            "autoinstall_known_extensions": False,
        }
    )
    try:
        reader = _opened(connection, server, scanner, statement, dataset.batch_rows)
        # Of nulls and not of a list: to read one pyarrow imports pandas, which costs more than a small table does.
        yield pa.RecordBatch.from_arrays([pa.nulls(0, field.type) for field in reader.schema], schema=reader.schema)
        yield from reader
    finally:
        connection.close()


def _opened(
    connection: duckdb.DuckDBPyConnection, server: Server, scanner: str, statement: str, batch_rows: int
) -> pa.RecordBatchReader:
    try:
        connection.execute("SET enable_progress_bar = false")  # it would draw itself where no terminal is
        connection.execute(f"LOAD '{_extension(scanner)}'")
        if scanner == "sqlite":
            # SQLite's types are hints: a column may hold anything, so every value is taken as the text it is.
            connection.execute("SET GLOBAL sqlite_all_varchar = true")
            path = Path(server.url.database or "").resolve()
            connection.execute(f"ATTACH {_quoted(str(path))} AS source (TYPE sqlite, READ_ONLY)")
            connection.execute("USE source")
            return connection.execute(statement).to_arrow_reader(batch_rows)
        connection.execute(_secret(server, scanner))
        options = ""
        if scanner == "postgres":
            milliseconds = round(server.timeout.total_seconds() * 1000)
            options = f"connect_timeout={CONNECT_SECONDS} options='-c statement_timeout={milliseconds} {_READ_ONLY}'"
        connection.execute(f"ATTACH {_quoted(options)} AS source (TYPE {scanner}, READ_ONLY, SECRET source)")
        return connection.execute(f"SELECT * FROM {scanner}_query('source', {_quoted(statement)})").to_arrow_reader(
            batch_rows
        )
    except duckdb.Error as error:
        raise NoScannerError(type(error).__name__) from None


def fetched(server: Server, dataset: DatabaseDataset, statement: str) -> Iterator[pa.RecordBatch]:
    """Batches of at most `batch_rows` rows through SQLAlchemy, every value as text (bytes stay bytes)."""
    with server.errors(dataset), server.engine.connect() as connection:
        result = connection.execution_options(stream_results=True).execute(sa.text(statement.replace(":", r"\:")))
        names = [server.name_of(name) for name in result.keys()]  # noqa: SIM118 - no dict
        yield _batch(names, [])
        for rows in result.partitions(dataset.batch_rows):
            yield _batch(names, [tuple(row) for row in rows])


def _batch(names: list[str], rows: list[tuple[object, ...]]) -> pa.RecordBatch:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    arrays = [pa.array([_text(value) for value in column], pa.string()) for column in columns]
    return pa.RecordBatch.from_arrays(arrays, names)


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return value.hex() if isinstance(value, bytes) else str(value)


def _extension(scanner: str) -> Path:
    """The extension's file as its pinned wheel ships it, so that nothing is downloaded."""
    site = Path(duckdb.__file__).parent.parent
    return next(site.glob(f"duckdb_extension_{scanner}_scanner/extensions/v*/*.duckdb_extension"))


def _secret(server: Server, scanner: str) -> str:
    url = server.url
    parts = {
        "HOST": url.host,
        "PORT": url.port,
        "DATABASE": url.database,
        "USER": url.username,
        "PASSWORD": url.password,
    }
    given = ", ".join(f"{name} {_quoted(str(value))}" for name, value in parts.items() if value)
    return f"CREATE TEMPORARY SECRET source (TYPE {scanner}, {given})"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
