"""The mirrored ledger is the ledger: the same lines, in landing order, each once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from operations import loads
from operations.store import Store


def line(load_id: str, **changed: Any) -> dict[str, Any]:
    terms = {
        "landed": 5,
        "loaded": 3,
        "unchanged": 1,
        "superseded": 0,
        "duplicate": 0,
        "deleted": 0,
        "rejected": 1,
    }
    names = {"load_id": load_id, "kind": "sync", "system": "court_odr", "dataset": "confirmations"}
    times = {"as_of": datetime(2026, 6, 30, 8), "merged_at": datetime(2026, 6, 30, 8, 1)}
    return {**names, "declared": None, **terms, "balance": 0, **times, **changed}


def test_a_line_comes_back_as_it_was(store: Store) -> None:
    loads.mirror(store, line("a"))
    assert loads.lines(store) == [line("a")]


def test_the_same_line_twice_is_one_line(store: Store) -> None:
    loads.mirror(store, line("a"))
    loads.mirror(store, line("a", as_of="2026-06-30T08:00:00", merged_at="2026-06-30T08:01:00"))
    assert loads.lines(store) == [line("a")]


def test_lines_are_in_landing_order_and_a_limit_keeps_the_newest(store: Store) -> None:
    for load_id in (
        "20260102T000000000000Z-0001",
        "20260103T000000000000Z-0001",
        "20260101T000000000000Z-0001",
    ):
        loads.mirror(store, line(load_id))
    assert [one["load_id"][:8] for one in loads.lines(store)] == ["20260101", "20260102", "20260103"]
    assert [one["load_id"][:8] for one in loads.lines(store, limit=2)] == ["20260102", "20260103"]


def test_a_line_without_a_term_is_refused(store: Store) -> None:
    incomplete = line("a")
    del incomplete["rejected"]
    with pytest.raises(KeyError, match="rejected"):
        loads.mirror(store, incomplete)
