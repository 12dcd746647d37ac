"""The departments that own systems, and whom to tell when one of them leaves work orders lying."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DEPARTMENTS = Path(__file__).parent / "departments.csv"


@dataclass(frozen=True)
class Department:
    """One department; `leader_email` is told of orders that are overdue and unanswered."""

    department: str
    name_zh: str
    name_en: str
    leader_email: str


@cache
def departments() -> dict[str, Department]:
    """Every department by its code."""
    with DEPARTMENTS.open(encoding="utf-8", newline="") as file:
        return {row["department"]: Department(**row) for row in csv.DictReader(file)}
