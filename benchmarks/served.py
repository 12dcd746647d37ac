"""Sources that are up while they are measured: a table in PostgreSQL, and an HTTP server in a process of its own.

Their work is theirs: it counts for nobody.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.extract_source import TABLE

POSTGRESQL = os.environ.get("HUB_BENCH_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432/test")
ADDRESS = "address"
"""A file in the folder of a benchmark: where its source answers."""


@contextmanager
def postgresql(folder: Path) -> Iterator[None]:
    """The rows as a table of typed columns, in a schema of its own that is dropped at the end."""
    import duckdb
    import psycopg

    table = (folder / TABLE).read_text()
    schema = table.partition(".")[0]
    described = duckdb.execute(f"DESCRIBE FROM '{folder}/rows.parquet'").fetchall()
    types = {name: "jsonb" if name == "kz" else kind.replace("VARCHAR", "text") for name, kind, *_ in described}
    columns = ", ".join(f"{name} {kind}" for name, kind in types.items())
    with psycopg.connect(POSTGRESQL, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}".encode())
        try:
            connection.execute(f"CREATE TABLE {table} ({columns})".encode())
            with (
                connection.cursor().copy(f"COPY {table} FROM STDIN (FORMAT csv, HEADER)".encode()) as copy,
                (folder / "utf8.csv").open("rb") as rows,
            ):
                while chunk := rows.read(1 << 20):
                    copy.write(chunk)
            connection.execute(f"VACUUM ANALYZE {table}".encode())
            (folder / ADDRESS).write_text(POSTGRESQL)
            yield
        finally:
            connection.execute(f"DROP SCHEMA {schema} CASCADE".encode())


@contextmanager
def rest(folder: Path) -> Iterator[None]:
    """The pages over HTTP/1.1 with kept connections."""
    command = [sys.executable, "-m", "benchmarks.pages", str(folder / "pages")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            (folder / ADDRESS).write_text(server.stdout.readline().strip())
            yield
        finally:
            server.terminate()
