"""Conform, check and split of reports with 20 fields under 32 rules, beside what no check can do without.

`scan` reads every column of the delivery once; `bare` evaluates the regular expressions and checksums of the rules,
and nothing else, on the columns that they need. Imports are not counted.
"""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

import duckdb
from pyarrow import parquet

from benchmarks.bench_reports import declared, write_parquet
from benchmarks.measure import measured, take_step
from operations.settings import Settings
from quality.check import check
from quality.compiler import macros
from schemas.delivery import Manifest, Page, Window
from warehouse.landing import Landing

SYSTEM, DATASET = "bench_system", "reports"
BARE = r"""
SELECT count_if(NOT regexp_full_match(wh, '[A-Z]{2}-[0-9]{4}-[0-9]{1,8}')),
    count_if(NOT regexp_full_match(sjh, '1[3-9][0-9]{9}|0[1-9][0-9]{8,10}|[48]00[0-9]{7}')),
    count_if(NOT regexp_full_match(
        sfzh, '[1-9][0-9]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9X]')),
    count_if(id_fails(sfzh, body)), count_if(uscc_fails(tyxydm)), count_if(org_code_fails(tyxydm)),
    count_if(NOT regexp_full_match(dfsjh, '1[3-9][0-9]{9}|0[1-9][0-9]{1,2}-?[0-9]{7,8}|[48]00[0-9]{7}')),
    count_if(NOT regexp_full_match(
        dfsfzh, '[1-9][0-9]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9X]')),
    count_if(id_fails(dfsfzh, other_body))
FROM (
    SELECT wh, sjh, sfzh, tyxydm, dfsjh, dfsfzh, id_body(sfzh) AS body, id_body(dfsfzh) AS other_body
    FROM read_parquet('{path}')
)
"""


def prepare(folder: Path, rows: int) -> None:
    """Land one delivery."""
    settings = Settings(home=folder / "home")
    settings.prepare()
    source = folder / "rows.parquet"
    write_parquet(source, rows)
    load = Landing(settings).open(SYSTEM, DATASET, "sync", Window(None, None), "bench")
    load.add(Page(format="parquet", rows=rows, body=parquet.read_table(source)))
    load.complete(None)


def _manifest(folder: Path) -> tuple[Settings, Manifest, Path]:
    settings = Settings(home=folder / "home")
    manifest = Landing(settings).complete_manifests()[0]
    return settings, manifest, manifest.folder(settings) / manifest.parts[0].path


def _connect(settings: Settings) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"memory_limit": settings.memory_limit, "threads": 1})


def scan(folder: Path) -> None:
    """Read every column of the file."""
    settings, _, path = _manifest(folder)
    with measured(folder), _connect(settings) as con:
        columns = [row[0] for row in con.execute(f"DESCRIBE SELECT * FROM '{path}'").fetchall()]
        con.execute(f"SELECT {', '.join(f'sum(length({name}))' for name in columns)} FROM '{path}'").fetchall()


def bare(folder: Path) -> None:
    """The regular expressions and checksums alone."""
    settings, _, path = _manifest(folder)
    with measured(folder), _connect(settings) as con:
        con.execute(macros())
        con.execute(BARE.replace("{path}", str(path))).fetchall()


def run(folder: Path) -> None:
    """Conform, check and split the delivery."""
    settings, manifest, _ = _manifest(folder)
    shutil.rmtree(settings.staging)
    system, contract = declared()
    with measured(folder):
        outcome = check(settings, manifest, system, system.datasets[DATASET], contract, datetime(2026, 11, 1))
    faults = len(outcome.fired)
    if outcome.rejected == 0 or faults < 17:
        raise SystemExit(f"only {faults} rules were broken: {outcome.fired}")


if __name__ == "__main__":
    take_step(prepare, {"scan": scan, "bare": bare, "check": run})
