"""What held reports up, worked out again from the steps that systems reported: 20 paused, 21 went on, 22 extended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

Row = dict[str, Any]


@dataclass
class HeldUp:
    """When a report was paused and went on, and whether its limit was extended."""

    marks: list[tuple[datetime, str, str]]
    extended: bool = False

    def spans(self, end: datetime) -> list[tuple[date, date]]:
        """The days from each pause to what followed it, or to the end."""
        marks = [mark for mark in sorted(self.marks) if mark[0] <= end]
        after = [*(mark[0] for mark in marks), end][1:]
        return [(at.date(), until.date()) for (at, _, code), until in zip(marks, after, strict=True) if code == "20"]


def held_up_by(steps: list[Row]) -> dict[tuple[str, str], HeldUp]:
    """What the steps say, by the report's system and number."""
    found: dict[tuple[str, str], HeldUp] = {}
    for step in steps:
        if step["step_code"] in ("20", "21", "22") and step["happened_at"] is not None:
            one = found.setdefault((step["system"], step["report_source_id"]), HeldUp([]))
            if step["step_code"] == "22":
                one.extended = True
            else:
                one.marks.append((step["happened_at"], step["source_id"], step["step_code"]))
    return found
