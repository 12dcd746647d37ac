"""The numbers for readers who may not see the cases: every place, without small numbers of small places."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from fastapi.responses import Response, StreamingResponse

from hub.scope import PROVINCE_AREA, Refused
from portal import formats
from portal.indicators import Metric, registry
from portal.pages import page
from portal.reader import Row
from portal.visit import SignedIn, Visit
from quality.report.sheets import csv_lines

router = APIRouter()

WITHHELD = "不列"
BELOW = ("cases_accepted", "closure_rate", "resolution_rate")
TITLES = ("地方代码", "地方", "期间", "指标", "值", "分子", "分母")


@router.get("/released")
def released(visit: SignedIn, area: str = PROVINCE_AREA) -> Response:
    """A place and the places in it, for the whole time. Raises Refused for a place that is not there."""
    path, rows = _found(visit, area)
    metrics = registry(visit.reader)
    own = {row["metric"]: row for row in rows if row["place_code"] == area}
    return page(
        visit,
        "released.html",
        path=path,
        place=path[-1],
        metrics=metrics,
        own=[own[name] for name in metrics if name in own],
        below=_by_place([row for row in rows if row["place_code"] != area]),
        shown=BELOW,
        text=_text,
    )


@router.get("/released.csv")
def released_csv(visit: SignedIn, area: str = PROVINCE_AREA) -> Response:
    """The same numbers as CSV, with what is withheld marked."""
    path, rows = _found(visit, area)
    metrics = registry(visit.reader)
    visit.log("export", f"/released.csv?area={area}", "csv")

    def cells() -> Iterator[list[Any]]:
        for row in rows:
            metric, shown = metrics[row["metric"]], WITHHELD if row["is_withheld"] else None
            numbers = [shown or row[name] for name in ("value", "numerator", "denominator")]
            yield [row["place_code"], row["place_name"], formats.month(row["period"]), metric.title, *numbers]

    body = b"".join(csv_lines(TITLES, cells()))
    name = quote(f"对外数据_{path[-1]['name']}.csv")
    disposition = f"attachment; filename=\"released.csv\"; filename*=UTF-8''{name}"
    return StreamingResponse(
        iter([body]), media_type="text/csv; charset=utf-8", headers={"Content-Disposition": disposition}
    )


def _found(visit: Visit, area: str) -> tuple[list[Row], list[Row]]:
    """The places down to `area`, and the numbers of `area` and of what lies directly in it."""
    rows = visit.reader.rows("released", area=area)
    if not any(row["place_code"] == area for row in rows):
        raise Refused("没有找到这个地方。请从“对外数据”逐级进入。")
    return visit.reader.rows("governance/path", area=area), rows


def _by_place(rows: list[Row]) -> list[dict[str, Any]]:
    """One entry a place, with its numbers by metric."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        told = {"name": row["place_name"], "code": row["place_code"], "numbers": {}}
        place = found.setdefault(row["place_code"], told)
        place["numbers"][row["metric"]] = row
    return list(found.values())


def _text(metric: Metric, row: Row | None) -> str:
    if row is None:
        return formats.NOTHING
    return WITHHELD if row["is_withheld"] else metric.text(row["value"])
