"""Sources that are up while they are measured: a table in PostgreSQL, and an HTTP server in a process of its own.

Their work is theirs. Only beside the physical limit that of PostgreSQL counts, on both sides, because a reader may have
the server do what another does itself.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.extract_source import TABLE

if TYPE_CHECKING:
    import psycopg

POSTGRESQL = os.environ.get("HUB_BENCH_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432/test")
ADDRESS = "address"
"""A file in the folder of a benchmark: where its source answers."""


@contextmanager
def postgresql(folder: Path) -> Iterator[Callable[[], float]]:
    """The rows as a table of typed columns, in a schema of its own that is dropped at the end; yields what the sessions
    of the server that have ended have cost it, in CPU-seconds."""
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
            yield lambda: _ended_sessions(connection)
        finally:
            connection.execute(f"DROP SCHEMA {schema} CASCADE".encode())


def _ended_sessions(connection: psycopg.Connection[tuple[Any, ...]]) -> float:
    """CPU-seconds of the server's ended processes, once no other session of the database is open.

    Each session is a child of one process, to which Linux adds what a child has spent when it ends. The server must run
    on this machine.
    """
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    while connection.execute(others).fetchone() != (0,):
        time.sleep(0.01)
    ((pid,),) = connection.execute("SELECT split_part(pg_read_file('postmaster.pid'), E'\n', 1)").fetchall()
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(ticks) for ticks in fields[13:15]) / os.sysconf("SC_CLK_TCK")


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
