"""kill -9 at random moments: the next run ends as if nothing had happened."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

import pytest
from homes import KILLED, clone, run_after_kill
from processes import start_hub
from published_content import content, differences

RANDOM_KILLS = 20


@pytest.mark.chaos
@pytest.mark.slow
def test_kills_at_random_moments_lose_nothing(
    landed: Path, undisturbed: tuple[Path, dict[str, Any], float], tmp_path: Path
) -> None:
    moments = random.Random(141)
    home = clone(landed, tmp_path / "home")
    for _ in range(RANDOM_KILLS):
        running = start_hub(home, "run", *KILLED)
        time.sleep(moments.uniform(0.2, 1.1 * undisturbed[2]))
        running.kill()
        running.wait()
    run_after_kill(home)
    assert differences(undisturbed[1], content(home)) == []
