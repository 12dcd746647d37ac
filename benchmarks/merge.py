"""Reports into the warehouse: all of them for the first time, then a day of changes, beside a copy and other merges.

Every step begins with the same typed rows in Parquet. `copy` writes them to Parquet again, `create` makes a table of
them; `delete_insert` is the least that a day's changes can be, `merge_into` DuckDB's own statement for it. The hub's
steps are `bare`, its statements into a plain file without history, tokens, encryption and ledger, and whole: `first`
begins with what landed and has the check in it, `day` begins with checked rows. The changes of a day are always made
in a file to which nothing was changed before: DuckDB rewrites some of a table at the first change, and whoever came
second would be spared that. Imports are not counted.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path

import duckdb

from benchmarks.loads import MEMORY, fresh_copy, land, merge_next, settings_of
from benchmarks.measure import measured, take_step
from benchmarks.province import day_of_changes, delivery
from hub import catalogue
from operations.settings import Settings
from quality.check import check
from quality.outcome import outcome_path, read_outcome
from schemas.contract import Contract
from schemas.delivery import Manifest
from warehouse.build import STORAGE_VERSION
from warehouse.landing import Landing
from warehouse.masking import install_evidence, install_masks
from warehouse.staged import open_staged
from warehouse.statements import run, statements
from warehouse.tables import KEY, ORIGIN, STATE

SYSTEM, DATASET = "peoples_mediation", "mediation_cases"
LANDED = "landed"
"""The home that every measured one is a copy of."""
CHANGED = {"delete_insert": "plain", "merge_into": "plain", "day_bare": "bare"}
"""Steps that change a copy of another step's file."""
BARE_STATEMENTS = ("delivered", "current_rows", "verdicts", "changed", "leave", "record")
NO_ROWS = """
CREATE OR REPLACE TEMP TABLE overtaken (position BIGINT);
CREATE OR REPLACE TEMP TABLE only_rejected (position BIGINT);
CREATE OR REPLACE TEMP TABLE waiting (source_id VARCHAR, since TIMESTAMP);
"""
"""What the statements ask history and quarantine, which a bare merge has not."""


def prepare(folder: Path, rows: int) -> None:
    """Land all reports and the changes of a day, check both, and write the typed rows of each as Parquet."""
    settings = settings_of(folder / LANDED)
    settings.prepare()
    reports = delivery(rows, SYSTEM, DATASET)
    changes = folder / "day.delivered"
    day_of_changes(reports, changes)
    system, dataset = catalogue.dataset(SYSTEM, DATASET)
    columns = ", ".join(("source_id", "record_hash", "source_updated_at", "landed_at", *_names(_contract())))
    for name, path in {"first": reports, "day": changes}.items():
        manifest = land(settings, SYSTEM, DATASET, path)
        outcome = check(settings, manifest, system, dataset, _contract(), settings.clock())
        duckdb.execute(
            f"COPY (SELECT {columns} FROM '{outcome.staging}' WHERE NOT rejected) TO '{folder}/{name}.parquet'"
        )
        if name == "first":
            outcome_path(settings, manifest).unlink()  # to be checked again, inside the clock
    _write_sums(folder)


def _contract() -> Contract:
    return catalogue.contract(catalogue.dataset(SYSTEM, DATASET)[1])


def _names(contract: Contract) -> list[str]:
    return [column.name for column in contract.columns]


def _write_sums(folder: Path) -> None:
    """What a right table adds up to, after all reports and after the first day: for the peers."""
    first, day = f"'{folder}/first.parquet'", f"'{folder}/day.parquet'"
    sums = "SELECT count(*), sum(party_count), max(source_updated_at), sum(length(title)) FROM"
    changed = f"(FROM {first} ANTI JOIN {day} USING (source_id) UNION ALL FROM {day})"
    for name, rows in {"dlt_first": first, "dlt_day": changed}.items():
        found = duckdb.execute(f"{sums} {rows}").fetchall()[0]
        (folder / f"{name}.json").write_text(json.dumps([str(value) for value in found]))


