"""`hub compact`: the same home in fewer bytes, at whatever moment it is killed, and nobody who reads notices."""

from __future__ import annotations

import resource
import shutil
import signal
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from backed_up import files, flip
from court import CourtHome
from homes import hub_json, run_hub
from processes import start_hub
from sqlalchemy import delete, insert

from hub import doctor
from hub.compaction import Place, compact_home
from hub.pipeline import silent
from operations.failpoints import FAILPOINTS
from operations.locks import LockedError, writer_lock
from operations.settings import Settings
from operations.store import Store
from operations.tables import run_steps
from quality.outcome import outcome_files, outcome_path
from schemas.delivery import Manifest
from warehouse import compaction
from warehouse.build import Writer, opened
from warehouse.compaction import CompactionError, draft_of
from warehouse.landing import Landing

MOMENT = datetime(2024, 7, 1, 8)
KILLS = 6
FILLING = 300_000
"""Rows that come and go again: some megabytes."""


@pytest.fixture(scope="module")
def filled(lived: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home of three loads, the second without a rejected row and the third without any; most of its file is free."""
    court = CourtHome(shutil.copytree(lived, tmp_path_factory.mktemp("filled") / "home", symlinks=True), MOMENT)
    court.deliver()
    court.publish()
    with Writer(court.settings) as writer:
        writer.con.execute("CREATE TABLE link.kept AS SELECT range AS number, 'x' || range AS text FROM range(1000)")
        writer.con.execute("COMMENT ON COLUMN link.kept.number IS '序号'")
        writer.con.execute("CREATE VIEW link.even AS SELECT number FROM wh.link.kept WHERE number % 2 = 0")
        writer.con.execute(f"CREATE TABLE link.filling AS SELECT uuid() AS value FROM range({FILLING})")
        writer.con.execute("CREATE TABLE link.last AS SELECT range AS number FROM range(200000)")
        writer.con.execute("CHECKPOINT wh")
        writer.con.execute("DELETE FROM link.kept WHERE number % 3 = 0")
        writer.con.execute("DROP TABLE link.filling")
    return court.settings.home


@pytest.fixture
def court(filled: Path, tmp_path: Path) -> CourtHome:
    """A copy of that home, to compact."""
    return CourtHome(shutil.copytree(filled, tmp_path / "home", symlinks=True), MOMENT)


def compacted(court: CourtHome) -> dict[str, Place]:
    return {place.name: place for place in compact_home(court.settings, progress=silent)}


def held(settings: Settings) -> dict[str, list[Any]]:
    """Every table and view of the build file with what defines it, and its rows in their order."""
    with opened(settings, settings.build_path) as con:
        found = con.execute(
            "SELECT schema_name || '.' || table_name, sql, comment FROM duckdb_tables() WHERE database_name = 'wh'"
            " UNION ALL SELECT schema_name || '.' || view_name, sql, comment FROM duckdb_views()"
            " WHERE database_name = 'wh' AND NOT internal"
        ).fetchall()
        comments = con.execute(
            "SELECT table_name, column_name, comment FROM duckdb_columns() WHERE database_name = 'wh'"
        ).fetchall()
        whole = {name: [*said, *con.execute(f"FROM wh.{name}").fetchall()] for name, *said in found}
        return {**whole, "comments": sorted(map(str, comments))}


def test_it_holds_the_same_in_fewer_bytes(court: CourtHome) -> None:
    settings = court.settings
    before, size = held(settings), settings.build_path.stat().st_size
    place = compacted(court)["build.duckdb"]
    assert held(settings) == before
    assert (place.bytes_before, place.bytes_after) == (size, settings.build_path.stat().st_size)
    assert place.saved > size / 3
    assert compaction.blocks(settings, settings.build_path).free == 0
    assert settings.build_path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(duckdb.Error, match="encrypted"):
        duckdb.connect(str(settings.build_path), read_only=True)
    assert [path.name for path in settings.home.glob("*build*")] == ["build.duckdb"]
    court.deliver({"sqdj_bh": "D"})
    assert court.publish() == 3, "the next build goes on with it"


def test_a_commit_that_a_killed_writer_left_in_the_log_is_kept(court: CourtHome, tmp_path: Path) -> None:
    with Writer(court.settings) as writer:
        writer.con.execute("INSERT INTO link.kept VALUES (-1, 'committed')")
        for path in court.settings.home.glob("build.duckdb*"):  # as a kill at this moment leaves them
            shutil.copy(path, tmp_path)
    for path in tmp_path.glob("build.duckdb*"):
        shutil.copy(path, court.settings.home)
    assert court.settings.build_path.with_name("build.duckdb.wal").exists()
    compacted(court)
    assert (-1, "committed") in held(court.settings)["link.kept"]


def test_only_files_without_rows_go_and_landing_stays_as_it_was(court: CourtHome) -> None:
    settings = court.settings
    landing, published = files(settings.landing), files(settings.published)
    rejecting, accepted, empty = Landing(settings).complete_manifests()
    waiting = court.deliver({"sqdj_bh": "W"})
    places = compacted(court)
    assert (files(settings.landing), files(settings.published)) == (landing | files(settings.landing), published)
    assert kept(settings, rejecting) == kept(settings, waiting) == ["outcome", "quarantine", "staging"]
    assert (kept(settings, accepted), kept(settings, empty)) == (["staging"], [])
    assert [places[zone].files_before - places[zone].files_after for zone in ("staging", "quarantine")] == [3, 2]
    assert {place.saved for place in compacted(court).values() if place.name in ("staging", "quarantine")} == {0}


def kept(settings: Settings, manifest: Manifest) -> list[str]:
    staging, quarantine = outcome_files(settings, manifest)
    paths = {"outcome": outcome_path(settings, manifest), "quarantine": quarantine, "staging": staging}
    return [name for name, path in paths.items() if path.exists()]


def test_the_warehouse_can_still_be_made_anew_from_landing(court: CourtHome) -> None:
    before = held(court.settings)["record.case_reports"]
    compacted(court)
    court.settings.build_path.unlink()
    shutil.rmtree(court.settings.published)
    court.publish()
    assert held(court.settings)["record.case_reports"] == before


def test_the_operations_database_gives_its_free_room_back(court: CourtHome) -> None:
    store = Store(court.settings)
    rows = [
        {
            "run_id": "x" * 200,
            "system": "s",
            "dataset": "d",
            "step": "read",
            "state": "failed",
            "started_at": MOMENT,
            "message": "",
            "remedy": "",
        }
        for _ in range(5_000)
    ]
    with store.write() as connection:
        connection.execute(insert(run_steps), rows)
        connection.execute(delete(run_steps).where(run_steps.c.run_id == "x" * 200))
    before = hub_json(court.settings.home, "decisions", "list")
    place = compacted(court)["operations"]
    assert place.saved > 1_000_000
    assert (court.settings.home / "operations.db").stat().st_size == place.bytes_after
    assert hub_json(court.settings.home, "decisions", "list") == before


# ------------------------------------------------------------------ what stops it


def unchanged(court: CourtHome, what_stops: Callable[[], Any]) -> None:
    """What stops it leaves the build file as it was, and nothing beside it."""
    before = court.settings.build_path.read_bytes()
    what_stops()
    assert court.settings.build_path.read_bytes() == before
    assert [path.name for path in court.settings.home.glob("*build*")] == ["build.duckdb"]


def test_it_waits_for_a_build_only_so_long(court: CourtHome) -> None:
    def beside_a_build() -> None:
        with writer_lock(court.settings), pytest.raises(LockedError, match="the warehouse is being written"):
            compact_home(court.settings, wait=0.1, progress=silent)

    unchanged(court, beside_a_build)


def test_a_disk_that_takes_no_more_leaves_the_old_file(court: CourtHome) -> None:
    def on_a_full_disk() -> None:
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, limits[1]))
        try:
            with pytest.raises(CompactionError, match=r"build\.duckdb could not be written anew .* compact again"):
                compaction.compact(court.settings, court.settings.build_path)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    unchanged(court, on_a_full_disk)


def test_a_damaged_file_is_named_and_left_alone(court: CourtHome) -> None:
    compacted(court)  # of what is left every block holds something
    flip(court.settings.build_path)

    def over_a_damaged_block() -> None:
        with pytest.raises(CompactionError, match="restore the last backup"):
            compaction.compact(court.settings, court.settings.build_path)

    unchanged(court, over_a_damaged_block)


def test_nothing_built_is_nothing_to_compact(tmp_path: Path) -> None:
    done = run_hub(tmp_path / "home", "compact", check=False)
    assert done.returncode == 1
    assert "run `hub run` first" in done.stderr


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM fresh.t WHERE number = 2",
        "INSERT INTO fresh.t VALUES (7, 'pair'), (7, 'pair')",  # which cancel out in an exclusive or
        "UPDATE fresh.t SET text = 'other' WHERE number = 2",
        "ALTER TABLE fresh.t ALTER number TYPE BIGINT",
        "COMMENT ON COLUMN fresh.t.number IS 'other'",
        "DROP VIEW fresh.v",
        "CREATE TABLE fresh.more AS SELECT 1 AS number",
    ],
)
def test_a_copy_that_is_not_the_same_is_refused(change: str) -> None:
    with duckdb.connect() as con:
        for name in ("wh", "fresh"):
            con.execute(f"ATTACH ':memory:' AS {name}; USE {name}")
            con.execute("CREATE TABLE t AS SELECT range::INTEGER AS number, 'text' AS text FROM range(5)")
            con.execute("CREATE VIEW v AS SELECT 1 AS number")
        assert compaction.compare(con, Path("build.duckdb")) == (1, 5)
        con.execute(change)
        with pytest.raises(CompactionError, match=r"build\.duckdb: .*stays as it is"):
            compaction.compare(con, Path("build.duckdb"))


# ------------------------------------------------------------------ kills


@pytest.mark.chaos
@pytest.mark.parametrize("name", [name for name in FAILPOINTS if name.startswith("compact.")])
def test_a_kill_at_a_failpoint_leaves_the_old_file_or_the_new_one(court: CourtHome, name: str) -> None:
    before = held(court.settings)
    killed = run_hub(court.settings.home, "compact", check=False, HUB_FAILPOINT=name)
    assert killed.returncode == -signal.SIGKILL, f"never came past {name}: {killed.stderr}"
    assert held(court.settings) == before
    compacted(court)
    assert held(court.settings) == before
    assert [path.name for path in court.settings.home.glob("*build*")] == ["build.duckdb"]
    assert [kept(court.settings, one) for one in Landing(court.settings).complete_manifests()][1:] == [["staging"], []]


@pytest.mark.chaos
def test_a_kill_at_any_moment_leaves_the_old_file_or_the_new_one(court: CourtHome) -> None:
    before = held(court.settings)
    began = time.monotonic()
    run_hub(court.settings.home, "compact")
    took = time.monotonic() - began
    for number in range(KILLS):
        running = start_hub(court.settings.home, "compact")
        time.sleep(took * (number + 1) / KILLS)
        running.kill()
        running.process.join()
        assert held(court.settings) == before


# ------------------------------------------------------------------ when it is worthwhile


def test_the_doctor_says_when_it_is_worthwhile(court: CourtHome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "FREE_BYTES", 1 << 20)
    monkeypatch.setattr(doctor, "FREE_SHARE", 0.3)

    def said() -> tuple[bool, str]:
        [found] = [one for one in doctor.examine(court.settings) if one.name == "build.duckdb"]
        return found.ok, found.message

    ok, message = said()
    assert (ok, "% of " in message and " MiB is free" in message) == (False, True)
    with writer_lock(court.settings):
        assert said() == (True, "is being written just now: look again later for its free room")
    compacted(court)
    assert said()[0]
    draft_of(court.settings.build_path).touch()
    assert said() == (False, said()[1])
    assert "left of a compaction that was killed" in said()[1]
