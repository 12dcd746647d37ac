"""`make airflow` says why it does not start, and never on a port that someone else answers on."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from airflow_home import ROOT, without_settings
from filelock import FileLock

READY = "from dags.environment import set_environment, set_port; from operations.settings import Settings; import os; "
SHOW = (
    READY + "set_environment(Settings.from_env()); print(set_port()); "
    "print(os.environ['AIRFLOW__API__BASE_URL']); print(os.environ['AIRFLOW__CORE__EXECUTION_API_SERVER_URL'])"
)


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def run(home: Path, *command: str, **extra: str) -> subprocess.CompletedProcess[str]:
    environment = without_settings() | {"HUB_HOME": str(home)} | extra
    return subprocess.run(
        [sys.executable, *command], env=environment, capture_output=True, text=True, check=False, cwd=ROOT
    )


def test_another_port_changes_every_address_that_names_it(tmp_path: Path) -> None:
    page, base, execution = run(tmp_path, "-c", SHOW, AIRFLOW__API__PORT="18099").stdout.split()
    assert page == base == "http://127.0.0.1:18099"
    assert execution == "http://127.0.0.1:18099/execution/"


def test_a_port_in_use_is_refused_with_what_to_do(tmp_path: Path, taken: int) -> None:
    done = run(tmp_path, "-m", "dags.standalone", AIRFLOW__API__PORT=str(taken))
    assert done.returncode == 2
    assert f"port {taken} is in use" in done.stderr
    assert "AIRFLOW__API__PORT" in done.stderr


def test_it_does_not_listen_beyond_this_machine_without_sign_in(tmp_path: Path) -> None:
    done = run(tmp_path, "-m", "dags.standalone", AIRFLOW__API__HOST="0.0.0.0")  # noqa: S104 the refused address
    assert done.returncode == 2
    assert "127.0.0.1 only" in done.stderr


def test_a_home_runs_one_airflow(tmp_path: Path) -> None:
    (tmp_path / "airflow").mkdir(mode=0o700)
    with FileLock(tmp_path / "airflow" / "standalone.lock"):
        done = run(tmp_path, "-m", "dags.standalone", AIRFLOW__API__PORT="18098")
    assert done.returncode == 2
    assert "already runs" in done.stderr
