"""What the rules cost by themselves: a delivery that is cleaned and read beforehand, judged, counted and split.

The compiled statement makes values of what was landed, judges them, and gives each row its form in the shared schema.
Here its first steps (texts cleaned; dates, numbers and identifiers read) are done outside the clock, so that each field
is there once as text; a rejected row keeps these texts. They are read from Parquet, as what was landed is: a value that
comes often is there once, and whoever judges it pays for it once. The row's fingerprint, which the ledger needs and no
rule, is not made. What a load costs with all of that is measured beside it.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import duckdb
from pyarrow import parquet

from benchmarks.bench_reports import declared, write_parquet
from benchmarks.measure import measured
from operations.settings import Settings
from quality.check import check
from quality.compiler import Statement, compile_statement
from quality.conform import PARQUET, connect, judge_load, landed, write_judged
from quality.masks import mask_columns
from quality.outcome import Outcome, outcome_path
from quality.split import fired, rejected_rows
from schemas.delivery import Manifest, Page, Window
from warehouse.landing import Landing

SYSTEM, DATASET = "bench_system", "reports"
AS_OF = datetime(2026, 11, 1)
READ = ("readings", "unreadable", "parts")
"""What is kept of a read delivery, each as a Parquet file: its rows, what could not be read, and its parts."""
VALUES_BEGIN, RULES_BEGIN = "valued AS (", "placed AS ("
"""Steps of the compiled statement: before the first, texts are cleaned and read; it takes the values, which those from
the second on judge."""


def land(folder: Path, rows: int) -> None:
    """Land one delivery, and keep what was read of it."""
    settings = Settings(home=folder / "home")
    settings.prepare()
    source = folder / "rows.parquet"
    write_parquet(source, rows)
    load = Landing(settings).open(SYSTEM, DATASET, "sync", Window(None, None), "bench")
    load.add(Page(format="parquet", rows=rows, body=parquet.read_table(source)))
    manifest = load.complete(None)
    one = statement()
    made = one.sql[: one.sql.index(VALUES_BEGIN)].rstrip(",\n")
    with closing(connect(settings, folder)) as con:
        read = replace(one, sql=f"{made}\nSELECT COLUMNS(c -> NOT starts_with(c, 'landed ')) FROM understood")
        judge_load(con, landed(settings, [manifest], folder), read, AS_OF, folder / "understood.parquet")
        con.execute("CREATE VIEW readings AS FROM checked")
        for name in READ:
            con.execute(f"COPY {name} TO '{folder / name}.parquet' (FORMAT parquet)")


def statement() -> Statement:
    system, contract = declared()
    return compile_statement(system, system.datasets[DATASET], contract)


def delivery(folder: Path) -> tuple[Settings, Manifest]:
    settings = Settings(home=folder / "home")
    return settings, Landing(settings).complete_manifests()[0]


def define_understood(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Make views of what was read, and `understood` as that step of the statement leaves it."""
    for name in READ:
        con.execute(f"CREATE VIEW {name} AS FROM '{folder / name}.parquet'")
    one = statement()
    texts = {source: f"{name}__text" for name, source in one.sources.items()} | dict.fromkeys(one.key, "source_id")
    landed = ", ".join(f'"{text}" AS "landed {source}"' for source, text in texts.items())
    con.execute(f"CREATE VIEW understood AS SELECT *, {landed} FROM readings")


def values(one: Statement) -> str:
    """The values of every row, of `understood`."""
    return f"WITH {one.sql[one.sql.index(VALUES_BEGIN) : one.sql.index(RULES_BEGIN)].rstrip(chr(10) + ',')} FROM valued"


def judged(one: Statement, rows: str = "") -> str:
    """The compiled statement from where `understood` is there; `rows` is what becomes of a judged row, by default one
    of the shared schema without its fingerprint."""
    whole = one.judged + (rows or f"SELECT * EXCLUDE (record_hash) FROM (\n{one.sql[len(one.judged) :]})")
    sql = whole[whole.index(VALUES_BEGIN) :]
    for name, value in {"as_of": f"TIMESTAMP '{AS_OF}'", "landed_at": "NULL"}.items():
        sql = sql.replace(f"${name}", value)
    return f"WITH {sql}"


def count(folder: Path) -> dict[str, int]:
    """Judge the values in one pass and count each rule, as Great Expectations does."""
    one = statement()
    masks = ", ".join(mask_columns(one.rules))
    with closing(_values(folder)) as con, measured(folder):
        con.execute(one.macros)
        con.execute(f"CREATE TABLE checked AS {judged(one, f'SELECT 0 AS position, {masks} FROM judged')}")
        return fired(con, one)


def split(folder: Path) -> dict[str, int]:
    """The same, and write the judged rows and the rejected ones with their reasons."""
    one, (_, manifest), (_, contract) = statement(), delivery(folder), declared()
    with closing(_values(folder)) as con, measured(folder):
        con.execute(one.macros)
        write_judged(con, judged(one), folder / "judged.parquet")
        rejected = rejected_rows(one, contract, manifest, ())
        con.execute(f"COPY ({rejected}) TO '{folder}/rejected.parquet' ({PARQUET})")
        return fired(con, one)


def whole(folder: Path) -> Outcome:
    """What a load costs: read, clean, judge, make fingerprints, split."""
    settings, manifest = delivery(folder)
    outcome_path(settings, manifest).unlink(missing_ok=True)
    system, contract = declared()
    with measured(folder):
        return check(settings, manifest, system, system.datasets[DATASET], contract, AS_OF)


def _values(folder: Path) -> duckdb.DuckDBPyConnection:
    settings, _ = delivery(folder)
    con = connect(settings, folder)
    define_understood(con, folder)
    return con
