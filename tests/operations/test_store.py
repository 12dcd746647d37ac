"""The operations database comes up by itself, once, however many processes start together."""

from __future__ import annotations

import logging
import os
import resource
import signal
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.exc import DatabaseError

from operations import access_log, bookmarks, decisions
from operations.settings import Settings, SettingsError
from operations.store import BUSY_SECONDS, VERSION_TABLE, Store, StoreError
from operations.tables import metadata

InProcesses = Callable[..., list[Any]]


def test_the_first_use_makes_the_tables(store: Store) -> None:
    assert bookmarks.get(store, "court_odr", "confirmations", "landed") is None


def test_the_migrations_make_what_the_queries_expect(store: Store) -> None:
    with store.read() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        differences = [
            difference
            for difference in compare_metadata(context, metadata)
            if difference[0] != "remove_index"  # indexes are the migrations' own business
        ]
    assert differences == []


def test_processes_that_start_together_migrate_once(settings: Settings, in_processes: InProcesses) -> None:
    def start(number: int) -> None:
        bookmarks.put(Store(settings), "court_odr", str(number), "landed", {"n": number})

    in_processes(6, start)
    store = Store(settings)
    assert [bookmarks.get(store, "court_odr", str(n), "landed") for n in range(6)] == [{"n": n} for n in range(6)]
    with store.read() as connection:
        assert connection.execute(text(f"SELECT count(*) FROM {VERSION_TABLE}")).scalar_one() == 1
    store.close()


@pytest.mark.chaos
def test_a_kill_during_the_migration_leaves_all_or_nothing(settings: Settings) -> None:
    for milliseconds in (5, 40, 80, 120):
        pid = os.fork()
        if pid == 0:
            Store(settings).migrate()
            os._exit(0)
        time.sleep(milliseconds / 1000)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        with Store(settings).engine.connect().execution_options(hub_begin="DEFERRED") as connection:
            tables = set(inspect(connection).get_table_names())
        assert not tables or tables == {*metadata.tables, VERSION_TABLE}
    Store(settings).migrate()


def test_a_database_from_a_newer_version_is_left_alone(settings: Settings) -> None:
    store = Store(settings)
    with store.write() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    store.close()
    with pytest.raises(StoreError, match=r"9999.*install the newer hub141"):
        Store(settings).migrate()


def test_migrating_leaves_logging_as_it_was(settings: Settings) -> None:
    root = logging.getLogger()
    before = (root.level, list(root.handlers), logging.getLogger("alembic").level)
    Store(settings).migrate()
    assert (root.level, list(root.handlers), logging.getLogger("alembic").level) == before


def test_a_failed_transaction_leaves_nothing(store: Store) -> None:
    def half_done() -> None:
        with store.write() as connection:
            connection.execute(text("INSERT INTO limits (scope, next_at) VALUES ('x', 1)"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half_done()
    with store.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM limits")).scalar_one() == 0


def test_writers_in_many_processes_queue_and_none_fails(settings: Settings, in_processes: InProcesses) -> None:
    def write(number: int) -> None:
        store = Store(settings)
        for n in range(20):
            bookmarks.put(store, "court_odr", f"{number}", "landed", {"n": n})

    Store(settings).migrate()
    in_processes(4, write)
    store = Store(settings)
    assert [bookmarks.get(store, "court_odr", f"{n}", "landed") for n in range(4)] == [{"n": 19}] * 4


def test_decisions_and_the_access_log_can_only_grow(store: Store) -> None:
    decisions.propose(store, "delete", {"n": 1})
    access_log.record(store, "lin", "case", "JF330108", "look-up")
    for statement in (
        "UPDATE decisions SET verdict = 'yes'",
        "DELETE FROM decisions",
        "UPDATE access_log SET who = 'x'",
        "DELETE FROM access_log",
    ):
        with pytest.raises(DatabaseError, match="append-only"), store.write() as connection:
            connection.execute(text(statement))


def test_an_error_does_not_quote_the_values(store: Store) -> None:
    with pytest.raises(DatabaseError) as raised, store.write() as connection:
        connection.execute(text("INSERT INTO nowhere VALUES (:value)"), {"value": "hunter2"})
    assert "hunter2" not in str(raised.value)


def test_the_sqlite_file_is_readable_by_its_owner_alone_and_in_wal_mode(tmp_path: Path) -> None:
    store = Store(Settings(home=tmp_path))
    with store.write() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
        files = sorted(tmp_path.glob("operations.db*"))
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_disk_that_takes_no_more_is_told_at_once(tmp_path: Path) -> None:
    store = Store(Settings(home=tmp_path))
    store.migrate()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))  # as a full disk refuses the index of the WAL
    try:
        began = time.monotonic()
        with pytest.raises(DatabaseError, match="disk I/O error"), store.read():
            pass
        assert time.monotonic() - began < BUSY_SECONDS / 4, "only a lock is worth waiting for"
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("url", ["mysql+pymysql://x", "sqlite://", "sqlite:///:memory:"])
def test_only_databases_that_processes_can_share_are_taken(tmp_path: Path, url: str) -> None:
    with pytest.raises(SettingsError, match="HUB_OPERATIONS_URL"):
        Store(Settings(home=tmp_path, operations_url=url))
