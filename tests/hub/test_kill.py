"""kill -9 at every named failpoint and at random moments: the next run ends as if nothing had happened."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from homes import clone, hub_json, run_hub
from published_content import content, differences

from operations.failpoints import FAILPOINTS

RANDOM_KILLS = 20


@pytest.fixture(scope="module")
def undisturbed(landed: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any], float]:
    """A clone that ran to its end: its content, and how long the run took."""
    home = clone(landed, tmp_path_factory.mktemp("undisturbed") / "home")
    started = time.monotonic()
    hub_json(home, "run")
    return home, content(home), time.monotonic() - started


@pytest.mark.chaos
@pytest.mark.parametrize("name", FAILPOINTS)
def test_a_kill_at_a_failpoint_loses_nothing(
    name: str, landed: Path, undisturbed: tuple[Path, dict[str, Any], float], tmp_path: Path
) -> None:
    home = clone(landed, tmp_path / "home")
    killed = run_hub(home, "run", check=False, HUB_FAILPOINT=name)
    assert killed.returncode == -signal.SIGKILL, f"the run never came past {name}: {killed.stderr}"
    _run_again(home)
    assert differences(undisturbed[1], content(home)) == []


@pytest.mark.chaos
@pytest.mark.slow
def test_kills_at_random_moments_lose_nothing(
    landed: Path, undisturbed: tuple[Path, dict[str, Any], float], tmp_path: Path
) -> None:
    moments = random.Random(141)
    home = clone(landed, tmp_path / "home")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("HUB_", "AIRFLOW_"))}
    environment["HUB_HOME"] = str(home)
    for _ in range(RANDOM_KILLS):
        running = subprocess.Popen(
            [sys.executable, "-m", "hub", "run"], env=environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        time.sleep(moments.uniform(0.2, 1.1 * undisturbed[2]))
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
    _run_again(home)
    assert differences(undisturbed[1], content(home)) == []


def _run_again(home: Path) -> None:
    summary = hub_json(home, "run")
    assert summary["failures"] == {}
    assert all(line["balance"] == 0 for line in hub_json(home, "ledger"))
