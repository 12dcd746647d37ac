"""Data quality per department and system: six dimensions, worst rules with advice, freshness, refused rows, ledger."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response, StreamingResponse

from portal.export import csv_lines
from portal.formats import DIMENSIONS, percent
from portal.orders import order_numbers
from portal.pages import page
from portal.reader import Reader, Row
from portal.scope import Refused
from portal.visit import SignedIn

router = APIRouter()

WORST = 12
REJECTED_ROWS = 50
REJECTED_OVERVIEW = 10
LOADS = 30


@dataclass(frozen=True)
class Rate:
    """One dimension of one department: rows checked, and failures (a row counts once per rule that it breaks).

    `rate` is the share that passed (None without checks), so it is never better than the truth.
    """

    checked: int
    failed: int
    elsewhere: int

    @property
    def rate(self) -> float | None:
        return max(0.0, 1 - self.failed / self.checked) if self.checked else None

    @property
    def text(self) -> str:
        """Rounded down, so that 100 % means no failure at all."""
        return percent(math.floor(10_000 * self.rate) / 10_000, 2) if self.rate is not None else "无检查"

    @property
    def tier(self) -> tuple[str, str]:
        """A word and its colour, by stated bounds: 可信 from 99.5 %, 可用 from 98 %, else 待整改."""
        if self.rate is None:
            return "无检查", "grey"
        if self.rate >= 0.995:
            return "可信", "green"
        return ("可用", "yellow") if self.rate >= 0.98 else ("待整改", "red")


@dataclass(frozen=True)
class Department:
    """One line of the score table; no average, each dimension stands alone."""

    code: str
    name: str
    rates: dict[str, Rate]
    systems: list[Row]

    @property
    def failed(self) -> int:
        return sum(rate.failed for rate in self.rates.values())


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
    dimension = dimension if dimension in DIMENSIONS else ""
    departments = scores(reader, systems, department)
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
        departments=departments,
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


@router.get("/quality.csv")
def rejected_csv(visit: SignedIn, department: str = "", system: str = "") -> Response:
    """The refused rows as CSV for the department that has to correct them: keys and reasons, never raw values."""
    found = visit.reader.rows("quality/rejected", department=department, system=system, size=1_000_000, start=0)
    titles = ["系统", "数据集", "源编号", "原因", "字段", "文件", "第几条", "批次", "接收时间"]
    names = ("system_title", "dataset", "source_id", "message", "fields", "file", "position", "load_id", "landed_at")
    lines = ([_cell(row[name]) for name in names] for row in found)
    visit.log("export", "rejected rows " + (system or department), "csv")
    headers = {"Content-Disposition": 'attachment; filename="rejected.csv"'}
    body = b"".join(csv_lines(titles, lines))
    return StreamingResponse(iter([body]), media_type="text/csv; charset=utf-8", headers=headers)


def scores(reader: Reader, systems: list[Row], department: str) -> list[Department]:
    """Departments in scope, the one with most failing rows first."""
    rows = reader.rows("quality/dimensions", department=department)
    names = {row["department"]: row["department_name"] for row in systems}
    found = []
    for code in names:
        if department and code != department:
            continue
        rates = {
            row["dimension"]: Rate(row["checked"], row["failed"], row["failed_elsewhere"])
            for row in rows
            if row["department"] == code
        }
        own = [row for row in systems if row["department"] == code]
        found.append(Department(code, names[code], {d: rates.get(d, Rate(0, 0, 0)) for d in DIMENSIONS}, own))
    return sorted(found, key=lambda one: (-one.failed, one.code))


def _cell(value: Any) -> Any:
    return "、".join(str(one) for one in value) if isinstance(value, list) else value