@contextmanager
def _opened(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    options = {"memory_limit": MEMORY, "threads": Settings.threads, "storage_compatibility_version": STORAGE_VERSION}
    with duckdb.connect(str(path), config=options) as con:
        yield con


def copy(folder: Path) -> None:
    """Parquet to Parquet."""
    with _opened(Path(":memory:")) as con:
        con.execute(f"COPY (FROM '{folder}/first.parquet') TO '{folder}/copy.parquet'")


def create(folder: Path) -> None:
    """Parquet to a table of a plain file."""
    path = folder / "plain.duckdb"
    path.unlink(missing_ok=True)
    with _opened(path) as con:
        con.execute(f"CREATE TABLE reports AS FROM '{folder}/first.parquet'")


def delete_insert(folder: Path) -> None:
    """Delete by key and insert, in one transaction."""
    with _opened(folder / "changed.duckdb") as con:
        con.execute("BEGIN")
        con.execute(f"DELETE FROM reports USING '{folder}/day.parquet' AS d WHERE reports.source_id = d.source_id")
        con.execute(f"INSERT INTO reports FROM '{folder}/day.parquet'")
        con.execute("COMMIT")


def merge_into(folder: Path) -> None:
    """The same by MERGE INTO."""
    with _opened(folder / "changed.duckdb") as con:
        con.execute(
            f"MERGE INTO reports AS r USING '{folder}/day.parquet' AS d ON r.source_id = d.source_id"
            " WHEN MATCHED THEN UPDATE WHEN NOT MATCHED THEN INSERT"
        )


def first(folder: Path) -> None:
    """All reports from landing to ledger."""
    merge_next(fresh_copy(folder / LANDED, folder / "home"))


def day(folder: Path) -> None:
    """The changes of a day from staging to ledger."""
    merge_next(settings_of(folder / "home"))


def first_bare(folder: Path) -> None:
    """All reports by the hub's statements alone."""
    path = folder / "bare.duckdb"
    path.unlink(missing_ok=True)
    _merge_bare(folder, path, 0)


def day_bare(folder: Path) -> None:
    """The changes of a day by the hub's statements alone."""
    _merge_bare(folder, folder / "changed.duckdb", 1)


def _merge_bare(folder: Path, path: Path, number: int) -> None:
    settings, contract = settings_of(folder / "home"), _contract()
    manifest = Landing(settings).complete_manifests()[number]
    outcome = read_outcome(settings, manifest)
    assert outcome is not None
    described = [f"{one.name} {one.type}" for one in (*KEY, *ORIGIN, *STATE)]
    described += [f"{column.name} {column.type}" for column in contract.columns]
    sql = statements("merge.sql")
    with _opened(path) as con:
        con.execute(f"CREATE SCHEMA IF NOT EXISTS record; {NO_ROWS}")
        con.execute(f"CREATE TABLE IF NOT EXISTS record.{contract.name} ({', '.join(described)})")
        install_masks(con)
        install_evidence(con, contract)
        con.execute(sql["macros"])
        con.execute("BEGIN")
        open_staged(con, manifest, outcome, contract)
        for name in BARE_STATEMENTS:
            run(con, _filled(sql[name], contract), _values(manifest))
        con.execute("COMMIT")
        counted = f"SELECT count(*) FROM record.{contract.name} WHERE load_id = ?"
        [(rows,)] = con.execute(counted, [manifest.load_id]).fetchall()
    if rows != manifest.landed:
        raise SystemExit(f"{rows} of {manifest.landed} rows were loaded")


def _filled(statement: str, contract: Contract) -> str:
    selected = ", ".join(f"s.{name}" for name in _names(contract))
    filled = {"table": contract.name, "selected": selected, "joins": "", "first": "1", "last": "1_000_000_000"}
    return re.sub(r"{(\w+)}", lambda found: filled[found[1]], statement)


def _values(manifest: Manifest) -> dict[str, str]:
    return {"load_id": manifest.load_id, "system": manifest.system, "dataset": manifest.dataset}


def _counted(step: Callable[[Path], None]) -> Callable[[Path], None]:
    @wraps(step)
    def alone(folder: Path) -> None:
        if (changed := CHANGED.get(step.__name__)) is not None:
            shutil.copyfile(folder / f"{changed}.duckdb", folder / "changed.duckdb")
        with measured(folder):
            step(folder)

    return alone


STEPS = {
    step.__name__: _counted(step)
    for step in (copy, create, first, first_bare, delete_insert, merge_into, day_bare, day)
}

if __name__ == "__main__":
    take_step(prepare, STEPS)
