"""Code lists and crosswalks: which codes exist, when they were in force, and what a department's codes mean.

`codes/<list>.csv` has list, code, label, code_system, valid_from, valid_to; `crosswalks/<system>_<list>.csv` has
from_code, from_label, to_code, confidence (0 to 1), approved_by, valid_from, valid_to. Dates are ISO; `valid_to` is
the first day on which the row no longer holds; empty is open.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
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
    if target is not None:
        known = {code.code for code in code_list(target)}
        strangers = sorted({row.to_code for row in rows} - known)
        if strangers:
            raise CodeError(f"crosswalk {name}.csv maps to {strangers}, which code list {target} does not have")
    for index, row in enumerate(rows):
        for other in rows[:index]:
            if other.from_code == row.from_code and _overlap(row, other):
                raise CodeError(f"crosswalk {name}.csv gives {row.from_code!r} two meanings at the same time")
    return rows


def _overlap(one: Mapping, other: Mapping) -> bool:
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
