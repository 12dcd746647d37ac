"""An operations database on PostgreSQL goes into a dump by the command that a backup names, and comes back whole."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from backed_up import make
from court import DATASET, SYSTEM, CourtHome
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from operations import bookmarks, decisions, runs
from operations.store import Store


@pytest.fixture
def databases(postgresql: str, require: Callable[[str, bool, str], None]) -> Iterator[tuple[str, str]]:
    """The URLs of two fresh databases, dropped after the test."""
    found = shutil.which("pg_dump") is not None and shutil.which("pg_restore") is not None
    require("pg_dump and pg_restore", found, "apt-get install postgresql-client")
    names = [f"hub_dump_{uuid.uuid4().hex[:12]}" for _ in range(2)]
    with psycopg.connect(postgresql, autocommit=True) as connection:
        for name in names:
            connection.execute(f"CREATE DATABASE {name}".encode())
        first, second = (make_url(postgresql).set(database=name).render_as_string(False) for name in names)
        yield first, second
        for name in names:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def content(url: str) -> dict[str, list[Any]]:
    """Every table of a database with its rows as texts."""
    with psycopg.connect(url) as connection:
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
        rows = {
            name: connection.execute(f'SELECT CAST(t AS text) FROM "{name}" AS t ORDER BY 1'.encode()).fetchall()
            for (name,) in names
        }
    return rows


def test_what_is_dumped_is_restored_and_gone_on_with(
    court: CourtHome, tmp_path: Path, databases: tuple[str, str]
) -> None:
    source, target = databases
    home = replace(court.settings, operations_url=source)
    store = Store(home)
    bookmarks.put(store, SYSTEM, DATASET, "landed", {"cursor": "2026-06-01", "标题": "纠纷"})
    decisions.propose(store, "fewer_rows", {"table": "core.cases", "rows": 3, "version": 1}, "实际 3 行")
    runs.started(store, "first", SYSTEM, DATASET, "read")
    court.settings = home
    command = make(court, tmp_path).backup.operations_dump
    store.close()
    assert command is not None
    subprocess.run(shlex.split(command), cwd=tmp_path, check=True)
    before = content(source)
    restoring = f"pg_restore --exit-on-error --dbname={shlex.quote(target)} operations.dump"
    subprocess.run(shlex.split(restoring), cwd=tmp_path, check=True)
    assert content(target) == before
    assert any(len(rows) for rows in before.values())
    again = Store(replace(home, operations_url=target))
    assert bookmarks.get(again, SYSTEM, DATASET, "landed") == {"cursor": "2026-06-01", "标题": "纠纷"}
    runs.started(again, "second", SYSTEM, DATASET, "read")
    assert [row["run_id"] for row in runs.recent(again, 1)] == ["second"], "numbers go on where they were"
    with pytest.raises(DBAPIError, match="append"), again.write() as connection:
        connection.execute(text("DELETE FROM decisions"))
    again.close()
