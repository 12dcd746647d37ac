"""The page of a case says who had it and has it, its colours with their reasons, and every code that leads to it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from html import unescape

import duckdb
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from operations import access_log
from portal.cases import colour_since
from portal.formats import lasting

SignedIn = Callable[[str], TestClient]
Current = duckdb.DuckDBPyConnection
HELD_BY = "在谁手里"
COLOURS = "颜色的历史"


def one(current: Current, sql: str) -> str:
    (code,) = current.execute(sql).fetchall()[0]
    return str(code)


def page(signed_in: SignedIn, who: str, code: str) -> str:
    answer = signed_in(who).get(f"/case?code={code}")
    assert answer.status_code == 200
    return str(answer.text)


def section(text: str, title: str) -> str:
    """The words of one panel."""
    panel = re.split(r'<section class="panel[^>]*>', text.split(f"{title}</h2>")[1])[0]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", panel)))


def told(at: datetime | None) -> str:
    return at.strftime("%Y-%m-%d %H:%M") if at else "—"


def test_an_open_case_says_who_holds_it_since_when_and_what_goes_to_and_fro(
    signed_in: SignedIn, current: Current
) -> None:
    code = one(current, "SELECT min(case_code) FROM core.case_holders WHERE is_ping_pong AND is_lost")
    text = section(page(signed_in, "leader", code), HELD_BY)
    since, days = current.execute(
        "SELECT held_since, held_days FROM core.case_holders WHERE case_code = ?", [code]
    ).fetchall()[0]
    for words in (
        "现在负责 区矛调中心 待签收", f"接手 {told(since)} 已 {days} 天", "转来单位 区人社局",
        "4 次，经手 2 个单位 退回 1 次，转回已经手单位 2 次", "来回推转 退回或转回两次以上",
        "无人签收 转出已超过 24 小时",
    ):  # fmt: skip
        assert words in text
    hops = current.execute(
        "SELECT hop_no, from_org, to_org, state, sent_at, received_at, accepted_at, returned_at, source_id"
        " FROM core.transfer_hops WHERE case_code = ? ORDER BY hop_no", [code],
    ).fetchall()  # fmt: skip
    assert [hop[3] for hop in hops] == ["accepted", "returned", "accepted", "sent"]
    place = 0
    for number, *orgs, _, sent, received, accepted, returned, source_id in hops:
        for words in (f"第 {number} 次", *orgs, *map(told, (sent, received, accepted, returned)), source_id):
            place = text.index(words, place)
    assert text.count("转回 此前已经手") == 2
    assert "不属本单位职责" in text
    assert "用时 3 小时" in text
    assert re.search(r"已等 \d+ 天", text)


def test_a_closed_case_is_in_nobodys_hands_and_keeps_its_hops(signed_in: SignedIn, current: Current) -> None:
    sql = "SELECT min(case_code) FROM core.cases SEMI JOIN core.transfer_hops USING (case_code) WHERE NOT is_open"
    code = one(current, sql)
    text = section(page(signed_in, "leader", code), HELD_BY)
    assert "案件已办结，不在任何单位手中。" in text
    assert "第 1 次" in text


def test_without_a_transfer_the_handling_organisation_holds_it(signed_in: SignedIn, current: Current) -> None:
    code, holder = current.execute(
        "SELECT case_code, holder_org FROM core.case_holders WHERE hop_count = 0 ORDER BY case_code"
    ).fetchall()[0]
    text = section(page(signed_in, "leader", code), HELD_BY)
    assert f"现在负责 {holder} 已受理" in text
    assert "转来单位 未经转办" in text
    assert "没有转办记录。" in text


def test_each_colour_stands_with_its_days_reason_and_holder_in_words(signed_in: SignedIn, current: Current) -> None:
    code = one(
        current,
        "SELECT case_code FROM core.colour_history SEMI JOIN core.cases USING (case_code)"
        " GROUP BY case_code HAVING list(colour ORDER BY seq)[1:3] = ['green', 'yellow', 'red'] ORDER BY ALL LIMIT 1",
    )
    whole = page(signed_in, "leader", code)
    text, place = section(whole, COLOURS), 0
    rows = current.execute(
        "SELECT colour, seen_at, until_at, days, colour_reason, holder_org FROM core.colour_history"
        " WHERE case_code = ? ORDER BY seq", [code],
    ).fetchall()  # fmt: skip
    for colour, seen, until, days, why, holder in rows:
        word = {"green": "绿", "yellow": "黄", "red": "红"}[colour]
        for words in (f"{word} {told(seen)}", told(until) if until else "至今", f"{days} 天", why, holder):
            place = text.index(words, place)
    red = next(row for row in rows if row[0] == "red")
    assert f"自 {told(red[1])} 起" in whole, "since when it is red stands at the top"


def test_what_was_archived_before_it_was_seen_says_why_it_has_no_history(signed_in: SignedIn, current: Current) -> None:
    code = one(current, "SELECT min(case_code) FROM core.cases ANTI JOIN core.colour_history USING (case_code)")
    assert "在首次建库看到它之前已经归档" in section(page(signed_in, "leader", code), COLOURS)


def test_a_colour_lasts_through_what_changes_beneath_it() -> None:
    days = [datetime(2026, 6, day) for day in (1, 2, 3, 4)]
    rows = [{"colour": colour, "seen_at": at} for colour, at in zip(("red", "green", "red", "red"), days, strict=True)]
    assert colour_since(rows) == days[2]
    assert colour_since(rows[:1]) == days[0]
    assert colour_since([]) is None


def test_codes_that_lead_to_a_case_stand_on_it(signed_in: SignedIn, current: Current) -> None:
    code = one(current, "SELECT case_code FROM core.local_codes WHERE NOT is_contested")
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page(signed_in, "leader", code)))
    assert "地方编码 CXM2020060100001 长兴码 首见于" in text
    assert "曾用编码 JF3301082020010100001X" in text
    for who in ("binjiang", "justice"):
        assert signed_in(who).get("/case?code=CXM2020060100001").status_code == 404


def test_a_local_code_of_several_cases_lets_one_choose_among_those_in_scope(
    signed_in: SignedIn, current: Current
) -> None:
    sql = "SELECT case_code, county_code FROM core.cases SEMI JOIN core.local_codes USING (case_code)"
    of_county = {county: code for code, county in current.execute(sql).fetchall()}
    ours, theirs = of_county["330108"], of_county["330106"]
    text = page(signed_in, "leader", "BJM2020060100002")
    assert "写在 2 个案件上" in text
    for code in (ours, theirs):
        assert f'href="/case?code={code}"' in text
    of_case = page(signed_in, "leader", ours)
    assert "待核" in of_case
    assert f'href="/case?code={theirs}"' in of_case
    own = page(signed_in, "binjiang", "bjm2020060100002")
    assert f"案件 {ours}" in own
    assert "您权限外的案件" in own
    assert theirs not in own


def test_the_log_keeps_which_case_was_seen_and_no_number_of_a_person(
    app: FastAPI, signed_in: SignedIn, current: Current
) -> None:
    code = one(current, "SELECT min(case_code) FROM core.cases")
    for typed, kept in ((code.lower(), code), ("330522196503072349", "330***"), ("13812341234", "138***")):
        signed_in("leader").get(f"/case?code={typed}")
        assert access_log.recent(app.state.parts.store, 1, "case")[0]["subject"] == kept


@pytest.mark.parametrize("whose", ["own", "others"])
def test_a_department_sees_who_holds_its_case_and_the_transfers_of_its_own_systems(
    whose: str, signed_in: SignedIn, current: Current
) -> None:
    code, own, others = current.execute(
        "SELECT h.case_code, list(h.source_id) FILTER (h.system = 'peoples_mediation') AS own,"
        " list(h.source_id) FILTER (h.system <> 'peoples_mediation') AS others FROM core.transfer_hops AS h"
        " SEMI JOIN core.case_holders AS c ON c.case_code = h.case_code"
        " SEMI JOIN core.case_reports AS r ON r.case_code = h.case_code AND r.system = 'peoples_mediation'"
        f" GROUP BY h.case_code HAVING {whose} IS NOT NULL ORDER BY h.case_code"
    ).fetchall()[0]
    whole = page(signed_in, "justice", code)
    text = section(whole, HELD_BY)
    assert "现在负责" in text
    assert set(re.findall(r"\bR\d+[-x\d]*", text)) == set(own or ())
    assert (f"另有 {len(others or ())} 次转办由其他部门登记" in text) == bool(others)
    assert COLOURS in whole


def test_an_engineer_sees_the_way_of_a_case_and_a_stranger_to_it_nothing(signed_in: SignedIn, current: Current) -> None:
    code = one(
        current,
        "SELECT min(case_code) FROM core.case_holders SEMI JOIN core.transfer_hops USING (case_code)"
        " WHERE county_code <> '330108'",
    )
    text = page(signed_in, "engineer", code)
    assert HELD_BY in text
    assert COLOURS in text
    assert signed_in("binjiang").get(f"/case?code={code}").status_code == 404


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0, "0 分钟"), (59, "59 分钟"), (60, "1 小时"), (185, "3 小时 5 分钟"), (1440, "1 天"), (4530, "3 天 3 小时"),
     (None, "—"), (-5, "—")],
)  # fmt: skip
def test_a_length_of_time_is_told_in_two_units(minutes: int | None, words: str) -> None:
    assert lasting(minutes) == words
