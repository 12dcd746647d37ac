"""Code lists and crosswalks: which codes exist, when they were in force, and what a department's codes mean.

`codes/<list>.csv` has list, code, label, code_system, valid_from, valid_to; `crosswalks/<system>_<list>.csv` has
from_code, from_label, to_code, confidence (0 to 1), approved_by, valid_from, valid_to. Dates are ISO; `valid_to` is
the first day on which the row no longer holds; empty is open.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
FOUNDED = date(1949, 10, 1)  # what the lists write for "from the beginning"


class CodeError(ValueError):
    """A code list or crosswalk that cannot be used; the text names the file and what is wrong in it."""


@dataclass(frozen=True)
class Code:
    """One code of a list. It is in force on day d when valid_from <= d < valid_to."""

    list: str
    code: str
    label: str
    code_system: str
    valid_from: date | None
    valid_to: date | None

    @property
    def is_dated(self) -> bool:
        """It came into force, or goes out of it, on a day that an event can lie before or after."""
        return self.valid_to is not None or (self.valid_from or FOUNDED) > FOUNDED


@dataclass(frozen=True)
class Mapping:
    """A department's code and the shared code that it means, from and until a day of the event."""

    from_code: str
    from_label: str
    to_code: str
    confidence: float
    approved_by: str
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True)
class Decided:
    """What a person decided at run time about a department's code, from and until a day of the event.

    `to_code` None: the code is wrong at its source, and only the department can correct it.
    """

    crosswalk: str
    from_code: str
    to_code: str | None
    decided_by: str
    valid_from: date | None = None
    valid_to: date | None = None


@cache
def code_list(name: str, folder: Path = HERE / "codes") -> tuple[Code, ...]:
    """Every code of a list, in file order. Raises CodeError when there is no such list."""
    return tuple(
        Code(
            row["list"],
            row["code"],
            row["label"],
            row["code_system"],
            _day(row["valid_from"]),
            _day(row["valid_to"]),
        )
        for row in _rows(folder / f"{name}.csv", "code list")
    )


@cache
def code_lists(folder: Path = HERE / "codes") -> dict[str, tuple[Code, ...]]:
    """All lists by name."""
    return {path.stem: code_list(path.stem, folder) for path in sorted(folder.glob("*.csv"))}


@cache
def crosswalk(name: str, target: str | None = None, folder: Path = HERE / "crosswalks") -> tuple[Mapping, ...]:
    """The rows of a crosswalk, in file order.

    Raises CodeError when there is no such file, when a target is not in the code list `target`, or when one
    source code has two meanings on the same day.
    """
    rows = tuple(
        Mapping(
            row["from_code"],
            row["from_label"],
            row["to_code"],
            float(row["confidence"]),
            row["approved_by"],
            _day(row["valid_from"]),
            _day(row["valid_to"]),
        )
        for row in _rows(folder / f"{name}.csv", "crosswalk")
    )
    if strangers := _strangers(rows, target):
        raise CodeError(f"crosswalk {name}.csv maps to {strangers}, which code list {target} does not have")
    for index, row in enumerate(rows):
        for other in rows[:index]:
            if other.from_code == row.from_code and _overlap(row, other):
                raise CodeError(f"crosswalk {name}.csv gives {row.from_code!r} two meanings at the same time")
    return rows


def effective(name: str, target: str | None, decided: Iterable[Decided]) -> tuple[Mapping, ...]:
    """The crosswalk that counts: what was decided about its codes, else what is shipped.

    `decided` comes in the order of the decisions; those about other crosswalks are left out. Raises CodeError as
    `crosswalk` does, and for a decided target that the code list `target` does not have.
    """
    rows = union(crosswalk(name, target), [one for one in decided if one.crosswalk == name])
    if strangers := _strangers(rows, target):
        raise CodeError(
            f"a decision maps a code of {name} to {strangers}, which code list {target} does not have; decide it again"
            " with `hub mapping approve`"
        )
    return rows


def union(rows: Iterable[Mapping], decided: Iterable[Decided]) -> tuple[Mapping, ...]:
    """Rows of one crosswalk with decisions about its codes: on each day the last decision counts, else the row.

    A decided row has confidence 1 and takes the place of the code's first row, or comes last.
    """
    found = list(rows)
    for one in decided:
        found = list(_decide(found, one))
    return tuple(found)


def rejected(name: str, decided: Iterable[Decided]) -> tuple[str, ...]:
    """The codes of a crosswalk that were decided to be wrong at their source, sorted.

    A code that was given a meaning for some days only is still wrong on the others.
    """
    return tuple(sorted({one.from_code for one in decided if one.crosswalk == name and one.to_code is None}))


def _decide(rows: list[Mapping], one: Decided) -> Iterator[Mapping]:
    label = next((row.from_label for row in rows if row.from_code == one.from_code), one.from_code)
    new = (
        None
        if one.to_code is None
        else Mapping(one.from_code, label, one.to_code, 1.0, one.decided_by, one.valid_from, one.valid_to)
    )
    for row in rows:
        if row.from_code != one.from_code:
            yield row
            continue
        if new is not None:
            yield new
            new = None
        yield from _outside(row, one)
    if new is not None:
        yield new


def _outside(row: Mapping, one: Decided) -> Iterator[Mapping]:
    """What is left of a row on the days that a decision leaves alone: nothing, or the days before and after it."""
    if not _overlap(row, one):
        yield row
        return
    if one.valid_from is not None and (row.valid_from or date.min) < one.valid_from:
        yield replace(row, valid_to=one.valid_from)
    if one.valid_to is not None and one.valid_to < (row.valid_to or date.max):
        yield replace(row, valid_from=one.valid_to)


def _strangers(rows: Iterable[Mapping], target: str | None) -> list[str]:
    """Codes that the rows map to and the code list `target` does not have; of no list everything is known."""
    if target is None:
        return []
    return sorted({row.to_code for row in rows} - {code.code for code in code_list(target)})


def _overlap(one: Mapping, other: Mapping | Decided) -> bool:
    return (one.valid_from or date.min) < (other.valid_to or date.max) and (other.valid_from or date.min) < (
        one.valid_to or date.max
    )


def _rows(path: Path, what: str) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    except FileNotFoundError:
        raise CodeError(f"there is no {what} {path.name}; add {path.parent.name}/{path.name}") from None


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
