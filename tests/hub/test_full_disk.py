"""A disk that takes no more: people are told so in plain words, nothing is lost, and the same command goes on later."""

from __future__ import annotations

import errno
import resource
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from court import DATASET, SYSTEM, CourtHome

from hub import disk, doctor, pipeline
from operations import runs
from operations.store import Store
from warehouse.publish import latest_version

MOMENT = datetime(2026, 6, 30, 8)
ROWS = 3_000


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """What the kernel refuses beyond `size` bytes of a file, as it refuses every byte on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> CourtHome:
    """One small version is published, and a delivery waits for the next build."""
    made = CourtHome(tmp_path_factory.mktemp("full") / "home", MOMENT)
    made.deliver({"xh": "A1"})
    pipeline.build(made.settings)
    made.deliver(*({"xh": f"B{number}", "ms": f"{number} " * 400} for number in range(ROWS)))
    return made


def test_a_build_that_finds_no_room_says_so_and_the_next_one_has_every_row(home: CourtHome) -> None:
    limit = (home.settings.home / "build.duckdb").stat().st_size // 2
    with files_of_at_most(limit), pytest.raises(disk.DiskFullError) as found:
        pipeline.build(home.settings)
    told = str(found.value)
    assert "File too large" in told
    assert f"free in {home.settings.home}" in told
    assert "run the same command again" in told
    assert latest_version(home.settings) == 1
    last = runs.last_outcome(Store(home.settings))[("", "")]
    assert (last["state"], last["message"]) == ("failed", told)
    assert [one.name for one in doctor.examine(home.settings) if one.message == told] == ["build"]

    summary = pipeline.build(home.settings)
    assert summary.published == 2
    with duckdb.connect(str(home.settings.published / "current.duckdb"), read_only=True) as con:
        lines = con.execute(
            "SELECT landed, landed - loaded - unchanged - superseded - duplicate - deleted - rejected"
            " FROM ops.loads WHERE system = ? AND dataset = ? ORDER BY landed",
            [SYSTEM, DATASET],
        ).fetchall()
    assert lines == [(1, 0), (ROWS, 0)]


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        OSError("IOError: Error writing bytes to file. Detail: [errno 28] No space left on device"),  # as Arrow says it
        duckdb.TransactionException('Failed to commit: Could not write file "x.wal": No space left on device'),
        sqlite3.OperationalError("database or disk is full"),
    ],
)
def test_each_library_says_in_its_own_way_that_the_disk_is_full(error: Exception, tmp_path: Path) -> None:
    assert disk.refusal(error, tmp_path) is not None
    wrapped = ValueError("of no meaning")
    wrapped.__cause__ = error
    assert disk.refusal(wrapped, tmp_path) == disk.refusal(error, tmp_path)


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.EACCES, "Permission denied"),
        ValueError("a row says: No space left on device"),
        sqlite3.OperationalError("disk I/O error"),  # with room left the disk is broken, not full
    ],
)
def test_another_failure_is_not_taken_for_a_full_disk(error: Exception, tmp_path: Path) -> None:
    assert disk.refusal(error, tmp_path) is None


def test_a_home_that_could_not_even_be_made_is_told_by_the_disk_it_was_to_be_on(tmp_path: Path) -> None:
    home = tmp_path / "not" / "there"
    error = OSError(errno.ENOSPC, "No space left on device")
    refusal = disk.refusal(error, home)
    assert refusal is not None
    assert f"free in {tmp_path}" in str(disk.DiskFullError(home, refusal))
    assert disk.refusal(sqlite3.OperationalError("disk I/O error"), home) is None
