"""kill -9 at every named failpoint: the next run ends as if nothing had happened."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from homes import KILLED, clone, run_after_kill, run_hub
from published_content import Content, content, differences

from operations.failpoints import FAILPOINTS

APART = ("backup.", "restore.", "compact.", "erase.", "return.", "rotate.", "destroy.")
"""Those are proven beside what they belong to."""
OF_A_RUN = [name for name in FAILPOINTS if not name.startswith(APART)]


@pytest.mark.chaos
@pytest.mark.slow
@pytest.mark.parametrize("name", OF_A_RUN)
def test_a_kill_at_a_failpoint_loses_nothing(name: str, landed: Path, undisturbed: Content, tmp_path: Path) -> None:
    home = clone(landed, tmp_path / "home")
    killed = run_hub(home, "run", *KILLED, check=False, HUB_FAILPOINT=name)
    assert killed.returncode == -signal.SIGKILL, f"the run never came past {name}: {killed.stderr}"
    run_after_kill(home)
    assert differences(undisturbed, content(home)) == []
