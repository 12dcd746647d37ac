"""What the departments that send, instead of being asked, put out each day: files, workbooks, tables, messages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.codes import SYSTEMS
from sandbox.deliveries import files, medical_csv, union_xlsx
from sandbox.deliveries.exchange import Exchange
from sandbox.deliveries.register_tables import register_tables
from sandbox.deliveries.tables import Tables, table_of
from sandbox.deliveries.topics import Topics
from sandbox.departments import of_carrier
from sandbox.home import Home
from sandbox.registers import register_systems
from sandbox.store import WorldStore
from sandbox.world import World

MEDICAL, UNION, MEDIATION = "medical_disputes", "union_rights", "peoples_mediation"
MOMENT, DAY = timedelta(seconds=1), timedelta(days=1)


@dataclass
class Post:
    """The outbox, the workbooks, the exchange tables and the topics of one home; and which systems are silent."""

    store: WorldStore
    home: Home
    exchange: Exchange
    topics: Topics

    def begin(self, world: World) -> None:
        """Put out two years of history."""
        for folder in (self.home.outbox, self.home.workbooks, *map(self.home.outbox_of, of_carrier("files"))):
            for path in folder.iterdir():
                path.unlink()
        medical_csv.history(world, self.home.outbox)
        union_xlsx.deliver(self.store, self.home.workbooks, None, world.clock)
        self.exchange.create(world.store)
        for tables in self._tables():
            tables.create(self.store)
        self.topics.follow(self.store, None)
        self._send(world.clock)
        for system in (MEDICAL, UNION, MEDIATION):
            self._delivered(system, world.clock)

    def deliver(self, clock: datetime) -> None:
        """Put out the day that has just ended; a silent system sends a delivery without a row."""
        if self.silent(MEDICAL, clock):
            medical_csv.deliver(self.home.outbox, clock, [])
        else:
            medical_csv.daily(self.store, self.home.outbox, self._last(MEDICAL) or clock - DAY, clock)
            self._delivered(MEDICAL, clock)
        if self.silent(UNION, clock):
            union_xlsx.deliver_nothing(self.home.workbooks, clock)
        else:
            union_xlsx.deliver(self.store, self.home.workbooks, self._last(UNION), clock)
            self._delivered(UNION, clock)
        if not self.silent(MEDIATION, clock):
            self.exchange.follow(self.store, self._last(MEDIATION))
            self._delivered(MEDIATION, clock)
        self._send(clock)
        self._follow(clock - DAY)

    def show(self, clock: datetime) -> None:
        """Put out what departments changed by hand at the clock; the medical file of the day is gone already."""
        if not self.silent(UNION, clock):
            union_xlsx.deliver(self.store, self.home.workbooks, clock - MOMENT, clock)
        if not self.silent(MEDIATION, clock):
            self.exchange.follow(self.store, clock - MOMENT)
        self._follow(clock - MOMENT)

    def hush(self, system: str, clock: datetime, days: int) -> None:
        """Let a system deliver nothing now and for so many days to come; 0 ends its silence."""
        was_silent = self.silent(system, clock)
        self.store.put(f"silent:{system}", (clock + timedelta(days=days)).isoformat() if days else "")
        if system == MEDIATION and days:
            self.exchange.clear()
            self.store.put(f"delivered:{system}", "")  # so that everything comes back
        elif system == MEDIATION and was_silent:
            self.exchange.follow(self.store, None)
            self._delivered(system, clock)

    def _send(self, clock: datetime) -> None:
        for department in of_carrier("files"):
            files.deliver(self.store, department, self.home.outbox_of(department), clock, self.home.credentials)

    def _follow(self, since: datetime) -> None:
        for tables in self._tables():
            tables.follow(self.store, since)
        self.topics.follow(self.store, since)

    def _tables(self) -> list[Tables]:
        found = [table_of(one, self.home.database_url(one)) for one in of_carrier("table")]
        for system in register_systems().values():
            if system.carrier == "table":
                found += register_tables(system, self.home.database_url(system))
        return found

    def silent(self, system: str, clock: datetime) -> bool:
        """Tell whether a system delivers nothing at a moment."""
        return clock.isoformat() <= (self.store.get(f"silent:{system}") or "")

    def all_silent(self, clock: datetime) -> frozenset[str]:
        """Return the systems that deliver nothing at a moment."""
        return frozenset(system for system in (*SYSTEMS, *register_systems()) if self.silent(system, clock))

    def _last(self, system: str) -> datetime | None:
        """Return the clock of the last delivery that was not empty, None when everything has to come again."""
        noted = self.store.get(f"delivered:{system}")
        return datetime.fromisoformat(noted) if noted else None

    def _delivered(self, system: str, clock: datetime) -> None:
        self.store.put(f"delivered:{system}", clock.isoformat())
