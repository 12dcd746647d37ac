"""Any history of deliveries, replays and changed rules leaves the order rows that plain Python says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from deliveries import Row
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from ordering import FULL, PART, REJECTED, WARNED, Orders, bad


@dataclass
class Oracle:
    """Order rows as a person would keep them on paper: per rule and row, what is known and how it ended."""

    versions: dict[str, str]
    contents: dict[str, str] = field(default_factory=dict)  # key -> content of the current record
    failing: dict[tuple[str, str], int] = field(default_factory=dict)  # (rule, key) -> the load that showed it
    passed_by: dict[tuple[str, str], str] = field(default_factory=dict)  # how it came to fail no more
    open: dict[tuple[str, str], tuple[int, str, int]] = field(default_factory=dict)  # round, version, load
    done: list[tuple[str, str, int, str]] = field(default_factory=list)  # rule, key, round, how
    changed_in: dict[str, int] = field(default_factory=dict)  # key -> load of the current content

    def deliver(self, load: int, rows: list[Row], *, full: bool, replay: bool) -> None:
        if full:
            for rule, key in [one for one in self.failing if one[1].startswith("-")]:
                self.passes(rule, key, "redelivered")
        for row in rows:
            if row.source_id is None:
                self.failing[REJECTED, f"-{row.content}"] = load
            elif row.rejected:
                self.failing[REJECTED, row.source_id] = load
            else:
                self.accept(load, row.source_id, row, replay=replay)

    def accept(self, load: int, key: str, row: Row, *, replay: bool) -> None:
        if row.tombstone:
            self.contents.pop(key, None)
            for rule in (REJECTED, WARNED):
                self.passes(rule, key, "deleted")
            return
        if self.contents.get(key) != row.content:
            self.contents[key], self.changed_in[key] = row.content, load
        self.passes(REJECTED, key, "replay" if replay and self.changed_in[key] == load else "corrected")
        if row.warnings:
            self.failing[WARNED, key] = self.changed_in[key]
        else:
            self.passes(WARNED, key, "replay" if replay and self.changed_in[key] == load else "corrected")

    def passes(self, rule: str, key: str, how: str) -> None:
        """Whoever passes after having been deleted came back mended; whoever is deleted after having passed is gone."""
        known = self.passed_by.get((rule, key))
        if self.failing.pop((rule, key), None) is not None or known == "deleted" or (known and how == "deleted"):
            self.passed_by[rule, key] = how

    def build(self) -> None:
        before = dict(self.open)
        for one, load in self.failing.items():
            rule = one[0]
            going = [number for (of, _), (number, _, _) in before.items() if of == rule]
            ended = [number for of, _, number, _ in self.done if of == rule]
            if one not in self.open:
                number = max(going) if going else max(ended, default=0) + 1
                self.open[one] = (number, self.versions[rule], load)
            elif self.open[one][2] != load:
                self.open[one] = (self.open[one][0], self.versions[rule], load)
        for one in [one for one in self.open if one not in self.failing]:
            number, version, _ = self.open.pop(one)
            how = self.passed_by[one]
            if how != "deleted" and (how == "replay" or version != self.versions[one[0]]):
                how = "rule_changed"
            self.done.append((*one, number, how))


keyed = st.builds(
    Row,
    source_id=st.sampled_from("abc"),
    content=st.sampled_from(["10", "20"]),
    tombstone=st.integers(0, 5).map(lambda n: n == 0),
    rejected=st.integers(0, 2).map(lambda n: n == 0),
    warnings=st.sampled_from([(), (WARNED,)]),
)
unkeyed = st.sampled_from(["x", "y"]).map(lambda content: bad(None, content))
steps = st.tuples(
    st.lists(st.one_of(keyed, keyed, unkeyed), max_size=4, unique_by=lambda row: row.source_id or row.content),
    st.sampled_from(["part", "part", "full", "replay"]),
    st.sampled_from([None, None, None, WARNED, REJECTED]),
    st.booleans(),
)


MENDED_AND_DELETED = [
    ([bad("b", "10")], "part", None, True),
    ([Row("b", "20")], "part", None, False),
    ([Row("b", "20", tombstone=True)], "part", None, True),
]
"""Between two builds: what the second one finds is that the record is gone."""


@example(MENDED_AND_DELETED)
@given(st.lists(steps, min_size=2, max_size=6))
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
def test_order_rows_equal_the_oracle(
    order_system: Callable[[], Orders], history: list[tuple[list[Row], str, str | None, bool]]
) -> None:
    orders = order_system()
    oracle = Oracle(orders.versions)
    for number, (rows, kind, changed, builds) in enumerate(history):
        if kind == "replay":
            rows = [
                row
                for row in rows
                if row.source_id and not row.tombstone and (REJECTED, row.source_id) in oracle.failing
            ]
        if changed is not None:
            orders.versions[changed] += "+"
        if rows or kind == "full":
            orders.deliver(*rows, since=FULL if kind == "full" else PART, kind="replay" if kind == "replay" else "sync")
            oracle.deliver(number, rows, full=kind == "full", replay=kind == "replay")
        if builds or number == len(history) - 1:
            orders.build()
            oracle.build()
    settled = Counter((rule, key or "-", round_, how) for rule, key, round_, how in orders.rows(
        "rule_id, source_id, round, settled_how") if how)  # fmt: skip
    still = Counter((rule, key or "-", round_, version) for rule, key, round_, version, how in orders.rows(
        "rule_id, source_id, round, rule_version, settled_how") if how is None)  # fmt: skip
    assert settled == Counter((rule, key if key[0] != "-" else "-", n, how) for rule, key, n, how in oracle.done)
    assert still == Counter(
        (rule, key if key[0] != "-" else "-", n, version) for (rule, key), (n, version, _) in oracle.open.items()
    )
