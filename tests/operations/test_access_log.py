"""Who looked at what, and why, is kept."""

from __future__ import annotations

from operations import access_log
from operations.store import Store


def test_accesses_come_back_newest_first(store: Store) -> None:
    access_log.record(store, "lin", "case", "JF3301082026063000001A", "来访查询")
    access_log.record(store, "wang", "reveal", "court_odr|1", "bad\x00\ud800text")
    newest, oldest = access_log.recent(store)
    assert (oldest["who"], oldest["what"], oldest["reason"]) == ("lin", "case", "来访查询")
    assert newest["who"] == "wang"
    assert newest["at"] == store.settings.clock()
    assert len(access_log.recent(store, limit=1)) == 1


def test_a_reason_is_kept_without_the_numbers_of_people(store: Store) -> None:
    access_log.record(store, "lin", access_log.REVEAL, "court_odr|1", "核实13812341234与JF3301082024041000001K")
    assert access_log.recent(store)[0]["reason"] == "核实138***与JF3301082024041000001K"
