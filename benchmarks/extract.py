"""Reading a whole source, beside what others read it with and what no reading can do without.

`limit` moves the bytes and makes typed rows of a form that costs nothing to understand; `bare` reads by the hub's
connector and makes typed rows of its pages, which is all that the peers do; `whole` is what the hub does in truth:
pages landed and kept, conformed, checked under 32 rules, split, merged with history, tokens, encryption and ledger.
Every step ends with the same rows in a DuckDB file. The folder's name is the kind of source.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from pathlib import Path
from urllib.parse import urlsplit

import duckdb

from benchmarks.extract_source import DATASET, SYSTEM, TABLE, TYPES, read_declared, sums, write_source
from benchmarks.measure import take_step
from benchmarks.served import ADDRESS
from operations.settings import Settings
from schemas.delivery import Page, Window

AS_OF = datetime(2026, 11, 1)
EVERYTHING = Window(None, None)
EMPTY = "empty"
"""The home that every measured one is a copy of."""


def prepare(folder: Path, rows: int) -> None:
    """Write the source, and a home whose databases have their tables."""
    from operations.store import Store
    from schemas.contract import load_contracts
    from warehouse.build import Writer
    from warehouse.tables import create_tables

    write_source(folder, rows)
    settings = Settings(home=folder / EMPTY)
    settings.prepare()
    with Store(settings).read():
        pass
    _, contract = read_declared(folder)
    with Writer(settings) as writer:
        create_tables(writer, [*load_contracts().values(), contract])


def bare(folder: Path) -> None:
    """The pages of the hub's connector as one table of typed columns."""
    settings = _settings(folder)
    with _staging(folder) as con:
        _load(con, _pages(folder, settings), folder)
        _same(con, folder)


def whole(folder: Path) -> None:
    """Everything that a first load of this source is."""
    from quality.check import check
    from warehouse.build import Writer
    from warehouse.landing import Landing
    from warehouse.merge import merge

    settings = _settings(folder)
    system, contract = read_declared(folder)
    load = Landing(settings).open(SYSTEM, DATASET, "sync", EVERYTHING, system.sha256)
    for page in _pages(folder, settings):
        load.add(page)
    manifest = load.complete(None)
    outcome = check(settings, manifest, system, system.datasets[DATASET], contract, AS_OF)
    with Writer(settings) as writer:
        line = merge(writer, manifest, outcome, contract, AS_OF)
    rows = int(json.loads((folder / "sums.json").read_text())[0])
    if line.landed != rows or line.loaded + line.rejected != rows or line.rejected > rows // 50:
        raise SystemExit(f"not every row went where it should: {line}")


def limit(folder: Path) -> None:
    """The bytes moved, and rows read from the cheapest form there is."""
    with _staging(folder) as con:
        {"postgresql": _limit_table, "rest": _limit_pages, "csv": _limit_csv}[folder.name](con, folder)
        _same(con, folder)


