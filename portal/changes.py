"""数字变化: what was reported on a day, what is known now, and why it is another number; a table to print."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from fastapi import APIRouter, HTTPException
from fastapi.responses import Response

from hub import restated
from hub.restated import ALWAYS, Change, Indicator, Restated, Step
from portal import places
from portal.indicators import Metric, registry
from portal.listing import PLACE_NAMES
from portal.pages import link, page
from portal.reader import Reader
from portal.visit import SignedIn
from warehouse.metric_changes import CAUSES

router = APIRouter()

COUNTY_CODE = 6  # digits; numbers of smaller places are not reported
NOTES = {
    "opening": "记录由此重新起算",
    "definition": "指标的口径改了，前后各按当时的口径计",
    "new": "在当时那一版之后才发生",
    "late": "在当时那一版之前已经发生，之后才报到",
    "remap": "原在隔离区等待代码对照或规则修正；或同一条记录按新的对照重新读取",
    "split": "一案拆为两案",
    "edit": "来源作了更正，或案件有了新的办理进展",
    "recomputed": "记录没有变：时间推移（到期、变色），或区划、时限等参照表、程序有更新",
    "merge": "两案并为一案",
    "delete": "来源系统已删除",
}
"""What each cause means, for whoever reads the table."""
LISTED = tuple(cause for cause in CAUSES if cause not in ("opening", "definition", "new", "recomputed"))
"""Causes whose rows are listed."""
MOST_ROWS = 500


@dataclass(frozen=True)
class Cell:
    """What one cause changed in a number; `sub` says by how much above and below the line of a share."""

    text: str
    sub: str = ""


@dataclass(frozen=True)
class Line:
    """One row of the table: an indicator, or a place; `cells` by cause."""

    title: str
    url: dict[str, str]
    metric: Metric
    told: Restated
    cells: dict[str, Cell]

    @property
    def changed(self) -> bool:
        return bool(self.cells)


@router.get("/changes")
def changes(visit: SignedIn, area: str = "", period: str = ALWAYS, on: str = "", metric: str = "") -> Response:
    """All indicators of a place, or one indicator in the places below it, since the version of the day `on`."""
    reader = visit.reader
    visit.scope.table("ops.metric_changes")  # raises Refused for a role that has no numbers of a place
    path = places.path(reader, visit.scope.inside(area.strip() or visit.scope.area or ""))
    place = path[-1]
    known = restated.steps(reader.of(restated.FOLDER)) if reader.has("ops.metric_steps") else []
    if not known or len(place.code) > COUNTY_CODE:
        return page(visit, "changes.html", path=path, place=place, since=None, known=known, metric=None)
    since = _since(known, on)
    months = [row["period"] for row in reader.rows("changes/months", area=place.code, present=_month(known[0].as_of))]
    period = period if period in months else ALWAYS
    metrics = registry(reader)
    chosen = metrics.get(metric)
    lines = (
        _of_places(reader, since, chosen, place.code, period)
        if chosen is not None and len(place.code) < COUNTY_CODE
        else _of_metrics(reader, since, metrics, place.code, period)
    )
    shown = [cause for cause in CAUSES if any(cause in line.cells for line in lines)]
    return page(
        visit, "changes.html", path=path, place=place, since=since, known=known, months=months, period=period,
        metric=chosen if len(place.code) < COUNTY_CODE else None, lines=[line for line in lines if line.changed],
        same=[line for line in lines if not line.changed], causes={cause: CAUSES[cause] for cause in shown},
        notes={CAUSES[cause]: NOTES[cause] for cause in shown}, listed=LISTED,
    )  # fmt: skip


@router.get("/changes/rows")
def changed_rows(
    visit: SignedIn, metric: str, cause: str, area: str = "", period: str = ALWAYS, on: str = ""
) -> Response:
    """The rows by which one cause changed an indicator. Raises 404 for one that is not registered or not listed."""
    reader = visit.reader
    visit.scope.table("ops.metric_rows")
    place = places.path(reader, visit.scope.inside(area.strip() or visit.scope.area or ""))[-1]
    chosen = registry(reader).get(metric)
    known = restated.steps(reader.of(restated.FOLDER)) if reader.has("ops.metric_rows") else []
    if chosen is None or cause not in LISTED or not known:
        raise HTTPException(404)
    since = _since(known, on)
    period = period if re.fullmatch(r"\d{4}-\d{2}", period) else ALWAYS
    rows = reader.rows(
        "changes/rows", {"place_names": PLACE_NAMES}, step=since.step, metric=metric, cause=cause, area=place.code,
        period=period, size=MOST_ROWS,
    )  # fmt: skip
    back = link("/changes", area=place.code, period=period if period != ALWAYS else "", on=on)
    return page(
        visit, "changed_rows.html", place=place, metric=chosen, cause=CAUSES[cause], note=NOTES[cause], since=since,
        period=period, rows=rows, total=rows[0]["total"] if rows else 0, back=back,
    )  # fmt: skip


def _since(known: list[Step], on: str) -> Step:
    """The version of the day asked for; where none is, or it cannot be read, the last one of the month before."""
    try:
        day = date.fromisoformat(on)
    except ValueError:
        day = known[0].as_of.date().replace(day=1)
    try:
        return restated.reported_on(known, day)
    except restated.NotReportedError:
        return known[-1]


def _month(moment: date) -> str:
    return moment.strftime("%Y-%m")


def _of_metrics(reader: Reader, since: Step, metrics: dict[str, Metric], area: str, period: str) -> list[Line]:
    told = restated.restated(reader.of(restated.FOLDER), since, _asked(reader, period), [area], period)
    return [
        _line(metrics[one.indicator.name].title, {"metric": one.indicator.name}, metrics[one.indicator.name], one)
        for one in told
    ]


def _of_places(reader: Reader, since: Step, metric: Metric, area: str, period: str) -> list[Line]:
    names = {row["code"]: row["name"] for row in reader.rows("changes/children", area=area)}
    asked = [one for one in _asked(reader, period) if one.name == metric.name]
    told = restated.restated(reader.of(restated.FOLDER), since, asked, list(names), period)
    return [_line(names[one.area_code], {"area": one.area_code}, metric, one) for one in told]


def _asked(reader: Reader, period: str) -> list[Indicator]:
    found = restated.indicators(reader.of(restated.FOLDER)).values()
    return [one for one in found if one.has_months or period == ALWAYS]


def _line(title: str, url: dict[str, str], metric: Metric, told: Restated) -> Line:
    return Line(title, url, metric, told, {change.cause: _cell(metric, change) for change in told.changes})


def _cell(metric: Metric, change: Change) -> Cell:
    """A count by how many, a share by how many points, anything else by how much of its unit."""
    before, after = change.before.value, change.after.value
    if change.denominator is None:
        return Cell(f"{change.numerator:+,}")
    if before is None or after is None:
        moved = f"{metric.text(before)} → {metric.text(after)}"
    elif metric.is_share:
        moved = f"{100 * (after - before):+.1f} 百分点"
    else:
        moved = f"{after - before:+,.1f}"
    over = (
        f"分子 {change.numerator:+,}，分母 {change.denominator:+,}" if metric.is_share else f"{change.numerator:+,} 件"
    )
    return Cell(re.sub(r"^[+-]0\.0\b", "0.0", moved), over)
