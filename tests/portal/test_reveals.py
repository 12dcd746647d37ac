"""The page that shows personal values: whom it lets in, what it keeps, and who may see what was kept."""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import pytest
from fastapi.testclient import TestClient
from signing_in import csrf

from hub import catalogue
from operations import access_log
from operations.settings import Settings
from operations.store import Store
from warehouse import reveal
from warehouse.build import Writer
from warehouse.tables import create_tables

SignedIn = Callable[[str], TestClient]
NAME, REASON = "钱塘江月", "来访人询问办理进度"


@pytest.fixture(scope="module")
def report(settings: Settings) -> tuple[str, str]:
    """A report of 滨江 with a name behind its token."""
    query = "SELECT system, source_id FROM core.case_reports WHERE county_code = '330108' ORDER BY ALL LIMIT 1"
    with duckdb.connect(str((settings.published / "latest" / "current.duckdb").resolve()), read_only=True) as con:
        ((system, source_id),) = con.execute(query).fetchall()
    contracts = [catalogue.contracts()["case_reports"]]
    with Writer(settings) as writer:
        create_tables(writer, contracts)
        writer.con.execute(
            "INSERT INTO record.case_reports (system, source_id, applicant_name_token) VALUES (?, ?, 't')",
            [system, source_id],
        )
        writer.con.execute("INSERT INTO vault.personal_values VALUES ('name', 't', ?)", [NAME])
        reveal.write(writer, contracts, 1)
    reveal.swap(settings)
    return system, source_id


def post(client: TestClient, report: tuple[str, str], **more: object) -> str:
    page = client.get("/reveal", params={"system": report[0], "source_id": report[1]}).text
    form = {"csrf": csrf(page), "system": report[0], "source_id": report[1], "field": ["applicant_name"]}
    return client.post("/reveal", data=form | {"reason": REASON} | more).text


def test_a_value_is_shown_with_its_reason_kept_and_the_auditor_sees_that(
    signed_in: SignedIn, settings: Settings, report: tuple[str, str]
) -> None:
    shown = post(signed_in("binjiang"), report)
    assert NAME in shown
    assert "已留痕" in shown
    (kept, *_) = access_log.recent(Store(settings), what="reveal")
    assert (kept["who"], kept["reason"]) == ("binjiang", REASON)
    assert kept["subject"] == f"case_reports {report[0]}/{report[1]}: applicant_name"
    listed = signed_in("auditor").get("/reveals").text
    assert REASON in listed
    assert report[1] in listed
    assert NAME not in listed
    assert signed_in("auditor").get("/").headers["location"] == "/reveals"


def test_without_a_reason_or_a_field_nothing_is_shown_or_kept(
    signed_in: SignedIn, settings: Settings, report: tuple[str, str]
) -> None:
    before = access_log.recent(Store(settings), what="reveal")
    for given, told in (
        ({"reason": "查"}, "请写明理由"),
        ({"field": []}, "请勾选"),
        ({"field": ["status_code"]}, "请勾选"),
    ):
        answer = post(signed_in("binjiang"), report, **given)
        assert told in answer
        assert NAME not in answer
    assert access_log.recent(Store(settings), what="reveal") == before


def test_roles_without_the_duty_and_forged_forms_are_refused(signed_in: SignedIn, report: tuple[str, str]) -> None:
    form = {"csrf": "x", "system": report[0], "source_id": report[1], "field": ["applicant_name"], "reason": REASON}
    for login in ("binjiang", "justice", "engineer", "auditor"):
        answer = signed_in(login).post("/reveal", data=form)
        assert (answer.status_code, NAME in answer.text) == (403, False), login


def test_a_report_of_another_county_is_not_there(
    signed_in: SignedIn, current: duckdb.DuckDBPyConnection, report: tuple[str, str]
) -> None:
    query = (
        "SELECT r.system, r.source_id FROM core.case_reports AS r JOIN core.cases AS c USING (case_code)"
        " WHERE r.county_code = '330106' AND c.county_code = '330106' LIMIT 1"
    )
    ((system, source_id),) = current.execute(query).fetchall()
    answer = signed_in("binjiang").get("/reveal", params={"system": system, "source_id": source_id})
    assert answer.status_code == 404
    assert "查看原值" in signed_in("binjiang").get("/case", params={"code": _case(current, report)}).text
    assert "查看原值" not in signed_in("engineer").get("/case", params={"code": _case(current, report)}).text


def _case(current: duckdb.DuckDBPyConnection, report: tuple[str, str]) -> str:
    query = "SELECT case_code FROM core.case_reports WHERE system = ? AND source_id = ?"
    return str(current.execute(query, list(report)).fetchall()[0][0])
