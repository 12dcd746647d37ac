"""Indicators as they were reported on a day and as they are known now, with what changed them in between.

Read from what is published: `ops.metric_changes` holds the change of every publish by its cause, so that each sum up to
a step is what that version showed. A change is told as a chain: the number as reported, the number after each cause in
turn, the number now. What the causes changed adds up to the whole change exactly, for medians and shares too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hub.reading import Reader

FOLDER = Path(__file__).parent / "sql"
ALWAYS = "all"
"""The period of all months together, and of indicators that have no date."""


class NotReportedError(LookupError):
    """No version of that day or before is known; the message names the first."""


@dataclass(frozen=True)
class Step:
    """One publish: as of when, and the number of its version."""

    step: int
    version: int
    as_of: datetime


@dataclass(frozen=True)
class Indicator:
    """A registered indicator; without months it is of the moment only."""

    name: str
    title: str
    unit: str
    measure: str  # count, share, sum, mean, p50 or p90
    has_denominator: bool
    has_months: bool


@dataclass(frozen=True)
class Number:
    """An indicator at one moment; `denominator` is None where it has none, `value` where it is a share of nothing."""

    numerator: int
    denominator: int | None
    value: float | None


@dataclass(frozen=True)
class Change:
    """What one cause did: the number was `before`, and is `after`."""

    cause: str
    before: Number
    after: Number

    @property
    def numerator(self) -> int:
        return self.after.numerator - self.before.numerator

    @property
    def denominator(self) -> int | None:
        if self.after.denominator is None and self.before.denominator is None:
            return None
        return (self.after.denominator or 0) - (self.before.denominator or 0)


@dataclass(frozen=True)
class Restated:
    """An indicator of a place and period as reported, what changed it, and as it is known now."""

    indicator: Indicator
    area_code: str
    reported: Number
    changes: tuple[Change, ...]

    @property
    def known(self) -> Number:
        return self.changes[-1].after if self.changes else self.reported

    def by(self, cause: str) -> Change | None:
        """What this cause changed, or None."""
        return next((one for one in self.changes if one.cause == cause), None)


def steps(reader: Reader) -> list[Step]:
    """Every publish, the newest first."""
    return [Step(**row) for row in reader.rows("steps")]


def indicators(reader: Reader) -> dict[str, Indicator]:
    """The registered indicators by name."""
    return {row["name"]: Indicator(**row) for row in reader.rows("indicators")}


def reported_on(known: Sequence[Step], day: date) -> Step:
    """The last of these publishes of that day or before. Raises NotReportedError."""
    for one in known:
        if one.as_of.date() <= day:
            return one
    first = f"the first is version {known[-1].version} of {known[-1].as_of}" if known else "run `hub build` first"
    raise NotReportedError(f"nothing that was published by {day} is known; {first}")


def restated(
    reader: Reader, since: Step, asked: Sequence[Indicator], areas: Sequence[str], period: str
) -> list[Restated]:
    """Each indicator in each area (33, 3301 or 330108) and period (a month, or ALWAYS), in the order asked for.

    An indicator without months is nothing in a month.
    """
    from warehouse.metric_changes import CAUSES

    values = {"step": since.step, "metrics": [one.name for one in asked], "areas": list(areas), "period": period}
    found: dict[tuple[str, str], list[tuple[str | None, Number]]] = {}
    for row in reader.rows("as_of", causes=list(CAUSES), **values):
        number = Number(row["numerator"], row["denominator"], row["value"])
        found.setdefault((row["metric"], row["area_code"]), []).append((row["cause"], number))
    return [_chain(one, area, found.get((one.name, area), [])) for one in asked for area in areas]


def _chain(indicator: Indicator, area: str, places: list[tuple[str | None, Number]]) -> Restated:
    """The numbers of one indicator by place; the one without a cause is the reported one."""
    before = Number(0, 0, None) if indicator.has_denominator else Number(0, None, 0.0)
    if places and places[0][0] is None:
        before = places.pop(0)[1]
    reported, changes = before, []
    for cause, after in places:
        if cause is not None and after != before:
            changes.append(Change(cause, before, after))
        before = after
    return Restated(indicator, area, reported, tuple(changes))
