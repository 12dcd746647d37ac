"""airflow.cfg works in a fresh clone, and neither of the two values that fail every task in silence is left out."""

import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from airflow_home import ROOT, airflow_environment

OPTIONS = (
    ("core", "dags_folder"),
    ("core", "executor"),
    ("core", "load_examples"),
    ("core", "execution_api_server_url"),
    ("core", "fernet_key"),
    ("api", "port"),
    ("api", "host"),
    ("api", "base_url"),
    ("api_auth", "jwt_secret"),
    ("database", "sql_alchemy_conn"),
    ("logging", "base_log_folder"),
)
READ = f"from airflow.configuration import conf\nfor section, option in {OPTIONS!r}: print(conf.get(section, option))"


def effective(home: Path) -> dict[tuple[str, str], str]:
    """What Airflow itself makes of airflow.cfg for a home."""
    done = subprocess.run(
        [sys.executable, "-c", READ],
        env=airflow_environment(home), capture_output=True, text=True, check=True, cwd=home,
    )  # fmt: skip
    return dict(zip(OPTIONS, done.stdout.splitlines()[-len(OPTIONS) :], strict=True))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("config")


@pytest.fixture(scope="module")
def config(home: Path) -> dict[tuple[str, str], str]:
    return effective(home)


def test_paths_follow_the_clone_and_the_home(config: dict[tuple[str, str], str], home: Path) -> None:
    assert config["core", "dags_folder"] == str(ROOT / "dags")
    assert config["database", "sql_alchemy_conn"] == f"sqlite:///{home}/airflow/airflow.db"
    assert config["logging", "base_log_folder"] == f"{home}/airflow/logs"


def test_tasks_report_to_the_port_on_which_airflow_listens(config: dict[tuple[str, str], str]) -> None:
    address = f"http://127.0.0.1:{config['api', 'port']}"
    assert config["api", "base_url"] == address
    assert config["core", "execution_api_server_url"] == f"{address}/execution/"


def test_every_process_of_a_home_signs_with_the_same_secret(config: dict[tuple[str, str], str], home: Path) -> None:
    secret = config["api_auth", "jwt_secret"]
    assert len(secret) >= 64
    assert effective(home)["api_auth", "jwt_secret"] == secret
    assert stat.S_IMODE((home / "airflow" / "jwt_secret").stat().st_mode) == 0o600


def test_processes_that_start_together_agree_on_a_new_secret(tmp_path: Path) -> None:
    def ask(_: int) -> str:
        command = ["sh", str(ROOT / "dags" / "secret.sh"), "jwt_secret", "64"]
        environment = airflow_environment(tmp_path)
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(ask, range(24)))) == 1
    assert [path.name for path in (tmp_path / "airflow").iterdir()] == ["jwt_secret"]


def test_two_homes_have_different_secrets(config: dict[tuple[str, str], str], tmp_path: Path) -> None:
    assert effective(tmp_path)["api_auth", "jwt_secret"] != config["api_auth", "jwt_secret"]


def test_it_listens_on_this_machine_only_and_shows_no_examples(config: dict[tuple[str, str], str]) -> None:
    assert config["api", "host"] == "127.0.0.1"
    assert config["core", "load_examples"] == "False"
    assert config["core", "executor"] == "LocalExecutor"
