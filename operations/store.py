"""The operations database: SQLite in the home by default, PostgreSQL when several machines share one hub.

SQLite runs in WAL mode with a busy timeout, and a writing transaction takes the write lock at its start
(BEGIN IMMEDIATE), so that two processes queue instead of failing when they upgrade from reading to writing.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    NullPool,
    Table,
    create_engine,
    event,
    inspect,
    make_url,
    text,
)

from operations.personal_numbers import shortened
from operations.settings import Settings, SettingsError

BUSY_SECONDS = 30
LOCKED = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
# Not Alembic's default name: Airflow may keep its own version table in the same PostgreSQL database.
VERSION_TABLE = "hub_schema_version"
MIGRATIONS = Path(__file__).parent / "migrations"

# Alembic keeps its current context in module globals, so two threads of a process must take turns.
_alembic_turn = threading.Lock()


class StoreError(RuntimeError):
    """The operations database cannot be used as it is; the message says what to do."""


class Store:
    """One operations database. Opening it is cheap; the first use brings its schema up to date."""

    def __init__(self, settings: Settings) -> None:
        """Raises SettingsError when HUB_OPERATIONS_URL is neither SQLite nor PostgreSQL."""
        self.settings = settings
        url = make_url(settings.operations_url)
        self.dialect = url.get_backend_name()
        if self.dialect == "sqlite":
            self.engine = _sqlite_engine(settings.operations_url, url.database)
        elif self.dialect == "postgresql":
            self.engine = create_engine(
                url.set(drivername="postgresql+psycopg"),
                pool_pre_ping=True,
                max_overflow=16,
                hide_parameters=True,
            )
        else:
            raise SettingsError("HUB_OPERATIONS_URL must start with sqlite:/// or postgresql://")
        self._current = False

    def migrate(self) -> None:
        """Bring the schema up to date in one transaction; any number of processes may do so at once.

        Raises StoreError when the database was made by a newer version of this program.
        """
        if self._current:
            return
        with self._transaction("DEFERRED") as connection:
            current = _is_current(connection)
        if not current:
            with self._transaction("IMMEDIATE") as connection:
                take_turn(connection, VERSION_TABLE)
                if not _is_current(connection):
                    _upgrade(connection)
        self._current = True

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection in a transaction that only reads."""
        self.migrate()
        with self._transaction("DEFERRED") as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A connection in a writing transaction: committed at the end, rolled back on an exception."""
        self.migrate()
        with self._transaction("IMMEDIATE") as connection:
            yield connection

    def copy(self, target: Path) -> None:
        """Write what a reader sees now into one new SQLite file, while others go on; only where the store is SQLite."""
        self.migrate()
        os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        found = sqlite3.connect(str(self.engine.url.database), timeout=BUSY_SECONDS)
        with closing(found) as source, closing(sqlite3.connect(target)) as copied:
            source.backup(copied)
            copied.execute("PRAGMA journal_mode=DELETE")  # one file; whoever opens it next switches to WAL again

    def compact(self) -> tuple[int, int]:
        """Write the file anew without what was deleted: its bytes before and after; only where the store is SQLite.

        Readers go on, writers wait. Raises StoreError when others write for longer than one may wait.
        """
        self.migrate()
        path = Path(str(self.engine.url.database))
        with closing(sqlite3.connect(path, timeout=BUSY_SECONDS)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            before = path.stat().st_size
            try:
                connection.execute("VACUUM")
            except sqlite3.OperationalError as error:
                raise StoreError(f"{path} could not be compacted ({error}) and is as it was: compact again") from None
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return before, path.stat().st_size

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Connection]:
        with self.engine.connect() as connection:
            connection.execution_options(hub_begin=begin)
            with connection.begin():
                yield connection


def revisions() -> list[str]:
    """The schemas that this program knows, the oldest first; an open store is at the last."""
    return sorted(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))


def upsert(connection: Connection, table: Table, row: Mapping[str, Any]) -> None:
    """Insert `row`, or replace the other columns of the row with the same primary key."""
    # The engine has loaded its own dialect; the other one would be loaded for nothing by each command.
    insert = import_module(f"sqlalchemy.dialects.{connection.dialect.name}").insert(table)
    keys = [column.name for column in table.primary_key]
    connection.execute(
        insert.values(**row).on_conflict_do_update(
            index_elements=keys,
            set_={name: insert.excluded[name] for name in row if name not in keys},
        )
    )


def take_turn(connection: Connection, name: str) -> None:
    """Let no other transaction that asks for `name` read what this one is about to write.

    SQLite has one writer at a time anyway; PostgreSQL would let two of them find the same nothing and both insert.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})


def storable(value: str) -> str:
    """`value` as both databases take it: without lone surrogates and NUL, which sources do send."""
    return value.encode("utf-8", "replace").decode("utf-8").replace("\x00", "\ufffd")


def free_text(value: str) -> str:
    """What a person typed, as it is kept: of what may be an identity, bank or telephone number its first three digits
    alone. The code of a case stays whole."""
    return shortened(storable(value.strip()))


def unix_seconds(connection: Connection) -> float:
    """The clock that all users of this store share: the server's on PostgreSQL, else this machine's."""
    if connection.dialect.name == "postgresql":
        return float(connection.scalar(text("SELECT extract(epoch FROM clock_timestamp())")) or 0)
    return time.time()


def _sqlite_engine(url: str, database: str | None) -> Engine:
    if not database or database == ":memory:":
        raise SettingsError("HUB_OPERATIONS_URL: a database in memory is not shared; write sqlite:///PATH")
    path = Path(database)
    path.parent.mkdir(parents=True, exist_ok=True)
    # Made here and not by SQLite, so that nobody else can read it even for a moment; -wal and -shm inherit.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    # No pool: a connection costs well under a millisecond, and a pooled one would break in a forked child.
    engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": BUSY_SECONDS}, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _(dbapi: sqlite3.Connection, _record: object) -> None:
        dbapi.isolation_level = None  # the driver begins no transaction; the listener below does
        _switch_to_wal(dbapi)
        dbapi.execute("PRAGMA synchronous=FULL")

    @event.listens_for(engine, "begin")
    def _(connection: Connection) -> None:
        connection.exec_driver_sql(f"BEGIN {connection.get_execution_options()['hub_begin']}")

    return engine


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            # The first switch of a file does not wait when others make it too; a disk that is full stays so.
            if error.sqlite_errorcode & 0xFF not in LOCKED or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _is_current(connection: Connection) -> bool:
    if not inspect(connection).has_table(VERSION_TABLE):
        return False
    known = revisions()
    found = connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}"))
    if found not in known:
        raise StoreError(
            f"the operations database is at schema {found}, unknown to this program (at {known[-1]}): "
            "install the newer hub141"
        )
    return bool(found == known[-1])


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    config.attributes["version_table"] = VERSION_TABLE
    with _alembic_turn:
        command.upgrade(config, "head")
