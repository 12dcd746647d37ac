"""The tables of one department's exchange database, on whatever SQLAlchemy can reach, kept equal to what it shows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa

from sandbox.departments import Department
from sandbox.store import WorldStore
from sandbox.systems.view import stamp

BATCH = 1000
TEXTS = {"summary", "address", "title"}  # canonical names of what may be long


class Tables:
    """`tables` are by dataset; each has one key column, and columns of the names in the records."""

    def __init__(self, url: str, system: str, metadata: sa.MetaData, tables: dict[str, sa.Table]) -> None:
        self.engine = sa.create_engine(url)
        self.system, self.metadata, self.tables = system, metadata, tables
        if self.engine.dialect.name == "sqlite":
            with self.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA journal_mode=WAL")

    def create(self, store: WorldStore) -> None:
        """Make the tables anew and fill them with everything there is."""
        self.metadata.drop_all(self.engine)
        self.metadata.create_all(self.engine)
        self.follow(store, None)

    def follow(self, store: WorldStore, since: datetime | None) -> None:
        """Write the rows changed after `since` (None: all), and drop those that are gone."""
        with self.engine.begin() as connection:
            for dataset, table in self.tables.items():
                key = next(iter(table.primary_key.columns))
                changed = store.bodies(self.system, dataset, "updated > ?", stamp(since) or "")
                for batch in batches(changed):
                    if since is not None:
                        connection.execute(sa.delete(table).where(key.in_([row[key.name] for row in batch])))
                    connection.execute(table.insert(), [self.typed(row, table) for row in batch])
                if since is not None:
                    self._drop(connection, store, dataset)

    def clear(self) -> None:
        """Empty every table."""
        with self.engine.begin() as connection:
            for table in self.tables.values():
                connection.execute(sa.delete(table))

    def typed(self, row: dict[str, Any], table: sa.Table) -> dict[str, Any]:
        """Return a row with its values as the table types them."""
        return row

    def _drop(self, connection: sa.Connection, store: WorldStore, dataset: str) -> None:
        table = self.tables[dataset]
        key = next(iter(table.primary_key.columns))
        here = set(connection.execute(sa.select(key)).scalars())
        there = {row[0] for row in store.connection.execute(
            "SELECT json_extract(body, '$.' || ?) FROM rows WHERE system = ? AND dataset = ?",
            (key.name, self.system, dataset))}  # fmt: skip
        for batch in batches(iter(sorted(here - there))):
            connection.execute(sa.delete(table).where(key.in_(batch)))


def table_of(department: Department, url: str) -> Tables:
    """Return the one table of a department, every column of which is text."""
    metadata = sa.MetaData()
    columns = [
        sa.Column(
            word, sa.Text if name in TEXTS else sa.String(200), primary_key=name == "key", index=name == "updated"
        )
        for name, word in department.words.items()
    ]
    table = sa.Table(department.place, metadata, *columns, mysql_charset="utf8mb4")
    return Tables(url, department.system, metadata, {department.dataset: table})


def batches(values: Iterator[Any]) -> Iterator[list[Any]]:
    """Lists of at most BATCH values."""
    while batch := list(islice(values, BATCH)):
        yield batch
