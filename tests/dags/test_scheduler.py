"""Airflow with its scheduler: a run that nobody asked for succeeds, and what it landed starts the warehouse.

Only this proves that tasks reach the API server (its port, its secret), find our code and have their pool. It runs a
few systems: the DAGs of all of them run in test_run.py, and here they would wait for one another.
"""

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
from airflow_home import ROOT, without_settings
from homes import run_hub

from operations.ports import free_port
from schemas.declaration import FOLDER

pytestmark = [pytest.mark.airflow, pytest.mark.slow]

PATIENCE = 600.0
SYSTEM = "union_rights"
OTHERS = ("court_odr", "medical_disputes")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("scheduler")
    run_hub(home, "sandbox", "up", "--cases", "120", "--today", "2026-06-30")
    yield home
    run_hub(home, "sandbox", "down", check=False)


@pytest.fixture(scope="module")
def airflow(home: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Airflow as `make airflow` starts it, and its address. The port is not the 8080 of airflow.cfg."""
    port, systems = free_port(), home / "systems"
    systems.mkdir()
    for system in (SYSTEM, *OTHERS):
        shutil.copy(FOLDER / f"{system}.yml", systems)
    with (home / "airflow.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "dags.standalone"],
            env=without_settings()
            | {"HUB_HOME": str(home), "HUB_SYSTEMS": str(systems), "AIRFLOW__API__PORT": str(port)},
            stdout=log, stderr=log, cwd=ROOT, start_new_session=True,
        )  # fmt: skip
        try:
            yield process, f"http://127.0.0.1:{port}"
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=90)


def until(answer: Callable[[], Any], what: str) -> Any:
    """The first answer that is not empty; a server that is starting or busy is asked again."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            if found := answer():
                return found
        except (requests.RequestException, KeyError):
            pass
        time.sleep(2)
    pytest.fail(f"{what} not seen within {PATIENCE:.0f} s")


def runs(address: str, dag_id: str, run_type: str) -> list[dict[str, Any]]:
    """Runs of a DAG and kind that succeeded."""
    token = requests.get(f"{address}/auth/token", timeout=10).json()["access_token"]
    found = requests.get(
        f"{address}/api/v2/dags/{dag_id}/dagRuns",
        headers={"Authorization": f"Bearer {token}"},
        timeout=10,
    ).json()["dag_runs"]
    return [run for run in found if run["run_type"] == run_type and run["state"] == "success"]


def test_a_scheduled_run_of_a_system_succeeds_by_itself(airflow: tuple[subprocess.Popen[bytes], str]) -> None:
    until(lambda: runs(airflow[1], f"sync_{SYSTEM}", "scheduled"), f"a scheduled run of {SYSTEM}")


def test_its_landing_starts_the_warehouse_which_publishes(
    airflow: tuple[subprocess.Popen[bytes], str], home: Path
) -> None:
    until(lambda: runs(airflow[1], "build_warehouse", "asset_triggered"), "a build started by an asset")
    assert (home / "published" / "current.duckdb").exists()


def test_it_ends_with_every_process_that_it_started(airflow: tuple[subprocess.Popen[bytes], str]) -> None:
    process, address = airflow
    started = psutil.Process(process.pid).children(recursive=True)
    assert started
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=90) == 0
    assert psutil.wait_procs(started, timeout=5)[1] == []
    with pytest.raises(requests.ConnectionError):
        requests.get(address, timeout=5)
