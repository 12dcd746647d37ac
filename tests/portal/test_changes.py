"""The page 数字变化: what was reported, what changed it, what is known, for a place and for the places below it."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import duckdb
from fastapi.testclient import TestClient

SignedIn = Callable[[str], TestClient]


def table(text: str) -> dict[str, list[str]]:
    """The rows of the page's table by their first cell, tags left out; a `|` stands before a second line."""
    body = text.split('<table class="list changes">')[1].split("</table>")[0]
    rows = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in body.split("<tr>")[1:]]
    plain = [[re.sub(r"<[^>]+>", "", cell.replace('<span class="sub">', "|")) for cell in row] for row in rows]
    return {row[0].split("|")[0]: row[1:] for row in plain}


def test_a_number_its_causes_and_the_number_now(signed_in: SignedIn, current: duckdb.DuckDBPyConnection) -> None:
    text = signed_in("leader").get("/changes?area=330108&period=2026-07").text
    assert "当时：第 1 版，截至 2026-08-01 08:00；现在：第 1 版，截至 2026-09-15 08:00" in text
    found = table(text)
    assert found["指标"] == ["当时已报", "迟到补报", "来源删除", "现在"]
    ((accepted, share),) = current.execute(
        "SELECT max(numerator) FILTER (metric = 'cases_accepted'), max(value) FILTER (metric = 'closure_rate')"
        " FROM mart.centre WHERE area_code = '330108' AND period = '2026-07'"
    ).fetchall()
    assert found["受理案件"] == [f"{accepted}", "+1", "-1", f"{accepted}"]
    assert found["办结率"][-1].split("|")[0] == f"{100 * share:.1f}%"
    assert found["办结率"][1].split("|")[1] == "分子 +1，分母 +1"
    assert set(found) == {"指标", "受理案件", "办结率"}
    assert "没有变化的：来件、" in text
    assert "迟到补报：在当时那一版之前已经发生，之后才报到" in text


def test_one_indicator_in_the_places_below(signed_in: SignedIn) -> None:
    text = signed_in("leader").get("/changes?area=3301&period=2026-07&metric=cases_accepted").text
    found = table(text)
    assert found.keys() == {"地区", "滨江区", "西湖区"}
    assert found["地区"] == ["当时已报", "迟到补报", "并案", "来源删除", "现在"]
    assert (found["滨江区"][1], found["西湖区"][2]) == ("+1", "-2")
    assert 'href="/changes?area=330108&amp;period=2026-07&amp;on=2026-08-01&amp;metric=cases_accepted"' in text


def test_a_cause_opens_its_rows(signed_in: SignedIn) -> None:
    leader = signed_in("leader")
    text = leader.get("/changes?area=330108&period=2026-07").text
    links = [html.unescape(link) for link in re.findall(r'href="(/changes/rows[^"]+)"', text)]
    [late, gone] = [link for link in links if "cases_accepted" in link]
    opened = leader.get(late).text
    assert "1 行" in opened
    [code] = re.findall(r'href="/case\?code=(\w+)"', opened)
    assert leader.get(f"/case?code={code}").status_code == 200
    left = leader.get(gone).text
    assert "JF3301082026070100001X" in left
    assert "/case?code=" not in left, "a case that is gone has no page"
    assert leader.get("/changes/rows?metric=cases_accepted&cause=new&area=33").status_code == 404
    assert leader.get("/changes/rows?metric=cases_accepted&cause=late&period=July").status_code == 200
    assert leader.get("/changes/rows?metric=x&cause=late&area=33").status_code == 404
    assert signed_in("binjiang").get("/changes/rows?metric=cases_accepted&cause=late&area=330106").status_code == 403


def test_a_day_after_everything_shows_no_change(signed_in: SignedIn) -> None:
    text = signed_in("leader").get("/changes?on=2026-09-15").text
    assert "与当时相比没有任何数字变化" in text


def test_a_day_before_the_first_version_and_no_day_at_all_lead_to_the_first(signed_in: SignedIn) -> None:
    for on in ("2020-01-01", "yesterday", ""):
        assert "截至 2026-08-01 08:00" in signed_in("leader").get(f"/changes?on={on}").text


def test_a_county_sees_its_own_and_a_town_is_told_to_go_up(signed_in: SignedIn) -> None:
    own = signed_in("binjiang").get("/changes?period=2026-07")
    assert own.status_code == 200
    assert table(own.text)["受理案件"][1:3] == ["+1", "-1"]
    assert signed_in("binjiang").get("/changes?area=330106").status_code == 403
    assert "只算到县" in signed_in("binjiang").get("/changes?area=330108001").text
