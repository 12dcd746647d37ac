"""Every kind of bad input ends as a retry, a quarantined row or a failed load of that dataset alone, and says so."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from homes import SIX, clone, hub_json, run_hub


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A small province of its own, since faults change what it delivers; one run has been over it."""
    home = tmp_path_factory.mktemp("small")
    run_hub(home, "sandbox", "up", "--cases", "60", "--today", "2026-06-30")
    hub_json(home, "run", *SIX)
    yield home
    run_hub(home, "sandbox", "down", check=False)


@pytest.mark.parametrize(
    ("system", "dataset", "fault", "times"),
    [
        ("court_odr", "pre_suit_cases", "http_500", "2"),
        ("court_odr", "pre_suit_cases", "http_429", "1"),
        ("court_odr", "pre_suit_cases", "expire_token", "1"),
        ("court_odr", "pre_suit_cases", "truncated_json", "1"),
        ("petition_hotline", "work_orders", "http_500", "2"),
        ("petition_hotline", "work_orders", "http_429", "1"),
        ("petition_hotline", "work_orders", "expire_token", "1"),
        ("youth_hotline", "calls", "http_500", "1"),
    ],
)
def test_a_passing_fault_is_retried_and_nothing_is_missed(
    small: Path, system: str, dataset: str, fault: str, times: str, tmp_path: Path
) -> None:
    home = _reading(small, tmp_path)
    expected = hub_json(home, "sync", system, dataset, "--since", "2020-01-01")[0]["landed"]
    run_hub(small, "sandbox", "fault", system, fault, "--times", times)
    assert hub_json(home, "sync", system, dataset, "--since", "2020-01-01")[0]["landed"] == expected > 0


@pytest.mark.parametrize(
    ("system", "dataset", "fault", "says"),
    [
        ("court_odr", "pre_suit_cases", "wrong_password", ("court_odr", "AIRFLOW_CONN_COURT_ODR")),
        ("court_odr", "pre_suit_cases", "error_code_200", ("court_odr.pre_suit_cases", "96")),
        (
            "petition_hotline",
            "work_orders",
            "wrong_password",
            ("petition_hotline", "AIRFLOW_CONN_PETITION_HOTLINE"),
        ),
        ("petition_hotline", "work_orders", "unreachable", ("petition_hotline",)),
        ("youth_hotline", "calls", "wrong_password", ("youth_hotline", "AIRFLOW_CONN_YOUTH_HOTLINE")),
        (
            "medical_disputes",
            "disputes",
            "wrong_password",
            ("medical_disputes", "AIRFLOW_CONN_MEDICAL_DISPUTES"),
        ),
    ],
)
def test_a_lasting_fault_fails_that_dataset_alone_and_says_what_to_do(
    small: Path, system: str, dataset: str, fault: str, says: tuple[str, ...], tmp_path: Path
) -> None:
    home = _reading(small, tmp_path)
    run_hub(small, "sandbox", "fault", system, fault, "--times", "200")
    try:
        failed = run_hub(home, "sync", system, dataset, check=False)
        assert failed.returncode == 1
        assert "Traceback" not in failed.stderr
        for text in says:
            assert text in failed.stderr
    finally:
        run_hub(small, "sandbox", "fault", system, fault, "--times", "0")
    hub_json(home, "sync", system, dataset)


def test_a_system_that_fails_stops_only_itself(small: Path, tmp_path: Path) -> None:
    home = _reading(small, tmp_path)
    run_hub(small, "sandbox", "fault", "court_odr", "error_code_200", "--times", "200")
    try:
        run = hub_json(home, "run", *SIX, check=False)
    finally:
        run_hub(small, "sandbox", "fault", "court_odr", "error_code_200", "--times", "0")
    assert {name.split(".")[0] for name in run["failures"]} == {"court_odr"}
    assert run["published"]