def _limit_table(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    command = ["psql", _address(folder), "-qc", f"COPY {(folder / TABLE).read_text()} TO STDOUT"]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    con.execute(f"CREATE TABLE staged AS FROM '{folder}/rows.parquet'")


def _limit_pages(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    connection = http.client.HTTPConnection(urlsplit(_address(folder)).netloc)
    for number in range(1, len(list((folder / "pages").iterdir())) + 1):
        connection.request("GET", f"/reports?page={number}")
        connection.getresponse().read()
    names = duckdb.execute(f"DESCRIBE FROM '{folder}/rows.parquet'").fetchall()
    _load_json(con, [folder / "rows.ndjson"], [name for name, *_ in names])


def _limit_csv(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    source = folder / "drop" / "reports.csv"
    command = ["iconv", "-f", "GB18030", "-t", "UTF-8", str(source)]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    _load_csv(con, folder / "utf8.csv")


def _settings(folder: Path) -> Settings:
    """A home as it is before its first load: its databases are there and empty."""
    home = folder / "home"
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(folder / EMPTY, home)
    return Settings(home=home)


def _staging(folder: Path) -> duckdb.DuckDBPyConnection:
    path = folder / "staging.duckdb"
    path.unlink(missing_ok=True)
    return duckdb.connect(str(path), config={"memory_limit": Settings.memory_limit, "threads": Settings.threads})


def _address(folder: Path) -> str:
    kept = folder / ADDRESS
    return kept.read_text() if kept.exists() else str(folder / "drop")


def _pages(folder: Path, settings: Settings) -> Iterator[Page]:
    """What the hub's connector hands over, the bookmark left aside."""
    from connectors.registry import open_connector
    from operations.credentials import Credentials
    from operations.store import Store

    os.environ["BENCH_URL"] = _address(folder)
    login = None
    if folder.name == "postgresql":
        parts = urlsplit(_address(folder))
        os.environ["BENCH_URL"] = parts._replace(scheme="postgresql+psycopg").geturl()
        login = Credentials(parts.username, parts.password)
    system, _ = read_declared(folder)
    connector = open_connector(
        system, credentials=login or Credentials(), store=Store(settings), workdir=settings.private / "work"
    )
    try:
        yield from connector.read(system.datasets[DATASET], EVERYTHING, None, None)
    finally:
        connector.close()


def _load(con: duckdb.DuckDBPyConnection, pages: Iterator[Page], folder: Path) -> None:
    first = next(pages)
    if first.format == "parquet":
        _load_arrow(con, first, pages)
    elif first.format == "csv":
        _load_csv(con, Path(str(first.body)))
        list(pages)
    else:
        paths = []
        for number, page in enumerate(chain([first], pages)):
            paths.append(folder / f"page-{number}.ndjson")
            if isinstance(page.body, bytes):
                paths[-1].write_bytes(page.body)
            else:
                Path(str(page.body)).rename(paths[-1])
        names = json.loads(paths[0].open(encoding="utf-8").readline())
        _load_json(con, paths, [name for name in names if not name.startswith("_")])


def _load_arrow(con: duckdb.DuckDBPyConnection, first: Page, pages: Iterator[Page]) -> None:
    import pyarrow as pa

    batches = (batch for page in chain([first], pages) for batch in page.body.to_batches())  # type: ignore[union-attr]
    reader = pa.RecordBatchReader.from_batches(first.body.schema, batches)  # type: ignore[union-attr]
    con.register("pages", reader.__arrow_c_stream__())  # for a reader as such DuckDB imports pandas
    con.execute(f"CREATE TABLE staged AS SELECT * REPLACE ({_casts('{}')}) FROM pages")


def _load_csv(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    types = ", ".join(f"'{name}': '{kind}'" for name, kind in TYPES.items())
    con.execute(f"CREATE TABLE staged AS FROM read_csv('{path}', header=true, all_varchar=false, types={{{types}}})")


def _load_json(con: duckdb.DuckDBPyConnection, paths: list[Path], names: list[str]) -> None:
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in names)
    files = ", ".join(f"'{path}'" for path in paths)
    empty = _casts("nullif({}, '')")  # a workbook's cells are texts, and those of no value are empty
    con.execute(
        f"CREATE TABLE staged AS SELECT * REPLACE ({empty})"
        f" FROM read_json([{files}], format='newline_delimited', records=true, columns={{{columns}}})"
    )


def _casts(value: str) -> str:
    """SQL: each column that is no text as its type, from `value` of its text."""
    return ", ".join(f"CAST({value.format(name)} AS {kind}) AS {name}" for name, kind in TYPES.items())


def _same(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Every step must end with the same rows."""
    expected = json.loads((folder / "sums.json").read_text())
    if (found := sums("staged", con)) != expected:
        raise SystemExit(f"{found} in place of {expected}")


if __name__ == "__main__":
    take_step(prepare, {"limit": limit, "bare": bare, "whole": whole})
