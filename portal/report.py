"""The department's report and its list of failing rows: a department's own; anybody's for province and engineer."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from typing import BinaryIO
from urllib.parse import quote

from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse

from hub.reports import open_orders
from hub.scope import Refused
from portal.pages import link
from portal.security import content_security_policy
from portal.visit import SignedIn, Visit
from quality.report import listing
from quality.report.contents import Report
from quality.report.gathering import SQL, Source, UnknownDepartmentError, gather, overview
from quality.report.rendering import Links, render, render_overview, style_source
from quality.report.sheets import XLSX

router = APIRouter()

HOME = "/quality"
CHUNK = 1 << 16  # bytes
Write = Callable[[BinaryIO, Source, Report], None]


@router.get("/report")
def report(visit: SignedIn, department: str = "", system: str = "") -> Response:
    """The report of a department or a system; all departments where none is chosen and more than one can be."""
    source = _source(visit)
    department = _chosen(visit, source, department, system)
    if not department:
        everything = overview(source, open_orders(visit.store))
        departments = {line.department: link("/report", department=line.department) for line in everything.lines}
        return _page(render_overview(everything, departments, HOME))
    found = _gathered(visit, source, department, system)
    asked = {"department": department, "system": system}
    links = Links(
        csv=link("/report.csv", **asked),
        xlsx=link("/report.xlsx", **asked) if found.failing <= listing.XLSX_ROWS else None,
        home=HOME,
        overview=None if visit.scope.department else "/report",
        department=link("/report", department=department) if system else None,
        systems={} if system else {one: link("/report", department=department, system=one) for one, _ in found.systems},
    )
    return _page(render(found, links))


@router.get("/report.csv")
def report_csv(visit: SignedIn, department: str = "", system: str = "") -> Response:
    """Every failing row as CSV."""
    return _list(visit, department, system, listing.write_csv, "csv", "text/csv; charset=utf-8")


@router.get("/report.xlsx")
def report_xlsx(visit: SignedIn, department: str = "", system: str = "") -> Response:
    """Every failing row as xlsx; a list that is too long for one comes as CSV."""
    return _list(visit, department, system, listing.write_xlsx, "xlsx", XLSX)


def _list(visit: Visit, department: str, system: str, write: Write, ending: str, kind: str) -> Response:
    source = _source(visit)
    department = _chosen(visit, source, department, system)
    if not department:
        raise HTTPException(404)
    found = _gathered(visit, source, department, system)
    if ending == "xlsx" and found.failing > listing.XLSX_ROWS:
        return RedirectResponse(link("/report.csv", department=department, system=system), 303)
    visit.log("export", f"failing rows {department} {system}".strip(), ending)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed when it is sent
    write(file, source, found)
    named = quote(f"{found.title}_问题行_{found.edition.as_of:%Y%m%d}.{ending}")
    disposition = f"attachment; filename=\"failing_rows.{ending}\"; filename*=UTF-8''{named}"
    return StreamingResponse(_sent(file), media_type=kind, headers={"Content-Disposition": disposition})


def _source(visit: Visit) -> Source:
    visit.scope.table("core.failing_rows")  # raises Refused for a role that has no report
    return visit.reader.of(SQL)


def _chosen(visit: Visit, source: Source, department: str, system: str) -> str:
    """The department asked for, '' for none. Raises Refused for another than one's own."""
    own = visit.scope.department
    if own and department not in ("", own):
        raise Refused("这个部门的报告不在您的权限范围内。")
    if own or department or not system:
        return own or department
    found = [row for row in source.rows("systems", department="", system="") if row["system"] == system]
    return str(found[0]["department"]) if found else "?"


def _gathered(visit: Visit, source: Source, department: str, system: str) -> Report:
    try:
        return gather(source, department, system or None, open_orders(visit.store, department))
    except UnknownDepartmentError:
        raise Refused("没有这个部门或系统的报告，或不在您的权限范围内。") from None


def _page(text: str) -> HTMLResponse:
    """The report carries its own style, which no other page may use."""
    return HTMLResponse(text, headers={"Content-Security-Policy": content_security_policy(style_source())})


def _sent(file: BinaryIO) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while chunk := file.read(CHUNK):
            yield chunk
