"""The portal serves a department its own report and no other; province and engineer choose."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from urllib.parse import unquote

import duckdb
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from operations import access_log
from quality.report import listing
from quality.report.rendering import style_source

SignedIn = Callable[[str], TestClient]


def test_a_department_gets_its_own_report_without_asking(signed_in: SignedIn) -> None:
    text = signed_in("justice").get("/report").text
    assert "<h1>省司法厅</h1>" in text
    for other in ("省高级人民法院", "省总工会", "COURT_ODR", "全部部门"):
        assert other not in text
    assert signed_in("justice").get("/report?system=court_odr").status_code == 403
    assert signed_in("justice").get("/report?department=justice_department&system=court_odr").status_code == 403


@pytest.mark.parametrize("login", ["leader", "engineer"])
def test_province_and_engineer_choose_a_department_and_a_system(signed_in: SignedIn, login: str) -> None:
    text = signed_in(login).get("/report").text
    chosen = re.findall(r'href="(/report\?department=\w+)"', text)
    assert len(chosen) == 6
    text = signed_in(login).get(chosen[0]).text
    system = re.findall(r'href="(/report\?department=\w+&amp;system=\w+)"', text)[0].replace("&amp;", "&")
    assert "系统数据质量报告" in signed_in(login).get(system).text
    assert signed_in(login).get("/report?department=no_such").status_code == 403


def test_the_menu_leads_there_where_there_is_something_to_see(signed_in: SignedIn) -> None:
    assert 'href="/report"' in signed_in("justice").get("/quality").text
    assert 'href="/report' not in signed_in("binjiang").get("/quality").text


def test_the_page_may_use_its_own_style_and_no_other(signed_in: SignedIn) -> None:
    policy = signed_in("leader").get("/report").headers["content-security-policy"]
    assert f"style-src {style_source()};" in policy
    assert "unsafe" not in policy
    assert "style-src 'self';" in signed_in("leader").get("/quality").headers["content-security-policy"]


def test_every_failing_row_of_the_department_is_in_both_lists(
    signed_in: SignedIn, current: duckdb.DuckDBPyConnection, app: FastAPI
) -> None:
    (failing,) = current.execute(
        "SELECT count(*) FROM core.failing_rows WHERE system = 'peoples_mediation'"
    ).fetchall()[0]
    answer = signed_in("justice").get("/report.csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == failing > 0
    assert {row["系统"] for row in rows} == {"人民调解大数据管理平台"}
    assert "省司法厅_问题行_20260915.csv" in unquote(answer.headers["content-disposition"])
    assert access_log.recent(app.state.parts.store, 1)[0]["subject"] == "failing rows justice_department"
    workbook = signed_in("justice").get("/report.xlsx")
    assert workbook.content.startswith(b"PK")
    assert workbook.headers["content-type"].endswith("spreadsheetml.sheet")


def test_a_list_too_long_for_a_workbook_comes_as_csv(signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "XLSX_ROWS", 10)
    assert "/report.xlsx" not in signed_in("justice").get("/report").text
    answer = signed_in("justice").get("/report.xlsx")
    assert (answer.status_code, answer.headers["location"]) == (303, "/report.csv?department=justice_department")


def test_without_a_department_there_is_no_list(signed_in: SignedIn) -> None:
    assert signed_in("leader").get("/report.csv").status_code == 404
