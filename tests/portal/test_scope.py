"""Access is refused unless scope() allows it: every route, every role."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import duckdb
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from hub.reading import statement
from hub.scope import Refused, Scope, scope
from portal import reader
from quality.report import gathering

SignedIn = Callable[[str], TestClient]
ROLES = ("leader", "binjiang", "justice", "engineer", "auditor")

# Route -> what each of ROLES gets for the province-wide question. A new route must be entered here.
EXPECTED = {
    "/": ("/?area=33", (200, 403, 403, 200, 403)),
    "/rows": ("/rows?metric=open_cases&area=33", (200, 403, 200, 200, 403)),
    "/rows.csv": ("/rows.csv?metric=open_cases&area=33", (200, 403, 200, 200, 403)),
    "/rows.xlsx": ("/rows.xlsx?metric=open_cases&area=33", (200, 403, 200, 200, 403)),
    "/released": ("/released?area=33", (200, 200, 200, 200, 200)),
    "/released.csv": ("/released.csv?area=330106", (200, 200, 200, 200, 200)),
    "/changes": ("/changes?area=33", (200, 403, 403, 200, 403)),
    "/changes/rows": ("/changes/rows?metric=cases_accepted&cause=late&area=33", (200, 403, 403, 200, 403)),
    "/case": ("/case", (200, 200, 200, 200, 200)),
    "/quality": ("/quality?department=high_court", (200, 200, 403, 200, 403)),
    "/report": ("/report?department=high_court", (200, 403, 403, 200, 403)),
    "/report.csv": ("/report.csv?department=high_court", (200, 403, 403, 200, 403)),
    "/report.xlsx": ("/report.xlsx?department=high_court", (200, 403, 403, 200, 403)),
    "/orders": ("/orders", (200, 403, 200, 200, 403)),
    "/orders/{order_no}": ("/orders/GD20260915-0001", (200, 403, 404, 200, 403)),
    "/orders/{order_no}/rows.csv": ("/orders/GD20260915-0001/rows.csv", (200, 403, 404, 200, 403)),
    "/orders/{order_no}/rows.xlsx": ("/orders/GD20260915-0001/rows.xlsx", (200, 403, 404, 200, 403)),
    "/links": ("/links", (200, 403, 403, 200, 403)),
    "/returns": ("/returns", (200, 200, 200, 200, 200)),
    "/returns/{number}/{name}": ("/returns/99/core.cases.csv", (403, 404, 404, 403, 403)),
    "/gate": ("/gate", (200, 403, 403, 200, 403)),
    "/metrics": ("/metrics", (200, 200, 200, 200, 200)),
    "/definitions": ("/definitions?area=330106", (200, 200, 200, 200, 200)),
    "/metrics/{name}": ("/metrics/open_cases", (200, 200, 200, 200, 200)),
    "/password": ("/password", (200, 200, 200, 200, 200)),
    "/reveal": ("/reveal?system=court_odr&source_id=none", (404, 404, 403, 403, 403)),
    "/reveals": ("/reveals", (403, 403, 403, 403, 200)),
}
OPEN = {"/login", "/logout", "/healthz"}
FOR_PROGRAMS = "/api/"
"""Routes that open with a token only; test_returns.py asks them."""


@dataclass
class Somebody:
    login: str = "x"
    role: str = "province"
    area_code: str | None = None
    department: str | None = None


def test_every_route_answers_each_role_as_stated(app: FastAPI, signed_in: SignedIn) -> None:
    asked = [route for route in _routes(app) if "GET" in route.methods and not route.path.startswith(FOR_PROGRAMS)]
    routes = {route.path for route in asked}
    assert routes - OPEN == set(EXPECTED)
    for path, (question, statuses) in EXPECTED.items():
        answered = tuple(signed_in(login).get(question).status_code for login in ROLES)
        assert answered == statuses, path


def test_without_a_session_every_route_leads_to_sign_in(app: FastAPI) -> None:
    stranger = TestClient(app, follow_redirects=False)
    for path, (question, _) in EXPECTED.items():
        answer = stranger.get(question)
        assert (answer.status_code, answer.headers["location"][:6]) == (303, "/login"), path


def test_another_county_is_refused_on_a_chinese_page(signed_in: SignedIn) -> None:
    for question in ("/?area=3302", "/?area=330106", "/?area=33", "/rows?metric=open_cases&area=3302"):
        answer = signed_in("binjiang").get(question)
        assert answer.status_code == 403
        assert answer.headers["content-type"].startswith("text/html")
        assert "不在您的权限范围内" in answer.text


def test_a_county_sees_its_own_cases_and_no_others(signed_in: SignedIn, current: duckdb.DuckDBPyConnection) -> None:
    own = _codes(current, "SELECT case_code FROM core.cases WHERE county_code = '330108'")
    answer = signed_in("binjiang").get("/rows.csv?metric=cases_accepted")
    assert _codes_in(answer.text) == own
    other = _codes(current, "SELECT case_code FROM core.cases WHERE county_code = '330106' LIMIT 1").pop()
    assert signed_in("binjiang").get(f"/case?code={other}").status_code == 404


def test_a_case_outside_the_scope_answers_like_one_that_does_not_exist(
    signed_in: SignedIn, current: duckdb.DuckDBPyConnection
) -> None:
    outside = _codes(current, "SELECT case_code FROM core.cases WHERE county_code = '330106' LIMIT 1").pop()
    missing = "JF3301082020010199999Z"
    there, nowhere = (signed_in("binjiang").get(f"/case?code={code}") for code in (outside, missing))
    assert there.status_code == nowhere.status_code == 404
    assert there.text.replace(outside, "") == nowhere.text.replace(missing, "")


def test_a_department_sees_only_cases_that_its_systems_reported(
    signed_in: SignedIn, current: duckdb.DuckDBPyConnection
) -> None:
    own = _codes(current, "SELECT case_code FROM core.case_reports WHERE system = 'peoples_mediation'")
    assert _codes_in(signed_in("justice").get("/rows.csv?metric=cases_accepted").text) == own
    other = _codes(current, "SELECT case_code FROM core.cases").difference(own).pop()
    assert signed_in("justice").get(f"/case?code={other}").status_code == 404


def test_a_department_sees_its_own_reports_of_a_shared_case_and_no_parties(
    signed_in: SignedIn, current: duckdb.DuckDBPyConnection
) -> None:
    shared = _codes(
        current,
        "SELECT case_code FROM core.case_reports GROUP BY case_code "
        "HAVING bool_or(system = 'peoples_mediation') AND bool_or(system <> 'peoples_mediation') LIMIT 1",
    ).pop()
    text = signed_in("justice").get(f"/case?code={shared}").text
    assert "另有 1 件来件来自其他部门" in text
    assert "统一政务咨询投诉举报平台" not in text
    assert "没有您能看到的当事人" in text
    assert "张*" not in text


def test_a_department_sees_only_its_own_quality(signed_in: SignedIn) -> None:
    text = signed_in("justice").get("/quality").text
    assert "人民调解大数据管理平台" in text
    for other in ("在线矛盾纠纷多元化解平台", "12351 职工维权", "省高级人民法院", "COURT_ODR-0"):
        assert other not in text
    assert signed_in("justice").get("/quality?system=court_odr").status_code == 403


def test_a_county_sees_quality_without_source_keys_or_refused_rows(signed_in: SignedIn) -> None:
    text = signed_in("binjiang").get("/quality").text
    assert "六个维度" in text
    assert "COURT_ODR-0" not in text
    assert "退回未改的行" not in text


def test_an_engineer_follows_a_case_to_its_source_and_sees_no_people(
    signed_in: SignedIn, current: duckdb.DuckDBPyConnection
) -> None:
    code = _codes(current, "SELECT case_code FROM core.cases LIMIT 1").pop()
    text = signed_in("engineer").get(f"/case?code={code}").text
    assert "原件指纹" in text
    assert "当事人</h2>" not in text
    assert "张*" not in text


@pytest.mark.parametrize(
    "person",
    [None, Somebody(role="root"), Somebody(role="county"), Somebody(role="department"), Somebody(role="")],
)
def test_nobody_and_incomplete_accounts_are_refused(person: Somebody | None) -> None:
    with pytest.raises(Refused):
        scope(person)


@pytest.mark.parametrize("table", ["record.case_reports", "vault.personal_values", "ops.issues", "core.unknown"])
def test_a_table_without_a_rule_is_refused_even_to_the_province(table: str) -> None:
    with pytest.raises(Refused):
        scope(Somebody()).table(table)


def test_consultations_of_others_hide_no_party_and_their_keys_stay_theirs() -> None:
    """A consultation is in no case; of a shared case a department has neither parties nor the other's number."""
    con = duckdb.connect()
    con.execute("ATTACH ':memory:' AS current; ATTACH ':memory:' AS marts; CREATE SCHEMA current.core")
    con.execute("CREATE SCHEMA marts.ref; CREATE TABLE marts.ref.systems AS SELECT 'ours' AS system, 'd' AS department")
    con.execute(
        "CREATE TABLE current.core.case_reports AS SELECT unnest(['ours', 'ours', 'other', 'other']) AS system,"
        " unnest(['own', 'shared', 'shared', NULL]) AS case_code, unnest([NULL, $link, $link, NULL]) AS link_evidence",
        {"link": '{"rule":"transfer","system":"other","source_id":"9","matched":"9","days":3}'},
    )
    con.execute("CREATE TABLE current.core.parties AS SELECT unnest(['own', 'shared']) AS case_code")
    con.execute(
        "CREATE TABLE current.core.cases AS SELECT 'shared' AS case_code, 'other' AS first_system,"
        " '9' AS first_source_id, 'ours' AS leading_system, '1' AS leading_source_id"
    )
    own = scope(Somebody(role="department", department="d"))
    given = {"scope_department": "d"}
    assert con.execute(own.table("core.parties"), given).fetchall() == [("own",)]
    assert con.execute(own.table("core.cases"), given).fetchall() == [("shared", None, None, "ours", "1")]
    assert con.execute(own.table("core.case_reports"), given).fetchall() == [
        ("ours", "own", None), ("ours", "shared", '{"rule":"transfer","days":3}')
    ]  # fmt: skip


def test_no_query_names_a_table_outside_the_scope() -> None:
    for folder in (reader.SQL, gathering.SQL):
        names = [str(path.relative_to(folder).with_suffix("")) for path in folder.rglob("*.sql")]
        assert len(names) > 10
        for name in names:
            statement(folder, name)  # raises for a table that is not in braces


def test_a_longer_code_is_inside_and_a_sibling_is_not() -> None:
    county = Scope("county", "330108", None)
    assert county.inside("330108001") == "330108001"
    for other in ("3301", "33", "330106", "33010", ""):
        with pytest.raises(Refused):
            county.inside(other)


def _routes(app: FastAPI) -> list[APIRoute]:
    found = [route for route in app.routes if isinstance(route, APIRoute)]
    assert found
    return found


def _codes(current: duckdb.DuckDBPyConnection, sql: str) -> set[str]:
    return {code for (code,) in current.execute(sql).fetchall()}


def _codes_in(text: str) -> set[str]:
    return {line.split(",", 1)[0] for line in text.splitlines()[1:] if line}
