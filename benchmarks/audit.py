"""The rules of many rows in one pass, beside Great Expectations with the same rules on the same values.

`check` judges values that are made already and counts each rule, as Great Expectations does; `split` also makes the
rows of the shared schema and writes the accepted and the rejected ones with reasons; `whole` is what a load costs.
Great Expectations runs the audit's suite; on pandas it cannot run the rules that are SQL, so that their verdicts are
handed to it as finished columns. Imports are not counted, which takes 6 to 12 CPU-seconds off Great Expectations.
"""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

from benchmarks import judging
from benchmarks.bench_reports import declared
from benchmarks.measure import measured, take_step
from quality.audit import place_tables
from quality.audit_suite import suite
from quality.checkpoint import ROWS_EXPECTATION, Check, findings
from quality.conform import connect, write_judged
from quality.masks import broken
from quality.split import fired
from quality.tally import COUNTS

KEPT = "values.duckdb"
"""The values as the table `live` of a DuckDB file."""


def prepare(folder: Path, rows: int) -> None:
    """Land one delivery; keep its values, for pandas with the verdicts beside them, and what every rule counts."""
    judging.land(folder, rows)
    one = judging.statement()
    settings, _ = judging.delivery(folder)
    with closing(connect(settings, folder, str(folder / KEPT))) as con:
        con.execute(one.macros)
        judging.define_understood(con, folder)
        con.execute(f"CREATE TABLE readable AS {judging.values(one)}")
        con.execute("CREATE VIEW live AS FROM readable")
        place_tables(con)
        write_judged(con, judging.judged(one), folder / "judged.parquet")
        (folder / "counts.json").write_text(json.dumps(fired(con, one)))
        verdicts = ", ".join(f'{broken(bit)} AS "{rule.id}"' for bit, rule in enumerate(one.rules))
        framed = f"SELECT l.*, {verdicts} FROM live AS l JOIN checked AS c USING (position)"
        con.execute(f"COPY ({framed}) TO '{folder}/frame.parquet' (FORMAT parquet)")
        con.execute("DROP VIEW checked")


def _expected() -> list[Check]:
    """The expectations that say the same as the compiled rules."""
    system, contract = declared()
    return suite(system.datasets[judging.DATASET], contract, judging.AS_OF)


def _same(folder: Path, counted: dict[str, int]) -> None:
    """Every step must have found the same rows."""
    expected = json.loads((folder / "counts.json").read_text())
    if {rule: rows for rule, rows in counted.items() if rows} != expected:
        raise SystemExit(f"counted {counted} in place of {expected}")


def gx_duckdb(folder: Path) -> None:
    """Great Expectations on the table of a DuckDB file, through the dialect of the gate."""
    import great_expectations  # noqa: F401 - imported before the clock starts

    from quality import gx_duckdb  # noqa: F401

    settings, _ = judging.delivery(folder)
    expected = _expected()
    with measured(folder):
        found = findings(folder / KEPT, expected, COUNTS, memory_limit=settings.memory_limit, threads=settings.threads)
    _same(folder, {one.check.id: one.unexpected or 0 for one in found})


def gx_pandas(folder: Path) -> None:
    """Great Expectations on a data frame in memory."""
    import great_expectations as gx
    import pandas as pd
    from great_expectations.data_context.types.base import ProgressBarsConfig

    expected = _expected()
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


def _check(folder: Path) -> None:
    _same(folder, judging.count(folder))


def _split(folder: Path) -> None:
    _same(folder, judging.split(folder))


def _whole(folder: Path) -> None:
    _same(folder, judging.whole(folder).fired)


STEPS = {"check": _check, "split": _split, "whole": _whole, "gx_duckdb": gx_duckdb, "gx_pandas": gx_pandas}

if __name__ == "__main__":
    take_step(prepare, STEPS)
