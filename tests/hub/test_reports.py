"""`hub report` writes a site that stands alone: whole or not at all, and readable from disk without a network."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import quality_marts
from chromium import CONTRAST, chromium
from homes import run_hub
from playwright.sync_api import Browser, Page
from pypdf import PdfReader

from hub import published, reports
from hub.published import NothingPublishedError
from hub.reports import SiteError, write_site
from operations.settings import Settings

AS_OF = datetime(2026, 9, 15, 8)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    made = Settings(home=tmp_path_factory.mktemp("home"), memory_limit="512MiB", as_of=AS_OF)
    made.prepare()
    quality_marts.publish(made.published / "current.duckdb", AS_OF)
    return made


@pytest.fixture(scope="module")
def site(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out") / "site"
    written = write_site(settings, out)
    assert (written.departments, written.pages, written.start) == (5, 1 + 5 + 6, out / "index.html")
    return out


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_every_department_and_system_has_its_page_and_lists(site: Path) -> None:
    folders = {f"{department}/" for _, _, department, _ in quality_marts.SYSTEMS}
    folders |= {f"{department}/{system}/" for system, _, department, _ in quality_marts.SYSTEMS}
    expected = {
        f"{folder}{name}" for folder in folders for name in ("index.html", "failing_rows.csv", "failing_rows.xlsx")
    }
    assert files(site) == expected | {"index.html", "report.json"}


def test_every_link_is_relative_and_leads_to_a_file_of_the_site(site: Path) -> None:
    for page in site.rglob("*.html"):
        for href in re.findall(r'<a [^>]*href="([^"#]+)"', page.read_text(encoding="utf-8")):
            target = (page.parent / href).resolve()
            assert target.is_file(), f"{page}: {href}"
            assert target.is_relative_to(site.resolve())


def test_a_new_site_takes_the_place_of_the_old_one(settings: Settings, tmp_path: Path) -> None:
    out = tmp_path / "site"
    write_site(settings, out, "youth_league")
    write_site(settings, out, "trade_union")
    assert [path.name for path in sorted(out.iterdir())] == ["report.json", "trade_union"]
    assert [path.name for path in tmp_path.iterdir()] == ["site"]
    assert json.loads((out / "report.json").read_text(encoding="utf-8"))["departments"] == ["trade_union"]
    assert "全部部门" not in (out / "trade_union" / "index.html").read_text(encoding="utf-8"), "it is handed over alone"


def test_what_fails_half_way_leaves_what_was_there(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "site"
    write_site(settings, out, "youth_league")
    before = files(out)

    def full(*_: Any) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(reports, "_write_report", full)
    with pytest.raises(OSError, match="no space"):
        write_site(settings, out)
    assert files(out) == before
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_a_folder_of_somebody_else_is_left_alone(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "thesis.doc").write_text("mine")
    with pytest.raises(SiteError, match="name a new or an empty folder"):
        write_site(settings, tmp_path)
    assert files(tmp_path) == {"thesis.doc"}


def test_an_unknown_department_is_told_which_there_are(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(SiteError, match="high_court"):
        write_site(settings, tmp_path / "site", "no_such")
    assert not list(tmp_path.iterdir())


def test_before_the_first_publish_there_is_nothing_to_write(tmp_path: Path) -> None:
    with pytest.raises(NothingPublishedError):
        write_site(Settings(home=tmp_path / "empty"), tmp_path / "site")
    assert not (tmp_path / "site").exists()


def test_the_command_says_what_to_open_and_lists_every_failing_row(
    prepared: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    done = run_hub(prepared[0], "report", "--out", str(tmp_path / "site"))
    assert "33 departments" in done.stdout
    assert f"open {tmp_path / 'site' / 'index.html'}" in done.stderr
    with published.current(Settings(home=prepared[0])) as connection:
        failing = published.rows(connection, "SELECT count(*) AS n FROM core.failing_rows")[0]["n"]
    lists = [path.read_text(encoding="utf-8-sig") for path in (tmp_path / "site").glob("*/failing_rows.csv")]
    assert sum(len(list(csv.DictReader(io.StringIO(text)))) for text in lists) == failing > 0


# ------------------------------------------------------------------ seen in a real browser, from disk

PAGES = ("index.html", "youth_league/index.html", "high_court/court_odr/index.html")


@pytest.fixture(scope="module")
def browser(require: Callable[[str, bool, str], None]) -> Iterator[Browser]:
    with chromium(require) as started:
        yield started


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that may read files alone: any other request is refused and fails the test."""
    context = browser.new_context(locale="zh-CN", viewport={"width": 1440, "height": 900}, offline=True)
    opened, faults = context.new_page(), []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda message: faults.append(message.text))
    opened.on("request", lambda request: None if request.url.startswith("file://") else faults.append(request.url))
    yield opened
    context.close()
    assert faults == []


@pytest.mark.browser
def test_pages_open_from_disk_with_contrast_and_never_wider_than_the_window(page: Page, site: Path) -> None:
    for name in PAGES:
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto((site / name).as_uri())
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
            assert page.evaluate(CONTRAST) == [], (name, width)


@pytest.mark.browser
def test_a_reader_goes_from_the_worst_department_to_a_rule_and_back(page: Page, site: Path) -> None:
    page.goto((site / "index.html").as_uri())
    page.locator(".overview tbody th a").first.click()
    assert page.get_by_role("heading", level=1).inner_text() == "共青团省委"
    page.locator(".worst a").first.click()
    assert page.locator("article:target h3").is_visible()
    page.get_by_role("link", name="全部部门").click()
    assert page.url == (site / "index.html").as_uri()


@pytest.mark.browser
def test_colours_are_words_too(page: Page, site: Path) -> None:
    for name in PAGES:
        page.goto((site / name).as_uri())
        marks = page.locator(".mark").all_inner_texts()
        assert marks
        assert all(re.fullmatch(r"[√△×○＋↑↓] [一-鿿]{2,4}", mark) for mark in marks)


@pytest.mark.browser
def test_tables_are_printed_as_tables(page: Page, site: Path) -> None:
    """The width of a sheet is that of a small screen, on which each row is a block of its own."""
    page.set_viewport_size({"width": 688, "height": 1000})
    page.goto((site / PAGES[1]).as_uri())
    cells = page.locator("table.stack").first.locator("tbody tr").first.locator("th, td")
    tops = "cells => new Set(cells.map(cell => Math.round(cell.getBoundingClientRect().top))).size"
    assert cells.evaluate_all(tops) > 1
    page.emulate_media(media="print")
    assert cells.evaluate_all(tops) == 1


@pytest.mark.browser
def test_pages_print_on_a4(page: Page, site: Path) -> None:
    for name, most, size in ((PAGES[0], 2, (842, 595)), (PAGES[1], 5, (595, 842))):
        page.goto((site / name).as_uri())
        printed = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True, print_background=True)))
        assert len(printed.pages) <= most, name
        box = printed.pages[0].mediabox
        assert (round(float(box.width)), round(float(box.height))) == size
        assert "2026-09-15 08:00" in printed.pages[0].extract_text()
        assert all(len(sheet.extract_text()) > 200 for sheet in printed.pages), "no sheet is all but empty"
