"""What others would read the same sources with, each to typed rows in a DuckDB file: `peers.py STEP FOLDER`.

The settings are those that their own documents advise for speed: Arrow in streams, Parquet between the stages, no
compression, no telemetry. No row is checked here.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb

CHUNK = 50_000
TIMES = ["ljsj", "slsj", "bjsj", "gxsj"]
SUMS = "SELECT count(*), sum(je::DECIMAL(14, 2))::DECIMAL(18, 2), max(gxsj::TIMESTAMP), sum(length(ms)) FROM {}"
MERGED_SUMS = "SELECT count(*), sum(party_count), max(source_updated_at::TIMESTAMP), sum(length(title)) FROM {}"


def dlt_connectorx(folder: Path) -> str:
    """The fastest back end that dlt has built in."""
    from dlt.sources.sql_database import sql_table

    schema, table = _table(folder).split(".")
    resource = sql_table(
        _address(folder),
        table,
        schema,
        backend="connectorx",
        chunk_size=CHUNK,
        reflection_level="full_with_precision",
        backend_kwargs={"return_type": "arrow_stream"},
    )
    return _run(folder, resource)


def dlt_pyarrow(folder: Path) -> str:
    """The back end that dlt advises where ConnectorX cannot read."""
    from dlt.sources.sql_database import sql_table

    schema, table = _table(folder).split(".")
    resource = sql_table(
        _address(folder),
        table,
        schema,
        backend="pyarrow",
        chunk_size=CHUNK,
        reflection_level="full_with_precision",
    )
    return _run(folder, resource)


def dlt_adbc(folder: Path) -> str:
    """A resource over ADBC, as dlt's documents write it."""
    import dlt
    import pyarrow as pa
    from adbc_driver_postgresql import dbapi

    @dlt.resource(name="reports")
    def reports() -> Iterator[Any]:
        with dbapi.connect(_address(folder)) as connection, connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {_table(folder)}")
            for batch in cursor.fetch_record_batch():
                # dlt takes no extension types, as which numeric and jsonb come: they are texts beneath.
                columns = [one.storage if isinstance(one, pa.ExtensionArray) else one for one in batch.columns]
                yield pa.Table.from_arrays(columns, batch.schema.names)

    return _run(folder, reports())


def dlt_rest_api(folder: Path) -> str:
    """dlt's own REST source; the types of amounts and times are told to it."""
    from dlt.sources.rest_api import rest_api_source

    source = rest_api_source(
        {
            "client": {"base_url": _address(folder)},
            "resources": [
                {
                    "name": "reports",
                    "max_table_nesting": 0,
                    "columns": {
                        "je": {"data_type": "decimal", "precision": 14, "scale": 2},
                        **{name: {"data_type": "timestamp", "timezone": False} for name in TIMES},
                    },
                    "endpoint": {
                        "path": "reports",
                        "data_selector": "data.list",
                        "paginator": {
                            "type": "page_number",
                            "base_page": 1,
                            "page_param": "page",
                            "total_path": None,
                            "stop_after_empty_page": True,
                        },
                    },
                }
            ],
        }
    )
    return _run(folder, source)


def dlt_first(folder: Path) -> str:
    """Every report for the first time, under the disposition with which later changes are merged."""
    shutil.rmtree(folder / "dlt", ignore_errors=True)
    _fresh(folder)
    return _merge(folder, "first")


def dlt_day(folder: Path) -> str:
    """A day of changes on top of it, by delete and insert."""
    return _merge(folder, "day")


def _merge(folder: Path, name: str) -> str:
    import dlt
    import pyarrow as pa
    from dlt.destinations.impl.duckdb import duck  # noqa: F401 - imported before the clock starts
    from pyarrow import parquet

    @dlt.resource(name="reports", primary_key="source_id", write_disposition="merge")
    def reports() -> Iterator[Any]:
        with parquet.ParquetFile(folder / f"{name}.parquet") as file:
            for batch in file.iter_batches(batch_size=CHUNK):
                yield pa.Table.from_batches([batch])

    cpu, wall = time.process_time(), time.perf_counter()
    _pipeline(folder).run(reports(), loader_file_format="parquet")
    # As benchmarks.measure.measured, which this environment cannot import, keeps what counts.
    spent = [time.process_time() - cpu, time.perf_counter() - wall]
    (folder / "measured.json").write_text(json.dumps(spent))
    return "bench.reports"


def pandas_csv(folder: Path) -> str:
    """pandas, and its frame as a table."""
    import pandas as pd

    frame = pd.read_csv(
        folder / "drop" / "reports.csv",
        encoding="gb18030",
        dtype=dict.fromkeys(_texts(folder), "str"),
        parse_dates=TIMES,
    )
    return _framed(folder, frame)


def pandas_xlsx(folder: Path) -> str:
    """pandas with calamine, and its frame as a table."""
    import pandas as pd

    frame = pd.read_excel(
        folder / "drop" / "reports.xlsx", engine="calamine", dtype=dict.fromkeys(_texts(folder), "str")
    )
    return _framed(folder, frame)


def _texts(folder: Path) -> list[str]:
    described = duckdb.execute(f"DESCRIBE FROM '{folder}/rows.parquet'").fetchall()
    return [name for name, kind, *_ in described if kind == "VARCHAR"]


def _framed(folder: Path, frame: Any) -> str:
    with duckdb.connect(str(_fresh(folder))) as con:
        con.execute("CREATE TABLE reports AS FROM frame")
    return "reports"


def _run(folder: Path, source: Any) -> str:
    shutil.rmtree(folder / "dlt", ignore_errors=True)
    _fresh(folder)
    _pipeline(folder).run(source, write_disposition="replace", loader_file_format="parquet")
    return "bench.reports"


def _pipeline(folder: Path) -> Any:
    import dlt

    return dlt.pipeline(
        "bench",
        pipelines_dir=str(folder / "dlt"),
        destination=dlt.destinations.duckdb(str(folder / "peer.duckdb")),
        dataset_name="bench",
    )


def _address(folder: Path) -> str:
    return (folder / "address").read_text()


def _table(folder: Path) -> str:
    return (folder / "table").read_text()


def _fresh(folder: Path) -> Path:
    path = folder / "peer.duckdb"
    path.unlink(missing_ok=True)
    return path


def _same(folder: Path, step: Callable[[Path], str]) -> None:
    """Take a step. A peer that ends with other rows than the hub is no peer."""
    kept, sums = ("sums.json", SUMS) if step in EXTRACTS else (f"{step.__name__}.json", MERGED_SUMS)
    expected = json.loads((folder / kept).read_text())
    table = step(folder)
    with duckdb.connect(str(folder / "peer.duckdb"), read_only=True) as con:
        found = [str(value) for value in con.execute(sums.format(table)).fetchall()[0]]
    if found != expected:
        raise SystemExit(f"{found} in place of {expected}")


EXTRACTS = (dlt_connectorx, dlt_pyarrow, dlt_adbc, dlt_rest_api, pandas_csv, pandas_xlsx)
MERGES = (dlt_first, dlt_day)
STEPS: dict[str, Callable[[Path], str]] = {step.__name__: step for step in (*EXTRACTS, *MERGES)}

if __name__ == "__main__":
    os.environ |= {
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "RUNTIME__LOG_LEVEL": "ERROR",
        "DATA_WRITER__DISABLE_COMPRESSION": "true",
        "DATA_WRITER__BUFFER_MAX_ITEMS": "20000",
    }
    step, folder = STEPS[sys.argv[1]], Path(sys.argv[2])
    _same(folder, step)
