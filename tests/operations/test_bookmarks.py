"""A bookmark is what was put last, per dataset and kind."""

from __future__ import annotations

from operations import bookmarks
from operations.store import Store


def test_a_dataset_that_was_never_read_has_no_bookmark(store: Store) -> None:
    assert bookmarks.get(store, "court_odr", "confirmations", "landed") is None


def test_the_last_bookmark_counts_and_kinds_are_apart(store: Store) -> None:
    seen = {"files": {"纠纷.csv": {"size": 12, "sha256": "ab"}}}
    bookmarks.put(store, "medical_disputes", "disputes", "landed", {"files": {}})
    bookmarks.put(store, "medical_disputes", "disputes", "landed", seen)
    bookmarks.put(store, "medical_disputes", "disputes", "merged", {"load_id": "x"})
    assert bookmarks.get(store, "medical_disputes", "disputes", "landed") == seen
    assert bookmarks.get(store, "medical_disputes", "disputes", "merged") == {"load_id": "x"}
