"""The pages in a real browser: nothing from other hosts, no errors, usable by keyboard, readable without colour."""

from __future__ import annotations

import io
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Literal

import duckdb
import pytest
import uvicorn
from chromium import CONTRAST, chromium
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

pytestmark = pytest.mark.browser

PATHS = (
    *("/", "/?area=3301", "/?area=330108", "/?area=330108001", "/rows?metric=on_time_rate"),
    *(
        "/quality",
        "/report",
        "/report?department=youth_league",
        "/gate",
        "/case",
        "/returns",
        "/metrics",
        "/released?area=330106",
        "/definitions",
    ),
    *("/changes?period=2026-07", "/changes?area=3301&metric=closure_rate&period=2026-07"),
    "/changes/rows?metric=cases_accepted&cause=late&period=2026-07",
)
BROKEN = """[...document.querySelectorAll('.menu a')].filter(one => {
    const words = document.createRange();
    words.selectNodeContents(one);
    return words.getClientRects().length > 1;
}).map(one => one.innerText)"""
ORDERS = ("/orders", "/orders/GD20260915-0003")


@pytest.fixture(scope="module")
def address(app: FastAPI) -> Iterator[str]:
    """The portal on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.05)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def browser(require: Callable[[str, bool, str], None]) -> Iterator[Browser]:
    with chromium(require) as started:
        yield started


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A signed-in page whose faults and requests to other hosts fail the test."""
    context = browser.new_context(base_url=address, locale="zh-CN", viewport={"width": 1440, "height": 900})
    opened, faults = context.new_page(), []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    opened.on("request", lambda request: None if request.url.startswith(address) else faults.append(request.url))
    opened.goto("/login")
    opened.wait_for_selector("#login:focus")  # the browser gives the focus a moment after the page is there
    opened.keyboard.type("leader")
    opened.keyboard.press("Tab")
    opened.keyboard.type("correct horse 141")
    opened.keyboard.press("Enter")
    opened.wait_for_url("**/")
    yield opened
    context.close()
    assert [fault for fault in faults if not fault.startswith("data:")] == []


def test_every_page_loads_without_faults_and_with_enough_contrast(page: Page) -> None:
    for path in (*PATHS, *ORDERS):
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200
        assert page.evaluate(CONTRAST) == [], path


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1920, 1080), (1280, 800), (390, 800)])
def test_no_page_is_wider_than_its_window(page: Page, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    for path in (*PATHS, *ORDERS):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


@pytest.mark.parametrize("width", [1280, 1440, 1920])
def test_no_word_of_the_menu_is_broken_and_no_card_stands_alone(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto("/")
    assert page.evaluate(BROKEN) == []
    tops = page.eval_on_selector_all(
        ".cards .card", "cards => cards.map(one => Math.round(one.getBoundingClientRect().y))"
    )
    assert len({tops.count(top) for top in tops}) == 1, "rows of the same length"


def test_a_case_with_everything_is_readable_fits_and_prints(page: Page, current: duckdb.DuckDBPyConnection) -> None:
    (code,) = current.execute(
        "SELECT h.case_code FROM core.case_holders AS h SEMI JOIN core.colour_history AS c"
        " ON c.case_code = h.case_code AND c.colour = 'red' WHERE h.is_ping_pong AND h.is_lost ORDER BY ALL"
    ).fetchall()[0]
    for width, height in ((1440, 900), (390, 800)):
        page.set_viewport_size({"width": width, "height": height})
        page.goto(f"/case?code={code}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(CONTRAST) == []
    for table in (".hops", ".colours"):
        marks = page.locator(f"{table} .mark").all_inner_texts()
        assert marks
        assert all(text.strip() for text in marks), "a colour is a word too"
    page.set_viewport_size({"width": 1440, "height": 900})
    printed = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True, print_background=True)))
    assert len(printed.pages) <= 2


def test_the_keyboard_alone_leads_from_the_start_to_a_case(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    for _ in range(80):
        page.keyboard.press("Tab")
        if "/case?code=" in page.evaluate("document.activeElement.href || ''"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/case?code=*")
    assert page.get_by_role("heading", name="五阶段时间线").is_visible()


def test_colours_are_words_too(page: Page) -> None:
    page.goto("/")
    words = page.locator(".supervision .mark").all_inner_texts()
    assert words
    assert set(words) <= {"红", "黄"}
    assert all(text.strip() for text in page.locator(".mark").all_inner_texts())


def test_the_chart_is_drawn_and_told_as_a_table(page: Page) -> None:
    page.goto("/?area=3301")
    assert page.locator(".chart canvas").count() == 1
    page.get_by_text("数据表").click()
    assert page.locator(".chart-table tbody tr").count() == 13


def test_another_ranking_is_fetched_without_a_new_page(page: Page) -> None:
    page.goto("/")
    page.evaluate("window.kept = true")
    page.get_by_label("排序指标").select_option("overdue_open")
    expect(page.locator("#ranking")).to_contain_text("≤ 0 件")
    assert page.evaluate("window.kept") is True


def test_the_next_page_of_rows_is_fetched_and_in_the_address(page: Page) -> None:
    page.goto("/rows?metric=cases_accepted")
    first = page.locator(".rows tbody td").first.inner_text()
    page.get_by_text("下一页").click()
    expect(page.locator(".rows tbody td").first).not_to_have_text(first)
    assert "number=2" in page.url


def test_choosing_a_month_changes_the_page(page: Page) -> None:
    page.goto("/")
    page.get_by_label("统计期间").select_option("2026-07")
    page.wait_for_url("**period=2026-07**")
    assert "2026年7月" in page.locator("#h-centre + p").inner_text()


def test_pages_print_on_a4_landscape(page: Page, current: duckdb.DuckDBPyConnection) -> None:
    (code,) = current.execute("SELECT min(case_code) FROM core.cases").fetchall()[0]
    for path, most in (
        ("/", 3),
        ("/rows?metric=overdue_open", 4),
        (f"/case?code={code}", 2),
        ("/quality", 5),
        ("/released?area=330106", 3),
        ("/definitions", 3),
        ("/changes?period=2026-07", 1),
        ("/orders", 1),
        (ORDERS[1], 1),
    ):
        page.goto(path)
        printed = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True, print_background=True)))
        assert len(printed.pages) <= most, path
        box = printed.pages[0].mediabox
        assert (round(float(box.width)), round(float(box.height))) == (842, 595)
        assert "2026-09-15 08:00" in printed.pages[0].extract_text()  # the strip; Chinese comes back as radicals


def test_a_sheet_is_not_taken_for_a_small_screen(page: Page) -> None:
    """Narrow screens get one column and tables that are pushed aside; a sheet, however narrow, gets neither."""
    page.set_viewport_size({"width": 690, "height": 900})
    columns = "getComputedStyle(document.querySelector('.seven-five')).gridTemplateColumns.split(' ').length"
    least = "getComputedStyle(document.querySelector('.list.orders')).minWidth"
    expected: dict[Literal["screen", "print"], tuple[int, str]] = {"screen": (1, "1000px"), "print": (2, "0px")}
    for media, found in expected.items():
        page.emulate_media(media=media)
        page.goto("/")
        seen = page.evaluate(columns)
        page.goto("/orders")
        assert (seen, page.evaluate(least)) == found
