"""One system is dead, one answers garbage, one crawls: the others load as ever, and one summary names the three."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from homes import hub_json, run_hub

from hub import catalogue

DEAD, GARBAGE, SLOW = "consumer_complaints", "enterprise_appeals", "river_chief"
FOR_EVER = "1000"

pytestmark = pytest.mark.slow


@pytest.fixture
def home(moving: Path) -> Path:
    """A home that has read every system, over a province that has moved on by a day since."""
    for _ in range(2):
        run_hub(moving, "sync", SLOW)  # so that it is known how long it usually takes
    run_hub(moving, "sandbox", "tick", "--days", "1")
    return moving


def datasets(system: str) -> set[str]:
    return {f"{one}.{name}" for one, name in catalogue.selected([system])}


def loads(home: Path) -> set[tuple[str, str]]:
    return {(line["load_id"], f"{line['system']}.{line['dataset']}") for line in hub_json(home, "ledger")}


def test_three_bad_systems_are_named_and_stop_only_themselves(home: Path) -> None:
    before = loads(home)
    for system, kind in ((DEAD, "unreachable"), (GARBAGE, "truncated_json"), (SLOW, "slow")):
        run_hub(home, "sandbox", "fault", system, kind, "--times", FOR_EVER)
    summary: dict[str, Any] = hub_json(home, "run", "--parallel", "4", check=False)
    bad = datasets(DEAD) | datasets(GARBAGE)
    assert summary["failures"].keys() == bad
    assert all("no connection" in summary["failures"][name] for name in datasets(DEAD))
    assert all("JSON" in summary["failures"][name] for name in datasets(GARBAGE))
    assert summary["slow"].keys() == datasets(SLOW)
    everything = {f"{system}.{name}" for system, name in catalogue.selected(None)}
    assert everything <= {name for _, name in before}, "every dataset had a load in the first run"
    assert {name for _, name in loads(home) - before} >= everything - bad, "and every other one has a new one now"
    assert summary["published"] == 2
    assert all(line["balance"] == 0 for line in hub_json(home, "ledger"))
