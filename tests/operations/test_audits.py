"""The last audit can be shown with every rule that it counted twice."""

from __future__ import annotations

from verdicts import TALLIES

from operations import audits
from operations.store import Store


def test_the_last_audit_counts(store: Store) -> None:
    assert audits.latest(store) is None
    as_of = store.settings.clock()
    audits.record(store, as_of, 10, [], {})
    audits.record(store, as_of, 2400, TALLIES, {"union_rights.rights_cases": "broken"})
    found = audits.latest(store)
    assert found is not None
    assert (found["rows"], found["tallies"]) == (2400, TALLIES)
    assert found["failures"] == {"union_rights.rights_cases": "broken"}
