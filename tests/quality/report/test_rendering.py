"""A page is whole in itself, says in words what it shows in colour, and lets no value become markup."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from html.parser import HTMLParser
from typing import Any

import pytest

from hub.reading import Reader
from quality.report.gathering import gather, overview
from quality.report.rendering import Links, render, render_overview, style

LINKS = Links(csv="failing_rows.csv", xlsx="failing_rows.xlsx", overview="../index.html")


class Elements(HTMLParser):
    """Every element of a page: its name and attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.fixture
def page(source: Reader, order: Callable[..., dict[str, Any]]) -> str:
    due = (date(2026, 9, 11), "逾期 2 个工作日")
    orders = [order("GD20260901-0001", "town_code.missing", *due, promised_on=date(2026, 9, 20))]
    return render(gather(source, "youth_league", orders=orders), LINKS)


def test_a_page_fetches_nothing_and_runs_nothing(page: str, source: Reader) -> None:
    for text in (page, render_overview(overview(source), {"high_court": "high_court/index.html"})):
        for tag, attributes in Elements(text).found:
            assert tag not in ("script", "img", "iframe", "object")
            assert not attributes.keys() & {"style", "src", "srcset"}
            assert not any(name.startswith("on") for name in attributes)
            assert not re.match(r"\w+://|//", attributes.get("href") or "")
    assert "url(" not in style()
    assert "@import" not in style()


def test_a_value_from_the_source_is_never_markup(page: str) -> None:
    assert "&lt;script&gt;alert(1)" in page
    assert "<script" not in page


def test_the_report_says_who_when_and_of_which_data(page: str) -> None:
    for told in ("共青团省委", "12355 青少年服务", "2026-09-15 08:00", "2026-08-17 至 2026-09-15", "GB/T 36344-2018"):
        assert told in page


def test_the_order_stands_with_its_state_and_what_is_left(page: str) -> None:
    for told in ("GD20260901-0001", "已签收", "2026-09-11", "逾期 2 个工作日", "承诺 2026-09-20 改好"):
        assert told in page


def test_what_is_not_the_departments_is_under_a_heading_of_its_own(page: str) -> None:
    own, _, rest = page.partition("不算贵单位的问题")
    assert "案由尚无对照" in rest
    assert "案由尚无对照" not in own


def test_every_mark_has_a_sign_and_a_word_beside_its_colour(page: str, source: Reader) -> None:
    for text in (page, render_overview(overview(source), {})):
        marks = re.findall(r'<span class="mark \w+"><span aria-hidden="true">(.)</span> (.+?)</span>', text)
        assert len(marks) == text.count('class="mark ')
        assert all(sign in "√△×○＋↑↓" and len(word) >= 2 for sign, word in marks)
        signs = {word: sign for sign, word in marks}
        assert len({signs[word] for word in ("可信", "可用", "待整改")}) == 3


def test_a_trend_is_told_in_words_too(page: str) -> None:
    drawn = re.findall(r'aria-label="(通过率从 [\d.]+% 到 [\d.]+%)"', page)
    assert len(drawn) == 6
    assert len(re.findall(r"[\d.]+% → [\d.]+%，(上升|下降|持平)", page)) == 6


def test_the_first_report_promises_no_trend_and_no_comparison(source: Reader) -> None:
    from dataclasses import replace

    report = gather(source, "youth_league")
    scores = tuple(replace(score, trend=score.trend[-1:]) for score in report.scores)
    text = render(replace(report, scores=scores, compared_with=None, changes=()), LINKS)
    assert "首次统计" in text
    assert "这是第一份报告" in text
    assert "<svg" not in text


def test_a_list_too_long_for_a_workbook_is_offered_as_csv_alone(source: Reader) -> None:
    text = render(gather(source, "youth_league"), Links(csv="failing_rows.csv"))
    assert "failing_rows.csv" in text
    assert "Excel" not in text
