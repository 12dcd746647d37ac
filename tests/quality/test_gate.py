"""The gate lets a sound candidate through, and stops one in which any single critical rule is broken."""

import json
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from quality.checkpoint import findings
from quality.gate import GateResult, gate
from quality.gate_suite import FAULTS, PASSING, Baseline, checks
from schemas.contract import Column, Contract

AS_OF = datetime(2026, 6, 30)
SOUND = Path(__file__).parent / "gate_candidate.sql"
REPORTS = Contract(
    name="case_reports",
    title="来件",
    version="1.0.0",
    description="",
    columns=(Column(name="reported_at", title="来件时间", type="TIMESTAMP", required=True),),
    checks=(),
)
CONTRACTS = {"case_reports": REPORTS}

BROKEN = {
    "record.case_reports.system.present": "UPDATE record.case_reports SET system = NULL",
    "record.case_reports.source_id.present": "UPDATE record.case_reports SET source_id = NULL",
    "record.case_reports.reported_at.present": "UPDATE record.case_reports SET reported_at = NULL",
    "record.case_reports.key": "UPDATE record.case_reports SET source_id = 'B1' WHERE source_id = 'B2'",
    "core.cases.code.present": "UPDATE core.cases SET case_code = NULL WHERE colour = 'green'",
    "core.cases.code.unique": "INSERT INTO core.cases FROM core.cases LIMIT 1",
    "core.cases.code.form": "UPDATE core.cases SET case_code = 'X' || case_code",
    "core.cases.colour.known": "UPDATE core.cases SET colour = 'blue'",
    "core.cases.dates.mostly": "UPDATE core.cases SET closed_at = TIMESTAMP '2020-01-01'",
    "core.cases.kept": "DELETE FROM core.cases WHERE colour = 'green'",
    "record.case_reports.kept": "DELETE FROM record.case_reports WHERE source_id = 'B3'",
    "reports_have_their_case": "UPDATE core.case_reports SET case_code = 'JF0' WHERE source_id = 'B2'",
    "cases_have_reports": "DELETE FROM core.case_reports WHERE source_id = 'B2'",
    "report_counts_agree": "UPDATE core.cases SET report_count = 3 WHERE colour = 'red'",
    "steps_have_their_case": "UPDATE core.case_steps SET case_code = 'JF0'",
    "steps_in_order": "UPDATE core.case_steps SET happened_at = TIMESTAMP '2020-01-01' WHERE seq = 2",
    "parties_have_their_case": "UPDATE core.parties SET case_code = 'JF0'",
    "parties_are_masked": "UPDATE core.parties SET phone_mask = '13812341234'",
    "counties_are_known": "UPDATE core.cases SET county_code = '110101'",
    "platforms_are_known": "UPDATE core.cases SET platform_code = '99'",
    "ledger_balances": "UPDATE ops.loads SET loaded = loaded - 1 WHERE declared IS NULL",
    "centre_equals_cases": "UPDATE mart.centre SET numerator = 2 WHERE area_level = 'province'",
}

Judge = Callable[[str], GateResult]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    database = tmp_path_factory.mktemp("gate") / "sound.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute(SOUND.read_text(encoding="utf-8"))
    return database


@pytest.fixture
def judge(sound: Path, tmp_path: Path) -> Judge:
    """Judges the sound candidate after one statement tampered with it; the sound one was published before."""

    def judged(statement: str) -> GateResult:
        candidate = tmp_path / "candidate.duckdb"
        shutil.copyfile(sound, candidate)
        with duckdb.connect(str(candidate)) as connection:
            connection.execute(statement)
        return gate(candidate, sound, CONTRACTS, AS_OF)

    return judged


def failed(result: GateResult) -> set[str]:
    return {row["check_id"] for row in result.results if not row["success"]}


def test_a_sound_candidate_passes_every_expectation_and_none_raises(judge: Judge) -> None:
    result = judge("SELECT 1")
    assert [row for row in result.results if row["error"]] == []
    assert failed(result) == set()
    assert result.success
    assert result.critical == []


def test_a_verdict_can_be_kept_as_json(judge: Judge) -> None:
    result = judge("UPDATE core.cases SET county_code = '110101'")
    assert json.loads(json.dumps(result.results)) == result.results


def test_the_first_publish_has_nothing_to_compare_with(sound: Path) -> None:
    assert gate(sound, None, CONTRACTS, AS_OF).success


@pytest.mark.parametrize("check_id", BROKEN)
def test_a_broken_critical_rule_stops_the_publish(check_id: str, judge: Judge) -> None:
    result = judge(BROKEN[check_id])
    assert check_id in failed(result)
    assert not result.success
    title = next(row["title"] for row in result.results if row["check_id"] == check_id)
    assert any(title in sentence for sentence in result.critical)


