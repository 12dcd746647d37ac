"""Indicators as they stand on a page: value, target and its band, change against the month before."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

from portal import formats
from portal.late import MATERIAL, LateFeed, missing_share
from portal.reader import Reader, Row

NEAR = 5.0  # percentage points below a target that still count as near it
FEWEST = 10  # a rate over fewer cases gets no band: one case would decide it


@dataclass(frozen=True)
class Metric:
    """One line of the indicator dictionary (ref.metrics)."""

    name: str
    title: str
    unit: str
    definition: str
    numerator: str
    denominator: str | None
    date_field: str | None
    version: str
    rows_table: str
    rows_predicate: str | None
    measure: str  # count, share, sum, mean, p50 or p90
    measure_column: str | None
    better: str  # up, down or none
    target: float | None
    by_platform: bool
    by_type: bool = False  # a version that was published before there were types does not say

    @property
    def is_share(self) -> bool:
        return self.measure == "share"

    @property
    def is_unripe(self) -> bool:
        """A share of what was accepted in a month still grows: the last month always looks worse than it will be."""
        return self.is_share and self.date_field == "accepted_at"

    @property
    def value_sql(self) -> str:
        """The metric's value over its rows: the same measure that made the number on the page."""
        column = self.measure_column
        return {
            "share": "avg(counted::INT)",
            "sum": f"sum({column})",
            "mean": f"avg({column})",
            "p50": f"quantile_disc({column}, 0.5)",
            "p90": f"quantile_disc({column}, 0.9)",
        }.get(self.measure, "count(*)")

    @property
    def unit_word(self) -> str:
        return "" if self.is_share else self.unit

    def text(self, value: float | None) -> str:
        if value is None or not self.is_share:
            return formats.measure(value, self.unit)
        return formats.percent(value)

    @property
    def target_text(self) -> str:
        if self.target is None or self.better == "none":
            return ""
        shown = f"{100 * self.target:g}%" if self.is_share else f"{self.target:g} {self.unit}"
        return f"{'≥' if self.better == 'up' else '≤'} {shown}"


@dataclass(frozen=True)
class Band:
    """Where a value stands against its stated target: a word and the colour that goes with it."""

    word: str
    colour: str  # green, yellow, red or grey


@dataclass(frozen=True)
class Reading:
    """A metric in one place and period."""

    numerator: int | None
    denominator: int | None
    value: float | None


@dataclass(frozen=True)
class Card:
    """What a KPI card shows."""

    metric: Metric
    reading: Reading | None
    period: str  # the period the value stands for; "all" for what is counted as of now
    band: Band | None
    change: str  # Chinese sentence, empty where there is nothing to compare
    change_sense: str  # better, worse or same
    incomplete: bool = False  # no change is shown, because what late feeds have not brought could make it another one


def registry(reader: Reader) -> dict[str, Metric]:
    """All metrics by name."""
    known = {one.name for one in fields(Metric)}
    rows = reader.rows("governance/metrics")
    return {row["name"]: Metric(**{name: row[name] for name in known & row.keys()}) for row in rows}


