"""The command line: JSON alone on stdout, one clear message and exit code 1 where something is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from homes import hub_json, run_hub

from hub.documents import stale
from schemas.declaration import FOLDER as DECLARATIONS


def test_systems_lists_every_declared_system(tmp_path: Path) -> None:
    systems = hub_json(tmp_path, "systems")
    assert [row["system"] for row in systems] == sorted(path.stem for path in DECLARATIONS.glob("*.yml"))
    assert len({row["department"] for row in systems}) == 33  # of 39 systems
    assert all(set(row) == {"system", "department", "kind", "datasets"} for row in systems)
    assert {row["kind"] for row in systems} == {"rest", "database", "files", "soap", "queue"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["sync", "no_such_system"], "declared are: bank_complaints, base_library, community_correction"),
        (["sync", "court_odr", "no_such_dataset"], "it has: pre_suit_cases"),
        (["trace", "JF0"], "run `hub run`"),
        (["check", "court_odr", "--json"], "AIRFLOW_CONN_COURT_ODR"),
        (["sync", "court_odr", "--since", "2026-06-15", "--until", "2026-06-01"], "since must be before until"),
        (["ledger", "--system", "no_such_system"], "no system 'no_such_system'; declared are: bank_complaints"),
        (["workorders", "--system", "no_such_system"], "no system 'no_such_system'; declared are: bank_complaints"),
        (["quarantine", "list", "--system", "no_such_system"], "no system 'no_such_system'; declared are: bank_co"),
    ],
)
def test_a_mistake_gets_one_message_that_says_what_to_do(tmp_path: Path, arguments: list[str], says: str) -> None:
    done = run_hub(tmp_path, *arguments, check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert says in done.stderr + done.stdout


@pytest.mark.parametrize(
    "command", [("preview", "court_odr", "pre_suit_cases"), ("quarantine", "list"), ("ledger",)], ids=" ".join
)
def test_fewer_rows_than_one_cannot_be_asked_for(tmp_path: Path, command: tuple[str, ...]) -> None:
    done = run_hub(tmp_path, *command, "--limit", "-1", check=False)
    assert done.returncode == 2
    assert "greater than or equal to 1" in done.stderr


def test_sql_prints_one_statement_with_every_column(tmp_path: Path) -> None:
    sql = run_hub(tmp_path, "sql", "court_odr", "pre_suit_cases").stdout
    for column in ("case_type_code", "reported_at", "applicant_id_no", "record_hash"):
        assert column in sql
    assert "sqdj_bh" in sql


def test_sql_prints_the_rules_that_compare_records_too(tmp_path: Path) -> None:
    sql = run_hub(tmp_path, "sql", "court_odr", "pre_suit_steps", "--records").stdout
    titles = [line for line in sql.splitlines() if line.startswith("-- ") and " [warning] " in line]
    assert [line.split()[1] for line in titles] == [
        "report_source_id.reference", "happened_at.unique", "status_code.transition",
    ]  # fmt: skip
    assert sql.count("FROM record.case_steps") == 3


def test_preview_and_check_ask_the_source_and_land_nothing(province: Path) -> None:
    found = hub_json(province, "preview", "court_odr", "pre_suit_cases", "--limit", "5")
    assert found["rows"]
    assert len(found["rows"]) + len(found["left_out"]) == 5
    assert all(row["raw"]["sqdj_bh"] for row in found["rows"])
    findings = hub_json(province, "check")
    assert {row["system"] for row in findings if row["ok"]} == {row["system"] for row in hub_json(province, "systems")}
    assert not list((province / "landing").glob("*/*/*/manifest.json"))


def test_doctor_finds_a_prepared_home_well(prepared: tuple[Path, dict[str, Any]]) -> None:
    done = run_hub(prepared[0], "doctor", "--json", check=False)
    wrong = [finding for finding in json.loads(done.stdout) if not finding["ok"]]
    # So small a province is silent for days.
    assert [finding for finding in wrong if not finding["message"].startswith(("数据中断", "数据量为零"))] == []


def test_a_quarantined_row_can_be_listed_shown_and_replayed(prepared: tuple[Path, dict[str, Any]]) -> None:
    home = prepared[0]
    rows = hub_json(home, "quarantine", "list")
    assert rows
    text = run_hub(home, "quarantine", "list", "--limit", "1").stdout
    assert f"1 of {len(rows)} rows" in text
    row = hub_json(home, "quarantine", "show", rows[0]["load_id"], str(rows[0]["position"]))
    assert row["reasons"]
    assert all(reason["message"] for reason in row["reasons"])
    assert row["raw"]


def test_the_generated_documents_are_up_to_date() -> None:
    assert stale() == [], "run `make docs` and commit the result"


def test_a_wrong_setting_is_one_line_too(tmp_path: Path) -> None:
    done = run_hub(tmp_path / "home", "doctor", check=False, HUB_AS_OF="tomorrow")
    assert done.returncode == 1
    assert "hub: HUB_AS_OF must be an ISO time such as 2026-06-30T08:00:00" in done.stderr
    assert "Traceback" not in done.stderr
