"""The world's own SQLite file: what every system serves now, what happens next, and the truth."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS rows (
    system TEXT, dataset TEXT, source_id TEXT, copy INTEGER, updated TEXT, body TEXT,
    PRIMARY KEY (system, dataset, source_id, copy)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS rows_by_update ON rows (system, dataset, updated, source_id, copy);
CREATE TABLE IF NOT EXISTS agenda (number INTEGER PRIMARY KEY, next_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS agenda_by_time ON agenda (next_at);
CREATE TABLE IF NOT EXISTS gone (system TEXT, source_id TEXT, at TEXT, PRIMARY KEY (system, source_id));
CREATE TABLE IF NOT EXISTS mistakes (
    system TEXT, dataset TEXT, source_id TEXT, kind TEXT, since TEXT NOT NULL, until TEXT, honest TEXT NOT NULL,
    PRIMARY KEY (system, dataset, source_id, kind));
CREATE TABLE IF NOT EXISTS true_cases (case_id TEXT PRIMARY KEY, body TEXT);
CREATE TABLE IF NOT EXISTS true_reports (system TEXT, source_id TEXT, case_id TEXT, PRIMARY KEY (system, source_id));
CREATE TABLE IF NOT EXISTS true_pauses (
    system TEXT, source_id TEXT, paused_at TEXT, resumed_at TEXT, extended_at TEXT, PRIMARY KEY (system, source_id));
CREATE TABLE IF NOT EXISTS people (person_id TEXT PRIMARY KEY, name TEXT, id_no TEXT, phone TEXT, address TEXT);
CREATE INDEX IF NOT EXISTS people_by_number ON people (id_no);
CREATE TABLE IF NOT EXISTS messages (
    number INTEGER PRIMARY KEY, system TEXT, source_id TEXT, gone INTEGER NOT NULL, body TEXT NOT NULL);
"""


_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def text_of(body: dict[str, Any]) -> str:
    """Return JSON text; a lone surrogate, which UTF-8 cannot carry, stays an escape."""
    text = _COMPACT.encode(body)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(body, separators=(",", ":"))
    return text


class WorldStore:
    """One connection to the world's file; each thread or process opens its own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.connection = sqlite3.connect(path, timeout=60, isolation_level=None, check_same_thread=False)
        self.connection.execute("PRAGMA journal_mode=WAL")
        self.connection.execute("PRAGMA synchronous=OFF")
        self.connection.executescript(SCHEMA)

    def close(self) -> None:
        self.connection.close()

    def get(self, name: str) -> str | None:
        """Return a note about the world."""
        row = self.connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def put(self, name: str, value: str) -> None:
        """Keep a note about the world."""
        self.connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def put_rows(self, rows: Iterable[tuple[str, str, str, int, str, str]]) -> None:
        """Insert or replace (system, dataset, source_id, copy, updated, body) rows."""
        self.connection.executemany("INSERT OR REPLACE INTO rows VALUES (?, ?, ?, ?, ?, ?)", rows)

    def has(self, key: tuple[str, str, str]) -> bool:
        """Tell whether a row (system, dataset, source_id) is served."""
        found = self.connection.execute("SELECT 1 FROM rows WHERE (system, dataset, source_id) = (?, ?, ?)", key)
        return found.fetchone() is not None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside, or nothing."""
        self.connection.execute("BEGIN")
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def drop_report(self, system: str, report_id: str) -> None:
        """Delete a report and the rows that hang from it, with what was wrong with them."""
        like = report_id[2:]
        for table in ("rows", "mistakes"):
            self.connection.execute(
                f"DELETE FROM {table} WHERE system = ? AND (source_id = ? OR source_id GLOB ? OR source_id GLOB ?)",
                (system, report_id, f"{report_id}[|-]*", f"[QYX][RDY]{like}*"),
            )

    def count(self, system: str, dataset: str, since: str, until: str) -> int:
        """Return how many rows changed in since ≤ updated < until."""
        return int(self.connection.execute(
            "SELECT count(*) FROM rows WHERE system = ? AND dataset = ? AND updated >= ? AND updated < ?",
            (system, dataset, since, until)).fetchone()[0])  # fmt: skip

    def page(
        self, system: str, dataset: str, since: str, until: str, *, limit: int, offset: int = 0,
        after: tuple[str, str, int] | None = None,
    ) -> list[tuple[str, str, int, str]]:  # fmt: skip
        """Return (updated, source_id, copy, body) in the order of change, from an offset or after a row."""
        if after is not None:
            return self.connection.execute(
                "SELECT updated, source_id, copy, body FROM rows WHERE system = ? AND dataset = ? AND updated >= ? "
                "AND updated < ? AND (updated, source_id, copy) > (?, ?, ?) "
                "ORDER BY updated, source_id, copy LIMIT ?",
                (system, dataset, since, until, *after, limit),
            ).fetchall()
        return self.connection.execute(
            "SELECT updated, source_id, copy, body FROM rows WHERE system = ? AND dataset = ? AND updated >= ? "
            "AND updated < ? ORDER BY updated, source_id, copy LIMIT ? OFFSET ?",
            (system, dataset, since, until, limit, offset),
        ).fetchall()

    def clean(self, system: str, dataset: str, source_ids: list[str]) -> int:
        """Return the index of the first row that never had a mistake, 0 where each had one."""
        query = "SELECT source_id FROM mistakes WHERE system = ? AND dataset = ?"
        soiled = {row[0] for row in self.connection.execute(query, (system, dataset))}
        return next((index for index, source_id in enumerate(source_ids) if source_id not in soiled), 0)

    def bodies(self, system: str, dataset: str, condition: str = "1=1", *values: str) -> Iterator[dict[str, Any]]:
        """Yield the decoded rows of a dataset in the order of their keys, copies last."""
        query = f"SELECT body FROM rows WHERE system = ? AND dataset = ? AND {condition} ORDER BY copy, source_id"
        for (body,) in self.connection.execute(query, (system, dataset, *values)):
            yield json.loads(body)

    def person(self, id_no: str) -> tuple[str, str] | None:
        """Return name and address of the person with an ID number, None when there is nobody."""
        found = self.connection.execute("SELECT name, address FROM people WHERE id_no = ? LIMIT 1", (id_no,))
        row: tuple[str, str] | None = found.fetchone()
        return row

    def due(self, until: datetime) -> list[int]:
        """Return the disputes with something to happen by a time."""
        found = self.connection.execute(
            "SELECT number FROM agenda WHERE next_at <= ? ORDER BY number", (until.isoformat(),)
        )
        return [int(row[0]) for row in found]

    def deleted(self, system: str, after: str) -> list[str]:
        """Return the reports of a system that were shown and then deleted after a moment (YYYY-MM-DD HH:MM:SS)."""
        query = "SELECT source_id FROM gone WHERE system = ? AND replace(at, 'T', ' ') > ? ORDER BY source_id"
        return [row[0] for row in self.connection.execute(query, (system, after))]

    def gone(self) -> dict[tuple[str, str], datetime]:
        """Return the reports that somebody deleted on a later day, with the time."""
        found = self.connection.execute("SELECT system, source_id, at FROM gone")
        return {(row[0], row[1]): datetime.fromisoformat(row[2]) for row in found}
