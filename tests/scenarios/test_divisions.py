"""A case of March 2021 from 江干区 (330104) stays one of 江干 "then" and is one of 上城区 on today's map."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from homes import hub_json, run_hub
from signing_in import leader_of

from operations.settings import Settings

DECISION = Path(__file__).parents[2] / "docs" / "decisions" / "0007-two-maps.md"
PASSWORD = "correct horse 141"
FILED = {
    "CASE_NAME": "房屋漏水纠纷", "CASE_DESC": "楼上漏水，要求修复", "DISPUTE_TYPE": "101", "CASE_SCALE": "1",
    "CASE_SOURCE": "2", "RISK_GRADE": "C", "HAPPEN_DATE": "20210308", "REGISTER_TIME": "2021-03-09 09:00:00",
    "ACCEPT_TIME": "2021-03-10 10:00:00", "CASE_STATUS": "2", "APPLICANT_TYPE": "1", "APPLICANT_NAME": "陈大文",
    "APPLICANT_CERT_NUM": "330104198501011239", "APPLICANT_PHONE": "13800000000", "APPLICANT_SEX": "1",
    "RESPONDENT_TYPE": "1", "RESPONDENT_NAME": "王小二", "PLATFORM": "综治工作", "MINOR_FLAG": "N", "GROUP_FLAG": "N",
}  # fmt: skip
PLACES = {
    "RT-OLD-COUNTY": {"COUNTY_CODE": "330104"},
    "RT-OLD-TOWN": {"COUNTY_CODE": "330104", "TOWN_CODE": "330104010", "APPLICANT_CERT_NUM": None},
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home that has run over a small province, whose exchange database got the two cases of 2021 late."""
    made = tmp_path_factory.mktemp("divisions")
    run_hub(made, "sandbox", "up", "--cases", "60", "--today", "2026-06-30")
    try:
        _file_late(made / "sandbox" / "exchange.db")
        assert hub_json(made, "run", "peoples_mediation")["failures"] == {}
        yield made
    finally:
        run_hub(made, "sandbox", "down", check=False)


def _file_late(database: Path) -> None:
    """Write the cases of PLACES into the exchange database, as changed at its latest moment."""
    with sqlite3.connect(database) as exchange:
        (latest,) = exchange.execute("SELECT max(UPDATE_TIME) FROM T_MEDIATION_CASE").fetchone()
        for number, place in PLACES.items():
            row = {**FILED, **place, "CASE_NO": number, "ADD_TIME": latest, "UPDATE_TIME": latest}
            marks = ", ".join("?" for _ in row)
            exchange.execute(f"INSERT INTO T_MEDIATION_CASE ({', '.join(row)}) VALUES ({marks})", list(row.values()))


@pytest.fixture(scope="module")
def published(home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str((home / "published" / "current.duckdb").resolve()), read_only=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def code(published: duckdb.DuckDBPyConnection) -> str:
    """The code of the case that names no more than its old county."""
    found = published.execute("SELECT case_code FROM core.case_reports WHERE source_id = 'RT-OLD-COUNTY'").fetchall()
    assert len(found) == 1, "the report was loaded"
    return str(found[0][0])


@pytest.mark.parametrize("table", ["core.case_reports", "core.cases"])
def test_what_is_published_names_both_counties(published: duckdb.DuckDBPyConnection, code: str, table: str) -> None:
    places = published.execute(
        f"SELECT county_code, county_name, county_code_then, county_name_then FROM {table} WHERE case_code = ?", [code]
    ).fetchall()
    assert places == [("330102", "上城区", "330104", "江干区")]
    assert code.startswith("JF33010420210310"), "a case code keeps the county that was filed"


def test_a_street_that_went_elsewhere_is_counted_there(published: duckdb.DuckDBPyConnection) -> None:
    places = published.execute(
        "SELECT county_name, town_code, county_name_then, town_code_then FROM core.case_reports"
        " WHERE source_id = 'RT-OLD-TOWN'"
    ).fetchall()
    assert places == [("钱塘区", "330114001", "江干区", "330104010")]


def test_trace_tells_both(home: Path, code: str) -> None:
    traced = hub_json(home, "trace", code)
    for place in (traced, traced["reports"][0]):
        assert (place["county_name"], place["county_name_then"]) == ("上城区", "江干区")
    assert "上城区（当时：江干区）" in run_hub(home, "trace", code).stdout


def test_the_case_page_tells_both(home: Path, code: str) -> None:
    settings = Settings(home=home)
    page = leader_of(settings).get(f"/case?code={code}").text
    assert "上城区" in page
    assert "当时：江干区" in page


def test_the_marts_count_it_in_上城_and_the_map_of_then_in_江干(published: duckdb.DuckDBPyConnection) -> None:
    def counted(area: str) -> Any:
        return published.execute(
            "SELECT value FROM mart.centre WHERE area_code = ? AND metric = 'cases_accepted' AND period = '2021-03'",
            [area],
        ).fetchone()

    assert (counted("330102"), counted("330114"), counted("330104")) == ((1,), (1,), None)
    (query,) = re.findall(r"```sql\n(.*?)```", DECISION.read_text(encoding="utf-8"), re.DOTALL)
    then = [row for row in published.execute(query).fetchall() if row[2] == "2021-03"]
    assert then == [("330104", "江干区", "2021-03", 2)]
