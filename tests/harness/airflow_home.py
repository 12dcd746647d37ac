"""Airflow over a home, in processes of its own."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
Describe = Callable[..., dict[str, Any]]


def without_settings() -> dict[str, str]:
    """The environment less everything that names a home or configures Airflow."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("HUB_", "AIRFLOW"))}


def airflow_environment(home: Path, root: Path = ROOT, **extra: str) -> dict[str, str]:
    """The variables that airflow.cfg names, as `make` and `dags.standalone` set them."""
    return without_settings() | {
        "HUB_HOME": str(home),
        "HUB_ROOT": str(root),
        "AIRFLOW_HOME": str(home / "airflow"),
        "AIRFLOW_CONFIG": str(root / "airflow.cfg"),
        "PYTHONPATH": str(root),
        **extra,
    }
