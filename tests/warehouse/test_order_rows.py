"""Which rows hang from an order follows from what was delivered, deleted, judged anew: never from what was left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from deliveries import AS_OF, CONTRACT, DATASET, Row, check, land
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from operations.settings import Settings
from warehouse.build import Writer
from warehouse.merge import merge
from warehouse.order_rows import Waiver, attach_and_settle
from warehouse.runner import FOLDER, build, parse
from warehouse.tables import create_tables

WARNED, REJECTED = "stage_code.odd", "reported_at.required"
FULL, PART = None, AS_OF - timedelta(days=1)


class Orders:
    """One system of one warehouse: deliver to it, change its rules, build, and look at its order rows."""

    def __init__(self, writer: Writer, system: str) -> None:
        self.writer, self.system, self.builds = writer, system, 0
        self.versions = {WARNED: "w1", REJECTED: "r1"}

    def deliver(self, *rows: Row, since: datetime | None = PART, kind: Any = "sync") -> str:
        """Land, check and merge rows; the load's id."""
        manifest = land(self.writer.settings, rows, kind=kind, system=self.system, since=since)
        merge(self.writer, manifest, check(self.writer.settings, manifest, rows), CONTRACT, AS_OF)
        return manifest.load_id

    def build(self, *waivers: Waiver, severity: str = "warning") -> datetime:
        """Make the failing rows and the rules again, then attach and settle; the build's time."""
        self.builds += 1
        as_of = AS_OF + timedelta(hours=self.builds)
        con = self.writer.con
        con.execute("CREATE OR REPLACE TABLE ref.rules (system VARCHAR, dataset VARCHAR, contract VARCHAR,"
                    " rule_id VARCHAR, severity VARCHAR, version VARCHAR)")  # fmt: skip
        for rule, version in self.versions.items():
            level = "critical" if rule == REJECTED else severity
            con.execute(
                "INSERT INTO ref.rules VALUES (?, ?, ?, ?, ?, ?)",
                [self.system, DATASET, CONTRACT.name, rule, level, version],
            )
        build(con, parse(FOLDER / "core" / "failing_rows.sql"))
        attach_and_settle(self.writer, as_of, waivers)
        return as_of

    def rows(self, columns: str) -> list[tuple[Any, ...]]:
        return self.writer.con.execute(
            f"SELECT {columns} FROM ops.order_rows WHERE system = ? ORDER BY attached_at, rule_id, row_key",
            [self.system],
        ).fetchall()

    def state(self) -> dict[str, str | None]:
        """Row key (`-` without one) -> how it was settled last, None while it is open."""
        return {key or "-": how for key, how in self.rows("source_id, settled_how")}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Writer]:
    made = Settings(home=tmp_path_factory.mktemp("orders"), memory_limit="256MiB", as_of=AS_OF)
    made.prepare()
    with Writer(made) as opened:
        create_tables(opened, [CONTRACT])
        yield opened


_numbers = iter(range(10**9))


@pytest.fixture
def orders(shared: Writer) -> Orders:
    return Orders(shared, f"system{next(_numbers)}")


def bad(key: str | None, content: str = "??") -> Row:
    return Row(key, content, rejected=True)


def warned(key: str, content: str = "10") -> Row:
    return Row(key, content, warnings=(WARNED,))


def test_what_an_incremental_feed_no_longer_brings_stays_open(orders: Orders) -> None:
    orders.deliver(bad("a"), warned("b"), bad(None, "no key"))
    orders.build()
    for _ in range(2):
        orders.deliver(Row("c"))
        orders.build()
    assert orders.state() == {"a": None, "b": None, "-": None}


def test_each_row_is_settled_by_what_became_of_it(orders: Orders) -> None:
    orders.deliver(bad("a"), bad("b"), warned("c"), warned("d"), bad(None, "no key"))
    first = orders.build()
    orders.deliver(Row("a"), Row("b", tombstone=True), Row("c", tombstone=True), Row("d", "20"))
    second = orders.build()
    assert orders.state() == {"a": "corrected", "b": "deleted", "c": "deleted", "d": "corrected", "-": None}
    assert set(orders.rows("attached_at, settled_at")) == {(first, second), (first, None)}
    orders.deliver(Row("a"), since=FULL)
    orders.build()
    assert orders.state()["-"] == "redelivered"


