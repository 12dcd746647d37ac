"""A failpoint kills where it is told to, and nowhere else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from operations.failpoints import FAILPOINTS, failpoint

THREE_PASSES = """
from operations.failpoints import failpoint
for number in range(3):
    failpoint("landing.completed")
    failpoint("merge.committed")
    print(number, flush=True)
"""


def passes_before_death(wanted: str) -> tuple[int, int]:
    environ = {**os.environ, "HUB_FAILPOINT": wanted, "PYTHONPATH": str(Path(__file__).parents[2])}
    ran = subprocess.run([sys.executable, "-c", THREE_PASSES], env=environ, capture_output=True, text=True)
    return ran.returncode, len(ran.stdout.split())


def test_the_process_dies_at_the_first_pass() -> None:
    assert passes_before_death("merge.committed") == (-signal.SIGKILL, 0)


def test_the_process_dies_at_the_nth_pass() -> None:
    assert passes_before_death("merge.committed:3") == (-signal.SIGKILL, 2)


def test_another_failpoint_kills_nothing() -> None:
    assert passes_before_death("publish.swapped") == (0, 3)


@pytest.mark.parametrize("wanted", ["merge.comitted", "merge.committed:soon"])
def test_a_name_that_does_not_exist_is_an_error_and_not_a_test_that_never_kills(
    monkeypatch: pytest.MonkeyPatch, wanted: str
) -> None:
    monkeypatch.setenv("HUB_FAILPOINT", wanted)
    with pytest.raises(ValueError, match="HUB_FAILPOINT"):
        failpoint(FAILPOINTS[0])


def test_a_place_must_be_listed() -> None:
    with pytest.raises(ValueError, match="FAILPOINTS"):
        failpoint("landing.nowhere")
