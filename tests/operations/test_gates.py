"""The last verdict of the gate can be shown with its reasons."""

from __future__ import annotations

from operations import gates
from operations.store import Store


def test_the_last_verdict_counts(store: Store) -> None:
    assert gates.latest(store) is None
    as_of = store.settings.clock()
    gates.record(store, "v000001", as_of, True, [], [{"expectation": "keys", "success": True}])
    gates.record(store, "v000002", as_of, False, ["core.cases: 2 keys twice"], [])
    found = gates.latest(store)
    assert found is not None
    assert (found["version"], found["success"], found["critical"]) == ("v000002", False, ["core.cases: 2 keys twice"])
