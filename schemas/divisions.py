"""Administrative divisions of the province, province to village, with the codes that were retired.

`divisions.csv`: GB/T 2260 (6 digits) and the 9- and 12-digit codes below it; `valid_to` is the first day on which a
code is no longer used, empty for today's. `division_successors.csv` says what became of a retired county.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

DIVISIONS = Path(__file__).parent / "divisions.csv"
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


@cache
def divisions() -> tuple[Division, ...]:
    """Every division, from the province down, by code within a level."""
    with DIVISIONS.open(encoding="utf-8", newline="") as file:
        return tuple(
            Division(
                row["code"],
                row["name"],
                row["parent_code"] or None,
                row["level"],
                date.fromisoformat(row["valid_from"]),
                date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
            )
            for row in csv.DictReader(file)
        )


@cache
def successors() -> dict[str, str]:
    """Retired county code to the county that took over its larger part."""
    with SUCCESSORS.open(encoding="utf-8", newline="") as file:
        return {row["old_code"]: row["new_code"] for row in csv.DictReader(file)}
