"""Who makes which mistake: kinds are dealt like cards, evenly over datasets and time, so that none is missing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from random import Random

from sandbox.names import DOTS
from sandbox.soil.book import ALWAYS, TWICE, Book, Entry, Key, touch
from sandbox.soil.kinds import GROUPS, KINDS, STYLE
from sandbox.soil.record import Record
from sandbox.soil.words import REPORTS, Dataset
from sandbox.systems.view import Row

EVERY_KIND_FROM = 600
"""From so many disputes on each kind is there, even where the rate alone would leave some out."""
CORRECTED = 7  # every seventh mistake is corrected within weeks by whoever made it
PATIENCE = 12  # rows that are looked at for a place for the kind that is due
GROUP_OF = {dataset: number for number, datasets in enumerate(GROUPS) for dataset in datasets}
CARRIERS = Counter((GROUP_OF[dataset], kind) for dataset, kinds in KINDS.items() for kind in kinds)


@dataclass
class Dealer:
    """Deals mistakes at a rate (share of rows); 0 deals none."""

    book: Book
    seed: int
    rate: float
    cases: int

    @cached_property
    def _dealt(self) -> Counter[tuple[int, str]]:
        """How often each kind was dealt so far, by group of datasets."""
        query = "SELECT system, dataset, kind, count(*) FROM mistakes GROUP BY 1, 2, 3"
        found = self.book.store.connection.execute(query)
        return Counter({(GROUP_OF[system, dataset], kind): n for system, dataset, kind, n in found})

    @cached_property
    def _entries(self) -> dict[Key, list[Entry]]:
        return self.book.entries()

    def deal_history(self, at: datetime) -> None:
        """Deal the mistakes of a finished history, evenly over the rows of each group of datasets."""
        for group, datasets in enumerate(GROUPS):
            rows = [(dataset, source_id) for dataset in datasets for source_id in self._source_ids(dataset)]
            kinds = {kind for dataset in datasets for kind in KINDS[dataset]}
            least = len(kinds) * min(1.0, self.cases / EVERY_KIND_FROM)
            count = round(max(len(rows) * self.rate, least)) if self.rate else 0
            for turn in range(count):
                first, end = (len(rows) * turn // count, len(rows) * (turn + 1) // count)
                dataset = rows[first][0]
                near = [self._record(*row, at) for row in rows[first : min(end, first + PATIENCE)] if row[0] == dataset]
                for kind in self._order(dataset):
                    if any(self._dealt_to(record, kind, turn) for record in near):
                        break
            if count and self.cases >= EVERY_KIND_FROM:
                self._deal_missing(rows, sorted(kind for kind in kinds if not self._dealt[group, kind]), at)
        self._style_history(at)

    def soil(self, system: str, row: Row, at: datetime) -> int:
        """Make the mistakes of a row that was there before, or perhaps deal one to a new one; return its copies."""
        key = (system, row.dataset, row.source_id)
        if key in self._entries:
            return self.book.soil(system, row, self._entries[key], at)
        return 1 if self.book.store.has(key) else self._deal_new(system, row, at)

    def _deal_new(self, system: str, row: Row, at: datetime) -> int:
        record = Record(system, row.dataset, row.source_id, row.body, self.book.store, at)
        rng = Random(f"{self.seed}:dirt:{system}:{row.dataset}:{row.source_id}")
        if rng.random() < self.rate:
            until = _correction(rng, row.updated).isoformat() if rng.random() < 1 / CORRECTED else None
            for kind in self._order((system, row.dataset)):
                if self.book.make(record, kind, ALWAYS, until):
                    self._dealt[GROUP_OF[system, row.dataset], kind] += 1
                    return 2 if kind == TWICE else 1
        if REPORTS.get(system) == row.dataset:
            self.book.make(record, STYLE, ALWAYS, None)
        return 1

    def _order(self, dataset: Dataset) -> list[str]:
        """Return the kinds of a dataset: those dealt least first, among them those that few other datasets carry."""
        group = GROUP_OF[dataset]
        return sorted(KINDS[dataset], key=lambda kind: (self._dealt[group, kind], CARRIERS[group, kind]))

    def _dealt_to(self, record: Record, kind: str, turn: int) -> bool:
        """Make a mistake on a row that is served already; the first one of a kind stays uncorrected."""
        group, key = GROUP_OF[record.system, record.dataset], (record.system, record.dataset, record.source_id)
        honest, updated, until = dict(record.body), self.book.updated(key), None
        if turn % CORRECTED == CORRECTED - 1 and self._dealt[group, kind]:
            until = _correction(Random(record.source_id), updated)
        if not self.book.make(record, kind, ALWAYS, until.isoformat() if until else None):
            return False
        self._dealt[group, kind] += 1
        if until is not None and until <= record.at:
            touch(*key[:2], honest, until)
            self.book.serve(key, honest, until)
        else:
            self.book.serve(key, record.body, updated, 2 if kind == TWICE else 1)
        return True

    def _deal_missing(self, rows: list[tuple[Dataset, str]], kinds: list[str], at: datetime) -> None:
        """Deal kinds that found no place so far to whichever clean row has one."""
        taken = set(self.book.entries()) if kinds else set()
        for kind in kinds:
            able = (row for row in rows if kind in KINDS[row[0]] and (*row[0], row[1]) not in taken)
            found = next((row for row in able if self._dealt_to(self._record(*row, at), kind, 0)), None)
            taken |= {(*found[0], found[1])} if found else set()

    def _style_history(self, at: datetime) -> None:
        taken = self.book.entries()
        query = "SELECT source_id FROM rows WHERE system = ? AND dataset = ? AND copy = 0 AND instr(body, ?)"
        for dataset in REPORTS.items():
            for (source_id,) in self.book.store.connection.execute(query, (*dataset, DOTS[0])).fetchall():
                if (*dataset, source_id) not in taken:
                    self._dealt_to(self._record(dataset, source_id, at), STYLE, 0)

    def _source_ids(self, dataset: Dataset) -> list[str]:
        """Return the keys of the live rows of a dataset in their order."""
        query = (
            "SELECT source_id FROM rows WHERE system = ? AND dataset = ? AND copy = 0 "
            "AND NOT instr(body, '\"deleted\":true') ORDER BY source_id"
        )
        return [row[0] for row in self.book.store.connection.execute(query, dataset)]

    def _record(self, dataset: Dataset, source_id: str, at: datetime) -> Record:
        return Record(*dataset, source_id, self.book.served((*dataset, source_id)), self.book.store, at)


def _correction(rng: Random, after: datetime) -> datetime:
    """Return when somebody corrects what was last changed at a moment: two to thirty days later."""
    return (after + timedelta(days=rng.randrange(2, 30), minutes=rng.randrange(600))).replace(microsecond=0)
