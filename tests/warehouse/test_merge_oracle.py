"""Any sequence of deliveries ends in the state that a few lines of plain Python say it must have."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from deliveries import AS_OF, CONTRACT, Outcome, Row, check, land
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from operations.settings import Settings
from schemas.delivery import Manifest
from warehouse.build import Writer
from warehouse.ledger import TERMS
from warehouse.merge import merge
from warehouse.tables import create_tables

LONG_AGO = AS_OF - timedelta(days=9_999)
Order = tuple[datetime | None, int, int]  # update time at the source, landing, position


def newer(one: Order, other: Order) -> bool:
    if one[0] and other[0] and one[0] != other[0]:
        return one[0] > other[0]
    return one[1:] > other[1:]


@dataclass
class Oracle:
    """The rules of the merge over dictionaries, a row at a time."""

    current: dict[str, tuple[str, Order]] = field(default_factory=dict)
    deletions: dict[str, list[Order]] = field(default_factory=dict)
    rejections: dict[str, list[Order]] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)
    history: list[tuple[str, str, str | None]] = field(default_factory=list)

    def deliver(self, landing: int, rows: Sequence[Row]) -> Counter[str]:
        terms: Counter[str] = Counter()
        accepted: dict[str, list[tuple[Order, Row]]] = {}
        rejected: dict[str, list[Order]] = {}
        for position, row in enumerate(rows, start=1):
            assert row.source_id is not None
            order = (row.updated, landing, position)
            if row.rejected:
                terms["rejected"] += 1
                rejected.setdefault(row.source_id, []).append(order)
                self.rejections.setdefault(row.source_id, []).append(order)
            else:
                accepted.setdefault(row.source_id, []).append((order, row))
        arrived = set()
        for key, versions in accepted.items():
            order, row = max(versions, key=lambda one: (one[0][0] or LONG_AGO, one[0][2]))
            terms["duplicate"] += len(versions) - 1
            verdict = self.judge(key, order, row)
            terms[verdict] += 1
            if verdict != "superseded":
                arrived.add(key)
            if verdict in ("loaded", "unchanged") and key in self.current:
                self.waiting.discard(key)
                if any(newer(other, order) for other in self.rejections.get(key, [])):
                    self.waiting.add(key)
        for key, orders in rejected.items():
            overtaken = key in self.current and any(newer(order, self.current[key][1]) for order in orders)
            if overtaken and key not in arrived:
                self.waiting.add(key)
        return terms

    def judge(self, key: str, order: Order, row: Row) -> str:
        known = self.current.get(key)
        if known is None:
            if any(newer(gone, order) and gone[1] != order[1] for gone in self.deletions.get(key, [])):
                return "superseded"
            if row.tombstone:
                return self.end(key, order) if self.only_rejected(key, order) else "unchanged"
        else:
            content, stored = known
            if newer(stored, order):
                return "superseded"
            if row.tombstone:
                del self.current[key]
                return self.end(key, order)
            if content == row.content:
                self.current[key] = (content, (order[0] or stored[0], *stored[1:]))
                return "unchanged"
        self.history.append((key, "I" if known is None else "U", row.content))
        self.current[key] = (row.content, order)
        return "loaded"

    def end(self, key: str, order: Order) -> str:
        self.waiting.discard(key)
        self.deletions.setdefault(key, []).append(order)
        self.history.append((key, "D", None))
        return "deleted"

    def only_rejected(self, key: str, order: Order) -> bool:
        last = max((gone[1] for gone in self.deletions.get(key, [])), default=-1)
        return any(other[1] > last and not newer(other, order) for other in self.rejections.get(key, []))


def state(writer: Writer) -> tuple[object, ...]:
    con = writer.con
    return (
        dict(con.execute("SELECT source_id, stage_code FROM record.case_reports").fetchall()),
        {
            key
            for (key,) in con.execute(
                "SELECT source_id FROM record.case_reports WHERE pending_correction_since IS NOT NULL"
            ).fetchall()
        },
        Counter(con.execute("SELECT source_id, op, stage_code FROM history.case_reports").fetchall()),
    )


times = st.one_of(st.none(), st.integers(0, 4).map(lambda day: AS_OF + timedelta(days=day)))
rows = st.builds(
    Row,
    source_id=st.sampled_from("abc"),
    content=st.sampled_from(["10", "20"]),
    updated=times,
    tombstone=st.integers(0, 5).map(lambda n: n == 0),
    rejected=st.integers(0, 4).map(lambda n: n == 0),
)
sequences = st.lists(st.lists(rows, max_size=6), min_size=1, max_size=6)


@given(sequences)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_state_history_and_ledger_equal_the_oracle(deliveries: list[list[Row]]) -> None:
    oracle = Oracle()
    with tempfile.TemporaryDirectory() as folder:
        home = Settings(home=Path(folder), memory_limit="256MiB", as_of=AS_OF)
        home.prepare()
        merged: list[tuple[Manifest, Outcome]] = []
        with Writer(home) as writer:
            create_tables(writer, [CONTRACT])
            for landing, delivery in enumerate(deliveries):
                manifest = land(home, delivery)
                outcome = check(home, manifest, delivery)
                line = merge(writer, manifest, outcome, CONTRACT, AS_OF)
                expected = oracle.deliver(landing, delivery)
                assert {term: getattr(line, term) for term in TERMS} == {term: expected[term] for term in TERMS}
                assert line.balance == 0
                merged.append((manifest, outcome))
            expected_state = (
                {key: content for key, (content, _) in oracle.current.items()},
                oracle.waiting,
                Counter(oracle.history),
            )
            assert state(writer) == expected_state
            for manifest, outcome in reversed(merged):
                merge(writer, manifest, outcome, CONTRACT, AS_OF)
            assert state(writer) == expected_state
