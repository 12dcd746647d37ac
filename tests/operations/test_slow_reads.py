"""A read that takes far longer than usual is told, and only that."""

from __future__ import annotations

from operations import runs
from operations.slow_reads import newest, slow_reads
from operations.store import Store


def read(store: Store, dataset: str, *seconds: float | None, step: str = runs.READ) -> None:
    for taken in seconds:
        runs.started(store, "run", "court_odr", dataset, step)
        runs.finished(store, "run", "court_odr", dataset, step, "", taken)


def test_the_usual_is_the_median_of_what_went_before(store: Store) -> None:
    read(store, "cases", 1.0, 2.0, 90.0)
    read(store, "steps", 1.0, 5.0, 9.0)
    read(store, "parts", 1.0, 1.0)
    read(store, "checked", 1.0, 1.0, 2.0, step="check")
    before = newest(store)
    assert slow_reads(store, before) == []
    read(store, "cases", 21.0)
    read(store, "steps", 49.0)  # less than ten times 5
    read(store, "parts", 90.0)  # two reads before it say too little
    read(store, "checked", 100.0, step="check")
    read(store, "unknown", 100.0)
    (slow,) = slow_reads(store, before)
    assert (slow.dataset, slow.seconds, slow.usual) == ("cases", 21.0, 2.0)
    assert str(slow).startswith("took 21 s, usually 2.0 s")


def test_a_few_seconds_are_never_slow(store: Store) -> None:
    read(store, "cases", None, 0.01, 0.01, 0.01)
    before = newest(store)
    read(store, "cases", 4.9)
    assert slow_reads(store, before) == []
    read(store, "cases", 5.1)
    assert [one.seconds for one in slow_reads(store, before)] == [5.1]
