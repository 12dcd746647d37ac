"""Absence deletes only when two complete lists agree, and never more than the budget."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import msgspec
from deliveries import AS_OF, CONTRACT, DATASET, SYSTEM, Row, check

from operations.settings import Settings
from schemas.delivery import Manifest, Page, Window
from warehouse.build import Writer
from warehouse.deletes import OverBudget, tombstones
from warehouse.landing import Landing
from warehouse.merge import merge

HOUR = timedelta(hours=1)


def at(settings: Settings, hours: int) -> Settings:
    """The same home with its clock `hours` later."""
    return replace(settings, as_of=AS_OF + hours * HOUR)


def deliver(writer: Writer, hours: int, *keys: str) -> None:
    rows = [Row(key, updated=AS_OF + hours * HOUR) for key in keys]
    settings = at(writer.settings, hours)
    load = Landing(settings).open(SYSTEM, DATASET, "sync", Window(AS_OF, None), "d")
    load.add(Page(format="ndjson", rows=len(rows), body=b"{}\n" * len(rows)))
    manifest = load.complete(None)
    merge(writer, manifest, check(settings, manifest, rows), CONTRACT, AS_OF)


def key_list(writer: Writer, hours: int, *keys: str) -> Manifest:
    load = Landing(at(writer.settings, hours)).open(SYSTEM, DATASET, "keys", None, "d")
    body = b"".join(msgspec.json.encode({"source_id": key}) + b"\n" for key in keys)
    load.add(Page(format="ndjson", rows=len(keys), body=body, declared=len(keys)))
    return load.complete(None)


def gone(writer: Writer, *lists: Manifest, budget: float = 1.0) -> list[str] | OverBudget:
    return tombstones(writer, "case_reports", SYSTEM, DATASET, lists, budget)


def delete(writer: Writer, keys: list[str]) -> tuple[int, int]:
    load = Landing(at(writer.settings, 9)).open(SYSTEM, DATASET, "deletes", None, "d")
    body = b"".join(msgspec.json.encode({"source_id": key, "absent_from": ["1", "2"]}) + b"\n" for key in keys)
    load.add(Page(format="ndjson", rows=len(keys), body=body))
    line = merge(writer, load.complete(None), None, CONTRACT, AS_OF)
    return line.deleted, line.unchanged


def test_absent_from_two_lists_is_gone(writer: Writer) -> None:
    deliver(writer, 0, "a", "b", "c")
    first, second = key_list(writer, 1, "a", "b"), key_list(writer, 2, "a")
    assert gone(writer, first, second) == ["c"]


def test_one_list_proves_nothing(writer: Writer) -> None:
    deliver(writer, 0, "a")
    assert gone(writer, key_list(writer, 1, "b")) == []


def test_an_empty_list_deletes_nothing(writer: Writer) -> None:
    deliver(writer, 0, "a")
    assert gone(writer, key_list(writer, 1), key_list(writer, 2)) == []
    assert gone(writer, key_list(writer, 3, "b"), key_list(writer, 4)) == []


def test_a_truncated_list_deletes_nothing(writer: Writer) -> None:
    deliver(writer, 0, "a", "b")
    open_list = msgspec.structs.replace(key_list(writer, 1, "a"), state="open")
    assert gone(writer, open_list, key_list(writer, 2, "a")) == []


def test_a_key_that_landed_while_the_first_list_was_read_survives(writer: Writer) -> None:
    deliver(writer, 0, "a")
    first = key_list(writer, 1, "a")
    deliver(writer, 1, "b")
    assert gone(writer, first, key_list(writer, 2, "a")) == []


def test_a_record_that_was_delivered_again_after_a_list_survives(writer: Writer) -> None:
    deliver(writer, 0, "a", "b")
    first = key_list(writer, 1, "a")
    rows = [Row("b", "20", AS_OF + 2 * HOUR)]
    load = Landing(at(writer.settings, 2)).open(SYSTEM, DATASET, "sync", None, "d")
    load.add(Page(format="ndjson", rows=1, body=b"{}\n"))
    manifest = load.complete(None)
    merge(writer, manifest, check(at(writer.settings, 2), manifest, rows), CONTRACT, AS_OF)
    assert gone(writer, first, key_list(writer, 3, "a")) == []


def test_more_than_the_budget_waits_for_a_person(writer: Writer) -> None:
    deliver(writer, 0, *"abcd")
    lists = key_list(writer, 1, "a"), key_list(writer, 2, "a")
    found = gone(writer, *lists, budget=0.5)
    assert isinstance(found, OverBudget)
    assert (found.gone, found.current) == (3, 4)
    assert "court_odr.pre_suit_cases: 3 of 4 records" in str(found)
    assert gone(writer, *lists, budget=0.75) == ["b", "c", "d"]


def test_a_deletion_is_merged_once_and_a_key_that_returns_revives(writer: Writer) -> None:
    deliver(writer, 0, "a", "b")
    assert delete(writer, ["b"]) == (1, 0)
    assert delete(writer, ["b"]) == (0, 1)
    deliver(writer, 10, "b")
    ops = "SELECT op, valid_from FROM history.case_reports WHERE source_id = 'b' ORDER BY load_id"
    assert [op for op, _ in writer.con.execute(ops).fetchall()] == ["I", "D", "I"]
    since: list[tuple[datetime]] = writer.con.execute(
        "SELECT first_landed_at FROM record.case_reports WHERE source_id = 'b'"
    ).fetchall()
    assert since == [(AS_OF + 10 * HOUR,)]


def test_a_load_of_no_deletions_is_a_line_of_zeros(writer: Writer) -> None:
    assert delete(writer, []) == (0, 0)


def test_a_record_of_which_only_a_rejected_row_is_known_can_be_deleted_too(writer: Writer) -> None:
    rows = [Row("a"), Row("bad", rejected=True)]
    load = Landing(at(writer.settings, 0)).open(SYSTEM, DATASET, "sync", Window(AS_OF, None), "d")
    load.add(Page(format="ndjson", rows=len(rows), body=b"{}\n" * len(rows)))
    manifest = load.complete(None)
    merge(writer, manifest, check(writer.settings, manifest, rows), CONTRACT, AS_OF)
    first, second = key_list(writer, 1, "a"), key_list(writer, 2, "a")
    assert gone(writer, first, second) == ["bad"]
    assert delete(writer, ["bad"]) == (1, 0)
    assert writer.con.execute("SELECT count(*) FROM ops.open_rejections").fetchall() == [(0,)]
    assert gone(writer, first, second) == [], "once is enough"
    assert delete(writer, ["bad"]) == (0, 1)
