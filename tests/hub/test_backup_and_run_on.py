"""A home that is restored from a backup and runs on ends where the home ends that never was lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from homes import KILLED, hub_json, run_hub
from published_content import content, differences

Homes = tuple[Path, Path, dict[str, list[tuple[Any, ...]]], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Homes]:
    """A home that was backed up and ran on for two days, one restored from that backup, and what the first had
    published, and what its doctor had found, at the backup."""
    place = tmp_path_factory.mktemp("lost")
    home, again, out, keys = (place / name for name in ("home", "again", "backups", "keys"))
    run_hub(home, "sandbox", "up", "--cases", "120", "--today", "2026-06-30")
    try:
        hub_json(home, "run", *KILLED)
        made = hub_json(home, "backup", "--out", str(out), "--keys", str(keys))
        assert made["position"]["cases"] > 0
        before, doctor = content(home), hub_json(home, "doctor", check=False)
        run_hub(home, "sandbox", "tick", "--days", "2")
        assert hub_json(home, "run", *KILLED)["loaded"] > 0
        run_hub(home, "restore", "--from", made["folder"], "--keys", str(keys), str(again))
        yield home, again, before, doctor
    finally:
        run_hub(home, "sandbox", "down", check=False)


def codes(home: Path) -> dict[tuple[str, str], str]:
    with duckdb.connect(str((home / "published" / "current.duckdb").resolve()), read_only=True) as connection:
        rows = connection.execute("SELECT system, source_id, case_code FROM core.case_reports").fetchall()
    return {(system, source_id): code for system, source_id, code in rows}


def test_lost_and_restored_and_run_on(homes: Homes) -> None:
    home, again, before, doctor = homes
    assert differences(before, content(again)) == [], "published is what was published at the backup"
    then = codes(again)
    examined = hub_json(again, "doctor", check=False)
    assert {one["name"] for one in examined if not one["ok"]} <= {one["name"] for one in doctor if not one["ok"]}
    env = dict(line.split("=", 1) for line in (home / "env").read_text().splitlines())
    assert hub_json(again, "run", *KILLED, HUB_AS_OF=env["HUB_AS_OF"])["failures"] == {}
    now = codes(again)
    assert {report: now.get(report) for report in then} == then, "a code is for ever"
    assert len(now) > len(then)
    assert all(line["balance"] == 0 for line in hub_json(again, "ledger"))
    assert differences(content(home), content(again)) == [], "nothing tells the two homes apart"
