"""The scheduler imports the DAG files again every minute: that is cheap, offline, and stopped by nothing."""

import json
import shutil
from pathlib import Path
from typing import Any

from airflow_home import ROOT, Describe

from schemas.declaration import load_systems

HEAVY = {"pandas", "duckdb", "great_expectations", "pyarrow", "numpy", "zeep", "asyncssh", "fastapi"}
ROUNDS = 3


def test_importing_the_dags_costs_little_over_bare_airflow(describe: Describe) -> None:
    """Less than three quarters of what bare Airflow costs on the same machine at the same time, which is less than a
    second where Airflow takes 1.3: a bound in seconds fails on a machine that is busy."""
    pairs = [(describe("bare"), describe("import")) for _ in range(ROUNDS)]
    bare, ours = (min(run[kind]["cpu_seconds"] for run in pairs) for kind in (0, 1))
    assert ours - bare < 0.75 * bare


def test_importing_the_dags_loads_no_heavy_library(describe: Describe) -> None:
    bare, ours = (set(describe(kind)["modules"]) for kind in ("bare", "import"))
    assert HEAVY & (ours - bare) == set()
    assert {"pandas", "duckdb", "great_expectations"} & ours == set()


def test_there_is_a_dag_for_each_declared_system_and_five_for_the_hub(dags: dict[str, Any]) -> None:
    systems, errors = load_systems()
    assert errors == []
    assert set(dags) == {f"sync_{system}" for system in systems} | {
        *("build_warehouse", "maintenance", "compaction", "audit", "returns")
    }


def test_a_dag_is_serialised_the_same_by_every_process(describe: Describe) -> None:
    """Otherwise every parse would make a new version of every DAG."""
    seeds = ("1", "2")
    texts = {json.dumps(describe("dags", PYTHONHASHSEED=seed)["dags"], sort_keys=True) for seed in seeds}
    assert len(texts) == 1


def test_a_bad_declaration_becomes_one_failing_dag_and_spoils_no_other(
    describe: Describe, dags: dict[str, Any], tmp_path: Path
) -> None:
    for folder in ("schemas", "connectors", "operations", "dags"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy(ROOT / "airflow.cfg", tmp_path)
    (tmp_path / "connectors" / "systems" / "broken_one.yml").write_text("title: 坏的\ncolour: red\n")
    found = describe("dags", root=tmp_path)["dags"]
    assert set(found) == {*dags, "sync_broken_one"}
    assert list(found["sync_broken_one"]["tasks"]) == ["declaration"]
    assert {name: dag["tasks"] for name, dag in found.items() if name in dags} == {
        name: dag["tasks"] for name, dag in dags.items()
    }
