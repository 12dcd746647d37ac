"""The world moves: it renders what each system shows at a clock, and moves that clock day by day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from random import Random

from sandbox.departments import departments
from sandbox.disputes import Calendar
from sandbox.places import Province, province
from sandbox.registers import keeping
from sandbox.registers.holders import Ground
from sandbox.reports import Report, bundle
from sandbox.soil.book import Book
from sandbox.soil.deal import Dealer
from sandbox.soil.words import WORDS
from sandbox.store import WorldStore, text_of
from sandbox.systems import court, hotline, mediation, medical, plain, residences, union, youth
from sandbox.systems.view import choices, stamp, view
from sandbox.true_rows import TrueRows

RENDER = {"court_odr": court.rows, "petition_hotline": hotline.rows, "peoples_mediation": mediation.rows,
          "medical_disputes": medical.rows, "union_rights": union.rows, "youth_hotline": youth.rows,
          **dict.fromkeys(departments(), plain.rows)}  # fmt: skip
REGISTERS = {"peoples_mediation": mediation.registers, "property_management": residences.registers}
DELETABLE = ("petition_hotline", "peoples_mediation", "court_odr", "grid_events", "school_disputes")
CLOSING = time(20, 0)
TRAIL = timedelta(days=75)  # so long after the last step, agreements, visits and evaluations still move
BATCH = 500
BEGINNING = datetime(1, 1, 1)


@dataclass
class World:
    """A seed, a size and a rate of dirt, and the store that shows it at one clock."""

    store: WorldStore
    seed: int
    cases: int
    dirt: float
    first_today: date

    @classmethod
    def create(cls, store: WorldStore, seed: int, cases: int, dirt: float, today: date) -> World:
        """Note the choices of a new world in its store; call `begin` to fill it."""
        for name, value in (("seed", seed), ("cases", cases), ("dirt", dirt), ("first_today", today)):
            store.put(name, str(value))
        return cls(store, seed, cases, dirt, today)

    @classmethod
    def load(cls, store: WorldStore) -> World:
        """Open the world of a store."""
        noted = {name: store.get(name) or "" for name in ("seed", "cases", "dirt", "first_today")}
        return cls(store, int(noted["seed"]), int(noted["cases"]), float(noted["dirt"]),
                   date.fromisoformat(noted["first_today"]))  # fmt: skip

    @cached_property
    def calendar(self) -> Calendar:
        return Calendar(self.first_today, self.cases)

    @cached_property
    def province(self) -> Province:
        return province(self.seed, datetime.combine(self.calendar.start, time(3, 0)))

    @property
    def clock(self) -> datetime:
        """The moment that every system shows now."""
        return datetime.fromisoformat(self.store.get("clock") or f"{self.first_today}T20:00:00")

    @cached_property
    def book(self) -> Book:
        return Book(self.store)

    def reports(self, number: int) -> list[Report]:
        """Return all arrivals around one dispute."""
        return bundle(self.province, self.calendar, self.seed, number)

    def begin(self) -> None:
        """Fill the store with the registers and two years of history, then make its mistakes."""
        to = datetime.combine(self.first_today, CLOSING)
        with self.store.transaction():
            self.store.put_rows(
                (system, dataset, record[WORDS[system, dataset]["key"]], 0,
                 stamp(self.province.founded) or "", text_of(record))
                for system, registers in REGISTERS.items()
                for dataset, records in registers(self.province).items() for record in records)  # fmt: skip
            self._advance(range(self.calendar.numbers(self.first_today)), BEGINNING, to)
            keeping.fill(self._ground, self.store, range(self.calendar.numbers(self.first_today)))
            self._dealer().deal_history(to)
        self.store.put("clock", to.isoformat())

    def tick(self) -> datetime:
        """Move the clock by a day: new, late, edited, finished and deleted reports. Return the new clock."""
        before, to = self.clock, self.clock + timedelta(days=1)
        with self.store.transaction():
            self._delete_some(to)
            self.book.correct_due(before, to)
            new = range(self.calendar.numbers(before.date()), self.calendar.numbers(to.date()))
            self._advance(sorted({*self.store.due(to), *new}), before, to)
            dealer = self._dealer()
            keeping.move(self._ground, self.store, new, before, to, lambda system, row: dealer.soil(system, row, to))
            self.store.put("clock", to.isoformat())
        return to

    @property
    def _ground(self) -> Ground:
        return Ground(self.province, self.calendar, self.seed)

    def _dealer(self) -> Dealer:
        return Dealer(self.book, self.seed, self.dirt, self.cases)

    def _delete_some(self, to: datetime) -> None:
        """Let two or three people delete a report of theirs during the day, and note whose agenda that is."""
        rng = Random(f"{self.seed}:gone:{to:%Y%m%d}")
        systems = DELETABLE if to.toordinal() % 3 == 0 else DELETABLE[:2]
        for system in systems:
            keys = self.store.connection.execute(
                "SELECT t.source_id, t.case_id FROM true_reports AS t LEFT JOIN gone AS g "
                "ON g.system = t.system AND g.source_id = t.source_id "
                "WHERE t.system = ? AND g.source_id IS NULL ORDER BY t.source_id", (system,)).fetchall()  # fmt: skip
            if not keys:
                continue
            source_id, case_id = rng.choice(keys)
            at = to - timedelta(minutes=rng.randrange(30, 600))
            self.store.connection.execute("INSERT INTO gone VALUES (?, ?, ?)", (system, source_id, at.isoformat()))
            self.store.connection.execute(
                "INSERT OR REPLACE INTO agenda VALUES (?, ?)", (int(case_id[1:]), at.isoformat())
            )

    def _advance(self, numbers: range | list[int], since: datetime, to: datetime) -> None:
        gone = self.store.gone()
        store = self.store
        truth = TrueRows(store)
        dealer = None if since == BEGINNING else self._dealer()  # a history is dealt to when it is whole
        rows: list[tuple[str, str, str, int, str, str]] = []
        agenda: list[tuple[int, str]] = []
        for number in numbers:
            made = self.reports(number)
            upcoming: list[datetime] = []
            for report in made:
                deleted = self._deleted(report, gone)
                if deleted is not None and deleted <= to:
                    if deleted > since:
                        rows.extend(self._remove(report, deleted))
                        truth.remove(report, deleted)
                    continue
                rows.extend(self._render(report, since, to, dealer))
                upcoming.extend(at for at in (report.seen, deleted or to, *(s.at for s in report.steps)) if at > to)
                if to - report.steps[-1].at < TRAIL:
                    upcoming.append(to + timedelta(seconds=1))
            truth.note(made, to)
            if upcoming:
                agenda.append((number, min(upcoming).isoformat()))
            elif since != BEGINNING:
                store.connection.execute("DELETE FROM agenda WHERE number = ?", (number,))
            if len(rows) > BATCH * 8:
                store.put_rows(rows)
                rows.clear()
                truth.write()
        store.put_rows(rows)
        store.connection.executemany("INSERT OR REPLACE INTO agenda VALUES (?, ?)", agenda)
        truth.write()

    def _deleted(self, report: Report, gone: dict[tuple[str, str], datetime]) -> datetime | None:
        """Return when a report is deleted: by the day's draw, or by its own."""
        drawn = gone.get((report.system, report.source_id))
        rng = choices(report, "gone")
        if report.system not in DELETABLE or rng.random() >= 0.004:
            return drawn
        own = max(report.seen, report.reported) + timedelta(minutes=rng.randrange(1000, 400_000))
        return own if drawn is None else min(own, drawn)

    def _remove(self, report: Report, at: datetime) -> list[tuple[str, str, str, int, str, str]]:
        """Delete a report's rows and what was wrong with them; the hotline leaves tombstones, the others nothing."""
        shown = view(report, at) if report.system == "petition_hotline" else None
        if shown is None:
            self.store.drop_report(report.system, report.source_id)
            return []
        made = []
        for row in hotline.rows(shown):
            self.book.forget((report.system, row.dataset, row.source_id))
            body = hotline.tombstone(WORDS[report.system, row.dataset]["key"], row.source_id, at)
            made.append((report.system, row.dataset, row.source_id, 0, stamp(at) or "", text_of(body)))
        return made

    def _render(
        self, report: Report, since: datetime, to: datetime, dealer: Dealer | None
    ) -> list[tuple[str, str, str, int, str, str]]:
        """Return what a report's system serves of it now, as far as it changed, with the mistakes made on it."""
        shown = view(report, to)
        if shown is None:
            return []
        made = []
        for row in RENDER[report.system](shown):
            if row.updated <= since:
                continue
            copies = dealer.soil(report.system, row, to) if dealer else 1
            key = (report.system, row.dataset, row.source_id)
            body, updated = text_of(row.body), stamp(row.updated) or ""
            made += [(*key, copy, updated, body) for copy in range(copies)]
        return made
