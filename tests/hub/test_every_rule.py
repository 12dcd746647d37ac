"""The smallest province in which every rule is broken: all systems run, and each rule is counted twice alike."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from homes import hub_json, run_hub

from quality.predicates import CHECKS
from quality.record_rules import RECORD_CHECKS
from sandbox.soil.deal import EVERY_KIND_FROM
from schemas.declaration import load_systems

pytestmark = pytest.mark.slow
IMPLIED = ("required", "unreadable", "sentinel", "unmapped", "code", "not_in_force", "division", "pattern", "length",
           "range")  # fmt: skip
"""What quality/implied.py makes of the columns."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("rules")
    run_hub(folder, "sandbox", "up", "--cases", str(EVERY_KIND_FROM), "--today", "2026-06-30")
    yield folder
    run_hub(folder, "sandbox", "down", check=False)


@pytest.fixture(scope="module")
def summary(home: Path) -> dict[str, Any]:
    found: dict[str, Any] = hub_json(home, "run")
    return found


def test_everything_arrives_and_every_line_balances(home: Path, summary: dict[str, Any]) -> None:
    assert summary["failures"] == {}
    lines = hub_json(home, "ledger")
    assert [line for line in lines if line["balance"] != 0] == []
    arrived = {(line["system"], line["dataset"]) for line in lines if line["loaded"]}
    assert arrived == {(system, name) for system, one in load_systems()[0].items() for name in one.datasets}


def test_every_kind_of_rule_is_counted_twice_alike_and_broken(home: Path, summary: dict[str, Any]) -> None:
    assert summary["failures"] == {}
    found = hub_json(home, "audit")
    assert found["failures"] == {}
    assert found["differences"] == []
    assert found["disagreements"] == 0
    assert found["never_violated"] == []
    assert set(found["kinds"]) == {*CHECKS, *RECORD_CHECKS, *IMPLIED, "predicate"}
