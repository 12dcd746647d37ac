"""Every attempt is remembered, and the last one that ended is the outcome."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from operations import runs
from operations.settings import Settings
from operations.store import Store

DATASET = ("court_odr", "confirmations")


def test_the_outcome_of_a_dataset_is_its_last_attempt_that_ended(store: Store) -> None:
    runs.started(store, "run1", *DATASET, "sync")
    runs.failed(store, "run1", *DATASET, "sync", "HTTP 500", "try again later")
    assert runs.last_outcome(store)[DATASET]["state"] == "failed"
    runs.started(store, "run1", *DATASET, "sync")
    assert runs.last_outcome(store)[DATASET]["remedy"] == "try again later"
    runs.finished(store, "run1", *DATASET, "sync", "12 rows")
    outcome = runs.last_outcome(store)[DATASET]
    assert (outcome["state"], outcome["message"]) == ("finished", "12 rows")
    assert outcome["finished_at"] == store.settings.clock()
    assert [row["state"] for row in runs.recent(store)] == ["finished", "failed"]


def test_a_step_that_was_killed_stays_running_and_is_no_outcome(store: Store) -> None:
    runs.started(store, "run1", "", "", "publish")
    assert runs.last_outcome(store) == {}
    assert runs.recent(store)[0]["state"] == "running"


def test_a_step_that_did_not_start_cannot_end(store: Store) -> None:
    with pytest.raises(LookupError, match=r"court_odr\.confirmations"):
        runs.finished(store, "run1", *DATASET, "sync")


def test_a_message_that_quotes_broken_text_is_still_kept(store: Store) -> None:
    runs.started(store, "run1", *DATASET, "sync")
    runs.failed(store, "run1", *DATASET, "sync", "bad value '\x00\ud800'" + "x" * 9000, "")
    message = runs.recent(store)[0]["message"]
    assert message.startswith("bad value")
    assert len(message) == 4000


def test_a_step_that_ends_well_does_not_hide_another_that_failed(store: Store) -> None:
    runs.started(store, "1", *DATASET, "sync")
    runs.failed(store, "1", *DATASET, "sync", "cannot be reached", "ask the department")
    runs.started(store, "2", *DATASET, "merge")
    runs.finished(store, "2", *DATASET, "merge")
    assert runs.last_outcome(store)[DATASET]["step"] == "sync"
    runs.started(store, "3", *DATASET, "sync")
    runs.finished(store, "3", *DATASET, "sync")
    assert runs.last_outcome(store)[DATASET]["state"] == "finished"


def test_reads_are_counted_by_day_with_those_that_failed(settings: Settings) -> None:
    for day, ended in ((28, "failed"), (29, "failed"), (29, "finished"), (30, "running")):
        store = Store(replace(settings, as_of=datetime(2026, 6, day, 8)))
        runs.started(store, f"{day} {ended}", *DATASET, runs.READ)
        runs.started(store, f"{day} {ended}", *DATASET, "merge")
        if ended == "failed":
            runs.failed(store, f"{day} {ended}", *DATASET, runs.READ, "HTTP 500", "")
        elif ended == "finished":
            runs.finished(store, f"{day} {ended}", *DATASET, runs.READ)
        store.close()
    store = Store(settings)
    found = [tuple(row.values()) for row in runs.reads(store, datetime(2026, 6, 29))]
    assert found == [(*DATASET, "2026-06-29", 2, 1)]
    assert [row["day"] for row in runs.reads(store, datetime(2026, 6, 1))] == ["2026-06-28", "2026-06-29"]
    store.close()
