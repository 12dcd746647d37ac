"""A department renames a code: 37 rows wait, a mapping is suggested and approved, the rows replay and are current."""

from __future__ import annotations

import csv
import json
import signal
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pytest
from homes import hub_json, run_hub

SYSTEM, DATASET = "peoples_mediation", "mediation_cases"
CROSSWALK, OLD, NEW, MEANS = "peoples_mediation_case_type", "1001", "LD01", "0701"
ROWS = 37
RENAMED_AT, MISTYPED_AT = "2026-06-30 19:50:00.000000", "2026-06-30 19:55:00.000000"  # the world's clock says 20:00
OF_THE_CASES = "FROM record.case_reports WHERE source_id IN (SELECT unnest(?)) AND case_type_code = '0701'"
SHIPPED = Path(__file__).parents[2] / "schemas" / "crosswalks"


@dataclass
class Story:
    """A home in which the renaming happens; each fixture below takes it one step further."""

    home: Path
    keys: list[str] = field(default_factory=list)  # of the 37 renamed cases
    told: dict[str, Any] = field(default_factory=dict)

    def recode(self, code: str, at: str | None, keys: list[str]) -> None:
        """What the department does in its own database."""
        with sqlite3.connect(self.home / "sandbox" / "exchange.db") as exchange:
            for key in keys:
                exchange.execute("UPDATE T_MEDIATION_CASE SET DISPUTE_TYPE = ? WHERE CASE_NO = ?", (code, key))
                if at is not None:
                    exchange.execute("UPDATE T_MEDIATION_CASE SET UPDATE_TIME = ? WHERE CASE_NO = ?", (at, key))
        exchange.close()

    def cases(self) -> list[str]:
        with sqlite3.connect(self.home / "sandbox" / "exchange.db") as exchange:
            found = exchange.execute("SELECT CASE_NO FROM T_MEDIATION_CASE ORDER BY CASE_NO").fetchall()
        exchange.close()
        return [key for (key,) in found]

    def waiting(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = hub_json(self.home, "quarantine", "list", "--system", SYSTEM, "--dataset", DATASET)
        return [row for row in rows if row["state"] in ("open", "pending")]

    def order(self) -> dict[str, Any]:
        """The work order of codes that nobody can read."""
        orders = hub_json(self.home, "workorders", "list", "--system", SYSTEM)
        [found] = [order for order in orders if order["rule_id"] == "case_type_code.unmapped"]
        return dict(found)

    def published(self, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str((self.home / "published" / "current.duckdb").resolve()), read_only=True) as connection:
            return connection.execute(query, [self.keys]).fetchall()


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Before: 37 cases of labour contracts, and others, have been delivered."""
    story = Story(tmp_path_factory.mktemp("mapping"))
    run_hub(story.home, "sandbox", "up", "--cases", "120", "--dirt", "0", "--today", "2026-06-30")
    story.keys = story.cases()[:ROWS]
    story.recode(OLD, None, story.keys)
    run_hub(story.home, "sync", SYSTEM, DATASET)
    yield story
    run_hub(story.home, "sandbox", "down", check=False)


@pytest.fixture(scope="module")
def quarantined(story: Story) -> Story:
    """The department renames the code; the next load and build find 37 rows that nobody can read."""
    story.recode(NEW, RENAMED_AT, story.keys)
    run_hub(story.home, "sync", SYSTEM, DATASET)
    run_hub(story.home, "build")
    story.told["rows"] = story.waiting()
    story.told["desk"] = hub_json(story.home, "mapping", "list", "--system", SYSTEM)
    story.told["order"] = story.order()
    return story


@pytest.fixture(scope="module")
def approved(quarantined: Story) -> Story:
    """An owner approves what is suggested; the first attempt is killed in the middle, and repeated."""
    decision = ("mapping", "approve", CROSSWALK, NEW, MEANS, "--by", "lin", "--reason", "省司法厅来函确认")
    killed = run_hub(quarantined.home, *decision, check=False, HUB_FAILPOINT="landing.before_complete")
    assert killed.returncode == -signal.SIGKILL
    quarantined.told["approved"] = run_hub(quarantined.home, *decision).stdout
    quarantined.told["again"] = run_hub(quarantined.home, *decision).stdout
    return quarantined


@pytest.fixture(scope="module")
def merged(approved: Story) -> Story:
    run_hub(approved.home, "build")
    approved.told["closed"] = approved.order()
    return approved


def test_the_renamed_rows_wait_and_what_was_known_of_them_stays(quarantined: Story) -> None:
    rows = quarantined.told["rows"]
    assert sorted(row["source_id"] for row in rows) == quarantined.keys
    assert all("case_type_code.unmapped" in row["rules"] for row in rows)
    kept = quarantined.published(f"SELECT count(*) {OF_THE_CASES} AND pending_correction_since IS NOT NULL")
    assert kept == [(ROWS,)]


def test_the_desk_shows_one_code_with_its_rows_and_the_right_suggestion_first(quarantined: Story) -> None:
    [entry] = quarantined.told["desk"]
    assert (entry["crosswalk"], entry["from_code"], entry["rows"]) == (CROSSWALK, NEW, ROWS)
    assert (entry["list"], entry["datasets"], entry["decided"]) == ("case_type", [f"{SYSTEM}.{DATASET}"], [])
    first = entry["suggestions"][0]
    assert first["to_code"] == MEANS
    assert first["score"] > 0.9
    assert f"{ROWS} of {ROWS} records had it before" in first["reason"]


def test_the_desk_says_nothing_of_what_the_rows_say(quarantined: Story) -> None:
    with sqlite3.connect(quarantined.home / "sandbox" / "exchange.db") as exchange:
        names = {name for (name,) in exchange.execute("SELECT APPLICANT_NAME FROM T_MEDIATION_CASE") if name}
    exchange.close()
    told = json.dumps(quarantined.told["desk"], ensure_ascii=False)
    assert names
    assert not [name for name in names if name in told]


def test_a_code_that_the_list_does_not_have_is_refused(quarantined: Story) -> None:
    refused = run_hub(
        quarantined.home, "mapping", "approve", CROSSWALK, NEW, "7777", "--by", "lin", "--reason", "x", check=False
    )
    assert refused.returncode == 1
    assert "case_type has no code '7777' in force; it has 01 婚恋家庭纠纷" in refused.stderr


def test_an_approval_replays_the_rows_once_though_it_was_killed_before(approved: Story) -> None:
    assert f"{ROWS} rows checked again, {ROWS} accepted, 0 rejected" in approved.told["approved"]
    assert "next: `hub build`" in approved.told["approved"]
    assert "0 rows checked again" in approved.told["again"] or "no row waits" in approved.told["again"]
    manifests = [json.loads(path.read_bytes()) for path in approved.home.glob("landing/*/*/*/manifest.json")]
    replays = [one for one in manifests if one["kind"] == "replay"]
    assert [(one["state"], one["landed"]) for one in replays] == [("complete", ROWS)]


def test_after_the_build_the_rows_are_current_and_none_is_open(merged: Story) -> None:
    current = merged.published(f"SELECT count(*) {OF_THE_CASES} AND pending_correction_since IS NULL")
    assert current == [(ROWS,)]
    assert merged.waiting() == []
    [line] = [line for line in hub_json(merged.home, "ledger") if line["kind"] == "replay"]
    assert (line["landed"], line["unchanged"], line["balance"]) == (ROWS, ROWS, 0), "only the code's name was new"


def test_one_work_order_of_ours_closes_itself_and_is_counted_as_ours(merged: Story) -> None:
    order, closed = merged.told["order"], merged.told["closed"]
    assert (order["state"], order["responsibility"], order["rows_open"]) == ("found", "hub", ROWS)
    assert order["due_at"] is None, "it is never sent to the department"
    assert (closed["order_no"], closed["state"], closed["closed_as"]) == (order["order_no"], "closed", "hub")
    assert (closed["rows_ours"], closed["rows_corrected"], closed["rows_open"]) == (ROWS, 0, 0)


def test_the_desk_keeps_who_decided_and_why(merged: Story) -> None:
    assert hub_json(merged.home, "mapping", "list") == []
    [entry] = hub_json(merged.home, "mapping", "list", "--all")
    [verdict] = entry["decided"]
    assert (verdict["to_code"], verdict["by"], verdict["reason"]) == (MEANS, "lin", "省司法厅来函确认")


def test_the_export_is_what_counts_and_leaves_every_other_file_alone(merged: Story, tmp_path: Path) -> None:
    run_hub(merged.home, "mapping", "export", "--out", str(tmp_path))
    written = {path.name: path.read_bytes() for path in tmp_path.glob("*.csv")}
    shipped = {path.name: path.read_bytes() for path in SHIPPED.glob("*.csv")}
    assert {name for name in shipped if written[name] != shipped[name]} == {f"{CROSSWALK}.csv"}
    with (tmp_path / f"{CROSSWALK}.csv").open(encoding="utf-8", newline="") as file:
        [row] = [row for row in csv.DictReader(file) if row["from_code"] == NEW]
    assert (row["to_code"], row["confidence"], row["approved_by"]) == (MEANS, "1.0", "lin")
    assert written[f"{CROSSWALK}.csv"].startswith(shipped[f"{CROSSWALK}.csv"])


def test_a_code_that_is_wrong_at_the_source_becomes_the_departments(merged: Story) -> None:
    """Three cases are mistyped; the owner finds that the department must correct them, not we."""
    merged.recode("LD0l", MISTYPED_AT, merged.keys[:3])
    run_hub(merged.home, "sync", SYSTEM, DATASET)
    run_hub(merged.home, "mapping", "reject", CROSSWALK, "LD0l", "--by", "lin", "--reason", "录入错误")
    rows = merged.waiting()
    assert len(rows) == 3
    shown = hub_json(merged.home, "quarantine", "show", rows[0]["load_id"], str(rows[0]["position"]))
    [reason] = [reason for reason in shown["reasons"] if reason["severity"] == "critical"]
    assert (reason["rule"], reason["responsibility"]) == ("case_type_code.code", "department")
    assert '"DISPUTE_TYPE":"LD0l"' in shown["record"]
    assert hub_json(merged.home, "mapping", "list") == []