def test_every_critical_rule_is_proved_by_a_broken_candidate() -> None:
    before = Baseline(rows={"core.cases": 2, "record.case_reports": 4})
    critical = {check.id for check in checks(CONTRACTS, before, AS_OF) if check.severity == "critical"}
    assert critical == set(BROKEN)


@pytest.mark.parametrize(
    ("check_id", "statement"),
    [
        ("systems_are_fresh", "UPDATE mart.trust SET freshness_state = 'failed'"),
        ("record.case_reports.fresh", "UPDATE record.case_reports SET landed_at = TIMESTAMP '2026-06-01'"),
    ],
)
def test_late_data_is_reported_and_published(check_id: str, statement: str, judge: Judge) -> None:
    result = judge(statement)
    assert failed(result) == {check_id}
    assert result.success


def test_one_wrong_date_among_many_is_the_departments_and_only_reported(judge: Judge) -> None:
    result = judge("""
        INSERT INTO core.cases
        SELECT
            'JF33010620260604' || lpad(i::VARCHAR, 5, '0') || '0', '330106', '10', 1, 'grey',
            TIMESTAMP '2026-06-03', if(i = 0, TIMESTAMP '2026-06-02', TIMESTAMP '2026-06-04'), false, false
        FROM range(40) AS t (i);
        INSERT INTO core.case_reports
        SELECT case_code, 'court_odr', case_code FROM core.cases WHERE colour = 'grey';
    """)
    assert failed(result) == {"core.cases.dates.all"}
    assert result.success


def test_rows_that_the_ledger_saw_deleted_are_not_missed(judge: Judge) -> None:
    result = judge(
        "DELETE FROM record.case_reports WHERE source_id = 'B3'; "
        "DELETE FROM core.case_reports WHERE source_id = 'B3'; "
        "INSERT INTO ops.loads VALUES "
        "('20260629T060000-0003', 'petition_hotline', 'work_orders', NULL, 1, 0, 0, 0, 0, 1, 0, 0)"
    )
    assert result.success, result.critical


MERGED = """
    DELETE FROM core.cases WHERE colour = 'green';
    UPDATE core.cases SET report_count = 3;
    UPDATE core.case_reports SET case_code = 'JF3301022026060100001A' WHERE source_id = 'B2';
"""


def test_a_case_that_a_person_merged_is_not_missed_and_one_that_went_otherwise_is(judge: Judge) -> None:
    assert failed(judge(MERGED)) == {"core.cases.kept"}
    assert failed(judge(f"{MERGED} INSERT INTO core.case_decisions VALUES (1, 1, 'split')")) == {"core.cases.kept"}
    assert judge(f"{MERGED} INSERT INTO core.case_decisions VALUES (1, 1, 'merged')").success


def test_fewer_faults_or_open_matters_than_before_are_no_loss() -> None:
    before = Baseline(rows=dict.fromkeys(FAULTS | PASSING, 30))
    assert not [check.id for check in checks(CONTRACTS, before, AS_OF) if check.id.endswith(".kept")]


def test_a_table_without_rows_is_judged_as_great_expectations_judges_it(sound: Path, tmp_path: Path) -> None:
    emptied = tmp_path / "emptied.duckdb"
    shutil.copyfile(sound, emptied)
    with duckdb.connect(str(emptied)) as connection:
        connection.execute("DELETE FROM core.cases; DELETE FROM record.case_reports")
    asked = [check for check in checks(CONTRACTS, Baseline(), AS_OF) if check.of_each_row]
    found = findings(emptied, asked, {"result_format": "COMPLETE"}, memory_limit="1GiB", threads=1)
    told = {one.check.id: (one.success, one.observed, one.unexpected, one.error) for one in found}
    assert {check.expectation for check in asked} >= {"ExpectCompoundColumnsToBeUnique", "ExpectColumnValuesToBeInSet"}
    judged = {row["check_id"]: row for row in gate(emptied, None, CONTRACTS, AS_OF).results}
    for name in told:
        row = judged[name]
        assert (row["success"], row["observed"], row["unexpected"], row["error"]) == told[name], name


def test_a_missing_table_is_critical(judge: Judge) -> None:
    result = judge("DROP TABLE core.parties")
    assert failed(result) == {"core.parties.exists"}
    assert result.critical == ["core.parties:应有表 core.parties;the candidate has no such table"]


def test_an_expectation_that_cannot_be_evaluated_is_critical_even_if_it_only_warns(judge: Judge) -> None:
    result = judge("ALTER TABLE mart.trust DROP COLUMN freshness_state")
    assert failed(result) == {"systems_are_fresh"}
    assert not result.success
    assert "freshness_state" in result.critical[0]


def test_a_failure_names_rows_by_their_keys_and_no_value(judge: Judge) -> None:
    result = judge("UPDATE core.parties SET id_no_mask = '330102199001011234'")
    assert "JF3301022026060100001A" in result.critical[0]
    assert "330102199001011234" not in str(result)
