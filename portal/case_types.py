"""What disputes are about: the case types of a place with most cases accepted, beside a month and a year before."""

from __future__ import annotations

from dataclasses import dataclass

from portal import formats
from portal.indicators import FEWEST, before
from portal.reader import Reader, Row

SHOWN = 10
LEVELS = ("province", "prefecture", "county")
"""Below a county a type has too few cases to be told; mart.types has none there."""


@dataclass(frozen=True)
class CaseType:
    """One type: its row of `governance/case_types`, and how the compared month stands to the month and year before."""

    row: Row
    by_month: str
    by_year: str


def case_types(reader: Reader, area: str, period: str, month: str, months: list[str]) -> list[CaseType]:
    """The types with most cases accepted in `period` ("all" or YYYY-MM), most first. `month` is compared with the one
    before it and with the same of last year, where `months` has them; an empty one with none."""
    earlier = (before(month), f"{int(month[:4]) - 1}{month[4:]}") if month else ("", "")
    rows = reader.rows(
        "governance/case_types",
        area=area,
        period=period,
        month=month,
        month_before=earlier[0],
        year_before=earlier[1],
        size=SHOWN,
    )
    known = [one in months for one in earlier]
    return [
        CaseType(
            row,
            compared(row["of_month"], row["of_month_before"]) if known[0] else formats.NOTHING,
            compared(row["of_month"], row["of_year_before"]) if known[1] else formats.NOTHING,
        )
        for row in rows
    ]


def compared(now: int, then: int) -> str:
    """ "↑ 12 件（20%）": no share of fewer than FEWEST cases, of which one would decide it."""
    if now == then:
        return "持平" if now else formats.NOTHING
    difference = abs(now - then)
    share = f"（{difference / then:.0%}）" if then >= FEWEST else ""
    return f"{'↑' if now > then else '↓'} {difference:,} 件{share}"
