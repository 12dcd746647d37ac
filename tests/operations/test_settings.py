"""A home is configured by the environment and by its own `env` file, and two homes never meet."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from operations.settings import Settings, SettingsError


def home_with(tmp_path: Path, name: str, env: str) -> Path:
    home = tmp_path / name
    home.mkdir()
    (home / "env").write_text(env, encoding="utf-8")
    return home


def test_the_defaults_need_no_environment() -> None:
    settings = Settings.from_env({})
    assert settings.home == Path.cwd() / ".hub"
    assert settings.operations_url == f"sqlite:///{Path.cwd()}/.hub/operations.db"
    assert (settings.memory_limit, settings.threads, settings.keep_versions) == ("1GiB", 1, 5)


def test_the_env_file_fills_what_the_environment_leaves_open(tmp_path: Path) -> None:
    home = home_with(
        tmp_path,
        "one",
        '# a comment\n\nHUB_THREADS=3\nHUB_MEMORY_LIMIT=2GiB\nAIRFLOW_CONN_COURT_ODR={"login":"a=b","password":"#"}\n',
    )
    env = {"HUB_HOME": str(home), "HUB_THREADS": "1"}
    settings = Settings.from_env(env)
    assert (settings.threads, settings.memory_limit) == (1, "2GiB")
    assert env["AIRFLOW_CONN_COURT_ODR"] == '{"login":"a=b","password":"#"}'


def test_a_second_home_takes_nothing_from_the_first(tmp_path: Path) -> None:
    one = home_with(tmp_path, "one", "COURT_ODR_URL=http://127.0.0.1:1\nHUB_AS_OF=2026-01-01\n")
    two = home_with(tmp_path, "two", "COURT_ODR_URL=http://127.0.0.1:2\n")
    env = {"HUB_HOME": str(one)}
    assert Settings.from_env(env).as_of == datetime(2026, 1, 1)
    env["HUB_HOME"] = str(two)
    assert Settings.from_env(env).as_of is None
    assert env["COURT_ODR_URL"] == "http://127.0.0.1:2"


def test_what_someone_set_after_the_file_was_read_stays(tmp_path: Path) -> None:
    home = home_with(tmp_path, "one", "COURT_ODR_URL=http://127.0.0.1:1\n")
    env = {"HUB_HOME": str(home)}
    Settings.from_env(env)
    env["COURT_ODR_URL"] = "http://127.0.0.1:9"
    Settings.from_env(env)
    assert env["COURT_ODR_URL"] == "http://127.0.0.1:9"


def test_a_changed_env_file_is_read_again(tmp_path: Path) -> None:
    home = home_with(tmp_path, "one", "COURT_ODR_URL=http://127.0.0.1:1\nOLD=1\n")
    env = {"HUB_HOME": str(home)}
    Settings.from_env(env)
    (home / "env").write_text("COURT_ODR_URL=http://127.0.0.1:2\n", encoding="utf-8")
    Settings.from_env(env)
    assert env["COURT_ODR_URL"] == "http://127.0.0.1:2"
    assert "OLD" not in env


def test_a_bad_line_is_named_but_not_quoted(tmp_path: Path) -> None:
    home = home_with(tmp_path, "one", "A=1\nhunter2\n")
    with pytest.raises(SettingsError, match=r"env:2: write KEY=VALUE") as raised:
        Settings.from_env({"HUB_HOME": str(home)})
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HUB_THREADS", "two"),
        ("HUB_THREADS", "0"),
        ("HUB_KEEP_VERSIONS", "-1"),
        ("HUB_KEEP_VERSIONS", "²"),
        ("HUB_AS_OF", "yesterday"),
    ],
)
def test_a_bad_value_names_its_variable(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.from_env({"HUB_HOME": str(tmp_path), name: value})


@pytest.mark.parametrize("text", ["2026-06-30T08:00:00", "2026-06-30T00:00:00+00:00", "2026-06-30T08:00:00.9"])
def test_the_clock_stands_at_as_of_in_shanghai(tmp_path: Path, text: str) -> None:
    settings = Settings.from_env({"HUB_HOME": str(tmp_path), "HUB_AS_OF": text})
    assert settings.clock() == datetime(2026, 6, 30, 8, 0)


def test_the_clock_is_naive_and_has_no_microseconds(tmp_path: Path) -> None:
    now = Settings(home=tmp_path).clock()
    assert (now.tzinfo, now.microsecond) == (None, 0)


def test_what_is_private_is_open_to_its_owner_alone(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    settings.prepare()
    settings.prepare()
    private = (settings.landing, settings.staging, settings.quarantine, settings.private, settings.keys)
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in private} == {0o700}
    assert settings.published.is_dir()


def test_importing_the_settings_is_cheap() -> None:
    heavy = "{'sqlalchemy', 'alembic', 'duckdb', 'pyarrow', 'msgspec', 'yaml'}"
    program = f"import sys, operations.settings, operations.failpoints; print(sorted({heavy} & set(sys.modules)))"
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    ran = subprocess.run([sys.executable, "-c", program], env=environ, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
