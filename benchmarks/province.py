"""A province at the volumes of the real system: its deliveries as Parquet, seeded, valid and made by DuckDB alone.

Each query of `deliveries/` makes what one dataset delivers, in the source's own fields and codes. The files are kept
in a folder of the machine (HUB_BENCH_CACHE, by default beside temporary files) and made once per size.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

import duckdb

from schemas.divisions import DIVISIONS

QUERIES = Path(__file__).parent / "deliveries"
VOLUMES = {
    "reports": 3_127_000,
    "steps": 15_000_000,
    "users": 3_100_000,
    "agencies": 10_900,
    "mediators": 55_000,
    "judges": 1_132,
    "visits": 11_886_000,
    "grids": 61_000,
}
"""What the platform has come to since September 2020; judges are among the users."""
CHANGES = 50_000
"""Reports that change on one day."""
DATASETS = (
    ("peoples_mediation", "grid_units"),
    ("peoples_mediation", "committees"),
    ("peoples_mediation", "mediators"),
    ("peoples_mediation", "mediation_cases"),
    ("peoples_mediation", "mediation_steps"),
    ("dispute_code", "users"),
    ("petition_hotline", "visits"),
)
"""(system, dataset) of every delivery, in the order in which they land."""


def volumes(reports: int) -> dict[str, int]:
    """The volumes of a province with that many reports, everything else in proportion and at least one."""
    return {name: max(1, whole * reports // VOLUMES["reports"]) for name, whole in VOLUMES.items()}


def delivery(reports: int, system: str, dataset: str) -> Path:
    """The Parquet file of what one dataset of such a province delivers; made where the cache lacks it."""
    folder = _cache(reports)
    path = folder / f"{system}.{dataset}.parquet"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with _connected(reports, folder) as con:
            draft = path.with_suffix(".draft")
            con.execute(f"COPY ({_query(path.stem)}) TO '{draft}' (FORMAT parquet, COMPRESSION zstd)")
        draft.replace(path)
    return path


def day_of_changes(reports: Path, path: Path) -> None:
    """Write what changes in reports on one day: CHANGES of them from all years, one in ten a new one."""
    new = "CASE WHEN row_number() OVER () % 10 = 0 THEN CASE_NO || 'N' ELSE CASE_NO END"
    duckdb.execute(
        f"COPY (SELECT * REPLACE ({new} AS CASE_NO, '7' AS INVOLVED_NUM, '2026-10-31 22:00:00' AS UPDATE_TIME)"
        f" FROM (FROM '{reports}' ORDER BY hash(CASE_NO) LIMIT {CHANGES})) TO '{path}' (FORMAT parquet)"
    )


def _cache(reports: int) -> Path:
    base = Path(os.environ.get("HUB_BENCH_CACHE") or Path(tempfile.gettempdir()) / "hub-bench-cache")
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in (*sorted(QUERIES.iterdir()), DIVISIONS)))
    return base / f"province-{reports}-{digest.hexdigest()[:12]}"


def _query(name: str) -> str:
    return (QUERIES / f"{name}.sql").read_text(encoding="utf-8")


def _connected(reports: int, folder: Path) -> duckdb.DuckDBPyConnection:
    """A connection on which the queries run."""
    import pyarrow as pa

    from benchmarks.bench_reports import credit_code

    numbers = volumes(reports)
    con = duckdb.connect(config={"memory_limit": "4GiB", "temp_directory": str(folder / "spill")})
    for name, number in numbers.items():
        con.execute(f"SET VARIABLE {name} = {number}::BIGINT")
    con.execute(f"SET VARIABLE divisions = '{DIVISIONS}'")
    numbered = range(numbers["agencies"])
    agencies = {
        "number": pa.array(numbered, pa.int64()),
        "name": [f"第{number}人民调解委员会" for number in numbered],
        "uscc": [credit_code(number) for number in numbered],
    }
    con.register("agencies_in", pa.table(agencies))
    con.execute("CREATE TEMP TABLE agencies AS FROM agencies_in")
    con.execute(_query("macros"))
    return con
