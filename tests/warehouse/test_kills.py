"""Killing the process at any failpoint of landing, merge or publish loses nothing and shows nothing half done."""

from __future__ import annotations

import os
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import duckdb
import flow
import pytest
from deliveries import AS_OF

from operations.settings import Settings
from warehouse.publish import FILES, RUN_COLUMNS

FAILPOINTS = (
    "landing.part_written",
    "landing.part_written:2",
    "landing.before_complete",
    "landing.completed",
    "merge.before_commit",
    "merge.before_commit:2",
    "merge.committed",
    "merge.committed:3",
    "publish.files_written",
    "publish.before_swap",
    "publish.swapped",
)


def content(settings: Settings) -> dict[str, Any]:
    """Every published row, without the columns that name the run."""
    found: dict[str, Any] = {}
    for file in FILES:
        with duckdb.connect(str((settings.published / f"{file}.duckdb").resolve()), read_only=True) as con:
            columns: dict[str, list[str]] = {}
            for schema, table, column in con.execute(
                "SELECT schema_name, table_name, column_name FROM duckdb_columns() WHERE NOT internal"
            ).fetchall():
                if not any(fnmatch(f"{schema}.{table}.{column}", pattern) for pattern in RUN_COLUMNS):
                    columns.setdefault(f"{schema}.{table}", []).append(column)
            for table, names in columns.items():
                rows = con.execute(f"SELECT {', '.join(names)} FROM {table} ORDER BY ALL").fetchall()
                found[f"{file}:{table}"] = (names, rows)
    return found


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    settings = Settings(home=tmp_path_factory.mktemp("undisturbed"), as_of=AS_OF)
    settings.prepare()
    (settings.keys / "token_name").write_text("00" * 32)
    (settings.keys / "token_id_no").write_text("00" * 32)
    (settings.keys / "token_phone").write_text("00" * 32)
    flow.run(settings)
    return content(settings)


@pytest.mark.chaos
@pytest.mark.parametrize("failpoint", FAILPOINTS)
def test_after_a_kill_the_next_run_publishes_the_same(
    failpoint: str, settings: Settings, undisturbed: dict[str, Any]
) -> None:
    for kind in ("name", "id_no", "phone"):
        (settings.keys / f"token_{kind}").write_text("00" * 32)
    script = [sys.executable, str(Path(flow.__file__)), str(settings.home)]
    root = str(Path(__file__).parents[2])
    killed = subprocess.run(script, env={**os.environ, "PYTHONPATH": root, "HUB_FAILPOINT": failpoint}, check=False)
    assert killed.returncode == -9
    if (settings.published / "latest").exists():
        assert content(settings) == undisturbed, "what is visible is whole"
    version = flow.run(settings)
    assert content(settings) == undisturbed
    assert version == (2 if failpoint == "publish.swapped" else 1)
    left = {path.name for path in settings.published.iterdir()}
    assert left == {"latest", "current.duckdb", "marts.duckdb", *(f"v{n:06d}" for n in range(1, version + 1))}
