"""A delivery that is there as Parquet, through the hub's own landing, check and merge."""

from __future__ import annotations

import os
import shutil
from datetime import datetime
from pathlib import Path

from hub import catalogue, publication
from operations.settings import Settings
from quality.check import check
from schemas.delivery import Manifest, Page, Window
from warehouse.landing import Landing
from warehouse.ledger import pending
from warehouse.merge import merge

AS_OF = datetime(2026, 11, 1)
MEMORY = "2560MiB"
"""HUB_MEMORY_LIMIT of these homes: a step may take 4 GiB, and a process has up to 1.3 GiB beside its DuckDB."""
PAGE = 500_000
"""Rows of a landed part, about as a connector hands over a large table."""


def settings_of(home: Path) -> Settings:
    """A home with the memory of a province, whose clock stands still."""
    return Settings(home=home, memory_limit=MEMORY, as_of=AS_OF)


def land(settings: Settings, system: str, dataset: str, path: Path) -> Manifest:
    """Land a Parquet file as a database is landed."""
    import pyarrow as pa
    from pyarrow import parquet

    load = Landing(settings).open(system, dataset, "sync", Window(None, None), "bench")
    with parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=PAGE):
            load.add(Page(format="parquet", rows=batch.num_rows, body=pa.Table.from_batches([batch])))
    return load.complete(None)


def merge_next(settings: Settings) -> None:
    """Check and merge the delivery that landed first of those not merged yet. Every row of it must be loaded."""
    with publication.warehouse(settings) as writer:
        manifest = pending(writer, Landing(settings).complete_manifests())[0]
        system, dataset = catalogue.dataset(manifest.system, manifest.dataset)
        contract = catalogue.contract(dataset)
        outcome = check(settings, manifest, system, dataset, contract, AS_OF)
        line = merge(writer, manifest, outcome, contract, AS_OF)
    if line.loaded != manifest.landed:
        raise SystemExit(f"every row must be loaded: {line}")


def fresh_copy(source: Path, home: Path) -> Settings:
    """A home in the state of `source`, whose files, none of which is ever changed in place, it shares."""
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(source, home, copy_function=os.link)
    return settings_of(home)
