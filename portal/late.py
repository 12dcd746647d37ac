"""Feeds of a place's figures that are late: what is missing from them must not look like a fall."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from portal.reader import Reader

MATERIAL = 0.01
"""From this share of a figure's rows on, what is missing of it makes the figure another one."""

FED_BY = {
    "core.case_reports": "case_reports",
    "core.cases": "case_reports",
    "core.evaluations": "evaluations",
    "core.visits": "visits",
}
"""The contract whose records a table's rows stand for; the others are never named late."""

WORDS = {"case_reports": ("来件", "件数"), "evaluations": ("评价", "评价数"), "visits": ("来访", "人次")}
"""What the records of a contract are, and their number."""


@dataclass(frozen=True)
class LateFeed:
    """Records of one contract of a system, here only `until` a time; their share of the place's in the last year."""

    title: str
    contract: str
    until: datetime
    share: float

    @property
    def words(self) -> tuple[str, str]:
        return WORDS[self.contract]


def late_feeds(reader: Reader, area: str) -> list[LateFeed]:
    """The late feeds among the sources of a place's figures, the one with the greatest share first."""
    late = reader.rows("governance/late_feeds")
    if not late:
        return []
    fed = {(row["contract"], row["system"]): row["share"]
           for row in reader.rows("governance/fed_by", area=area, as_of=late[0]["as_of"])}  # fmt: skip
    found = [
        LateFeed(row["title"], row["contract"], row["until"], fed[row["contract"], row["system"]])
        for row in late
        if (row["contract"], row["system"]) in fed
    ]
    return sorted(found, key=lambda one: (-one.share, one.title, one.contract))


def missing_share(late: list[LateFeed], rows_table: str, end: datetime) -> float:
    """The share of a table's rows (0..1) whose feeds do not reach to `end`."""
    return sum(one.share for one in late if one.contract == FED_BY.get(rows_table) and one.until < end)
