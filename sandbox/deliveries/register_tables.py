"""The tables of a system of registers, and the change logs among them; every column is text."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from sandbox.deliveries.tables import TEXTS, Tables, batches
from sandbox.registers import Register, RegisterSystem
from sandbox.store import WorldStore
from sandbox.systems.view import stamp

RUNNING = "SEQ"
"""The running number of a change log."""


class ChangeLogs(Tables):
    """Tables to which changes are only added."""

    def follow(self, store: WorldStore, since: datetime | None) -> None:
        """Add the rows changed after `since` (None: all) as they are now."""
        with self.engine.begin() as connection:
            for dataset, table in self.tables.items():
                for batch in batches(store.bodies(self.system, dataset, "updated > ?", stamp(since) or "")):
                    connection.execute(table.insert(), batch)


def register_tables(system: RegisterSystem, url: str) -> tuple[Tables, Tables]:
    """The tables that are kept equal to what a department shows, and its change logs."""
    made: list[Tables] = []
    for kind, log in ((Tables, False), (ChangeLogs, True)):
        metadata = sa.MetaData()
        found = {dataset: _table(one, metadata) for dataset, one in system.registers.items() if one.log is log}
        made.append(kind(url, system.system, metadata, found))
    return made[0], made[1]


def _table(register: Register, metadata: sa.MetaData) -> sa.Table:
    columns = [
        sa.Column(word, sa.Text if name in TEXTS else sa.String(200), primary_key=name == "key" and not register.log,
                  index=name == "updated")
        for name, word in register.words.items()
    ]  # fmt: skip
    running = [sa.Column(RUNNING, sa.Integer, primary_key=True)] if register.log else []
    return sa.Table(register.place, metadata, *running, *columns, mysql_charset="utf8mb4")
