"""Each department's own code lists: `codes/<system>.csv` with list, field, code, label, canonical."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from sandbox.departments import departments

FOLDER = Path(__file__).resolve().parent / "codes"
SYSTEMS = ("court_odr", "petition_hotline", "peoples_mediation", "medical_disputes", "union_rights", "youth_hotline",
           *departments())  # fmt: skip
# Not every department has a word for every status; it then shows the nearest one.
NEAREST_STATUS = {"32": "22", "31": "22", "30": "22", "40": "21", "41": "21", "11": "24", "20": "21"}


@cache
def table(system: str) -> tuple[dict[str, str], ...]:
    """Return every code row of a department."""
    with (FOLDER / f"{system}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def own(system: str, list_name: str, canonical: str) -> tuple[str, ...]:
    """Return a department's own codes for a canonical one, in the order of its list."""
    return tuple(
        dict.fromkeys(
            row["code"] for row in table(system) if row["list"] == list_name and row["canonical"] == canonical
        )
    )


@cache
def one(system: str, list_name: str, canonical: str | None, turn: int = 0) -> str | None:
    """Return one own code (which of several: by turn), or the nearest, or None when the department has none."""
    if canonical is None:
        return None
    codes = own(system, list_name, canonical)
    if not codes and list_name == "status":
        return one(system, list_name, NEAREST_STATUS[canonical], turn)
    if not codes and list_name in {"case_type", "resolve_way"}:
        codes = own(system, list_name, "99") or all_codes(system, list_name)
    return codes[turn % len(codes)] if codes else None


@cache
def meaning(system: str, list_name: str, code: object) -> str | None:
    """Return the canonical code that a department's own code stands for, None for one that it never announced."""
    found = (row["canonical"] for row in table(system) if row["list"] == list_name and row["code"] == code)
    return next(found, None)


@cache
def shared(system: str, list_name: str) -> bool:
    """Tell whether a department has no list of its own and writes the codes of the shared one."""
    return not all_codes(system, list_name)


@cache
def all_codes(system: str, list_name: str) -> tuple[str, ...]:
    """Return all codes of a department's list."""
    return tuple(dict.fromkeys(row["code"] for row in table(system) if row["list"] == list_name))


@cache
def case_types(system: str) -> frozenset[str]:
    """Return the canonical dispute types that a department has a code for."""
    return frozenset(row["canonical"] for row in table(system) if row["list"] == "case_type")


@cache
def type_labels() -> dict[str, str]:
    """Return a plain Chinese label for each canonical dispute type that occurs."""
    return {row["canonical"]: row["label"] for row in table("peoples_mediation") if row["list"] == "case_type"}
