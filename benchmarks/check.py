"""Conform and check of one delivery beside the bare scan of the same file."""

from __future__ import annotations

import shutil
import sys
from datetime import datetime
from pathlib import Path

import duckdb

from benchmarks.rows import write_ndjson
from hub import catalogue
from operations.settings import Settings
from quality.check import check
from schemas.delivery import Manifest, Page, Window
from warehouse.landing import Landing

ROWS = 300_000
SYSTEM, DATASET = "court_odr", "pre_suit_cases"


def prepare(folder: Path) -> None:
    """Land one delivery of ROWS rows."""
    settings = Settings(home=folder / "home")
    settings.prepare()
    source = folder / "rows.ndjson"
    write_ndjson(source, ROWS)
    load = Landing(settings).open(SYSTEM, DATASET, "sync", Window(None, None), "bench")
    load.add(Page(format="ndjson", rows=ROWS, body=source.read_bytes()))
    load.complete(None)


def _manifest(folder: Path) -> tuple[Settings, Manifest]:
    settings = Settings(home=folder / "home")
    return settings, Landing(settings).complete_manifests()[0]


def scan(folder: Path) -> None:
    """Read every column of the file as text, as the physical limit of any check."""
    settings, manifest = _manifest(folder)
    path = manifest.folder(settings) / manifest.parts[0].path
    columns = [row[0] for row in duckdb.execute(f"DESCRIBE SELECT * FROM '{path}'").fetchall()]
    types = ", ".join(f"{name}: 'VARCHAR'" for name in columns)
    sums = ", ".join(f"sum(length({name}))" for name in columns)
    duckdb.execute(f"SET memory_limit = '{settings.memory_limit}'")
    duckdb.execute(
        f"SELECT {sums} FROM read_json('{path}', format = 'newline_delimited', columns = {{{types}}})"
    ).fetchall()


def run(folder: Path) -> None:
    """Conform, check and split the delivery; every row must be accepted."""
    settings, manifest = _manifest(folder)
    shutil.rmtree(settings.staging)
    system, dataset = catalogue.dataset(SYSTEM, DATASET)
    outcome = check(settings, manifest, system, dataset, catalogue.contract(dataset), datetime(2026, 11, 1))
    if outcome.accepted != ROWS:
        raise SystemExit(f"{outcome.rejected} rows were rejected: {outcome.fired}")


if __name__ == "__main__":
    {"prepare": prepare, "scan": scan, "check": run}[sys.argv[1]](Path(sys.argv[2]))
