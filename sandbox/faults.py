"""Faults on request: what shall go wrong next, at which system, and how many times."""

from __future__ import annotations

import json
import threading
from typing import Any

from sandbox.departments import Department, departments, of_carrier
from sandbox.registers import register_systems
from sandbox.soil.words import REPORTS

WEB = ("http_500", "slow", "unreachable", "wrong_password", "empty_delivery", "duplicate_key", "unmapped_code",
       "impossible_date", "bad_id", "missing_column", "new_column", "year_9999_cursor", "rename_code")  # fmt: skip
SLOW = 15.0
"""Seconds that a slow answer takes."""
REGISTER = ("http_500", "slow", "unreachable", "wrong_password", "empty_delivery")
JSON_ONLY = ("http_429", "truncated_json", "expire_token", "lone_surrogate", "nul")


def _of_department(one: Department) -> tuple[str, ...]:
    """Carriers that answer, instead of sending, have faults of their own; only doors with tokens let one end."""
    if one.carrier == "soap" or (one.carrier == "api" and one.api.paging == "page_xml"):
        return WEB
    if one.carrier == "api":
        tokens = one.api.sign_in.startswith("oauth2")
        return (*WEB, *(kind for kind in JSON_ONLY if tokens or kind != "expire_token"))
    return ("rename_code",)


KINDS: dict[str, tuple[str, ...]] = {
    "court_odr": (*WEB, *JSON_ONLY, "error_code_200"),
    "petition_hotline": (*WEB, *JSON_ONLY),
    "youth_hotline": WEB,
    "medical_disputes": ("unreachable", "wrong_password", "half_file", "wrong_encoding", "missing_column", "new_column",
                         "empty_delivery", "duplicate_key", "unmapped_code", "year_9999_cursor", "rename_code",
                         "resend_file"),
    "union_rights": ("half_file", "missing_column", "new_column", "empty_delivery", "unmapped_code", "scientific_id",
                     "rename_code"),
    "peoples_mediation": ("missing_column", "new_column", "unmapped_code", "year_9999_cursor", "empty_delivery",
                          "rename_code"),
    **{one.system: _of_department(one) for one in departments().values()},
    **{one.system: REGISTER for one in register_systems().values() if one.carrier == "api"},
}  # fmt: skip
# Faults that change one record of an answer, the first that nothing else is wrong with, instead of the answer itself.
ALTERATIONS = frozenset({"duplicate_key", "unmapped_code", "impossible_date", "bad_id", "missing_column", "new_column",
                         "year_9999_cursor", "lone_surrogate", "nul"})  # fmt: skip
FIELDS: dict[str, dict[str, str]] = {
    "court_odr": {"type": "ay", "reported": "sqsj", "id": "sqrzjhm", "title": "ajmc", "updated": "gxsj"},
    "petition_hotline": {"type": "categoryPath", "reported": "createTime", "id": "callerIdNo", "title": "title",
                         "updated": "updatedAt"},
    "youth_hotline": {"type": "CategoryCode", "reported": "CallTime", "id": "CallerIdNo", "title": "Subject",
                      "updated": "UpdateTime"},
    **{one.system: one.words for one in (*of_carrier("api"), *of_carrier("soap"))},
}  # fmt: skip


def check(system: str, kind: str, days: int) -> None:
    """Raise ValueError naming the allowed words when a system knows no such fault, or it cannot last for days."""
    if kind not in KINDS.get(system, ()):
        words = ", ".join(KINDS[system]) if system in KINDS else ", ".join(KINDS)
        raise ValueError(f"no fault {kind!r} at {system!r}; allowed: {words}")
    if days and kind != "empty_delivery":
        raise ValueError(f"only empty_delivery lasts for days, {kind} has --times")


class Faults:
    """Counts of faults still to happen, shared by the server threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left: dict[tuple[str, str], int] = {}
        self.silent: frozenset[str] = frozenset()  # systems that answer without a row for days

    def set(self, system: str, kind: str, times: int) -> None:
        """Ask for a fault; 0 takes it back."""
        with self._lock:
            self._left[system, kind] = times

    def take(self, system: str, kind: str) -> bool:
        """Use up one of a kind of fault, if any is left."""
        if kind == "empty_delivery" and system in self.silent:
            return True
        with self._lock:
            left = self._left.get((system, kind), 0)
            if left > 0:
                self._left[system, kind] = left - 1
            return left > 0

    def take_alterations(self, system: str, dataset: str) -> list[str]:
        """Use up one of each kind of altered record; only reports are altered."""
        if dataset != REPORTS[system]:
            return []
        return [kind for kind in KINDS[system] if kind in ALTERATIONS and self.take(system, kind)]

    def left(self) -> dict[str, int]:
        """Return the faults still to happen, as `system.kind` → times."""
        with self._lock:
            return {f"{system}.{kind}": times for (system, kind), times in self._left.items() if times}


def alter(system: str, records: list[dict[str, Any]], kinds: list[str], at: int) -> list[dict[str, Any]]:
    """Return the records of one answer with the faults in the one at an index."""
    if not records or not kinds:
        return records
    first, field = dict(records[at]), FIELDS[system]
    for kind in kinds:
        if kind == "unmapped_code":
            first[field["type"]] = "ZZ-UNKNOWN"
        elif kind == "impossible_date":
            first[field["reported"]] = "2023-02-30 10:00:00"
        elif kind == "bad_id":
            first[field["id"]] = "330108199901011230"
        elif kind == "missing_column":
            records = [{k: v for k, v in record.items() if k != field["title"]} for record in records]
            first.pop(field["title"], None)
        elif kind == "new_column":
            first["newlyAddedField"] = "1"
        elif kind == "year_9999_cursor":
            first[field["updated"]] = "9999-12-31 23:59:59"
        elif kind == "lone_surrogate":
            first[field["title"]] = str(first.get(field["title"])) + "\ud83d"
        elif kind == "nul":
            first[field["title"]] = str(first.get(field["title"])) + "\x00"
    return [*records[:at], first, *([first] if "duplicate_key" in kinds else []), *records[at + 1 :]]


def altered_texts(system: str, bodies: list[str], kinds: list[str], at: int) -> list[str]:
    """Return JSON texts of records with the faults in the one at an index."""
    if not kinds or not bodies:
        return bodies
    return [json.dumps(record) for record in alter(system, [json.loads(body) for body in bodies], kinds, at)]
