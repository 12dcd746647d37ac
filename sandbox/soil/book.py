"""The book of mistakes: what is wrong with which row, since when and until when, and what it hides.

A mistake stays with its row when the row moves on: the world renders rows honestly, and the book soils them again.
At most one mistake is open on a row at a time.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.names import DOTS
from sandbox.soil.kinds import KINDS, ON_REQUEST, STYLE, Kinds
from sandbox.soil.record import Mistake, Record
from sandbox.soil.words import WORDS
from sandbox.store import WorldStore, text_of
from sandbox.systems.view import Row, stamp

Key = tuple[str, str, str]
"""(system, dataset, source_id)."""
ALWAYS = ""
TWICE = "duplicate_key"


def minority_dot(record: Record) -> bool:
    """Another of the three dots that join a minority name, in two names of three."""
    turn = int(record.draw * 3)
    if not turn or DOTS[0] not in str(record.get("name")):
        return False
    record.put("name", record.get("name").replace(DOTS[0], DOTS[turn]))
    return True


def kinds_of(system: str, dataset: str) -> Kinds:
    """Return the kinds of dirt that a dataset can carry. Raises ValueError naming the datasets."""
    if (system, dataset) not in KINDS:
        raise ValueError(f"no dataset {system} {dataset}; there are: {', '.join(map(' '.join, KINDS))}")
    return KINDS[system, dataset]


def mistake_of(system: str, dataset: str, kind: str) -> Mistake:
    """Return the mistake of a kind. Raises ValueError naming the kinds that the dataset can carry."""
    kinds = kinds_of(system, dataset)
    found = kinds.get(kind) or ON_REQUEST.get(kind) or {STYLE: minority_dot}.get(kind)
    if found is None:
        raise ValueError(f"{system} {dataset} carries no dirt {kind!r}; it carries: {', '.join(kinds)}")
    return found


@dataclass(slots=True)
class Entry:
    """One mistake on one row, from `since` (empty: always) until `until` (None: open)."""

    kind: str
    since: str
    until: str | None

    def open_at(self, at: datetime) -> bool:
        """Tell whether the mistake is to be seen at a moment."""
        now = at.isoformat()
        return self.since <= now and (self.until is None or self.until > now)


class Book:
    """The mistakes of one world; reads and writes the world's store."""

    def __init__(self, store: WorldStore) -> None:
        self.store = store

    def entries(self, system: str | None = None) -> dict[Key, list[Entry]]:
        """Return every mistake by row, of one system or of all."""
        found: dict[Key, list[Entry]] = {}
        query = "SELECT * FROM mistakes WHERE system = coalesce(?, system) ORDER BY since, kind"
        for one, dataset, source_id, kind, since, until, _ in self.store.connection.execute(query, (system,)):
            found.setdefault((one, dataset, source_id), []).append(Entry(kind, since, until))
        return found

    def soil(self, system: str, row: Row, entries: Iterable[Entry], at: datetime, *, note: bool = True) -> int:
        """Put the open mistakes on an honest row and date its corrections; return how often the row is served."""
        copies = 1
        for entry in entries:
            if entry.open_at(at):
                record = Record(system, row.dataset, row.source_id, row.body, self.store, at)
                if self.make(record, entry.kind, entry.since, entry.until, note=note) and entry.kind == TWICE:
                    copies = 2
            elif entry.until is not None and entry.until <= at.isoformat():
                row.updated = max(row.updated, datetime.fromisoformat(entry.until))
                touch(system, row.dataset, row.body, row.updated)
        return copies

    def make(self, record: Record, kind: str, since: str, until: str | None, *, note: bool = True) -> bool:
        """Make a mistake on a record, and note what it hides; return False when there is no place for it."""
        before = dict(record.body)
        if not mistake_of(record.system, record.dataset, kind)(record):
            return False
        if note:
            changed = {*before, *record.body}
            honest = {n: [before[n]] if n in before else [] for n in changed if before.get(n) != record.body.get(n)}
            self.store.connection.execute(
                "INSERT OR REPLACE INTO mistakes VALUES (?, ?, ?, ?, ?, ?, ?)",
                (record.system, record.dataset, record.source_id, kind, since, until, text_of(honest)))  # fmt: skip
        return True

    def correct(self, key: Key, kind: str, at: datetime) -> None:
        """Let the department correct a mistake that is served: the row shows its update time from then on."""
        run = self.store.connection.execute
        where = "WHERE (system, dataset, source_id, kind) = (?, ?, ?, ?)"
        (honest,) = run(f"SELECT honest FROM mistakes {where}", (*key, kind)).fetchone()
        body = self.served(key)
        for name, value in json.loads(honest).items():
            if value:
                body[name] = value[0]
            else:
                body.pop(name, None)
        touch(key[0], key[1], body, at)
        self.serve(key, body, at)
        run(f"UPDATE mistakes SET until = ? {where}", (at.isoformat(), *key, kind))

    def correct_due(self, since: datetime, to: datetime) -> None:
        """Let the corrections happen that are due in since < t ≤ to."""
        due = "SELECT system, dataset, source_id, kind, until FROM mistakes WHERE until > ? AND until <= ?"
        found = self.store.connection.execute(due, (since.isoformat(), to.isoformat())).fetchall()
        for *key, kind, until in found:
            self.correct((key[0], key[1], key[2]), kind, datetime.fromisoformat(until))

    def forget(self, key: Key) -> None:
        """A row is deleted: nothing is wrong with it any more, and no copy of it is served."""
        for table in ("rows", "mistakes"):
            self.store.connection.execute(
                f"DELETE FROM {table} WHERE (system, dataset, source_id) = (?, ?, ?)", key)  # fmt: skip

    def served(self, key: Key) -> dict[str, Any]:
        """Return the body of a row as it is served."""
        body: dict[str, Any] = json.loads(self._served("body", key))
        return body

    def updated(self, key: Key) -> datetime:
        """Return when a row changed last, as its department knows it."""
        return datetime.fromisoformat(self._served("updated", key))

    def serve(self, key: Key, body: dict[str, Any], updated: datetime, copies: int = 1) -> None:
        """Serve a row anew, once or twice, in the place that its last change has in the order of changes."""
        self.store.connection.execute("DELETE FROM rows WHERE (system, dataset, source_id) = (?, ?, ?)", key)
        self.store.put_rows((*key, copy, stamp(updated) or "", text_of(body)) for copy in range(copies))

    def _served(self, column: str, key: Key) -> str:
        query = f"SELECT {column} FROM rows WHERE (system, dataset, source_id) = (?, ?, ?) AND copy = 0"
        return str(self.store.connection.execute(query, key).fetchone()[0])


def touch(system: str, dataset: str, body: dict[str, Any], at: datetime) -> None:
    """Write an update time into a body, in the department's own form."""
    form = "%Y-%m-%dT%H:%M:%S+08:00" if system == "petition_hotline" else "%Y-%m-%d %H:%M:%S"
    body[WORDS[system, dataset]["updated"]] = f"{at:{form}}"
