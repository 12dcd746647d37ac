"""Quarantine keeps what waits, what was closed lately and what hangs from a work order, and drops the rest."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from court import CROSSWALK, DATASET, SYSTEM, CourtHome
from homes import hub_json

from hub import mapping, quarantined
from hub.published import NothingPublishedError
from hub.retention import prune
from operations.settings import Settings
from quality.outcome import outcome_files, outcome_path
from schemas.delivery import Manifest
from warehouse.build import Writer

FIRST = datetime(2024, 7, 1, 8)
TODAY = FIRST + timedelta(days=310)
ORDER_ROWS = """
    CREATE TABLE IF NOT EXISTS ops.order_rows (
        system VARCHAR, dataset VARCHAR, contract VARCHAR, rule_id VARCHAR, field VARCHAR, row_key VARCHAR,
        source_id VARCHAR, rule_version VARCHAR, attached_load_id VARCHAR, attached_at TIMESTAMP,
        settled_at TIMESTAMP, settled_how VARCHAR)
"""
ORDERS = """
    INSERT INTO ops.order_rows BY NAME
    SELECT DISTINCT system, dataset, contract, 'case_type_code.unmapped' AS rule_id, 'case_type_code' AS field,
        source_id AS row_key, source_id, CAST('2024-07-02' AS TIMESTAMP) AS attached_at,
        CASE WHEN source_id = 'A' THEN CAST('2024-07-20' AS TIMESTAMP) END AS settled_at,
        CASE WHEN source_id = 'A' THEN 'corrected' END AS settled_how
    FROM ops.rejected_rows WHERE source_id IN ('A', 'E')
