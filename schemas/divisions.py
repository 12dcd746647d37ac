"""Administrative divisions of the province, province to village, and one place through the changes of its codes.

`divisions.csv`: GB/T 2260 (6 digits) and the 9- and 12-digit codes below it; `valid_to` is the first day on which a
code is no longer used, empty for today's. `division_successors.csv` says what became of a code: all of it went to the
new one (`whole`), its larger part did, so that a record which says no more is counted there (`main`), or a smaller
part did (`part`, also of a code that lives on). Towns are listed where their old codes are known; below county and
town the codes of villages are not, so that a village of old is only known by its town.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

DIVISIONS = Path(__file__).parent / "divisions.csv"
COLUMNS = ("code", "name", "parent_code", "level", "valid_from", "valid_to")
SUCCESSORS = Path(__file__).parent / "division_successors.csv"


@dataclass(frozen=True)
class Division:
    """One code, in force when valid_from <= day < valid_to; `level` is province, prefecture, county, town, village."""

    code: str
    name: str
    parent_code: str | None
    level: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True)
class Succession:
    """From `day` on, `new_code` stands for the whole, the main part or another part of what `old_code` was."""

    old_code: str
    new_code: str
    day: date
    kind: Literal["whole", "main", "part"]
    note: str


@dataclass(frozen=True)
class Alias:
    """A place that is written `code` had the code `then_code` on the map of since <= day < until (None: today)."""

    code: str
    then_code: str
    since: date
    until: date | None


@cache
def divisions() -> tuple[Division, ...]:
    """Every division, from the province down, by code within a level."""
    return tuple(
        Division(
            row["code"],
            row["name"],
            row["parent_code"] or None,
            row["level"],
            date.fromisoformat(row["valid_from"]),
            date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
        )
        for row in _rows(DIVISIONS)
    )


@lru_cache(maxsize=8)  # a process that lives long sees new days, and thousands of villages each
def in_force(level: str, day: date) -> dict[str, str]:
    """Code -> name of each division of a level on a day; below a county its name is led by that of what it lies in."""
    names = {one.code: one.name for one in divisions()}
    return {
        one.code: f"{names.get(one.parent_code or '', '')}{one.name}" if level in ("town", "village") else one.name
        for one in divisions()
        if one.level == level and one.valid_from <= day and (one.valid_to is None or day < one.valid_to)
    }


@cache
def successions() -> tuple[Succession, ...]:
    """Every change of codes, counties first. Raises ValueError for a kind that is none."""
    found = []
    for row in _rows(SUCCESSORS):
        kind = row["kind"]
        if kind not in ("whole", "main", "part"):
            raise ValueError(f"{SUCCESSORS.name}: {row['old_code']} has the kind {kind!r}; allowed: whole, main, part")
        day = date.fromisoformat(row["from_date"])
        found.append(Succession(row["old_code"], row["new_code"], day, kind, row["note"]))  # type: ignore[arg-type]
    return tuple(found)


@cache
def today() -> dict[str, str]:
    """Each retired code, of a county or town, and the code on today's map where its records are counted.

    A town may have become a county (龙港). Counties come first.
    """
    return {one.code: on_map(one.code, date.max) for one in _by_code().values() if one.valid_to is not None}


def on_map(code: str, day: date) -> str:
    """The code that the place written `code` had on the map of `day`, as far as that is known; else `code` itself.

    A code that was retired by then leads on to its successor; one that is younger leads back to what it was made
    of, where that was one place.
    """
    steps = _by_code()
    while code in steps and not steps[code].valid_from <= day:
        before = _made_of(code)
        if before is None:
            return code
        code = before
    while code in steps and (retired := steps[code].valid_to) is not None and retired <= day:
        code = _led_to()[code]
    return code


@cache
def aliases() -> tuple[Alias, ...]:
    """Every code that ever changed, with each span in which its place had another one."""
    epochs = [date(1949, 10, 1), *sorted({one.day for one in successions()})]
    changed = dict.fromkeys(code for one in successions() for code in (one.old_code, one.new_code))
    found: list[Alias] = []
    for code in changed:
        for since, until in zip(epochs, [*epochs[1:], None], strict=True):
            then_code = on_map(code, since)
            if then_code == code:
                continue
            last = found[-1] if found else None
            if last is not None and (last.code, last.then_code, last.until) == (code, then_code, since):
                found[-1] = Alias(code, then_code, last.since, until)
            else:
                found.append(Alias(code, then_code, since, until))
    return tuple(found)


@cache
def _by_code() -> dict[str, Division]:
    return {one.code: one for one in divisions() if one.level in ("county", "town")}


@cache
def _led_to() -> dict[str, str]:
    return {one.old_code: one.new_code for one in successions() if one.kind != "part"}


def _made_of(code: str) -> str | None:
    """The one code that `code` came from when it was new: of all or the main part of it, else of the only part."""
    born = _by_code()[code].valid_from
    came = [one for one in successions() if one.new_code == code and one.day == born]
    for kinds in (("whole", "main"), ("part",)):
        of_kind = [one.old_code for one in came if one.kind in kinds]
        if of_kind:
            return of_kind[0] if len(of_kind) == 1 else None
    return None


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
