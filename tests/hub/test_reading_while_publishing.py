"""Analysts read while new versions are published: no error, nothing torn, both files of one version."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pytest
from homes import clone, run_hub

READS = 1000
PUBLISHES = 5


def _resolved(home: Path) -> tuple[str, str]:
    """Both files of one version: the link is resolved once, so a swap in between cannot tear the pair."""
    folder = (home / "published" / "latest").resolve()
    return str(folder / "current.duckdb"), str(folder / "marts.duckdb")


def _state(home: Path) -> tuple[int, int, int]:
    """(version by current, version by marts, reports) as a new reader sees them."""
    current, marts = _resolved(home)
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{current}' AS current (READ_ONLY); ATTACH '{marts}' AS marts (READ_ONLY)")
        row = connection.execute(
            "SELECT (SELECT max(version) FROM current.ops.versions), (SELECT max(version) FROM marts.ops.versions),"
            " (SELECT count(*) FROM current.core.case_reports)"
        ).fetchone()
    assert row is not None
    return row


@pytest.mark.slow
def test_a_thousand_reads_during_five_publishes(prepared: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    home = clone(prepared[0], tmp_path / "home")
    expected = _state(home)[2]
    long_lived = duckdb.connect(_resolved(home)[0], read_only=True)
    done = threading.Event()
    seen: Counter[tuple[int, int]] = Counter()
    errors: list[str] = []

    def read() -> None:
        while sum(seen.values()) < READS or not done.is_set():
            try:
                first, second, reports = _state(home)
                kept = long_lived.cursor().execute("SELECT count(*) FROM core.case_reports").fetchone()
            except Exception as error:
                errors.append(f"{type(error).__name__}: {error}")
                return
            if first != second or reports != expected or kept != (expected,):
                errors.append(f"torn: {first}, {second}, {reports}, {kept}")
            seen[(first, second)] += 1

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(PUBLISHES):
        run_hub(home, "publish")
    done.set()
    reader.join()
    long_lived.close()
    assert errors == []
    assert sum(seen.values()) >= READS
    assert len(seen) >= PUBLISHES, f"the reader must have met the versions: {seen}"
