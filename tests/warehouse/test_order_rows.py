"""Which rows hang from an order follows from what was delivered, deleted, judged anew: never from what was left out."""

from __future__ import annotations

import pytest
from deliveries import AS_OF, CONTRACT, DATASET, Row
from ordering import FULL, REJECTED, WARNED, Orders, bad, warned

from warehouse.order_rows import Unjudged, Waiver


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


def test_a_rule_over_records_is_judged_by_each_build(orders: Orders) -> None:
    orders.deliver(Row("a"))
    orders.versions["town_code.in_county"] = "t1"
    con = orders.writer.con
    for version in ("t1", "t2"):
        orders.versions["town_code.in_county"] = version
        con.execute(
            "INSERT INTO ops.failing_records SELECT ?, ?, ?, 'town_code.in_county', 'town_code', 'a', NULL",
            [orders.system, DATASET, CONTRACT.name],
        )
        orders.build()
        con.execute("DELETE FROM ops.failing_records")
    assert orders.rows("source_id, field, rule_version") == [("a", "town_code", "t2")]
    orders.build()
    assert orders.state() == {"a": "corrected"}


def test_what_is_wrong_with_a_dataset_hangs_from_an_order_until_it_clears(orders: Orders) -> None:
    con = orders.writer.con
    orders.versions["feed_late"] = "f1"
    for severity, since in (("critical", AS_OF), ("info", None)):
        con.execute(
            "INSERT INTO core.dataset_issues VALUES (?, ?, ?, 'feed_late', '', ?, ?)",
            [orders.system, DATASET, CONTRACT.name, severity, since],
        )
    orders.build()
    assert orders.rows("row_key, source_id, seen_in, attached_load_id") == [("*", None, "20260630T080000", None)]
    con.execute("DELETE FROM core.dataset_issues")
    orders.build()
    assert orders.rows("row_key, settled_how") == [("*", "cleared")]


@pytest.mark.parametrize("dataset", [None, DATASET])
def test_rows_of_a_broken_declaration_wait_until_it_is_mended(orders: Orders, dataset: str | None) -> None:
    """While it is broken there are no rules of it; what its department mends meanwhile counts afterwards."""
    orders.deliver(bad("a"), warned("b"), bad(None, "no key"))
    orders.build()
    rules, orders.versions = orders.versions, {}
    orders.build(unjudged=[Unjudged(orders.system, dataset)])
    assert orders.state() == {"a": None, "b": None, "-": None}
    orders.deliver(Row("a"))
    orders.versions = rules
    orders.build()
    assert orders.state() == {"a": "corrected", "b": None, "-": None}