@pytest.mark.parametrize(
    "faults",
    [
        # one build for one fault of each system: none of them tells of another
        [
            ("court_odr", "pre_suit_cases", "unmapped_code", "unmapped"),
            ("petition_hotline", "work_orders", "unmapped_code", "unmapped"),
            ("youth_hotline", "calls", "unmapped_code", "unmapped"),
            ("medical_disputes", "disputes", "unmapped_code", "unmapped"),
            ("union_rights", "rights_cases", "unmapped_code", "unmapped"),
        ],
        [("court_odr", "pre_suit_cases", "impossible_date", "unreadable")],
        [("court_odr", "pre_suit_cases", "bad_id", "id_no")],
        [("court_odr", "pre_suit_cases", "lone_surrogate", "unreadable")],
        [("court_odr", "pre_suit_cases", "nul", "unreadable")],
    ],
    ids=lambda faults: faults[0][2],
)
def test_a_bad_row_is_quarantined_with_its_reason_and_the_rest_loads(
    small: Path, faults: list[tuple[str, str, str, str]], tmp_path: Path
) -> None:
    home = _reading(small, tmp_path)
    loads = {}
    for system, dataset, fault, _ in faults:
        since = () if system in ("medical_disputes", "union_rights") else ("--since", "2020-01-01")
        run_hub(small, "sandbox", "fault", system, fault, "--times", "1")
        loads[system] = hub_json(home, "sync", system, dataset, *since)[0]
        assert loads[system]["landed"] > 0
    assert hub_json(home, "build")["published"]
    lines = {line["load_id"]: line for line in hub_json(home, "ledger")}
    for system, dataset, _, rule in faults:
        load = loads[system]
        line = lines[load["load_id"]]
        assert line["balance"] == 0
        assert line["rejected"] >= 1
        assert line["rejected"] < line["landed"] or line["landed"] == 1
        rows = hub_json(home, "quarantine", "list", "--system", system, "--dataset", dataset)
        assert any(rule in name for row in rows if row["load_id"] == load["load_id"] for name in row["rules"])


def test_a_new_column_is_reported_and_the_rows_load(small: Path, tmp_path: Path) -> None:
    home = _reading(small, tmp_path)
    run_hub(small, "sandbox", "fault", "court_odr", "new_column", "--times", "1")
    load = hub_json(home, "sync", "court_odr", "pre_suit_cases", "--since", "2020-01-01")[0]
    assert load["landed"] > 0
    assert "new fields" in load["noted"]


def test_each_department_is_judged_by_the_drift_words_of_its_declaration(small: Path, tmp_path: Path) -> None:
    home = _reading(small, tmp_path)
    run_hub(small, "sandbox", "fault", "court_odr", "new_column")
    hub_json(home, "sync", "court_odr", "pre_suit_cases", "--since", "2020-01-01")
    run_hub(small, "sandbox", "fault", "union_rights", "missing_column")
    hub_json(home, "sync", "union_rights")
    with _amounts_in_words(small):
        hub_json(home, "sync", "medical_disputes")
    with _register_times_in_english(small):
        failed = run_hub(home, "sync", "peoples_mediation", "mediation_cases", "--since", "2020-01-01", check=False)
    assert failed.returncode == 1
    for text in ("another kind in REGISTER_TIME", "形如 aaa 99 9999", "connectors/systems", "the delivery is kept"):
        assert text in " ".join(failed.stderr.split())
    before = hub_json(home, "ledger")
    assert list(hub_json(home, "build", check=False)["failures"]) == ["peoples_mediation.mediation_cases"]
    merged = {line["system"] for line in hub_json(home, "ledger")[len(before) :]}
    assert merged == {"court_odr", "union_rights", "medical_disputes"}
    found = {one["name"]: one for one in json.loads(run_hub(home, "doctor", "--json", check=False).stdout)}
    for name, well, title in (
        ("court_odr.pre_suit_cases.newlyAddedField", True, "出现未声明的字段"),
        ("union_rights.rights_cases.案件名称", True, "约定的字段缺失"),
        ("medical_disputes.disputes.索赔金额", True, "字段的值变了类型"),
        ("peoples_mediation.mediation_cases.REGISTER_TIME", False, "整批来文被拒绝"),
    ):
        assert found[name]["ok"] is well
        assert title in found[name]["message"]


