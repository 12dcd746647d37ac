"""A run brings everything through, and a second run over unchanged sources changes nothing."""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
from homes import SIX, clone, hub_json, run_hub
from published_content import content, differences

from sandbox.registers import register_systems

TERMS = ("loaded", "unchanged", "superseded", "duplicate", "deleted", "rejected")


def test_every_ledger_line_balances_and_adds_up_to_the_summary(prepared: tuple[Path, dict[str, Any]]) -> None:
    home, summary = prepared
    lines = hub_json(home, "ledger")
    assert len({(line["system"], line["dataset"]) for line in lines if line["kind"] == "sync"}) == summary["datasets"]
    for line in lines:
        assert line["balance"] == 0
        assert line["landed"] == sum(line[term] for term in TERMS)
        assert line["declared"] in (None, line["landed"])
    for term in ("landed", *TERMS):
        assert summary[term] == sum(line[term] for line in lines)
    assert summary["systems"] == 39
    assert summary["rejected"] > 0, "the sandbox's dirt must be seen"
    assert summary["failures"] == {}


def test_a_second_run_without_a_change_loads_and_deletes_nothing(
    prepared: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    home = clone(prepared[0], tmp_path / "home")
    before, known = content(home), {line["load_id"] for line in hub_json(home, "ledger")}
    again = hub_json(home, "run")
    read = {line["system"] for line in hub_json(home, "ledger") if line["load_id"] not in known}
    assert read >= set(register_systems()), "a register comes as a whole each time"
    assert again["failures"] == {}
    assert again["loaded"] == 0
    assert again["deleted"] == 0
    assert again["landed"] == again["unchanged"] + again["superseded"] + again["duplicate"] + again["rejected"]
    assert again["published"] != prepared[1]["published"]
    assert differences(before, content(home)) == []


def test_every_report_of_the_truth_that_is_not_dirty_is_in_a_case(
    prepared: tuple[Path, dict[str, Any]], province: Path, tmp_path: Path
) -> None:
    home, _ = prepared
    run_hub(province, "sandbox", "truth", "--out", str(tmp_path))
    truth = {(row["system"], row["source_id"]) for row in pq.read_table(tmp_path / "reports.parquet").to_pylist()}
    dirty = {(row["system"], row["source_id"]) for row in pq.read_table(tmp_path / "dirt.parquet").to_pylist()}
    with duckdb.connect(str((home / "published" / "current.duckdb").resolve()), read_only=True) as connection:
        linked = set(
            connection.execute("SELECT system, source_id FROM core.case_reports WHERE case_code IS NOT NULL").fetchall()
        )
    assert truth - dirty - linked == set()


def test_a_day_of_the_province_arrives_and_no_code_changes(moving: Path) -> None:
    codes = _codes(moving)
    run_hub(moving, "sandbox", "tick", "--days", "2")
    day = hub_json(moving, "run")
    assert day["loaded"] > 0
    assert day["failures"] == {}
    later = _codes(moving)
    assert all(later.get(report, code) == code for report, code in codes.items())
    assert all(line["balance"] == 0 for line in hub_json(moving, "ledger"))
    assert _changes(moving) == ([(1, 1), (2, 2)], [])


def _codes(home: Path) -> dict[tuple[str, str], str]:
    with duckdb.connect(str((home / "published" / "current.duckdb").resolve()), read_only=True) as connection:
        rows = connection.execute("SELECT system, source_id, case_code FROM core.case_reports").fetchall()
    return {(system, source_id): code for system, source_id, code in rows}


def _changes(home: Path) -> tuple[list[tuple[int, int]], list[tuple[Any, ...]]]:
    """The steps of the indicators, and the published numbers that their changes do not add up to."""
    with duckdb.connect(str((home / "published" / "current.duckdb").resolve()), read_only=True) as connection:
        steps = connection.execute("SELECT step, version FROM ops.metric_steps ORDER BY step").fetchall()
        astray = connection.execute(
            "SELECT c.metric, c.area_code, c.period FROM mart.centre AS c LEFT JOIN ops.metric_changes AS m"
            " ON m.metric = c.metric AND starts_with(m.area_code, c.area_code) AND c.period IN ('all', m.period)"
            " WHERE c.area_level <> 'town' GROUP BY ALL HAVING coalesce(sum(m.numerator), 0) <> any_value(c.numerator)"
            " OR coalesce(sum(m.denominator), 0) <> coalesce(any_value(c.denominator), 0)"
        ).fetchall()
    return steps, astray


def test_parallel_reads_bring_the_same_warehouse(province: Path, tmp_path: Path) -> None:
    """Without the queue: what one home has confirmed no other one of its group gets."""
    homes = [clone(province, tmp_path / name) for name in ("alone", "together")]
    alone = hub_json(homes[0], "run", *SIX)
    # tokens are equal only under the same keys
    shutil.copytree(homes[0] / "keys", homes[1] / "keys", dirs_exist_ok=True)
    together = hub_json(homes[1], "run", *SIX, "--parallel", "2")
    assert together["loaded"] == alone["loaded"] > 0
    assert differences(content(homes[0]), content(homes[1])) == []


def test_help_is_quick() -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "hub", "--help"], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.5
