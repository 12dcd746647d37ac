"""An ordinary run starts from the bookmark; only a backfill names a window, in local time."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from airflow_home import ROOT, airflow_environment

SCRIPT = """
import json, sys
from datetime import datetime, timezone
from types import SimpleNamespace
from dags.systems import window_of
given = json.loads(sys.argv[1])
start, end = datetime(2026, 6, 1, tzinfo=timezone.utc), datetime(2026, 6, 2, tzinfo=timezone.utc)
run = SimpleNamespace(run_type=given["run_type"], data_interval_start=start, data_interval_end=end)
window = window_of({"params": given["params"], "dag_run": run})
print(json.dumps(None if window is None else [str(window.since), str(window.until), window.kind]))
"""


@pytest.mark.parametrize(
    ("run_type", "since", "until", "expected"),
    [
        ("scheduled", None, None, None),
        ("manual", None, None, None),
        ("backfill", None, None, ["2026-06-01 08:00:00", "2026-06-02 08:00:00", "backfill"]),
        ("manual", "2026-06-01T00:00:00Z", None, ["2026-06-01 08:00:00", "None", "backfill"]),
        ("manual", "2026-06-01T00:00:00", "2026-06-02T00:00:00+08:00",
         ["2026-06-01 00:00:00", "2026-06-02 00:00:00", "backfill"]),
    ],
)  # fmt: skip
def test_window(
    run_type: str, since: str | None, until: str | None, expected: list[str] | None, tmp_path: Path
) -> None:
    given = json.dumps({"run_type": run_type, "params": {"since": since, "until": until}})
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, given],
        env=airflow_environment(tmp_path), capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    assert json.loads(done.stdout.splitlines()[-1]) == expected


def test_a_window_that_ends_before_it_begins_is_refused(tmp_path: Path) -> None:
    params = {"since": "2026-06-15T00:00:00", "until": "2026-06-01T00:00:00"}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, json.dumps({"run_type": "manual", "params": params})],
        env=airflow_environment(tmp_path), capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 1
    assert "since must be before until" in done.stderr.splitlines()[-1]
