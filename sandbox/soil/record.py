"""A served record while somebody makes a mistake in it, and the records around it that a mistake may copy."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sandbox import codes
from sandbox.soil.words import REPORTS, WORDS
from sandbox.store import WorldStore


@dataclass(slots=True)
class Record:
    """One record of a department. `body` is in its own words, `at` is the moment at which it is looked at."""

    system: str
    dataset: str
    source_id: str
    body: dict[str, Any]
    store: WorldStore
    at: datetime

    @property
    def words(self) -> dict[str, str]:
        return WORDS[self.system, self.dataset]

    @property
    def draw(self) -> float:
        """One number in [0, 1) for what a mistake leaves open: the same at every moment."""
        return Random(f"{self.source_id}:mistake").random()

    def get(self, field: str) -> Any:
        return self.body.get(self.words[field])

    def put(self, field: str, value: Any) -> None:
        self.body[self.words[field]] = value

    def meaning(self, list_name: str, field: str) -> str | None:
        """Return the canonical code that a field of the department's codes stands for."""
        code = self.get(field)
        return code if codes.shared(self.system, list_name) else codes.meaning(self.system, list_name, code)

    def own(self, list_name: str, canonical: str) -> str | None:
        """Return the department's own code for a canonical one."""
        return canonical if codes.shared(self.system, list_name) else codes.one(self.system, list_name, canonical)

    def before(self) -> Record | None:
        """Return the record that stands before this one in the order of keys."""
        return self._found(
            "system = ? AND dataset = ? AND source_id < ? AND copy = 0 ORDER BY source_id DESC",
            self.system, self.dataset, self.source_id,
        )  # fmt: skip

    def related(self, quiet: timedelta) -> Record | None:
        """Return the report of the same dispute that this one names in another system, unchanged for so long."""
        system, number = self.meaning("system", "related_system"), self.get("related")
        if system is None or not number:
            return None
        return self._found(
            "system = ? AND dataset = ? AND source_id = ? AND copy = 0 AND updated < ?",
            system, REPORTS[system], number, f"{self.at - quiet:%Y-%m-%d %H:%M:%S}",
        )  # fmt: skip

    def _found(self, condition: str, *values: str) -> Record | None:
        row = self.store.connection.execute(
            f"SELECT system, dataset, source_id, body FROM rows WHERE {condition} LIMIT 1", values
        ).fetchone()
        if row is None:
            return None
        system, dataset, source_id, body = row
        return Record(system, dataset, source_id, json.loads(body), self.store, self.at)


Mistake = Callable[[Record], bool]
"""Changes the body of a record and returns True; returns False, and changes nothing, where there is no place for it."""
