"""`hub sandbox`: one command up, harmless twice, down, and up again with the world where it was."""

from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pyarrow.parquet as pq


def test_up_writes_a_private_env_and_keeps_the_lines_of_others(start: Callable[..., Any]) -> None:
    province = start()
    path = province.home / "env"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert set(province.env()) >= {
        "COURT_ODR_URL", "PETITION_HOTLINE_URL", "PEOPLES_MEDIATION_URL", "MEDICAL_DISPUTES_URL", "UNION_RIGHTS_DIR",
        "YOUTH_HOTLINE_URL", "AIRFLOW_CONN_COURT_ODR", "AIRFLOW_CONN_MEDICAL_DISPUTES", "HUB_AS_OF",
    }  # fmt: skip
    with path.open("a") as file:
        file.write("HUB_THREADS=1\n")
    assert province.env()["HUB_AS_OF"] == "2026-03-10T20:00:00"
    assert "already up" in province.run("up").stdout
    clock, ports = province.status()["clock"], province.status()["ports"]
    province.run("tick", "--days", "2")
    assert province.env()["HUB_AS_OF"] == province.status()["clock"] == "2026-03-12T20:00:00" != clock
    assert province.env()["HUB_THREADS"] == "1"
    assert (province.home / "sandbox/sftp/outbox/YLJF_20260312.csv.ok").exists()
    province.run("down")
    assert not province.status()["up"]
    assert province.run("tick").returncode == 1
    province.run("up")
    assert province.status()["clock"] == "2026-03-12T20:00:00"
    assert province.status()["ports"] == ports
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_truth_is_written_as_parquet(province: Any, tmp_path: Any) -> None:
    assert province.run("truth", "--out", str(tmp_path / "truth")).returncode == 0
    columns = {path.stem: set(pq.read_schema(path).names) for path in (tmp_path / "truth").glob("*.parquet")}
    assert columns["people"] == {"person_id", "name", "id_no", "phone", "address"}
    assert columns["reports"] == {"system", "source_id", "case_id"}
    assert columns["dirt"] == {"system", "dataset", "source_id", "kind"}
    assert columns["cases"] >= {"case_id", "case_type_code", "county_code", "town_code", "accepted_at", "outcome"}


def test_the_command_line_loads_nothing_heavy() -> None:
    program = "import sys, sandbox.cli; print([m for m in ('pyarrow', 'sqlalchemy', 'asyncssh') if m in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", program], text=True).strip() == "[]"
