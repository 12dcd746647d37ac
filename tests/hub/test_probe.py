"""`hub probe` against sources that misbehave, each in one way: it says so, and says nothing against a good one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from homes import hub_json, run_hub
from odd_source import DECLARATION, NOW, SECRET, odd_source, rows

AS_OF = NOW.isoformat()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("probing") / "home"


@pytest.fixture
def systems(tmp_path: Path) -> Path:
    folder = tmp_path / "systems"
    folder.mkdir()
    (folder / "odd.yml").write_text(DECLARATION, encoding="utf-8")
    return folder


def probed(home: Path, systems: Path, url: str, *options: str) -> dict[str, dict[str, Any]]:
    """The findings by check."""
    connection = f'{{"login": "hub", "password": "{SECRET}"}}'
    environment = {"ODD_URL": url, "AIRFLOW_CONN_ODD": connection, "HUB_SYSTEMS": str(systems), "HUB_AS_OF": AS_OF}
    found = hub_json(home, "probe", "odd", *options, check=False, **environment)
    return {one["check"]: one for one in found}


def test_a_good_source_gives_no_cause_for_complaint(home: Path, systems: Path) -> None:
    with odd_source() as url:
        found = probed(home, systems, url)
    states = {check: one["state"] for check, one in found.items()}
    assert states == {
        "auth": "ok", "stranger": "ok", "limits": "ok", "server clock": "ok", "paging": "ok", "since": "ok",
        "limit": "ok", "readable": "ok", "clock": "ok", "encoding": "ok", "deletes": "warn", "ids": "ok", "shape": "ok",
        "errors": "ok", "again": "ok", "pace": "ok",
    }  # fmt: skip
    assert "leading zeros" in found["ids"]["found"]
    assert "X-RateLimit-Limit: 600" in found["limits"]["found"]
    assert found["deletes"]["advice"] == "declare a tombstone or key_compare, or none with its reason"


@pytest.mark.parametrize(
    ("habit", "check", "state", "says"),
    [
        ("ignores_since", "since", "fail", "older than asked for"),
        ("cuts_pages", "limit", "warn", "of 400 rows asked for, 40 come without an error"),
        ("shuffles", "paging", "fail", "rows too many and lose"),
        ("hides_errors", "errors", "warn", "an empty list"),
        ("lets_anyone_in", "auth", "warn", "a wrong secret is let in"),
        ("lets_anyone_in", "stranger", "warn", "without credentials"),
        (
            "spoils",
            "readable",
            "warn",
            "10 of 100 records cannot be read and are left out: record 10: JSON is malformed",
        ),
    ],
)
def test_a_bad_habit_is_found(home: Path, systems: Path, habit: str, check: str, state: str, says: str) -> None:
    with odd_source(habit) as url:
        found = probed(home, systems, url)
    assert found[check]["state"] == state
    assert says in found[check]["found"]


def test_rows_that_tell_of_trouble(home: Path, systems: Path) -> None:
    records = rows()
    for row in records[:40]:
        row["ajmc"] = "锟斤拷锟斤拷"
    for number, row in enumerate(records):
        row["bh"] = f"{number // 2:06d}"
        row["is_deleted"] = "0"
    records[-1]["gxsj"] = "2026-07-01 04:00:00"
    with odd_source(records=records) as url:
        found = probed(home, systems, url)
    assert found["encoding"]["state"] == "fail"
    assert found["ids"]["state"] == "fail"
    assert "neither mapped nor ignored: is_deleted" in found["shape"]["found"]
    assert "marks seen: is_deleted" in found["deletes"]["found"]
    assert found["clock"]["state"] == "warn"
    assert "8:00:00 ahead of us" in found["clock"]["found"]
    told = " ".join(f"{one['found']} {one['advice']}" for one in found.values())
    assert "锟斤拷" not in told, "no value of a row is printed"


@pytest.mark.parametrize(
    ("count", "state", "says"), [(1, "unknown", "spoilt, or another field"), (12, "fail", "no time")]
)
def test_a_few_spoilt_cursors_do_not_tell_and_many_do(
    home: Path, systems: Path, count: int, state: str, says: str
) -> None:
    records = rows(count)
    for row in records:
        row["gxsj"] = "2026-06-3O 2O:00:00"
    with odd_source(records=records) as url:
        found = probed(home, systems, url)
    assert found["clock"]["state"] == state
    assert says in found["clock"]["found"]
    assert f"in {count} " in found["clock"]["found"]
    failed = {check for check, one in found.items() if one["state"] == "fail"}
    assert failed == ({"clock"} if state == "fail" else set())
    assert "3O" not in str(found), "no value of a row is printed"


def test_a_source_that_is_down_is_a_finding_and_not_a_traceback(home: Path, systems: Path) -> None:
    found = probed(home, systems, "http://127.0.0.1:9")
    assert found["stranger"]["state"] == "fail"
    assert found["read"]["state"] == "fail"


def test_findings_are_written_as_comments_and_everything_else_stays(home: Path, systems: Path) -> None:
    with odd_source() as url:
        for _ in range(2):
            probed(home, systems, url, "--write")
    lines = (systems / "odd.yml").read_text(encoding="utf-8").splitlines()
    start, end = lines.index("    # hub probe >"), lines.index("    # < hub probe")
    assert lines[start + 1] == "    # on 2026-06-30:"
    assert all(line.startswith("    # ") for line in lines[start:end])
    assert lines[:start] + lines[end + 1 :] == DECLARATION.splitlines()
    assert lines.count("    # hub probe >") == 1, "a second probe replaces the first"
    assert SECRET not in "\n".join(lines)


def test_a_failure_ends_the_command_with_1(home: Path, systems: Path) -> None:
    environment = {"ODD_URL": "http://127.0.0.1:9", "AIRFLOW_CONN_ODD": '{"login": "a", "password": "b"}'}
    done = run_hub(home, "probe", "odd", check=False, HUB_SYSTEMS=str(systems), **environment)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
