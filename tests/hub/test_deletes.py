"""Deletes arrive, by tombstone at once and by comparing key lists after two of them; nothing else is deleted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from homes import hub_json, run_hub

from hub import deletions, publication
from operations.settings import Settings
from operations.store import Store
from schemas.delivery import Page, Window
from warehouse.landing import Landing

pytestmark = pytest.mark.slow
DELETING = ("petition_hotline", "peoples_mediation", "court_odr")
MARKING = "school_disputes"  # a dBASE table, in which who is deleted stays with a mark


@pytest.fixture(scope="module")
def weeks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A province that lives through two weeks, read after each; what had been published once is published again."""
    home = tmp_path_factory.mktemp("weeks")
    run_hub(home, "sandbox", "up", "--cases", "1200", "--today", "2026-05-30")
    hub_json(home, "run", *DELETING, MARKING)
    _read_a_week_later(home)
    run_hub(home, "sandbox", "tick", "--days", "7")
    hub_json(home, "run", *DELETING, MARKING)
    yield home
    run_hub(home, "sandbox", "down", check=False)


def _read_a_week_later(home: Path) -> None:
    """Read what has changed, and the key lists: a list is compared by the next build, whichever that is."""
    run_hub(home, "sandbox", "tick", "--days", "7")
    for system in DELETING:
        run_hub(home, "sync", system)


@pytest.mark.parametrize("system", ["petition_hotline", MARKING])
def test_a_tombstone_deletes_at_once(weeks: Path, system: str) -> None:
    lines = [line for line in hub_json(weeks, "ledger") if line["system"] == system]
    assert sum(line["deleted"] for line in lines if line["kind"] == "sync") > 0


def test_a_hard_delete_is_found_by_comparing_two_key_lists(weeks: Path) -> None:
    lines = [line for line in hub_json(weeks, "ledger") if line["kind"] == "deletes"]
    assert {(line["system"], line["dataset"]) for line in lines} >= {("peoples_mediation", "mediation_cases")}
    assert all(line["landed"] == line["deleted"] for line in lines)


def test_too_many_deletes_at_once_wait_for_a_person(tmp_path: Path) -> None:
    home = tmp_path / "home"
    run_hub(home, "sandbox", "up", "--cases", "120", "--today", "2026-05-30")
    try:
        for system in DELETING:
            run_hub(home, "sync", system)
        _read_a_week_later(home)
        run_hub(home, "sandbox", "tick", "--days", "7")
        hub_json(home, "run", *DELETING)
        assert not [line for line in hub_json(home, "ledger") if line["kind"] == "deletes"]
        waiting = hub_json(home, "decisions", "list")
        assert waiting
        assert "more than the budget" in waiting[0]["reason"]
        for decision in waiting:
            run_hub(home, "decisions", "decide", str(decision["id"]), "delete", "--by", "tester", "--reason", "checked")
        assert hub_json(home, "decisions", "list") == []
        assert hub_json(home, "run", *DELETING)["deleted"] > 0
    finally:
        run_hub(home, "sandbox", "down", check=False)


def test_what_is_deleted_is_no_longer_published(weeks: Path, tmp_path: Path) -> None:
    with duckdb.connect(str((weeks / "published" / "current.duckdb").resolve()), read_only=True) as connection:
        current = connection.execute(
            "SELECT count(*) FROM record.case_reports WHERE system = 'peoples_mediation'"
        ).fetchone()
    assert current is not None
    rows = [line for line in hub_json(weeks, "ledger") if line["dataset"] == "mediation_cases"]
    loaded = sum(line["loaded"] for line in rows)
    assert 0 < current[0] <= loaded - sum(line["deleted"] for line in rows)


def test_key_lists_of_a_system_that_is_declared_no_more_delete_nothing_and_stop_no_build(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", memory_limit="256MiB")
    settings.prepare()
    for keys in (b'{"source_id":"1"}\n', b'{"source_id":"2"}\n'):
        load = Landing(settings).open("retired_system", "cases", "keys", Window(None, None, "keys"), "declared once")
        load.add(Page("ndjson", 1, keys))
        load.complete(None)
    with publication.warehouse(settings) as writer:
        assert deletions.settle(settings, Store(settings), writer) == 0
