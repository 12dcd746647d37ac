"""The departments' reports as a static site, which opens from disk without a network.

OUT/index.html                                  all departments, the worst first
OUT/<department>/index.html                     the report of a department, with its list of failing rows as
OUT/<department>/failing_rows.{csv,xlsx}
OUT/<department>/<system>/…                     the same of each of its systems
OUT/report.json                                 which version it is of; marks the folder as ours to replace
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub import published
from hub.pipeline import Progress, silent
from hub.work_orders import due_in_words
from operations import work_orders
from operations.store import Store

if TYPE_CHECKING:
    from operations.settings import Settings
    from quality.report.contents import Report
    from quality.report.gathering import Source

MARK = "report.json"
Row = dict[str, Any]


class SiteError(RuntimeError):
    """The site cannot be written; the message says why and what to do. What was there is still there."""


@dataclass(frozen=True)
class Site:
    """What was written: `start` is the page to open, `rows` the lines of the departments' lists of failing rows."""

    start: Path
    version: int
    departments: int
    pages: int
    rows: int
    worst: str  # the department that comes first


def open_orders(store: Store, department: str | None = None) -> list[Row]:
    """The open work orders that were sent to their departments, the longest overdue first: the columns of
    operations.work_orders.listing, and `due`, how each stands to its due date in words."""
    sent = work_orders.listing(store, department=department, sent=True, is_open=True)
    return [order | {"due": due_in_words(store.settings, order)} for order in sent]


def write_site(settings: Settings, out: Path, department: str | None = None, progress: Progress = silent) -> Site:
    """Write the reports of all departments, or of one, into the folder `out`: whole, or not at all.

    A site that is there is replaced. Raises SiteError when `out` holds something else or the department has no
    system, NothingPublishedError, and OSError when the disk is full.
    """
    from hub.reading import Reader
    from quality.report.gathering import SQL

    out = out.expanduser().resolve()
    _refuse_others(out)
    draft = out.with_name(f".{out.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        with published.current(settings) as connection:
            orders = open_orders(Store(settings), department)
            site = _write(Reader(connection, SQL), orders, draft, out, department, progress)
        _swap(draft, out)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return site


def _write(
    source: Source, orders: list[Row], folder: Path, out: Path, department: str | None, progress: Progress
) -> Site:
    from quality.report.gathering import gather, overview
    from quality.report.rendering import render_overview

    everything = overview(source, orders)
    known = {line.department: line.name for line in everything.lines}
    if department is not None and department not in known:
        raise SiteError(f"no department {department!r} has a system; these have: {', '.join(known)}")
    wanted = [department] if department else list(known)
    pages = rows = 0
    for code in wanted:
        progress(known[code], pages)
        report = gather(source, code, None, orders)
        _write_report(source, folder / code, report, None if department else "../index.html")
        for system, _ in report.systems:
            progress(f"{known[code]} {system}", pages)
            _write_report(source, folder / code / system, gather(source, code, system, orders), None)
        pages += 1 + len(report.systems)
        rows += report.failing
    if department is None:
        departments = {code: f"{code}/index.html" for code in known}
        (folder / "index.html").write_text(render_overview(everything, departments), encoding="utf-8")
        pages += 1
    edition = everything.edition
    mark = {"version": edition.version, "as_of": str(edition.as_of), "departments": wanted}
    (folder / MARK).write_text(json.dumps(mark, ensure_ascii=False, indent=2), encoding="utf-8")
    start = out / "index.html" if department is None else out / department / "index.html"
    return Site(start, edition.version, len(wanted), pages, rows, wanted[0])


def _write_report(source: Source, folder: Path, report: Report, overview: str | None) -> None:
    """A report's page and lists in a folder of its own. A system's page lies inside that of its department."""
    from quality.report.listing import XLSX_ROWS, write_csv, write_xlsx
    from quality.report.rendering import Links, render

    folder.mkdir()
    with (folder / "failing_rows.csv").open("wb") as target:
        write_csv(target, source, report)
    with_xlsx = report.failing <= XLSX_ROWS
    if with_xlsx:
        with (folder / "failing_rows.xlsx").open("wb") as target:
            write_xlsx(target, source, report)
    links = Links(
        csv="failing_rows.csv",
        xlsx="failing_rows.xlsx" if with_xlsx else None,
        overview=overview,
        department=None if report.system is None else "../index.html",
        systems={} if report.system else {system: f"{system}/index.html" for system, _ in report.systems},
    )
    (folder / "index.html").write_text(render(report, links), encoding="utf-8")


def _refuse_others(out: Path) -> None:
    if out.exists() and not (out.is_dir() and ((out / MARK).exists() or not any(out.iterdir()))):
        raise SiteError(f"{out} holds something that this command did not write; name a new or an empty folder")


def _swap(draft: Path, out: Path) -> None:
    """Put the finished draft in the place of what is there, which comes back if that fails."""
    old = out.with_name(f".{out.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if out.exists():
        out.rename(old)
    try:
        draft.rename(out)
    except OSError:
        if old.exists():
            old.rename(out)
        raise
    shutil.rmtree(old, ignore_errors=True)