def test_a_row_that_leaves_under_another_version_of_its_rule_was_our_doing(orders: Orders) -> None:
    orders.deliver(bad("a"), warned("b"))
    orders.build()
    orders.versions = {WARNED: "w2", REJECTED: "r2"}
    orders.deliver(Row("a"), Row("b", "10"))
    orders.build()
    assert orders.state() == {"a": "rule_changed", "b": "rule_changed"}


def test_a_changed_rule_is_remembered_while_the_row_was_not_judged_again(orders: Orders) -> None:
    """The rule changed, a build went by, and only then was the row replayed: it is still our doing."""
    orders.deliver(bad("a"), bad("b"))
    orders.build()
    orders.versions[REJECTED] = "r2"
    orders.build()
    orders.deliver(Row("a"), bad("b"), kind="replay")
    orders.build()
    assert orders.state() == {"a": "rule_changed", "b": None}
    orders.deliver(Row("b"))
    orders.build()
    assert orders.state()["b"] == "corrected", "it failed by the new rule too, so the department mended it"


def test_what_a_replay_mends_is_our_doing_even_where_the_new_version_was_noted(orders: Orders) -> None:
    """The row was checked before the mapping was approved and merged after it."""
    orders.deliver(bad("a"))
    orders.versions[REJECTED] = "r2"
    orders.build()
    orders.deliver(Row("a"), kind="replay")
    orders.build()
    assert orders.state() == {"a": "rule_changed"}


@pytest.mark.parametrize("ending", ["rule is gone", "rule only counts now"])
def test_a_rule_that_makes_no_order_any_more_settles_its_rows_as_ours(orders: Orders, ending: str) -> None:
    orders.deliver(warned("a"))
    orders.build()
    if ending == "rule is gone":
        del orders.versions[WARNED]
    orders.build(severity="info")
    assert orders.state() == {"a": "rule_changed"}


def test_rules_for_information_make_no_order(orders: Orders) -> None:
    orders.deliver(warned("a"))
    orders.build(severity="info")
    assert orders.state() == {}


def test_a_relapse_is_a_new_row_of_the_next_round_and_the_old_one_stays(orders: Orders) -> None:
    orders.deliver(bad("a"), bad("b"))
    orders.build()
    orders.deliver(Row("a"))
    orders.build()
    orders.deliver(bad("a"))
    orders.build()
    assert orders.rows("source_id, round, settled_how")[:3] == [("a", 1, "corrected"), ("b", 1, None), ("a", 1, None)]
    orders.deliver(Row("a"), Row("b"))
    orders.build()
    orders.deliver(bad("b"))
    orders.build()
    assert orders.rows("source_id, round, settled_how")[3:] == [("b", 2, None)]


def test_a_persons_word_settles_the_rows_without_key_that_it_knew_of(orders: Orders) -> None:
    seen = orders.deliver(bad("a"), bad(None, "one"))
    orders.build()
    word = Waiver(orders.system, CONTRACT.name, REJECTED, "reported_at", seen)
    orders.build(word)
    assert orders.state() == {"a": None, "-": "by_hand"}
    orders.build(word)
    assert len(orders.rows("row_key")) == 2, "what was settled by hand is not attached again"
    orders.deliver(bad(None, "one"))
    orders.build(word)
    assert [how for key, how in orders.rows("source_id, settled_how") if key is None] == ["by_hand", None]


def test_building_twice_changes_nothing(orders: Orders) -> None:
    orders.deliver(bad("a"), warned("b"))
    orders.build()
    orders.deliver(Row("a"))
    orders.build()
    before = orders.rows("*")
    orders.build()
    assert orders.rows("*") == before


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
        """Whoever passes after having been deleted came back mended."""
        if self.failing.pop((rule, key), None) is not None or self.passed_by.get((rule, key)) == "deleted":
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


@given(st.lists(steps, min_size=2, max_size=6))
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
def test_order_rows_equal_the_oracle(shared: Writer, history: list[tuple[list[Row], str, str | None, bool]]) -> None:
    orders = Orders(shared, f"system{next(_numbers)}")
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
