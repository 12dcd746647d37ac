"""The rows behind a number: the same scope, place, period and predicate as the number itself, with its definition."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, HTTPException
from fastapi.responses import Response, StreamingResponse

from portal import formats, places
from portal.indicators import Metric, registry
from portal.listing import LISTINGS, Listing
from portal.pages import link, page
from portal.places import Place
from portal.reader import Reader
from portal.visit import SignedIn
from quality.report.sheets import XLSX, csv_lines, write_workbook

router = APIRouter()

PAGE_ROWS = 50
XLSX_ROWS = 10_000  # xlsx is made in memory within the request; larger lists are for CSV
CSV_ROWS = 1_000_000
PARTS = {"all": "true", "counted": "t.counted", "missed": "NOT t.counted"}
IN_MONTH = "{date} >= strptime($period, '%Y-%m') AND {date} < strptime($period, '%Y-%m') + INTERVAL 1 MONTH"
"""What a month takes, without writing out the month of every row."""


@dataclass(frozen=True)
class Question:
    """What a row list answers: metric, place, period, platform and type of case (or ""), and which part of a share."""

    metric: Metric
    listing: Listing
    path: list[Place]
    period: str
    platform: str
    case_type: str
    case_type_name: str
    part: str

    @property
    def place(self) -> Place:
        return self.path[-1]

    def url(self, path: str = "/rows", **changes: Any) -> str:
        """The address of this list, of another page or part of it, or of its export."""
        now = {
            "metric": self.metric.name,
            "area": self.place.code,
            "period": self.period if self.period != "all" else "",
            "platform": self.platform,
            "case_type": self.case_type,
            "part": self.part if self.part != "all" else "",
        }
        return link(path, **{**now, **changes})


def question(
    visit: SignedIn,
    metric: str = "",
    area: str = "",
    period: str = "all",
    platform: str = "",
    case_type: str = "",
    part: str = "all",
) -> Question:
    """Raises 404 for a metric that is not in the registry or has no rows, and Refused outside the scope."""
    found = registry(visit.reader).get(metric)
    listing = LISTINGS.get(found.rows_table) if found else None
    if found is None or listing is None or (platform and not found.by_platform) or (case_type and not found.by_type):
        raise HTTPException(404)
    path = places.path(visit.reader, area.strip() or visit.scope.area or "")
    if not found.date_field or not _is_month(period):
        period = "all"
    known = visit.reader.one("rows/case_type", case_type=case_type) if case_type else None
    name = known["name"] if known else case_type
    return Question(found, listing, path, period, platform, case_type, name, part if part in PARTS else "all")


Asked = Annotated[Question, Depends(question)]


@router.get("/rows")
def rows(visit: SignedIn, asked: Asked, number: str = "1") -> Response:
    """One page of the list."""
    totals = visit.reader.one("rows/totals", _fragments(visit.reader, asked), **_values(asked)) or {}
    size = {"all": totals["rows"], "counted": totals["counted"], "missed": totals["rows"] - totals["counted"]}
    pages = max(1, -(-size[asked.part] // PAGE_ROWS))
    current = min(max(int(number) if number.isdecimal() and len(number) < 8 else 1, 1), pages)
    titles, found = _list(visit.reader, asked, PAGE_ROWS, (current - 1) * PAGE_ROWS)
    return page(
        visit,
        "rows.html",
        asked=asked,
        path=asked.path,
        totals=totals,
        size=size,
        titles=titles,
        rows=list(found),
        pages=pages,
        current=current,
        xlsx_rows=XLSX_ROWS,
    )


@router.get("/rows.csv")
def rows_csv(visit: SignedIn, asked: Asked) -> Response:
    """The whole list as CSV."""
    titles, found = _list(visit.reader, asked, CSV_ROWS, 0)
    visit.log("export", asked.url("/rows.csv"), "csv")
    # Drained here: the request's cursor closes before a streamed body would be read.
    body = b"".join(csv_lines(titles, found))
    return _file(iter([body]), "text/csv; charset=utf-8", asked, "csv")


@router.get("/rows.xlsx")
def rows_xlsx(visit: SignedIn, asked: Asked) -> Response:
    """The first XLSX_ROWS rows as xlsx, with the definition on a second sheet."""
    titles, found = _list(visit.reader, asked, XLSX_ROWS, 0)
    visit.log("export", asked.url("/rows.xlsx"), "xlsx")
    notes = [
        f"{asked.metric.title}（{asked.metric.name}，第 {asked.metric.version} 版）",
        asked.metric.definition,
        f"地区：{asked.place.name}；期间：{formats.month(asked.period)}"
        + (f"；平台：{asked.platform}" if asked.platform else "")
        + (f"；案由：{asked.case_type_name}" if asked.case_type else ""),
        f"数据版本：{visit.reader.edition.version}；最多 {XLSX_ROWS:,} 行，更多请下载 CSV",
    ]
    body = io.BytesIO()
    write_workbook(body, titles, found, notes)
    return _file(iter([body.getvalue()]), XLSX, asked, "xlsx")


def _list(reader: Reader, asked: Question, size: int, start: int) -> tuple[list[str], Iterator[list[Any]]]:
    """Titles and rows; colours as words, the last column says whether a row counts in a share."""
    found = reader.rows("rows/list", _fragments(reader, asked), size=size, start=start, **_values(asked))
    titles = [title for title, _ in asked.listing.columns]
    share = asked.metric.is_share

    def cells() -> Iterator[list[Any]]:
        for row in found:
            values = list(row.values())
            counted = values.pop()
            shown = [
                formats.COLOURS.get(str(value), value) if title == "颜色" else value
                for title, value in zip(titles, values, strict=True)
            ]
            yield [*shown, counted] if share else shown

    return [*titles, "计入分子"] if share else titles, cells()


def _fragments(reader: Reader, asked: Question) -> dict[str, str]:
    """SQL from the published registry and the listing; what a person typed is only ever bound."""
    metric, listing = asked.metric, asked.listing
    columns = ", ".join(f"{sql} AS c{number}" for number, (_, sql) in enumerate(listing.columns))
    return {
        "numerator": reader.braced(metric.numerator),
        "rows": reader.braced(metric.rows_predicate or "true"),
        "table": "{" + metric.rows_table + "}",
        "in_period": "true" if asked.period == "all" else IN_MONTH.format(date=metric.date_field),
        "inside": listing.inside,
        "platform": listing.platform if asked.platform and listing.platform else "true",
        "case_type": "case_type_code = $case_type" if asked.case_type else "true",
        "value": metric.value_sql,
        "part": PARTS[asked.part],
        "columns": columns,
        "order": listing.order,
    }


def _values(asked: Question) -> dict[str, Any]:
    return {
        "area": asked.place.code,
        "period": asked.period,
        "platform": asked.platform,
        "case_type": asked.case_type,
    }


def _is_month(period: str) -> bool:
    year, _, month = period.partition("-")
    return len(year) == 4 and len(month) == 2 and year.isdecimal() and month.isdecimal() and 1 <= int(month) <= 12


def _file(body: Iterator[bytes], kind: str, asked: Question, ending: str) -> Response:
    name = quote(f"{asked.metric.title}_{asked.place.name}_{formats.month(asked.period)}.{ending}")
    plain = f"{asked.metric.name}.{ending}"
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{name}"
    return StreamingResponse(body, media_type=kind, headers={"Content-Disposition": disposition})
