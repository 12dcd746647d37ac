"""DAGs are looked at in processes of their own: Airflow takes its settings when it is imported."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from airflow_home import ROOT, Describe, airflow_environment


@pytest.fixture(scope="session")
def describe(tmp_path_factory: pytest.TempPathFactory) -> Describe:
    """Runs describe_dags.py, over this tree's DAGs or those of another root, and returns what it prints."""
    home = tmp_path_factory.mktemp("described")

    def run(*arguments: str, root: Path = ROOT, **extra: str) -> dict[str, Any]:
        script = Path(__file__).parent / "describe_dags.py"
        done = subprocess.run(
            [sys.executable, str(script), *arguments],
            env=airflow_environment(home, root, **extra),
            capture_output=True, text=True, check=False, cwd=root,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        facts: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return facts

    return run


@pytest.fixture(scope="session")
def dags(describe: Describe) -> dict[str, Any]:
    """Every DAG of this tree by its id: what it does when, and its tasks."""
    described: dict[str, Any] = describe("dags")["dags"]
    return described