"""
"""A's order is settled, E's is not."""


class Year:
    """A year of deliveries by name, with what became of each."""

    def __init__(self, home: Path) -> None:
        self.court = CourtHome(home, FIRST)
        self.loads: dict[str, Manifest] = {}
        self._live()

    def _live(self) -> None:
        bad = {"ay": "LD01"}
        deliver = self.court.deliver
        self.loads["corrected"] = deliver({"sqdj_bh": "A", **bad})
        self.loads["waits"] = deliver({"sqdj_bh": "B", **bad}, {"sqdj_bh": "A", **bad})
        self.loads["corrected lately"] = deliver({"sqdj_bh": "C", **bad})
        self.loads["deleted"] = deliver({"sqdj_bh": "D", "gxsj": "2024-06-02 10:00:00"}, {"sqdj_bh": "D", **bad})
        self.loads["delivered again"] = deliver(b'{"sqdj_bh": "torn', file="torn.json")
        self.loads["never again"] = deliver(b'{"sqdj_bh": "torn', file="gone.json")
        self.loads["ordered"] = deliver({"sqdj_bh": "E", **bad})
        self.loads["older"] = deliver({"sqdj_bh": "F", "gxsj": "2024-06-10 10:00:00"}, {"sqdj_bh": "F", **bad})
        self.loads["replayed"] = deliver({"sqdj_bh": "G", "ay": "LD02"})
        self.court.at(FIRST + timedelta(days=10))
        mended = {"gxsj": "2024-07-10 10:00:00"}
        self.loads["nothing rejected"] = deliver({"sqdj_bh": "A", **mended}, {"sqdj_bh": "E", **mended})
        deliver({"sqdj_bh": "H"}, file="torn.json")
        self._delete("D")
        mapping.approve(self.court.settings, CROSSWALK, "LD02", "0701", "lin", "the court says so")
        self.court.at(TODAY - timedelta(days=5))
        deliver({"sqdj_bh": "C", **mended})
        self.court.at(TODAY).publish(self._hang)
        self.loads["unpublished"] = deliver({"sqdj_bh": "A", **bad})

    def _delete(self, key: str) -> None:
        from schemas.delivery import Page
        from warehouse.landing import Landing

        load = Landing(self.court.settings).open(SYSTEM, DATASET, "deletes", None, "")
        load.add(Page("ndjson", 1, f'{{"source_id": "{key}"}}\n'.encode()))
        load.complete(None)

    @staticmethod
    def _hang(writer: Writer) -> None:
        writer.con.execute(ORDER_ROWS)
        writer.con.execute(ORDERS)


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Year:
    return Year(tmp_path_factory.mktemp("year") / "home")


@pytest.fixture
def settings(year: Year, tmp_path: Path) -> Settings:
    """A copy of the home, to prune."""
    shutil.copytree(year.court.settings.home, tmp_path / "home", symlinks=True)
    return replace(year.court.settings, home=tmp_path / "home", operations_url="")


def test_each_file_goes_or_stays_for_its_reason(year: Year, settings: Settings) -> None:
    files = {one.load_id: one for one in prune(settings, 30)}
    found = {name: files[manifest.load_id].spared for name, manifest in year.loads.items()}
    assert found == {
        "corrected": None,
        "waits": "rows of it wait for a correction",
        "corrected lately": "closed in the last 30 days",
        "deleted": None,
        "delivered again": None,
        "never again": "rows of it wait for a correction",
        "ordered": "rows of it hang from an unsettled work order",
        "older": None,
        "replayed": None,
        "nothing rejected": None,
        "unpublished": "not published yet",
    }
    for name, manifest in year.loads.items():
        _, quarantine = outcome_files(settings, manifest)
        assert quarantine.exists() == (found[name] is not None), name
    waiting = files[year.loads["waits"].load_id]
    assert (waiting.rows, waiting.held) == (2, 1), "one of its two rows was corrected"


def test_what_landed_lately_is_kept_whatever_became_of_it(settings: Settings) -> None:
    assert {one.spared for one in prune(settings, 400)} == {"landed in the last 400 days", "not published yet"}


def test_a_version_without_work_orders_holds_back_nothing(year: Year, settings: Settings) -> None:
    with duckdb.connect(str((settings.published / "current.duckdb").resolve())) as connection:
        connection.execute("DROP TABLE ops.order_rows")
    files = {one.load_id: one.spared for one in prune(settings, 30)}
    assert files[year.loads["ordered"].load_id] is None


def test_a_second_prune_finds_nothing_and_a_killed_one_is_finished(year: Year, settings: Settings) -> None:
    outcome_path(settings, year.loads["corrected"]).unlink()  # as a kill between the two leaves it
    removed = {one.load_id for one in prune(settings, 30) if one.spared is None}
    assert year.loads["corrected"].load_id in removed
    assert [one for one in prune(settings, 30) if one.spared is None] == []


def test_a_load_whose_file_is_gone_can_still_be_made_anew_from_landing(year: Year, settings: Settings) -> None:
    prune(settings, 30)
    court = CourtHome(settings.home, TODAY)
    assert court.check(year.loads["corrected"]).rejected == 1


def test_without_a_published_version_nothing_is_known_to_be_closed(tmp_path: Path) -> None:
    with pytest.raises(NothingPublishedError):
        prune(Settings(home=tmp_path), 30)


def test_the_command_takes_its_days_from_the_settings_and_says_what_it_did(settings: Settings) -> None:
    told = hub_json(settings.home, "quarantine", "prune", HUB_AS_OF=TODAY.isoformat(), HUB_QUARANTINE_DAYS="30")
    assert told["keep_days"] == 30
    assert len(told["removed"]) == 8
    assert {one["spared"] for one in told["spared"]} >= {"not published yet", "closed in the last 30 days"}


def test_a_row_shows_the_work_orders_that_it_hangs_from(year: Year) -> None:
    settings = year.court.settings
    [ordered] = quarantined.show(settings, year.loads["ordered"].load_id, 1)["orders"]
    assert (ordered["rule_id"], ordered["settled_at"]) == ("case_type_code.unmapped", None)
    [settled] = quarantined.show(settings, year.loads["corrected"].load_id, 1)["orders"]
    assert settled["settled_how"] == "corrected"
    assert quarantined.show(settings, year.loads["never again"].load_id, 1)["orders"] == []
