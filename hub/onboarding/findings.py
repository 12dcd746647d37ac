"""What a probe has found: one line for each question, with what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warn", "fail", "unknown", "none"]
"""`fail`: the declaration would lose or invent rows. `warn`: a person should look. `unknown`: too little data to
tell. `none`: the question does not arise for this kind of source."""


@dataclass(frozen=True)
class Finding:
    """One answer. `found` and `advice` hold names of fields, counts and forms, and no value of a row."""

    check: str
    dataset: str | None
    state: State
    found: str
    advice: str = ""

    def as_dict(self) -> dict[str, str | None]:
        """The finding for JSON."""
        return {
            "check": self.check,
            "dataset": self.dataset,
            "state": self.state,
            "found": self.found,
            "advice": self.advice,
        }

    def remark(self) -> str:
        """The finding as a line of comment in the declaration."""
        sign = {"ok": "ok", "warn": "LOOK", "fail": "WRONG", "unknown": "?", "none": "-"}[self.state]
        return f"{self.check}: {sign}, {self.found}" + (f"; {self.advice}" if self.advice else "")
