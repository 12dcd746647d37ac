"""What a department does about its dirt on request: it corrects rows, falls back into a mistake, renames a code."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from datetime import datetime

from sandbox.soil.book import TWICE, Book, Key, kinds_of, mistake_of, touch
from sandbox.soil.record import Record
from sandbox.soil.words import REPORTS, WORDS

RENAMED = "renamed_code"


def fix(
    book: Book, at: datetime, system: str, dataset: str, keys: list[str], kind: str = "", share: float = 1.0
) -> list[str]:
    """Correct the rows of these keys, or a share of those with one kind of dirt (the first in the order of keys).

    Returns the keys. Raises ValueError when a key is not dirty, when nothing is, or when neither is given.
    """
    if bool(keys) == bool(kind) or not 0 < share <= 1:
        raise ValueError("say which rows: --key KEY (as often as you like), or --kind KIND with a --share up to 1")
    kinds_of(system, dataset)
    found = _open(book, at, system, dataset)
    if keys:
        shown = {str(book.served((system, dataset, key)).get(WORDS[system, dataset]["key"])): key for key in found}
        keys = [key if key in found else shown.get(key, key) for key in keys]  # the key itself may be the mistake
        clean = [key for key in keys if key not in found]
        if clean:
            raise ValueError(f"{system} {dataset}: nothing is wrong with {', '.join(clean)}")
        wanted = list(dict.fromkeys(keys))
    else:
        dirty = sorted(key for key, one in found.items() if one == kind)
        wanted = dirty[: math.ceil(len(dirty) * share)]
        if not wanted:
            raise ValueError(f"{system} {dataset}: no row has {kind}")
    for key in wanted:
        book.correct((system, dataset, key), found[key], at)
    return wanted


def spoil(book: Book, at: datetime, system: str, dataset: str, kind: str, count: int) -> list[str]:
    """Make a mistake on so many clean rows, those changed last first; returns their keys.

    Raises ValueError when fewer clean rows have a place for it; the caller then takes back what was done.
    """
    mistake_of(system, dataset, kind)
    made: list[str] = []
    for record in _clean(book, at, system, dataset):
        if len(made) < count and _made(book, record, kind):
            made.append(record.source_id)
    return _enough(made, kind, count)


def rename(book: Book, at: datetime, system: str, count: int) -> list[str]:
    """Give the type code of so many clean reports a new name, all of one code; returns their keys.

    Raises ValueError when no code has so many clean rows.
    """
    by_code: dict[str, list[Record]] = {}
    for record in _clean(book, at, system, REPORTS[system]):
        alike = by_code.setdefault(str(record.get("type")), [])
        if len(alike) < count:
            alike.append(record)
    most = max(by_code.values(), key=len, default=[])
    _enough([record.source_id for record in most], RENAMED, count)
    return [record.source_id for record in most if _made(book, record, RENAMED)]


def _made(book: Book, record: Record, kind: str) -> bool:
    """Make a mistake on a served row, as a change of now. The new update time comes first: it may be the mistake."""
    key: Key = (record.system, record.dataset, record.source_id)
    touch(*key[:2], record.body, record.at)
    if not book.make(record, kind, record.at.isoformat(), None):
        return False
    book.serve(key, record.body, record.at, 2 if kind == TWICE else 1)
    return True


def _enough(keys: list[str], kind: str, count: int) -> list[str]:
    if len(keys) < count:
        raise ValueError(f"only {len(keys)} clean rows have a place for {kind}, {count} are wanted")
    return keys


def _open(book: Book, at: datetime, system: str, dataset: str) -> dict[str, str]:
    """Return what is wrong with which row of a dataset now: source_id → kind."""
    return {
        key[2]: entry.kind
        for key, entries in book.entries(system).items()
        for entry in entries
        if key[1] == dataset and entry.open_at(at)
    }


def _clean(book: Book, at: datetime, system: str, dataset: str) -> Iterator[Record]:
    """Yield the clean rows of a dataset, those changed last first; a tombstone is no row."""
    dirty = _open(book, at, system, dataset)
    query = (
        "SELECT source_id, body FROM rows WHERE system = ? AND dataset = ? AND copy = 0 "
        "ORDER BY updated DESC, source_id"
    )
    for source_id, body in book.store.connection.execute(query, (system, dataset)).fetchall():
        if source_id not in dirty and '"deleted":true' not in body:
            yield Record(system, dataset, source_id, json.loads(body), book.store, at)
