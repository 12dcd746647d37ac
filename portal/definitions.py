"""Same name, other definition: what others count under the title of an indicator, and by how much it differs."""

from __future__ import annotations

from itertools import groupby

from fastapi import APIRouter
from fastapi.responses import Response

from hub.scope import PROVINCE_AREA, Refused
from portal import formats
from portal.indicators import Metric, registry
from portal.pages import page
from portal.reader import Row
from portal.visit import SignedIn

router = APIRouter()


@router.get("/definitions")
def definitions(visit: SignedIn, area: str = PROVINCE_AREA, period: str = "all") -> Response:
    """A place from province to county, in a month or for the whole time. Raises Refused for any other place."""
    months = [row["period"] for row in visit.reader.rows("definitions/months", area=area)]
    if not months:
        raise Refused("没有这个地方的口径对照。口径对照到县（市、区）为止，请从“指标字典”重新进入。")
    period = period if period in months else "all"
    rows = visit.reader.rows("definitions/differences", area=area, period=period)
    return page(
        visit,
        "definitions.html",
        path=visit.reader.rows("governance/path", area=area),
        area=area,
        period=period,
        months=months,
        metrics=registry(visit.reader),
        groups=[(name, list(own)) for name, own in groupby(rows, key=lambda row: row["metric"])],
        children=visit.reader.rows("definitions/children", area=area),
        difference=difference,
    )


def difference(metric: Metric, row: Row) -> str:
    """+2.1 百分点, -12 件, or why there is none."""
    if row["unit"] != metric.unit:
        return "单位不同，不能相减"
    if row["difference"] is None:
        return formats.NOTHING
    if metric.is_share:
        return f"{100 * row['difference']:+.1f} 百分点"
    return f"{row['difference']:+,.1f} {metric.unit}".replace(".0 ", " ")
