"""Every number opens its rows, and what a person types is never SQL, HTML or a formula."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable

import duckdb
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from operations import access_log
from portal.listing import LISTINGS
from quality.report.sheets import csv_lines, safe, write_workbook
from warehouse import metrics

SignedIn = Callable[[str], TestClient]


@pytest.mark.parametrize("metric", metrics.metrics(), ids=lambda metric: metric.name)
def test_the_rows_give_the_number_again(
    metric: metrics.Metric, signed_in: SignedIn, current: duckdb.DuckDBPyConnection
) -> None:
    for area in ("33", "3301", "330108", "330108001"):
        stated = current.execute(
            "SELECT numerator, denominator, value FROM mart.centre "
            "WHERE metric = ? AND area_code = ? AND period = 'all'",
            [metric.name, area],
        ).fetchone()
        assert stated is not None
        lines = list(csv.reader(signed_in("leader").get(f"/rows.csv?metric={metric.name}&area={area}").iter_lines()))
        rows = lines[1:]
        if metric.measure == "count":
            assert len(rows) == stated[0]
        elif metric.measure == "share":
            assert (sum(row[-1] == "是" for row in rows), len(rows)) == (stated[0], stated[1])
        elif metric.measure == "sum":
            assert sum(int(row[lines[0].index("人次")]) for row in rows) == stated[0]
        else:
            assert len(rows) == stated[0]


def test_a_month_and_a_platform_narrow_the_rows_as_the_mart_does(
    signed_in: SignedIn, current: duckdb.DuckDBPyConnection
) -> None:
    (stated,) = current.execute(
        "SELECT numerator FROM mart.platforms WHERE metric = 'closed_cases' AND area_code = '33' "
        "AND period = '2026-08' AND platform_code = 'ZZ'"
    ).fetchall()[0]
    text = signed_in("leader").get("/rows.csv?metric=closed_cases&area=33&period=2026-08&platform=ZZ").text
    assert len(text.splitlines()) - 1 == stated > 0


def test_every_metric_of_the_registry_has_a_list() -> None:
    assert {metric.rows for metric in metrics.metrics()} <= set(LISTINGS)


def test_a_row_list_says_what_the_number_means(signed_in: SignedIn) -> None:
    text = signed_in("leader").get("/rows?metric=on_time_rate&area=3301").text
    for part in ("期限在期内届满的案件中", "分子", "分母", "due_at", "第 1 版", "未计入分子"):
        assert part in text


@pytest.mark.parametrize(
    "question",
    [
        "/rows?metric=open_cases&area=33'%20OR%20'1'='1",
        "/?area=33%27%29%3B%20DROP%20TABLE%20x",
        "/?area=33&period=2026-08'--&rank=x'",
        "/rows?metric=open_cases&area=33&platform=ZZ'%20OR%201=1",
        "/rows?metric=open_cases'&area=33",
        "/rows?metric=open_cases&area=33&part=1=1&number=-1",
        "/rows?metric=open_cases&number=99999999999999999999",
        "/quality?department='%20OR%201=1&number=x",
        "/quality?system=%00",
        "/case?code=%27%20OR%201%3D1",
        "/case?code=<script>alert(1)</script>",
        "/metrics/%22%3E%3Cscript%3E",
    ],
)
def test_what_is_typed_is_a_value_and_never_code(question: str, signed_in: SignedIn) -> None:
    answer = signed_in("binjiang").get(question)
    assert answer.status_code in (200, 403, 404)
    assert "<script>alert" not in answer.text
    assert "JF330106" not in answer.text


def test_an_unknown_metric_is_not_found(signed_in: SignedIn) -> None:
    answer = signed_in("leader").get("/rows?metric=no_such&area=33")
    assert answer.status_code == 404
    assert "没有这个页面" in answer.text


@pytest.mark.parametrize("text", ["=1+1", "+86", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert safe(text) == "'" + text
    body = b"".join(csv_lines(["列"], [[text]])).decode("utf-8")
    assert list(csv.reader(io.StringIO(body)))[1] == ["'" + text]


def test_csv_opens_in_chinese_and_xlsx_holds_no_formula(signed_in: SignedIn) -> None:
    assert signed_in("leader").get("/rows.csv?metric=red_open").content.startswith(b"\xef\xbb\xbf")
    answer = signed_in("leader").get("/rows.xlsx?metric=red_open")
    sheets = zipfile.ZipFile(io.BytesIO(answer.content))
    assert b"<f>" not in sheets.read("xl/worksheets/sheet1.xml")
    body = io.BytesIO()
    write_workbook(body, ["列"], [["=1+1"]], ["=2"])
    made = zipfile.ZipFile(body)
    assert all(b"<f>" not in made.read(name) for name in made.namelist() if "worksheets" in name)


def test_exports_and_look_ups_are_kept(signed_in: SignedIn, current: duckdb.DuckDBPyConnection, app: FastAPI) -> None:
    (code,) = current.execute("SELECT min(case_code) FROM core.cases WHERE county_code = '330108'").fetchall()[0]
    signed_in("binjiang").get(f"/case?code={code}")
    signed_in("binjiang").get("/rows.csv?metric=open_cases")
    kept = access_log.recent(app.state.parts.store, 2)
    assert [(line["who"], line["what"]) for line in kept] == [("binjiang", "export"), ("binjiang", "case")]
    assert kept[1]["subject"] == code
