"""The governance view: one place on one page, "1 centre, 4 platforms, 1 grid", red first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from hub.scope import Refused
from portal import places
from portal.case_types import LEVELS, case_types
from portal.indicators import Band, Centre, Metric, Reading, band, registry
from portal.late import MATERIAL, late_feeds
from portal.listing import PLACE_NAMES
from portal.pages import page
from portal.places import Place
from portal.reader import Reader, Row
from portal.visit import SignedIn, Visit

router = APIRouter()

CARDS = (
    "cases_accepted",
    "open_cases",
    "overdue_open",
    "on_time_rate",
    "closure_rate",
    "resolution_rate",
    "mean_working_days",
    "satisfaction_rate",
)
# A visit is no report and a report is no case: the three are counted side by side and never added.
FLOW = ("visits", "reports", "cases_accepted", "closed_cases", "resolved_cases")
STAGES = ("10", "20", "30", "40", "50")
RANKED_BY = ("on_time_rate", "closure_rate", "resolution_rate", "satisfaction_rate", "overdue_open", "red_open")
TREND = ("reports", "cases_accepted", "closed_cases", "on_time_rate")
PER_COUNTY = 2  # supervision rows of one county on a page of many counties
SUPERVISED = 12
TREND_MONTHS = 13
GRIDS = {"province": 5, "prefecture": 5, "county": 10, "town": 20}


@dataclass(frozen=True)
class Tile:
    """A child place in the ranking; `code` and `name` of the place, its value and band."""

    code: str
    name: str
    reading: Reading
    band: Band | None
    text: str
    share: float  # length of the bar, 0..100
    open_cases: int
    red_open: int
    overdue_open: int


@router.get("/")
def governance(visit: SignedIn, area: str = "", period: str = "all", rank: str = "on_time_rate") -> Response:
    """A place (its own area where none is asked for) in a period: "all" or YYYY-MM."""
    if not area and not visit.scope.grants("mart.centre"):
        return RedirectResponse("/reveals" if visit.scope.audits else "/quality", 303)
    area = visit.scope.inside(area.strip() or visit.scope.area or "")
    reader = visit.reader
    path = places.path(reader, area)
    place = path[-1]
    metrics = registry(reader)
    if place.level in ("village", "grid"):
        return _small_place(visit, path)
    late = late_feeds(reader, area)
    centre = Centre(reader, area, late)
    months = centre.months()
    if period not in months:
        period = "all"
    rank = rank if rank in metrics and rank in RANKED_BY else "on_time_rate"
    tiles = ranking(reader, place, metrics[rank], period) if rank in metrics else []
    compared = period if period != "all" else centre.last_full_month
    accepted = centre.card(metrics["cases_accepted"], period) if "cases_accepted" in metrics else None
    types_compared = "" if accepted is None or accepted.incomplete else compared
    return page(
        visit,
        "governance.html",
        path=path,
        place=place,
        late=late,
        material=MATERIAL,
        centre=centre,
        period=period,
        compared=compared,
        types_compared=types_compared,
        case_types=case_types(reader, area, period, types_compared, months)
        if place.level in LEVELS and reader.has("mart.types")
        else [],
        months=list(reversed(months)),
        metrics=metrics,
        cards=[centre.card(metrics[name], period) for name in CARDS if name in metrics],
        flow=[centre.card(metrics[name], period) for name in FLOW if name in metrics],
        stages=stages(centre, metrics),
        trend=trend(centre, metrics),
        rank=rank,
        ranked_by=[metrics[name] for name in RANKED_BY if name in metrics],
        tiles=tiles,
        left_over=left_over(_open_cases(centre), tiles),
        children=places.CHILD_WORDS[place.level],
        below=[] if tiles else _villages(reader, area),
        supervision=supervision(reader, area),
        platforms=reader.rows("governance/platforms", area=area, period=period),
        grid_totals=reader.one("governance/grid_totals", area=area),
        grids=_grids(reader, area, GRIDS[place.level]),
    )


def ranking(reader: Reader, place: Place, metric: Metric, period: str) -> list[Tile]:
    """The places below, worst first; a rate over too few cases goes to the end."""
    shown = period if metric.date_field else "all"
    rows = reader.rows("governance/children", area=place.code, metric=metric.name, period=shown)
    highest = max((row["value"] or 0 for row in rows), default=0) or 1
    tiles = []
    for row in rows:
        reading = Reading(row["numerator"], row["denominator"], row["value"])
        share = 100 * (row["value"] or 0) / (1 if metric.is_share else highest)
        tiles.append(
            Tile(
                row["code"],
                row["name"],
                reading,
                band(metric, reading),
                metric.text(row["value"]),
                round(min(share, 100.0), 1),
                int(row["open_cases"]),
                int(row["red_open"]),
                int(row["overdue_open"]),
            )
        )
    direction = -1 if metric.better == "down" else 1

    def worst_first(tile: Tile) -> tuple[bool, float, str]:
        small = tile.reading.value is None or (tile.band is not None and tile.band.colour == "grey")
        return small, direction * (tile.reading.value or 0), tile.code

    return sorted(tiles, key=worst_first)


def left_over(open_cases: int, tiles: list[Tile]) -> int:
    """Open cases of a place that none of the tiles below it has: nobody wrote where within it they happened."""
    return open_cases - sum(tile.open_cases for tile in tiles) if tiles else 0


def stages(centre: Centre, metrics: dict[str, Metric]) -> list[tuple[Metric, int, float]]:
    """Open cases in each of the five stages: metric, cases, share of the largest stage (0..100)."""
    found = []
    for stage in STAGES:
        metric = metrics.get(f"open_stage_{stage}")
        if metric is not None:
            reading = centre.reading(metric.name, "all")
            found.append((metric, int(reading.value or 0) if reading else 0))
    highest = max((cases for _, cases in found), default=0) or 1
    return [(metric, cases, round(100 * cases / highest, 1)) for metric, cases in found]


def trend(centre: Centre, metrics: dict[str, Metric]) -> dict[str, Any]:
    """The last months of the trend metrics: {months, series: [{metric, values}]}; a share of nothing is None."""
    months = centre.last_months(TREND_MONTHS)
    series = []
    for name in TREND:
        if name in metrics:
            nothing = None if metrics[name].is_share else 0.0
            readings = [centre.reading(name, month) for month in months]
            series.append({"metric": metrics[name], "values": [r.value if r else nothing for r in readings]})
    return {"months": months, "series": series}


def supervision(reader: Reader, area: str) -> list[Row]:
    """Red first and longest overdue on top; on a page of many counties none may fill the list."""
    cap = PER_COUNTY if len(area) <= 4 else SUPERVISED
    return reader.rows("governance/supervision", {"place_names": PLACE_NAMES}, area=area, cap=cap, size=SUPERVISED)


def _open_cases(centre: Centre) -> int:
    reading = centre.reading("open_cases", "all")
    return int(reading.value or 0) if reading else 0


def _grids(reader: Reader, area: str, size: int) -> list[Row]:
    return reader.rows("governance/grids", {"place_names": PLACE_NAMES}, area=area, size=size)


def _villages(reader: Reader, area: str) -> list[Row]:
    return reader.rows("governance/villages", {"place_names": PLACE_NAMES}, area=area)


def _small_place(visit: Visit, path: list[Place]) -> Response:
    """A village or grid: counts from the grid table, its cases, no rates (too few cases to compare)."""
    reader, place = visit.reader, path[-1]
    totals = reader.one("governance/grid_totals", area=place.code)
    if totals is None:
        raise Refused("这里没有可看的网格。")
    return page(
        visit,
        "small_place.html",
        path=path,
        place=place,
        late=late_feeds(reader, place.code),
        totals=totals,
        supervision=supervision(reader, place.code),
        grids=_grids(reader, place.code, 200),
    )
