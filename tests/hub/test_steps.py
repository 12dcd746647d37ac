"""A failure is remembered and named; a fault of the hub itself quotes no value outside the private zone."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.steps import FaultError, faults_log, isolated, step
from operations import runs
from operations.settings import Settings
from operations.store import Store

SECRET = "330108200001010016"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    settings = Settings(home=tmp_path)
    settings.prepare()
    return Store(settings)


def test_a_fault_of_the_hub_quotes_no_value(store: Store) -> None:
    with pytest.raises(FaultError) as told, step(store, "court_odr", "pre_suit_cases", "sync"):
        raise ValueError(f"cannot read {SECRET}")
    assert SECRET not in str(told.value)
    assert told.value.__cause__ is None
    assert told.value.__suppress_context__
    outcome = runs.last_outcome(store)[("court_odr", "pre_suit_cases")]
    assert SECRET not in outcome["message"]
    log = faults_log(store.settings)
    assert SECRET in log.read_text(encoding="utf-8")
    assert log.stat().st_mode & 0o077 == 0


def test_a_failure_stops_only_itself_and_is_named(store: Store) -> None:
    failures: dict[str, str] = {}
    with isolated(store, "court_odr", "referrals", "merge", failures):
        raise ValueError("no")
    with isolated(store, "court_odr", "confirmations", "merge", failures):
        pass
    assert list(failures) == ["court_odr.referrals"]
    assert runs.last_outcome(store)[("court_odr", "confirmations")]["state"] == "finished"