class Centre:
    """All metrics of one place, every period: one read serves cards, stages and trend."""

    def __init__(self, reader: Reader, area: str, late: list[LateFeed]) -> None:
        self._late = late
        rows: list[Row] = reader.rows("governance/centre", area=area)
        self._readings = {
            (row["metric"], row["period"]): Reading(row["numerator"], row["denominator"], row["value"]) for row in rows
        }
        self.as_of: datetime | None = max((row["as_of"] for row in rows), default=None)

    @property
    def empty(self) -> bool:
        """Nothing has ever been counted here."""
        return not any(reading.value for reading in self._readings.values())

    def reading(self, metric: str, period: str) -> Reading | None:
        return self._readings.get((metric, period))

    def months(self) -> list[str]:
        """Months with any reading up to the present one, oldest first (limits also fall due in months to come)."""
        present = self.as_of.strftime("%Y-%m") if self.as_of else ""
        return sorted({period for _, period in self._readings if period <= present})

    def last_months(self, most: int) -> list[str]:
        """The last months without a gap, oldest first, from the first month that has any reading."""
        known = self.months()
        month = self.as_of.strftime("%Y-%m") if self.as_of else ""
        found: list[str] = []
        while known and month >= known[0] and len(found) < most:
            found.append(month)
            month = before(month)
        return found[::-1]

    @property
    def last_full_month(self) -> str:
        return before(self.as_of.strftime("%Y-%m")) if self.as_of else ""

    def card(self, metric: Metric, period: str) -> Card:
        """The card for `period`; what is only counted as of now ("all") has no change."""
        shown = period if metric.date_field and self.reading(metric.name, period) else "all"
        reading = self.reading(metric.name, shown)
        change, sense, incomplete = "", "same", False
        if metric.date_field and not metric.is_unripe:
            last = shown if shown != "all" else self.last_full_month
            incomplete = self._may_turn(metric, last)
            if not incomplete:
                change, sense = self._change(metric, last)
        return Card(metric, reading, shown, band(metric, reading), change, sense, incomplete)

    def _may_turn(self, metric: Metric, last: str) -> bool:
        """Whether what late feeds have not brought of the month is material, or no less than the change itself.

        So many rows more move a count or a mean by about their share, and a share by as many points at the most.
        """
        missing = missing_share(self._late, metric.rows_table, end_of(last))
        now, then = self.reading(metric.name, last), self.reading(metric.name, before(last))
        if not missing or now is None or then is None or now.value is None or then.value is None:
            return missing >= MATERIAL
        whole = 1.0 if metric.is_share else max(now.value, then.value)
        return missing >= MATERIAL or abs(now.value - then.value) <= missing * whole

    def _change(self, metric: Metric, last: str) -> tuple[str, str]:
        """ "环比改善 2.1 百分点 ↑" and better, worse or same; empty where a month has no value."""
        now, then = self.reading(metric.name, last), self.reading(metric.name, before(last))
        if now is None or then is None or now.value is None or then.value is None:
            return "", "same"
        difference = now.value - then.value
        size = f"{abs(100 * difference):.1f}" if metric.is_share else formats.measure(abs(difference), metric.unit)
        if float(size.replace(",", "")) == 0:
            return "环比持平", "same"
        unit = "百分点" if metric.is_share else metric.unit
        arrow = "↑" if difference > 0 else "↓"
        if metric.better not in ("up", "down"):
            return f"环比 {arrow} {size} {unit}", "same"
        better = (difference > 0) == (metric.better == "up")
        return f"环比{'改善' if better else '变差'} {size} {unit} {arrow}", "better" if better else "worse"


def before(month: str) -> str:
    """2026-01 -> 2025-12"""
    year, number = int(month[:4]), int(month[5:])
    return f"{year - 1}-12" if number == 1 else f"{year}-{number - 1:02d}"


def end_of(month: str) -> datetime:
    """2026-12 -> midnight of 1 January 2027"""
    year, number = int(month[:4]), int(month[5:])
    return datetime(year + number // 12, number % 12 + 1, 1)


def band(metric: Metric, reading: Reading | None) -> Band | None:
    """Stated bands against the stated target: met, near (within NEAR points), missed; too few cases get none."""
    if reading is None or reading.value is None or metric.target is None or metric.better == "none":
        return None
    if metric.is_share:
        if (reading.denominator or 0) < FEWEST:
            return Band("样本不足", "grey")
        gap = 100 * (metric.target - reading.value) * (1 if metric.better == "up" else -1)
        near = NEAR
    else:
        gap = (reading.value - metric.target) if metric.better == "down" else (metric.target - reading.value)
        near = 0.1 * abs(metric.target)
    if gap <= 0:
        return Band("达标", "green")
    return Band("接近", "yellow") if gap <= near else Band("未达标", "red")
