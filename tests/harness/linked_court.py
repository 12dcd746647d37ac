"""A court's reports, and what a steward says about their cases."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from court import SYSTEM, CourtHome

from hub import linking, publication, published
from hub.summary import Stopwatch
from operations.store import Store

ALONE = {"sqrzjhm": None, "sqrlxdh": None, "bsqrlxdh": None, "bsqr_tyxydm": None, "wbxt": None, "wbbh": None}
"""What is nobody's: no rule joins such a report to another."""


def report(key: str, day: str, **values: Any) -> dict[str, Any]:
    return {**ALONE, "sqdj_bh": key, "sqsj": f"{day} 09:12:44", **values}


class Linked:
    """A home in which every build is a day later than the one before."""

    def __init__(self, home: Path, *rows: dict[str, Any]) -> None:
        self.court = CourtHome(home, datetime(2024, 7, 1, 8))
        self.settings = self.court.settings
        self._day = 1
        self.court.deliver(*rows)
        self.build()

    def build(self) -> None:
        self._day += 1
        self.court.at(datetime(2024, 7, self._day, 8))
        self.settings = self.court.settings
        self.court.publish(
            lambda writer: publication.refresh(
                writer, Store(self.settings), self.settings.clock(), Stopwatch(), lambda *_: None
            )
        )

    def code(self, key: str) -> str:
        with published.current(self.settings) as con:
            sql = "SELECT case_code FROM core.case_reports WHERE source_id = ?"
            return str(con.execute(sql, [key]).fetchall()[0][0])

    def merge(self, one: str, other: str) -> int:
        done = linking.merge(self.settings, self.code(one), self.code(other), "lin", "one wall")
        return int(done["id"])

    def split(self, *keys: str) -> int:
        leaving = [(SYSTEM, key) for key in keys]
        return int(linking.split(self.settings, self.code(keys[0]), leaving, "lin", "two walls")["id"])

    def undo(self, decision: int) -> int:
        return int(linking.undo(self.settings, decision, "lin", "it was right before")["id"])

    def states(self) -> dict[int, str]:
        return {row["id"]: row["state"] for row in linking.listing(self.settings, everything=True)}