@contextmanager
def _amounts_in_words(small: Path) -> Iterator[None]:
    """A medical file of twelve disputes, with every amount written in words."""
    folder = small / "sandbox" / "sftp" / "outbox"
    files = (csv.DictReader(io.StringIO(path.read_text(encoding="gb18030"))) for path in folder.glob("YLJF_2*.csv"))
    known = next(row for file in files for row in file)
    rows = [known | {"报案编号": f"YJ2026063099{number:03d}", "索赔金额": "约三万"} for number in range(12)]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(known), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    body = text.getvalue().encode("gb18030")
    file = folder / "YLJF_20260630_R9.csv"
    control = folder / f"{file.name}.ok"
    file.write_bytes(body)
    control.write_text(f"file={file.name}\nmd5={hashlib.md5(body).hexdigest()}\nrows={len(rows)}\n", encoding="utf-8")
    yield
    file.unlink()
    control.unlink()


@contextmanager
def _register_times_in_english(small: Path) -> Iterator[None]:
    """The exchange database with times such as JUN 30 2026, for which its declaration has no format."""
    exchange = sqlite3.connect(small / "sandbox" / "exchange.db", isolation_level=None)
    exchange.execute("UPDATE T_MEDIATION_CASE SET REGISTER_TIME = 'JUN 30 2026 ' || REGISTER_TIME")
    yield
    exchange.execute("UPDATE T_MEDIATION_CASE SET REGISTER_TIME = substr(REGISTER_TIME, 13)")
    exchange.close()


def test_a_cursor_in_the_year_9999_stalls_nothing(small: Path, tmp_path: Path) -> None:
    from operations import bookmarks
    from operations.settings import Settings
    from operations.store import Store

    home = _reading(small, tmp_path)
    Store(Settings(home=home))
    run_hub(small, "sandbox", "fault", "court_odr", "year_9999_cursor", "--times", "1")
    hub_json(home, "sync", "court_odr", "pre_suit_cases")
    bookmark = bookmarks.get(Store(Settings(home=home)), "court_odr", "pre_suit_cases", "landed")
    assert bookmark is not None
    assert bookmark["cursor"] < "2026-07-01"


def test_an_empty_delivery_deletes_nothing(small: Path, tmp_path: Path) -> None:
    home = _reading(small, tmp_path)
    before = hub_json(home, "run", *SIX)
    run_hub(small, "sandbox", "fault", "court_odr", "empty_delivery", "--times", "1")
    run_hub(small, "sandbox", "fault", "medical_disputes", "empty_delivery", "--times", "1")
    after = hub_json(home, "run", *SIX)
    assert after["deleted"] == 0
    assert after["reports"] == before["reports"]


def test_a_key_twice_in_one_delivery_is_one_row_and_one_duplicate(small: Path, tmp_path: Path) -> None:
    home = _reading(small, tmp_path)
    run_hub(small, "sandbox", "fault", "petition_hotline", "duplicate_key", "--times", "1")
    load = hub_json(home, "sync", "petition_hotline", "work_orders", "--since", "2020-01-01")[0]
    hub_json(home, "build")
    line = next(line for line in hub_json(home, "ledger") if line["load_id"] == load["load_id"])
    assert line["duplicate"] == 1
    assert line["balance"] == 0


def test_a_file_without_its_control_file_is_left_alone(small: Path, tmp_path: Path) -> None:
    home = _reading(small, tmp_path)
    hub_json(home, "sync", "medical_disputes")
    run_hub(small, "sandbox", "fault", "medical_disputes", "half_file", "--times", "1")
    assert hub_json(home, "sync", "medical_disputes")[0]["landed"] == 0


@pytest.mark.parametrize("fault", ["wrong_encoding", "missing_column", "new_column"])
def test_a_file_of_another_form_fails_and_names_the_file(small: Path, fault: str, tmp_path: Path) -> None:
    home = _reading(small, tmp_path)
    run_hub(small, "sandbox", "fault", "medical_disputes", fault, "--times", "1")
    failed = run_hub(home, "sync", "medical_disputes", check=False)
    assert failed.returncode == 1
    assert "medical_disputes.disputes" in failed.stderr
    assert "YLJF_" in failed.stderr
    run_hub(small, "sandbox", "fault", "medical_disputes", fault, "--times", "0")


def _reading(small: Path, tmp_path: Path) -> Path:
    """A home of the test's own that reads the small province."""
    return clone(small, tmp_path / "home")
