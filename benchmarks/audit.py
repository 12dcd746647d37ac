"""The rules of many rows in one pass, beside Great Expectations with the same rules on the same values.

What is judged is prepared outside the clock: the values that the compiled statement makes of a delivery, as a table of
a DuckDB file and as a data frame in memory. `check` judges them by the rest of that statement and counts each rule, as
Great Expectations does; `split` also makes the rows of the shared schema with their hashes and writes the accepted and
the rejected ones with their reasons; `whole` is what a load costs, with reading and cleaning. Great Expectations runs
the audit's suite; on pandas it cannot run the rules that are SQL, so that their verdicts are handed to it as finished
columns. Imports are not counted, which takes 6 to 12 CPU-seconds off Great Expectations.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from pyarrow import parquet

from benchmarks.bench_reports import declared, write_parquet
from benchmarks.measure import measured, take_step
from operations.settings import Settings
from quality.audit import place_tables
from quality.audit_suite import suite
from quality.check import check
from quality.checkpoint import ROWS_EXPECTATION, Check, findings
from quality.compiler import Statement, compile_statement
from quality.conform import PARQUET, connect, landed, materialise, write_judged
from quality.masks import BITS, mask_columns
from quality.split import fired, rejected_rows
from quality.tally import COUNTS
from schemas.delivery import Manifest, Page, Window
from warehouse.landing import Landing

SYSTEM, DATASET = "bench_system", "reports"
AS_OF = datetime(2026, 11, 1)
RULES_BEGIN = "placed AS ("
"""The steps of the compiled statement before this one make values, it and those behind it judge them."""


def prepare(folder: Path, rows: int) -> None:
    """Land one delivery; keep its values, and what every rule counts."""
    settings = Settings(home=folder / "home")
    settings.prepare()
    source = folder / "rows.parquet"
    write_parquet(source, rows)
    load = Landing(settings).open(SYSTEM, DATASET, "sync", Window(None, None), "bench")
    load.add(Page(format="parquet", rows=rows, body=parquet.read_table(source)))
    manifest = load.complete(None)
    statement, _ = _declared()
    made = statement.sql[: statement.sql.index(RULES_BEGIN)].rstrip(",\n")
    with closing(connect(settings, folder, str(folder / "rows.duckdb"))) as con:
        values = replace(statement, sql=f"{made}\nSELECT * FROM valued")
        materialise(con, landed(settings, [manifest], folder), values, AS_OF, folder / "valued.parquet")
        con.execute("CREATE TABLE valued AS FROM checked")
        con.execute("CREATE VIEW readable AS FROM valued")
        con.execute("CREATE VIEW live AS FROM readable")
        place_tables(con)
        con.execute(statement.macros)
        write_judged(con, _judged(statement), folder / "judged.parquet")
        (folder / "counts.json").write_text(json.dumps(fired(con, statement)))
        verdicts = ", ".join(
            f'c.mask_{bit // BITS} & {1 << (bit % BITS)} <> 0 AS "{rule.id}"'
            for bit, rule in enumerate(statement.rules)
        )
        framed = f"SELECT l.*, {verdicts} FROM live AS l JOIN checked AS c USING (position)"
        con.execute(f"COPY ({framed}) TO '{folder}/frame.parquet' (FORMAT parquet)")


def _declared() -> tuple[Statement, list[Check]]:
    """The compiled rules, and the expectations that say the same."""
    system, contract = declared()
    dataset = system.datasets[DATASET]
    return compile_statement(system, dataset, contract), suite(dataset, contract, AS_OF)


def _judged(statement: Statement, rows: str = "") -> str:
    """The compiled statement from where it judges `valued`; `rows` is what becomes of a judged row, by default one of
    the shared schema."""
    whole = statement.judged + rows if rows else statement.sql
    sql = whole[whole.index(RULES_BEGIN) :]
    for name, value in {"as_of": f"TIMESTAMP '{AS_OF}'", "load_id": "'bench'", "landed_at": "NULL"}.items():
        sql = sql.replace(f"${name}", value)
    return f"WITH {sql}"


def _delivery(folder: Path) -> tuple[Settings, Manifest]:
    settings = Settings(home=folder / "home")
    return settings, Landing(settings).complete_manifests()[0]


def _same(folder: Path, counted: dict[str, int]) -> None:
    """Every step must have found the same rows."""
    expected = json.loads((folder / "counts.json").read_text())
    if {rule: rows for rule, rows in counted.items() if rows} != expected:
        raise SystemExit(f"counted {counted} in place of {expected}")


def run(folder: Path, split: bool = False) -> None:
    """Judge the values in one pass and count each rule; with `split` make the rows and write both kinds of them."""
    settings, manifest = _delivery(folder)
    statement, _ = _declared()
    _, contract = declared()
    masks = ", ".join(mask_columns(statement.rules))
    with closing(connect(settings, folder)) as con:
        con.execute(f"ATTACH '{folder}/rows.duckdb' AS kept (READ_ONLY)")
        for table in ("valued", "unreadable", "parts"):
            con.execute(f"CREATE VIEW {table} AS FROM kept.{table}")
        with measured(folder):
            con.execute(statement.macros)
            if split:
                write_judged(con, _judged(statement), folder / "accepted.parquet")
                rejected = rejected_rows(statement, contract, manifest, ())
                con.execute(f"COPY ({rejected}) TO '{folder}/rejected.parquet' ({PARQUET})")
            else:
                con.execute(
                    f"CREATE TABLE checked AS {_judged(statement, f'SELECT 0 AS position, {masks} FROM judged')}"
                )
            counted = fired(con, statement)
    _same(folder, counted)


def whole(folder: Path) -> None:
    """What a load costs: read, clean, judge, split."""
    settings, manifest = _delivery(folder)
    shutil.rmtree(settings.staging)
    system, contract = declared()
    with measured(folder):
        outcome = check(settings, manifest, system, system.datasets[DATASET], contract, AS_OF)
    _same(folder, outcome.fired)


def gx_duckdb(folder: Path) -> None:
    """Great Expectations on the table of a DuckDB file, through the dialect of the gate."""
    import great_expectations  # noqa: F401 - imported before the clock starts

    from quality import gx_duckdb  # noqa: F401

    settings, _ = _delivery(folder)
    _, expected = _declared()
    with measured(folder):
        found = findings(
            folder / "rows.duckdb", expected, COUNTS, memory_limit=settings.memory_limit, threads=settings.threads
        )
    _same(folder, {one.check.id: one.unexpected or 0 for one in found})


def gx_pandas(folder: Path) -> None:
    """Great Expectations on a data frame in memory."""
    import great_expectations as gx
    import pandas as pd
    from great_expectations.data_context.types.base import ProgressBarsConfig

    _, expected = _declared()
    frame = pd.read_parquet(folder / "frame.parquet")
    with measured(folder):
        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
        asset = context.data_sources.add_pandas("frames").add_dataframe_asset("rows")
        batch = asset.add_batch_definition_whole_dataframe("whole").get_batch({"dataframe": frame})
        outcome = batch.validate(gx.ExpectationSuite("rules", expectations=_on_frame(expected)), result_format=COUNTS)
    _same(folder, {one.expectation_config.meta["rule"]: one.result["unexpected_count"] for one in outcome.results})


def _on_frame(expected: list[Check]) -> list[Any]:
    """The native expectations as they are; a rule that is SQL as its finished verdict, which must be false."""
    from great_expectations import expectations

    given = [
        (
            (one.expectation, dict(one.arguments))
            if one.expectation != ROWS_EXPECTATION
            else ("ExpectColumnValuesToBeInSet", {"column": one.id, "value_set": [False]})
        )
        for one in expected
    ]
    return [
        getattr(expectations, name)(**arguments, meta={"rule": one.id})
        for one, (name, arguments) in zip(expected, given, strict=True)
    ]


STEPS: dict[str, Callable[[Path], None]] = {
    "check": run,
    "split": partial(run, split=True),
    "whole": whole,
    "gx_duckdb": gx_duckdb,
    "gx_pandas": gx_pandas,
}

if __name__ == "__main__":
    take_step(prepare, STEPS)
