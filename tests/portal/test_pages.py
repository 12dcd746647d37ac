"""What the pages say: red first, targets and bands, changes, sources, Chinese errors, safe headers."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from fastapi.testclient import TestClient
from signing_in import sign_in

from operations import users
from operations.settings import Settings
from operations.store import Store
from portal.app import create_app
from portal.cases import reason
from portal.governance import Tile, left_over
from portal.indicators import Metric, Reading, band, before, end_of

SignedIn = Callable[[str], TestClient]

RATE = Metric(
    *("on_time_rate", "按期办结率", "%", "…", "counted", "where", "due_at", "1", "core.cases", "where"),
    *("share", None, "up", 0.95, True),
)


def test_supervision_is_red_first_then_longest_overdue_and_capped_per_county(signed_in: SignedIn) -> None:
    text = signed_in("leader").get("/?area=33").text
    table = text.split("supervision", 1)[1].split("</table>")[0]
    colours = re.findall(r'class="mark (red|yellow)"', table)
    assert colours == sorted(colours)  # "red" before "yellow"
    overdue = [int(days) for days in re.findall(r"超期 (\d+) 天", table)]
    assert overdue == sorted(overdue, reverse=True)
    counties = re.findall(r"code=JF(\d{6})", table)
    assert len(counties) > 5
    assert max(counties.count(county) for county in counties) <= 2


def test_every_page_says_as_of_when_and_what_is_missing(signed_in: SignedIn) -> None:
    for path in ("/", "/?area=330108001", "/rows?metric=open_cases", "/case", "/quality", "/metrics"):
        text = signed_in("leader").get(path).text
        for words in ("数据截至", "2026-09-15 08:00", "迟到系统", "退回占比", "待更正"):
            assert words in text, path
        assert 'lang="zh-CN"' in text
        assert 'class="skip"' in text


def test_the_breadcrumb_leads_from_the_province_to_a_grid(
    signed_in: SignedIn, current: duckdb.DuckDBPyConnection
) -> None:
    (grid,) = current.execute("SELECT min(grid_code) FROM core.grids WHERE county_code = '330108'").fetchall()[0]
    text = signed_in("leader").get(f"/?area={grid}").text
    crumbs = text.split('aria-label="地区层级"')[1].split("</nav>")[0]
    assert re.findall(r"area=(\d+)", crumbs) == ["33", "3301", "330108", grid[:9], grid[:12]]
    own = signed_in("binjiang").get(f"/?area={grid}").text.split('aria-label="地区层级"')[1].split("</nav>")[0]
    assert re.findall(r"area=(\d+)", own) == ["330108", grid[:9], grid[:12]]


def test_a_county_without_towns_shows_its_villages(signed_in: SignedIn) -> None:
    text = signed_in("leader").get("/?area=330383").text
    assert "龙港市不设乡镇街道，直接看村社" in text
    assert "直辖村级区划" not in text


def test_a_former_code_leads_to_the_case_it_went_into(signed_in: SignedIn, current: duckdb.DuckDBPyConnection) -> None:
    old, new = current.execute("SELECT old_code, new_code FROM core.case_aliases").fetchall()[0]
    text = signed_in("leader").get(f"/case?code={old.lower()}").text
    assert f"案件 {new}" in text
    assert "已并入本案" in text


def test_a_local_code_leads_to_its_case(signed_in: SignedIn, current: duckdb.DuckDBPyConnection) -> None:
    sql = "SELECT local_code, case_code FROM core.local_codes WHERE NOT is_contested"
    local, code = current.execute(sql).fetchall()[0]
    text = signed_in("leader").get(f"/case?code={local}").text
    assert f"案件 {code}" in text
    assert "是本案的地方编码" in text


def test_a_case_names_system_number_load_and_position_of_every_report(
    signed_in: SignedIn, current: duckdb.DuckDBPyConnection
) -> None:
    (code,) = current.execute("SELECT min(case_code) FROM core.cases WHERE report_count > 1").fetchall()[0]
    text = signed_in("leader").get(f"/case?code={code}").text
    reports = current.execute(
        "SELECT r.source_id, r.load_id, r.position, r.delivery_sha256 FROM core.case_reports r WHERE case_code = ?",
        [code],
    ).fetchall()
    assert len(reports) == 2
    for source_id, load_id, position, sha in reports:
        for part in (source_id, load_id, f"第 {position:,} 条", sha[:16]):
            assert part in text
    for words in ("一窗受理", "纠纷调处", "司法确认", "诉讼引调", "评价回访", "当事人证件相同", "相隔 3 天"):
        assert words in text


@pytest.mark.parametrize(
    ("value", "cases", "word"),
    [(0.95, 100, "达标"), (0.9499, 100, "接近"), (0.90, 100, "接近"), (0.8999, 100, "未达标"), (1.0, 9, "样本不足")],
)
def test_bands_are_stated_distances_from_the_stated_target(value: float, cases: int, word: str) -> None:
    found = band(RATE, Reading(0, cases, value))
    assert found is not None
    assert found.word == word


def test_a_target_for_less_is_met_from_below() -> None:
    fewer = replace(RATE, name="returned", better="down", target=0.1)
    found = [band(fewer, Reading(0, 50, value)) for value in (0.1, 0.14, 0.2)]
    assert [one.word for one in found if one] == ["达标", "接近", "未达标"]
    assert band(replace(RATE, target=None), Reading(0, 50, 0.5)) is None


def test_what_no_township_has_is_told_so_that_the_sum_is_the_countys() -> None:
    tiles = [Tile(code, code, Reading(0, 0, None), None, "", 0, cases, 0, 0) for code, cases in (("a", 25), ("b", 14))]
    assert [left_over(40, tiles), left_over(39, tiles), left_over(40, [])] == [1, 0, 0]


def test_the_month_before_january_is_december() -> None:
    assert (before("2026-01"), before("2026-10")) == ("2025-12", "2026-09")


def test_evidence_is_told_in_chinese_and_hides_other_departments_numbers() -> None:
    report = {
        "link_method": "transfer",
        "link_evidence": '{"rule":"transfer","system":"court_odr","source_id":"A1","days":0,"swapped":false}',
    }
    titles = {"court_odr": "在线矛盾纠纷多元化解平台"}
    assert "在线矛盾纠纷多元化解平台的来件 A1" in reason(report, titles, True)
    hidden = reason(report, titles, False)
    assert "A1" not in hidden
    assert hidden.endswith("同日报送。")


def test_errors_are_chinese_pages_that_say_what_to_do(signed_in: SignedIn) -> None:
    answer = signed_in("leader").get("/no-such-page")
    assert answer.status_code == 404
    assert "请从“治理视图”重新进入" in answer.text
    assert signed_in("leader").put("/").status_code == 405


def test_every_answer_carries_the_security_headers(signed_in: SignedIn) -> None:
    for path in ("/", "/healthz", "/static/page.js", "/rows.csv?metric=open_cases", "/no-such-page"):
        headers = signed_in("leader").get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
    assert signed_in("leader").get("/").headers["cache-control"] == "no-store"


def test_no_page_has_an_inline_script_or_style(signed_in: SignedIn) -> None:
    for path in ("/", "/quality", "/rows?metric=open_cases", "/metrics/open_cases", "/login"):
        text = signed_in("leader").get(path).text
        assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=|javascript:", text), path


def test_health_says_the_version_and_nothing_else(signed_in: SignedIn) -> None:
    assert signed_in("leader").get("/healthz").json() == {"status": "ok", "version": "v000001"}


def test_a_month_shows_that_months_numbers(signed_in: SignedIn, current: duckdb.DuckDBPyConnection) -> None:
    (value,) = current.execute(
        "SELECT value FROM mart.centre WHERE area_code = '33' AND metric = 'cases_accepted' AND period = '2026-07'"
    ).fetchall()[0]
    text = signed_in("leader").get("/?area=33&period=2026-07").text
    assert 'href="/rows?metric=cases_accepted&amp;area=33&amp;period=2026-07"' in text
    assert f">{value:,.0f}</a>" in text
    assert datetime(2026, 7, 1).strftime("2026年%-m月") in text


def test_quality_shows_each_dimension_with_advice_keys_and_the_balance(signed_in: SignedIn) -> None:
    text = signed_in("leader").get("/quality?department=justice_department").text
    for words in ("规范性", "完整性", "准确性", "一致性", "时效性", "可访问性", "请在源系统核对证件原件后更正"):
        assert words in text
    assert "PEOPLES_MEDIATION-0" in text
    assert 'class="mark green">平</span>' in text
    assert "/quality?dimension=accuracy&amp;department=justice_department#rules" in text


def test_the_lines_of_a_dataset_that_is_declared_no_more_stay(
    settings: Settings, signed_in: SignedIn, tmp_path: Path
) -> None:
    shutil.copytree(settings.home, tmp_path / "home", symlinks=True)
    left = replace(settings, home=tmp_path / "home", operations_url="")
    for file in ("current", "marts"):
        with duckdb.connect(str(left.published / f"{file}.duckdb")) as published:
            gone = published.execute("DELETE FROM ref.datasets WHERE system = 'peoples_mediation' RETURNING dataset")
            assert gone.fetchall(), file
    users.create(Store(left), "visitor", "another horse 141", "province", None)
    client = TestClient(create_app(left), follow_redirects=False)
    sign_in(client, "visitor", "another horse 141")
    lines = [
        {
            part: page.split(f'id="{part}"')[1].split("</section>")[0].count("<tr>")
            for part in ("rules", "rejected", "ledger")
        }
        for page in (one.get("/quality").text for one in (signed_in("leader"), client))
    ]
    assert lines[0] == lines[1]
    assert min(lines[0].values()) > 1


def test_the_numbers_of_a_grid_open_as_many_rows(signed_in: SignedIn, current: duckdb.DuckDBPyConnection) -> None:
    (grid,) = current.execute(
        "SELECT grid_code FROM core.cases GROUP BY ALL ORDER BY count(*) DESC LIMIT 1"
    ).fetchall()[0]
    text = signed_in("leader").get(f"/?area={grid}").text
    shown = re.findall(r'href="(/rows\?metric=\w+&amp;area=\d+)"[^>]*>([\d,]+)</a>', text)
    assert len(shown) >= 5
    for href, number in shown:
        lines = signed_in("leader").get(href.replace("&amp;", "&").replace("/rows", "/rows.csv")).text.splitlines()
        assert len(lines) - 1 == int(number.replace(",", "")), href


def test_the_strip_says_what_is_wrong_with_whole_datasets_in_scope(signed_in: SignedIn) -> None:
    strip = {who: signed_in(who).get("/quality").text.split("</aside>")[0] for who in ("leader", "binjiang", "justice")}
    for who in ("leader", "binjiang"):
        assert '<span class="mark yellow">2 处</span> 数据量为零 1、约定的字段缺失 1' in strip[who]
    assert "数据异常" not in strip["justice"], "another department's datasets"


def test_the_quality_page_lists_the_issues_of_datasets_with_what_to_do(signed_in: SignedIn) -> None:
    panel = signed_in("leader").get("/quality").text.split('id="issues"')[1].split("</section>")[0]
    titles = re.findall(r'class="mark (?:red|yellow)">([^<]+)<', panel)
    assert titles == ["数据量为零", "数据迟到", "约定的字段缺失"]
    for words in ("disputes.纠纷名称", "2026-09-14（周一）0 行", "约 40 行，22 至 58 行", "补报当日记录", "时效性"):
        assert words in panel
    assert 'id="issues"' not in signed_in("leader").get("/quality?system=union_rights").text


def test_a_month_ends_where_the_next_begins() -> None:
    assert (end_of("2026-01"), end_of("2026-12")) == (datetime(2026, 2, 1), datetime(2027, 1, 1))
