"""Data quality per department and system: six dimensions, worst rules with advice, freshness, refused rows, ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from hub.scope import Refused
from portal import formats
from portal.orders import order_numbers
from portal.pages import page
from portal.reader import Reader, Row
from portal.visit import SignedIn

router = APIRouter()

WORST = 12
REJECTED_ROWS = 50
REJECTED_OVERVIEW = 10
LOADS = 30


TIER_COLOURS = {"trustworthy": "green", "usable": "yellow", "needs_work": "red", "no_data": "grey"}


@dataclass(frozen=True)
class Line:
    """One line of the score table, of a department or a system; no average, each dimension stands alone."""

    level: str
    department: str
    system: str
    title: str
    scores: list[Row]  # in the order of formats.DIMENSIONS

    @property
    def rank(self) -> tuple[bool, int, int]:
        """A department before its systems, then most to mend first."""
        to_mend = sum(score["tier"] == "needs_work" for score in self.scores)
        return self.level == "system", -to_mend, -sum(score["rows_failed"] for score in self.scores)


@router.get("/quality")
def quality(
    visit: SignedIn, department: str = "", system: str = "", dimension: str = "", number: str = "1"
) -> Response:
    """All departments in scope, or one of them, or one of its systems."""
    reader = visit.reader
    systems = reader.rows("quality/systems")
    chosen = next((row for row in systems if row["system"] == system), None)
    if system and chosen is None:
        raise Refused("这个系统不在您的权限范围内，或系统编号有误。")
    if chosen:
        department = chosen["department"]
    if department and not any(row["department"] == department for row in systems):
        raise Refused("这个部门的质量情况不在您的权限范围内。")
    dimension = dimension if dimension in formats.DIMENSIONS else ""
    values: dict[str, Any] = {"department": department, "system": system}
    rejected, loads, total, pages, current = None, None, 0, 1, 1
    if reader.scope.grants("ops.open_rejections"):
        size = REJECTED_ROWS if department else REJECTED_OVERVIEW
        total = int((reader.one("quality/rejected_count", **values) or {"rows": 0})["rows"])
        pages = max(1, -(-total // size))
        current = min(max(int(number) if number.isdecimal() and len(number) < 8 else 1, 1), pages)
        rejected = reader.rows("quality/rejected", size=size, start=(current - 1) * size, **values)
    if reader.scope.grants("ops.loads"):
        loads = reader.rows("quality/loads", size=LOADS, **values)
    return page(
        visit,
        "quality.html",
        lines=score_lines(reader, department, system),
        tiers=reader.rows("quality/tiers"),
        tier_colours=TIER_COLOURS,
        systems=[row for row in systems if not department or row["department"] == department],
        chosen=chosen,
        department=department,
        system=system,
        dimension=dimension,
        issues=reader.rows("dataset_issues", **values),
        rules=reader.rows("quality/rules", dimension=dimension, size=WORST, **values),
        orders=order_numbers(visit),
        rejected=rejected,
        rejected_total=total,
        pages=pages,
        current=current,
        loads=loads,
    )


def score_lines(reader: Reader, department: str, system: str) -> list[Line]:
    """Departments in scope, the worst first; one department with its systems; or one system."""
    found: dict[tuple[str, str], Line] = {}
    for row in reader.rows("quality/scores", department=department, system=system):
        key = (row["department"], row["system"])
        line = found.setdefault(key, Line(row["level"], *key, row["title"], []))
        line.scores.append(row)
    order = list(formats.DIMENSIONS)
    for line in found.values():
        line.scores.sort(key=lambda score: order.index(score["dimension"]))
    return sorted(found.values(), key=lambda line: (line.rank, line.title))
