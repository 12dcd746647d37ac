"""The registers through time: filled with the history, then new entries and new addresses each day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from sandbox import codes
from sandbox.disputes import dispute
from sandbox.people import house
from sandbox.registers import LISTS, Register, RegisterSystem, all_registers
from sandbox.registers.holders import Entry, Ground, arriving, home, standing
from sandbox.soil.book import Book, touch
from sandbox.store import WorldStore, text_of
from sandbox.systems.view import Row, stamp

Soil = Callable[[str, Row], int]
"""Makes mistakes on a new row of a system; returns how often it is served."""
MOVE_ONE_IN = 300  # so many residents for each who moves on a day


def fill(ground: Ground, store: WorldStore, numbers: Iterable[int]) -> None:
    """Put everything into the registers that was there before the first day or came with these disputes."""
    for system, dataset, register in all_registers():
        _put(store, system, dataset, register, standing(ground, register.holds), None, None)
    _arrive(ground, store, numbers, None, None)


def move(ground: Ground, store: WorldStore, numbers: Iterable[int], since: datetime, to: datetime, soil: Soil) -> None:
    """Let a day pass: who comes with its disputes is new, and somebody in each register of people moves house."""
    _arrive(ground, store, numbers, since, soil)
    for system, dataset, register in all_registers():
        if "address" in register.words:
            _move_house(ground, Book(store), system.system, dataset, register, to)


def _arrive(
    ground: Ground, store: WorldStore, numbers: Iterable[int], since: datetime | None, soil: Soil | None
) -> None:
    for number in numbers:
        subject = dispute(ground.province, ground.calendar, ground.seed, number)
        for system, dataset, register in all_registers():
            _put(store, system, dataset, register, arriving(ground, register.holds, subject), since, soil)


def _put(
    store: WorldStore, system: RegisterSystem, dataset: str, register: Register, entries: Iterator[Entry],
    since: datetime | None, soil: Soil | None,
) -> None:  # fmt: skip
    """Store entries that are not there yet; none is older than the last day that was shown."""
    for entry in entries:
        key = (system.system, dataset, entry.key)
        if store.has(key):
            continue
        updated = entry.at if since is None else max(entry.at, since + timedelta(minutes=1))
        row = Row(dataset, entry.key, updated, _body(system, register, entry, updated))
        copies = 1 if soil is None else soil(system.system, row)
        body, at = text_of(row.body), stamp(row.updated) or ""
        store.put_rows((*key, copy, at, body) for copy in range(copies))
        _note(store, [(f"P{who.number:08d}", who.name, who.id_no, who.phone, who.address) for who in entry.people])


def _body(system: RegisterSystem, register: Register, entry: Entry, updated: datetime) -> dict[str, Any]:
    """The record in the words of its register."""
    values = entry.values | {"key": entry.key, "updated": updated}
    return {word: _written(system, register, name, values[name]) for name, word in register.words.items()}


def _written(system: RegisterSystem, register: Register, name: str, value: Any) -> Any:
    if isinstance(value, bool):
        return system.yes_no[not value]
    if isinstance(value, date):
        return f"{value:{register.forms.get(name, '%Y-%m-%d %H:%M:%S')}}"
    if name in LISTS and not codes.shared(system.system, LISTS[name]):
        return codes.one(system.system, LISTS[name], value)
    return value


def _move_house(ground: Ground, book: Book, system: str, dataset: str, register: Register, to: datetime) -> None:
    """Give somebody a new address within the county, on rows that nothing is wrong with."""
    query = "SELECT source_id FROM rows WHERE system = ? AND dataset = ? ORDER BY source_id"
    taken, words = book.entries(system), register.words
    found = [key for (key,) in book.store.connection.execute(query, (system, dataset))
             if (system, dataset, key) not in taken]  # fmt: skip
    rng = Random(f"{ground.seed}:moves:{system}:{to:%Y%m%d}")
    for key in rng.sample(found, min(len(found), 1 + len(found) // MOVE_ONE_IN)):
        body = book.served((system, dataset, key))
        place = rng.choice(ground.province.places[body[words["county"]]])
        new = home(rng, place) | {"address": house(rng, place)}
        body |= {words[name]: value for name, value in new.items() if name in words}
        touch(system, dataset, body, to)
        book.serve((system, dataset, key), body, to)
        people = "SELECT name, id_no, phone FROM people WHERE id_no = ?"
        name, id_no, phone = book.store.connection.execute(people, (body[words["id"]],)).fetchone()
        _note(book.store, [(f"{system}:{key}:{to:%Y%m%d}", name, id_no, phone, new["address"])])


def _note(store: WorldStore, people: list[tuple[str, str, str, str, str]]) -> None:
    """Add to the truth who is private, and where they live."""
    store.connection.executemany("INSERT OR IGNORE INTO people VALUES (?, ?, ?, ?, ?)", people)
