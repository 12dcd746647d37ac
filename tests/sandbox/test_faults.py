"""What goes wrong on request: a renamed code, a file sent again, days without a row, rows corrected and broken."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import python_calamine
import requests

from sandbox.deliveries import union_xlsx
from sandbox.deliveries.union_xlsx import SCIENTIFIC_CELL
from sandbox.soil.words import REPORTS, WORDS
from sandbox.world import World


@pytest.fixture(scope="module")
def province(start: Callable[..., Any]) -> Any:
    """A province of its own, since these tests change what it delivers."""
    return start("--dirt", "0.05")


def outbox(province: Any) -> Path:
    return Path(province.home / "sandbox/sftp/outbox")


def rows(province: Any, system: str) -> list[dict[str, Any]]:
    """What a system serves of its reports; the protocols have tests of their own."""
    with sqlite3.connect(province.home / "sandbox/world.db") as world:
        query = "SELECT body FROM rows WHERE system = ? AND dataset = ? AND copy = 0"
        return [json.loads(body) for (body,) in world.execute(query, (system, REPORTS[system]))]


def sheet(path: Path) -> list[list[Any]]:
    found: list[list[Any]] = python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_name("维权案件").to_python()
    return found


def lines(path: Path) -> list[list[Any]]:
    """The records of a workbook: between its header of four lines and its total and remark."""
    return sheet(path)[4:-2]


@pytest.mark.parametrize("system", ["court_odr", "peoples_mediation", "union_rights"])
def test_a_code_is_renamed_on_so_many_rows_and_the_old_one_comes_back(province: Any, system: str) -> None:
    field = WORDS[system, REPORTS[system]]["type"]
    before = {row[field] for row in rows(province, system)}
    assert province.run("fault", system, "rename_code", "--times", "3").returncode == 0
    new = [row[field] for row in rows(province, system) if row[field] not in before]
    assert len(new) == 3
    assert len(set(new)) == 1
    assert province.run("fault", system, "rename_code", "--times", "0").returncode == 0
    assert {row[field] for row in rows(province, system)} == before


def test_a_file_comes_again_under_another_name_and_under_its_own(province: Any) -> None:
    newest = max(outbox(province).glob("YLJF_????????.csv"))
    body, written = newest.read_bytes(), newest.stat().st_mtime_ns
    assert province.run("fault", "medical_disputes", "resend_file", "--times", "2").returncode == 0
    for number in (1, 2):
        again = newest.with_name(f"{newest.stem}_R{number}.csv")
        assert again.read_bytes() == body
        assert f"file={again.name}\n" in again.with_name(f"{again.name}.ok").read_text(encoding="utf-8")
    assert newest.read_bytes() == body
    assert newest.stat().st_mtime_ns > written


def test_a_number_in_scientific_notation_is_in_a_known_cell(province: Any) -> None:
    province.run("fault", "union_rights", "scientific_id")
    path = max(Path(province.env()["UNION_RIGHTS_DIR"]).glob("职工维权台账_*.xlsx"))
    column, row = ord(SCIENTIFIC_CELL[0]) - ord("A"), int(SCIENTIFIC_CELL[1:]) - 1
    assert sheet(path)[row][column] == 330108198802030000.0
    assert sheet(path)[3][column] == "身份证号"


def test_a_system_is_silent_for_days_and_then_everything_comes(start: Callable[..., Any]) -> None:
    province = start()
    for system in ("petition_hotline", "peoples_mediation", "medical_disputes", "union_rights"):
        assert province.run("fault", system, "empty_delivery", "--days", "1").returncode == 0
    exchange = province.env()["PEOPLES_MEDIATION_URL"].removeprefix("sqlite:///")

    def seen() -> tuple[int, int, int]:
        sign_in, url = province.sign_in("petition_hotline"), province.env()["PETITION_HOTLINE_URL"]
        token = requests.post(f"{url}/oauth/token", {"grant_type": "client_credentials"},
                              auth=(sign_in["login"], sign_in["password"]), timeout=5).json()  # fmt: skip
        bearer = {"Authorization": f"Bearer {token['access_token']}"}
        answer = requests.get(f"{url}/api/v2/work-orders", {"limit": 5}, headers=bearer, timeout=5)
        assert answer.status_code == 200
        newest = max(outbox(province).glob("YLJF_????????.csv.ok"))
        with sqlite3.connect(exchange) as database:
            (table,) = database.execute("SELECT count(*) FROM T_MEDIATION_CASE").fetchone()
        file = int(newest.read_text(encoding="utf-8").rpartition("rows=")[2])
        return answer.json()["result"]["totalCount"], table, file

    province.run("tick")
    assert seen() == (0, 0, 0)
    assert lines(Path(province.env()["UNION_RIGHTS_DIR"]) / "职工维权台账_202603.xlsx") == []
    province.run("tick")
    assert min(seen()) > 0
    refused = province.run("fault", "court_odr", "http_500", "--days", "2")
    assert refused.returncode == 1
    assert "only empty_delivery lasts for days" in refused.stderr


def test_a_workbook_that_was_sent_without_rows_is_filled_again(world: World, tmp_path: Path) -> None:
    newest = max(row["编号"] or "" for row in world.store.bodies("union_rights", "rights_cases"))
    day = datetime(int(newest[2:6]), int(newest[6:8]), 15, 20)
    path = tmp_path / f"职工维权台账_{newest[2:8]}.xlsx"
    union_xlsx.deliver(world.store, tmp_path, None, day)
    whole = lines(path)
    union_xlsx.deliver_nothing(tmp_path, day)
    assert lines(path) == []
    union_xlsx.deliver(world.store, tmp_path, day - timedelta(days=1), day + timedelta(days=1))
    assert lines(path) == whole != []


def test_corrected_and_broken_rows_are_told_as_keys(province: Any) -> None:
    made = province.run("break", "union_rights", "rights_cases", "--kind", "wrong_sex", "--count", "2", "--json")
    keys = json.loads(made.stdout)
    assert len(keys) == 2
    books = Path(province.env()["UNION_RIGHTS_DIR"])
    clock = province.status()["clock"].replace("T", " ")
    for key in keys:
        shown = [line[-1] for line in lines(books / f"职工维权台账_{key[2:8]}.xlsx") if line[1] == key]
        assert shown == [clock], "the workbook is written anew at once"
    options = [word for key in keys for word in ("--key", key)]
    fixed = province.run("fix", "union_rights", "rights_cases", *options, "--json")
    assert json.loads(fixed.stdout) == keys
    again = province.run("fix", "union_rights", "rights_cases", *options)
    assert again.returncode == 1
    assert "nothing is wrong with" in again.stderr
    unknown = province.run("break", "union_rights", "cases", "--kind", "wrong_sex")
    assert "union_rights rights_cases" in unknown.stderr
