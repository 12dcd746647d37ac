"""The real DAGs run without a scheduler, as the demo runs them."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from airflow_home import ROOT, without_settings
from homes import hub_json, run_hub

from schemas.declaration import FOLDER, load_systems

pytestmark = [pytest.mark.airflow, pytest.mark.slow]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("dag_run")
    run_hub(home, "sandbox", "up", "--cases", "120", "--today", "2026-06-30")
    yield home
    run_hub(home, "sandbox", "down", check=False)


def run_dags(home: Path, **extra: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dags.local", "--json"],
        env=without_settings() | {"HUB_HOME": str(home)} | extra,
        capture_output=True, text=True, check=False, cwd=ROOT, timeout=1200,
    )  # fmt: skip


@pytest.fixture(scope="module")
def first_run(home: Path) -> subprocess.CompletedProcess[str]:
    return run_dags(home)


def test_every_system_and_the_warehouse_end_well(first_run: subprocess.CompletedProcess[str]) -> None:
    result: dict[str, Any] = json.loads(first_run.stdout)
    assert result["systems"] == dict.fromkeys(load_systems()[0], "success"), first_run.stderr
    assert result["build"] == "success"
    assert first_run.returncode == 0


def test_it_says_how_long_each_step_took(first_run: subprocess.CompletedProcess[str]) -> None:
    seconds = json.loads(first_run.stdout)["seconds"]
    assert list(seconds) == ["airflow", *load_systems()[0], "build_warehouse"]
    assert all(spent > 0 for spent in seconds.values())


def test_stdout_has_the_result_alone_and_airflow_writes_to_its_log(
    first_run: subprocess.CompletedProcess[str], home: Path
) -> None:
    assert len(first_run.stdout.splitlines()) == 1
    assert "[info" not in first_run.stderr
    assert "build_warehouse" in (home / "logs" / "dags.log").read_text(encoding="utf-8")


def test_what_the_dags_loaded_is_on_the_ledger_and_published(
    first_run: subprocess.CompletedProcess[str], home: Path
) -> None:
    lines = hub_json(home, "ledger")
    assert first_run.returncode == 0
    assert {line["system"] for line in lines} == set(load_systems()[0])
    assert (home / "published" / "current.duckdb").exists()


ONE_DAG = """
from operations.settings import Settings
from dags.environment import set_environment
from dags.local import quiet, start, state_of
settings = Settings.from_env()
set_environment(settings)
with quiet(settings.logs / "dags.log") as (out, _):
    start()
    from dags.returns import returns_dag
    out.write(state_of(returns_dag))
"""


def test_the_night_makes_the_returns_that_are_wanted(
    home: Path, first_run: subprocess.CompletedProcess[str], tmp_path: Path
) -> None:
    assert first_run.returncode == 0

    def night() -> str:
        return subprocess.run(
            [sys.executable, "-c", ONE_DAG], env=without_settings() | {"HUB_HOME": str(home)},
            capture_output=True, text=True, check=True, cwd=ROOT, timeout=600,
        ).stdout  # fmt: skip

    out = tmp_path / "out"
    out.mkdir()
    why = ("--by", "李敏", "--reason", "agreement 7")
    run_hub(home, "returns", "nightly", "justice_department", *why)
    run_hub(home, "returns", "nightly", "330108", *why, "--out", str(out))
    assert night() == "success"
    assert (out / "330108" / "R000001" / "DONE").is_file()
    out.rename(tmp_path / "elsewhere")
    assert night() == "failed", "the disk is not mounted"
    made = {(one["receiver"], one["name"], one["fetched_by"], one["made_by"]) for one in hub_json(home, "returns")}
    assert made == {("330108", "R000001", "nightly", "nightly"), ("justice_department", "R000001", None, "nightly")}


def test_a_system_that_fails_stops_no_other(
    home: Path, first_run: subprocess.CompletedProcess[str], tmp_path: Path
) -> None:
    assert first_run.returncode == 0
    other, systems = tmp_path / "home", tmp_path / "systems"
    for folder in (other, systems):
        folder.mkdir()
    shutil.copy(home / "env", other)
    for system in ("court_odr", "medical_disputes", "legal_aid"):
        shutil.copy(FOLDER / f"{system}.yml", systems)
    done = run_dags(other, COURT_ODR_URL="http://127.0.0.1:1", HUB_SYSTEMS=str(systems))
    result = json.loads(done.stdout)
    assert result["systems"] == {"court_odr": "failed", "legal_aid": "success", "medical_disputes": "success"}
    assert result["build"] == "success"
    assert done.returncode == 0
    assert "failed: court_odr" in done.stderr
