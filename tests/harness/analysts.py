"""Analysts who ask what docs/analysts.md asks, again and again, each in its own process, and what they were told."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict, dataclass
from decimal import Decimal
from functools import cache
from importlib.util import find_spec
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import duckdb

PAGE = Path(__file__).parents[2] / "docs" / "analysts.md"
Ask = Callable[[str], list[Any]]
"""The rows that a query has."""
EARLIER = ".hub/published/v000001/current.duckdb"
"""The file of an earlier version as the page names it."""
EARLIER_NAME = "earlier"
"""As what the page attaches it."""
HELD_EVERY = 5
"""So often one asks in the connection that has been open since before the first load."""


@dataclass(frozen=True)
class Read:
    """One question: `example` is its number on the page, `answer` a digest of what came, empty where nothing did."""

    client: str
    example: int
    seconds: float
    loading: bool
    version: int = 0
    answer: str = ""
    error: str = ""


@cache
def examples(earlier: Path) -> list[str]:
    """Every query of the page; the one that compares with an earlier version is given this file of one."""
    found = re.findall(r"^```sql\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [query.replace(EARLIER, str(earlier)) for query in found]


def answers(path: Path, earlier: Path) -> list[str]:
    """What each of the examples says in one file."""
    with _python(path) as ask:
        return [digest(ask(query)) for query in examples(earlier)]


def digest(rows: list[Any]) -> str:
    """The same for the same rows, in whatever order they and the lists in them come, and as whatever kind of number."""
    shown = sorted(repr([_plain(one) for one in row]) for row in rows)
    return hashlib.sha256("\n".join(shown).encode()).hexdigest()


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return repr(sorted(map(_plain, value)))
    return f"{value:.12g}" if isinstance(value, int | float | Decimal) else str(value)


def work(published: Path, earlier: Path, out: Path, number: int, ready: Event, loading: Event, ended: Event) -> None:
    """What analyst `number` does: ask until `ended`, and write every read into `out` as a line of JSON.

    `ready` is set when everything was asked by every client of his.
    """
    queries, clients = examples(earlier), CLIENTS[number % len(CLIENTS)]
    first = asked = number * 7
    with clients[0](published) as held, out.open("w", encoding="utf-8") as lines:
        while not ended.is_set():
            client = clients[asked // len(queries) % len(clients)]
            opening = nullcontext(held) if asked % HELD_EVERY == 0 else client(published)
            name = "held open" if asked % HELD_EVERY == 0 else client.__name__.strip("_")
            read = _read(name, opening, asked % len(queries), queries, loading.is_set())
            lines.write(json.dumps(asdict(read)) + "\n")
            asked += 1
            if asked - first == len(queries) * len(clients):
                ready.set()


def reads(out: Path) -> list[Read]:
    return [Read(**json.loads(line)) for line in out.read_text(encoding="utf-8").splitlines()]


def _read(client: str, opening: AbstractContextManager[Ask], example: int, queries: list[str], loading: bool) -> Read:
    began = time.perf_counter()
    try:
        with opening as ask:
            [[version]] = ask("SELECT version FROM ops.versions")
            rows = ask(queries[example])
            took = time.perf_counter() - began
            if EARLIER_NAME in queries[example]:
                ask(f"DETACH {EARLIER_NAME}")
        return Read(client, example, took, loading, version, digest(rows))
    except Exception as error:
        return Read(client, example, time.perf_counter() - began, loading, error=f"{type(error).__name__}: {error}")


@contextmanager
def _python(path: Path) -> Iterator[Ask]:
    with duckdb.connect(str(path), read_only=True) as con:
        yield lambda query: con.execute(query).fetchall()


@contextmanager
def _resolved(published: Path) -> Iterator[Ask]:
    """As the page says it for Python."""
    with _python((published / "current.duckdb").resolve()) as ask:
        yield ask


@contextmanager
def _link(published: Path) -> Iterator[Ask]:
    """As the page says it for the command line, which is given the link itself and lives as long as one session."""
    with _python(published / "current.duckdb") as ask:
        yield ask


@contextmanager
def _sqlalchemy(published: Path) -> Iterator[Ask]:
    import sqlalchemy

    path = (published / "current.duckdb").resolve()
    engine = sqlalchemy.create_engine(f"duckdb:///{path}", connect_args={"read_only": True})
    try:
        with engine.connect() as connection:

            def ask(query: str) -> list[Any]:
                result = connection.exec_driver_sql(query)
                rows = [tuple(row) for row in result] if result.returns_rows else []
                connection.commit()  # a connection of SQLAlchemy is always in a transaction
                return rows

            yield ask
    finally:
        engine.dispose()


@contextmanager
def _both_files(published: Path) -> Iterator[Ask]:
    """Both files of one version."""
    folder = (published / "latest").resolve()
    with duckdb.connect() as con:
        for file in ("current", "marts"):
            con.execute(f"ATTACH '{folder}/{file}.duckdb' AS {file} (READ_ONLY)")
        con.execute("USE current")
        if con.execute("FROM current.ops.versions").fetchall() != con.execute("FROM marts.ops.versions").fetchall():
            raise ValueError(f"the files in {folder} are of two versions")
        yield lambda query: con.execute(query).fetchall()


@contextmanager
def _adbc(published: Path) -> Iterator[Ask]:
    import adbc_driver_duckdb
    from adbc_driver_manager import dbapi

    path = str((published / "current.duckdb").resolve())
    with (
        dbapi.connect(
            driver=adbc_driver_duckdb.driver_path(),
            entrypoint="duckdb_adbc_init",
            db_kwargs={"path": path, "access_mode": "READ_ONLY"},
        ) as connection,
        connection.cursor() as cursor,
    ):

        def ask(query: str) -> list[Any]:
            cursor.execute(query)
            rows = cursor.fetchall()
            connection.commit()
            return rows

        yield ask


CLIENTS: list[list[Callable[[Path], AbstractContextManager[Ask]]]] = [
    [_resolved, _link, _both_files, *([_adbc] if find_spec("adbc_driver_manager") else [])],
    [_sqlalchemy],
]
"""How a connection is opened, each by a recipe of the page. Those of one process stand together: SQLAlchemy opens files
with a setting of its own, and DuckDB opens no file twice in a process with other settings. ADBC's package is none that
the project installs."""
