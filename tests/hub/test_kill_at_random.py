"""kill -9 at random moments of load, merge, build and publish: nothing acknowledged is lost, nothing half is seen.

`make chaos` does it more often. After every ROUND kills the province lives on for a day. Beside the home whose runs are
killed is one over which nobody kills.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from random import Random

import pytest
from homes import KILLED, clone, hub_json, run_after_kill, run_hub
from killed_home import PHASES, KilledHome
from polling_reader import PollingReader
from published_content import Content, content, differences

from operations.keys import key
from operations.settings import Settings
from warehouse.masking import TOKENISED

KILLS = int(os.environ.get("HUB_CHAOS_KILLS") or 20)
SEED = int(os.environ.get("HUB_CHAOS_SEED") or 141)
ROUND = max(10, KILLS // 10)
"""Kills before the next day and the next comparison."""
LONGER = 1.2
"""How much longer than the phase took undisturbed its kill may come: so that its end, a swap say, is hit too."""


@pytest.fixture
def living(tmp_path: Path) -> Iterator[Path]:
    """A home whose sandbox is up and will live on, with the keys that all its clones have."""
    home = tmp_path / "living"
    run_hub(home, "sandbox", "up", "--cases", "160", "--today", "2026-06-30")
    for name in ("build", "token_row", *(f"token_{kind}" for kind in TOKENISED)):
        key(Settings(home=home), name)
    yield home
    run_hub(home, "sandbox", "down", check=False)


@pytest.mark.chaos
@pytest.mark.slow
def test_kills_at_random_moments_lose_nothing_and_show_nothing_half(living: Path, tmp_path: Path) -> None:
    undisturbed, killed = (clone(living, tmp_path / name) for name in ("undisturbed", "killed"))
    disturbed, moments, hits = KilledHome(killed), Random(SEED), Counter[str]()
    expected: list[Content] = []
    sys.stdout.write(f"{KILLS} kills, seed {SEED}\n")
    with PollingReader(killed) as reader:
        for done in range(0, KILLS, ROUND):
            if done:
                _live_on(living, undisturbed, killed)
            steps = hub_json(undisturbed, "run", *KILLED)["steps"]
            expected.append(content(undisturbed))
            phases = cycle(PHASES)
            while hits.total() < min(KILLS, done + ROUND):
                wanted = next(phases)
                seconds = LONGER * sum(steps.get(step, 0) for step in PHASES[wanted])
                if hit := disturbed.kill(wanted, seconds, moments):
                    hits[hit] += 1
                    sys.stdout.write(f"{hits.total()} kills: {_told(hits)}\n")
            run_after_kill(killed)
            disturbed.look()
            assert differences(expected[-1], content(killed)) == []
            reader.meet(content(killed))
            assert reader.faults == []
            for seen in reader.new():
                assert any(differences(day, seen) == [] for day in expected[-2:]), f"{seen.folder} is of no day"
    sys.stdout.write(f"{reader.polls} polls met {len(reader.seen)} versions, all whole\n")
    assert hits.keys() == PHASES.keys() or KILLS < ROUND, "some phase was never hit"


def _live_on(living: Path, *clones: Path) -> None:
    """A day passes in the province, and on the clock of every home over it."""
    run_hub(living, "sandbox", "tick", "--days", "1")
    for one in clones:
        shutil.copy(living / "env", one)


def _told(hits: Counter[str]) -> str:
    return ", ".join(f"{hits[phase]} in {phase}" for phase in PHASES)
