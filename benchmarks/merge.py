"""A merge of 50,000 changed rows, with history, tokens, encryption and ledger, beside a bare delete and insert."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

import duckdb

from benchmarks.measure import ROUNDS, take_step
from benchmarks.rows import write_ndjson
from hub import catalogue
from operations.settings import Settings
from quality.check import check
from schemas.delivery import Manifest, Page, Window
from warehouse.build import Writer
from warehouse.landing import Landing
from warehouse.ledger import pending
from warehouse.merge import merge
from warehouse.tables import create_tables

CHANGED = 50_000
SYSTEM, DATASET = "court_odr", "pre_suit_cases"
AS_OF = datetime(2026, 11, 1)


def prepare(folder: Path, rows: int) -> None:
    """Load some rows, and land and check one delivery of CHANGED changed rows for each round."""
    settings = Settings(home=folder / "home")
    settings.prepare()
    source = folder / "rows.ndjson"
    write_ndjson(source, rows)
    _land(settings, source, rows)
    _merge_next(settings)
    for number in range(ROUNDS):
        delta = folder / f"delta{number}.ndjson"
        duckdb.execute(
            f"COPY (SELECT * REPLACE ('{number}' AS dsrs, '2026-10-0{number + 1} 08:00:00' AS gxsj)"
            f" FROM read_json('{source}') USING SAMPLE {CHANGED} ROWS (reservoir, {number}))"
            f" TO '{delta}' (FORMAT json)"
        )
        _land(settings, delta, min(CHANGED, rows))
    staged = sorted((settings.staging / SYSTEM / DATASET).glob("*.parquet"))
    with duckdb.connect(str(folder / "bare.duckdb")) as con:
        con.execute(f"CREATE TABLE cases AS SELECT * FROM '{staged[0]}'")
    shutil.copy(staged[1], folder / "delta.parquet")


def _land(settings: Settings, path: Path, rows: int) -> Manifest:
    load = Landing(settings).open(SYSTEM, DATASET, "sync", Window(None, None), "bench")
    load.add(Page(format="ndjson", rows=rows, body=path.read_bytes()))
    manifest = load.complete(None)
    system, dataset = catalogue.dataset(SYSTEM, DATASET)
    check(settings, manifest, system, dataset, catalogue.contract(dataset), AS_OF)
    return manifest


def _merge_next(settings: Settings) -> None:
    system, dataset = catalogue.dataset(SYSTEM, DATASET)
    contract = catalogue.contract(dataset)
    with Writer(settings) as writer:
        create_tables(writer, [contract])
        manifest = pending(writer, Landing(settings).complete_manifests())[0]
        outcome = check(settings, manifest, system, dataset, contract, AS_OF)
        line = merge(writer, manifest, outcome, contract, AS_OF)
    if line.loaded != manifest.landed:
        raise SystemExit(f"every row must be loaded: {line}")


def bare(folder: Path) -> None:
    """Delete by key and insert, in one transaction, into a plain file without history, tokens or ledger."""
    with duckdb.connect(str(folder / "bare.duckdb")) as con:
        con.execute("SET memory_limit = '1GiB'; BEGIN")
        con.execute(f"DELETE FROM cases USING '{folder}/delta.parquet' AS d WHERE cases.source_id = d.source_id")
        con.execute(f"INSERT INTO cases SELECT * FROM '{folder}/delta.parquet'")
        con.execute("COMMIT")


def run(folder: Path) -> None:
    """Merge the next delivery that is landed and checked."""
    _merge_next(Settings(home=folder / "home"))


if __name__ == "__main__":
    take_step(prepare, {"bare": bare, "merge": run})
