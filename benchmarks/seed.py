"""A province at the volumes of the real system: first load, a day of changes, the build, its marts, a publish.

`load` checks and merges everything that landed, `day` lands, checks and merges the changes of a day, `build` brings
reference tables, links, failing records, models and changes of indicators up to date. Then each of two steps beside
what it cannot do without: `marts` of centre, platforms, grids and supervision beside one `scan` of the columns that
each of them reads, and `publish` (masked copy of both files, verified, sealed, swapped in) beside the same tables
copied as they are, all four without imports and the opening of the warehouse. `release` is what a publish is in truth:
with the file of reveals, the gate and the work orders. `look` asks for the pages of the portal over all of it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks import looking
from benchmarks.loads import AS_OF, fresh_copy, land, settings_of
from benchmarks.measure import measured, take_step
from benchmarks.province import DATASETS, day_of_changes, delivery
from hub import pipeline, publication, work_orders
from hub.reading import statement
from hub.summary import Stopwatch
from operations.store import Store
from portal.listing import PLACE_NAMES
from portal.reader import SQL
from warehouse import publish as publishing
from warehouse.build import STORAGE_VERSION, Writer
from warehouse.runner import Model, all_models, build, reads, tree

REPORTS = ("peoples_mediation", "mediation_cases")
LANDED, HOME, CHANGED = "landed", "home", "changed.parquet"
MARTS = ("mart.centre", "mart.platforms", "mart.grids")


def prepare(folder: Path, rows: int) -> None:
    """Land every delivery of a province with that many reports; `rows` sets all other volumes in proportion."""
    settings = settings_of(folder / LANDED)
    settings.prepare()
    for system, dataset in DATASETS:
        land(settings, system, dataset, delivery(rows, system, dataset))
    day_of_changes(delivery(rows, *REPORTS), folder / CHANGED)


def load(folder: Path) -> None:
    """Everything that landed, from landing to ledger."""
    settings = fresh_copy(folder / LANDED, folder / HOME)
    _all_loaded(pipeline.merge(settings), len(DATASETS))


def day(folder: Path) -> None:
    """The changes of a day, from their arrival to ledger."""
    settings = settings_of(folder / HOME)
    land(settings, *REPORTS, folder / CHANGED)
    _all_loaded(pipeline.merge(settings), 1)


def _all_loaded(lines: list[dict[str, int]], expected: int) -> None:
    if len(lines) != expected or any(line["loaded"] != line["landed"] for line in lines):
        raise SystemExit(f"every row of {expected} deliveries must be loaded: {lines}")


def build_all(folder: Path) -> None:
    """All that a build makes out of records."""
    settings, watch = settings_of(folder / HOME), Stopwatch()
    with publication.warehouse(settings) as writer:
        publication.refresh(writer, Store(settings), AS_OF, watch, pipeline.silent)
    sys.stderr.write(f"build: {watch.seconds}\n")


def marts(folder: Path) -> None:
    """The tables and the list that the governance view is made of, out of cases, visits and grids."""
    models, supervision = _marts(), _supervision()
    with Writer(settings_of(folder / HOME)) as writer, measured(folder), writer.transaction() as con:
        con.execute(f"SET VARIABLE as_of = TIMESTAMP '{AS_OF}'")
        for model in models:
            build(con, model, {})
        con.execute(supervision, {"cap": 2, "size": 12}).fetchall()


def _marts() -> list[Model]:
    return [model for model in all_models() if model.table in MARTS]


def _supervision() -> str:
    """What the portal asks for the cases to press for, in the whole province."""
    text = statement(SQL, "governance/supervision")
    for name, fragment in {"place_names": PLACE_NAMES, "inside_area": "true"}.items():
        text = text.replace("{" + name + "}", fragment)
    return text.replace("{", "").replace("}", "")


def scan(folder: Path) -> None:
    """For each of the marts, every column that it reads."""
    models = (*_marts(), Model("portal", "supervision", _supervision(), "", ()))
    with Writer(settings_of(folder / HOME)) as writer:
        read = [one for model in models for one in _read(writer, model)]
        with measured(folder):
            for table, columns in read:
                writer.con.execute(f"SELECT bit_xor(hash({', '.join(columns)})) FROM {table}").fetchall()


def _read(writer: Writer, model: Model) -> Iterator[tuple[str, list[str]]]:
    """Tables and columns that a mart names."""
    from sqlglot import exp

    named = {column.name for column in tree(model).find_all(exp.Column)}
    for table in sorted(reads(model)):
        described = writer.con.execute(f"SELECT column_name FROM (DESCRIBE {table})").fetchall()
        if columns := [name for (name,) in described if name in named]:
            yield table, columns


def publish(folder: Path) -> None:
    """A version: copied without what is personal, verified, sealed, swapped in."""
    with Writer(settings_of(folder / HOME)) as writer, measured(folder):
        publishing.prepare(writer, AS_OF).commit()


def plain_copy(folder: Path) -> None:
    """The tables of a version as they are, into two plain files."""
    for left in folder.glob("plain-*.duckdb"):
        left.unlink()
    with Writer(settings_of(folder / HOME)) as writer, measured(folder):
        rows = writer.con.execute(
            "SELECT table_schema, table_name FROM information_schema.tables WHERE table_catalog = 'wh'"
        ).fetchall()
        for file, schemas in {"current": publishing.CURRENT_SCHEMAS, "marts": publishing.MARTS_SCHEMAS}.items():
            path = folder / f"plain-{file}.duckdb"
            writer.con.execute(f"ATTACH '{path}' AS plain (STORAGE_VERSION '{STORAGE_VERSION}')")
            for schema in schemas:
                writer.con.execute(f"CREATE SCHEMA plain.{schema}")
            for schema, name in rows:
                if schema in schemas:
                    writer.con.execute(f"CREATE TABLE plain.{schema}.{name} AS FROM wh.{schema}.{name}")
            writer.con.execute("DETACH plain")


def release(folder: Path) -> None:
    """All that follows a build: copies, reveals, gate, swap, work orders."""
    settings = settings_of(folder / HOME)
    store = Store(settings)
    with publication.warehouse(settings) as writer:
        publication.publish(settings, store, publication.candidate(writer, AS_OF), AS_OF)
        work_orders.refresh(store, writer, AS_OF)
    _say_sizes(settings.home)


def look(folder: Path) -> None:
    """The pages of the portal over what was released."""
    looking.look(settings_of(folder / HOME))


def _say_sizes(home: Path) -> None:
    """What lies on disk at the end, in MiB."""
    sizes = {
        one.name: sum(path.stat().st_size for path in (one, *one.rglob("*")) if path.is_file()) / 2**20
        for one in sorted(home.iterdir())
    }
    sys.stderr.write(
        "disk, MiB: " + ", ".join(f"{name} {size:,.0f}" for name, size in sizes.items() if size >= 1) + "\n"
    )


STEPS = {
    "load": load,
    "day": day,
    "build": build_all,
    "scan": scan,
    "marts": marts,
    "plain_copy": plain_copy,
    "publish": publish,
    "release": release,
    "look": look,
}

if __name__ == "__main__":
    take_step(prepare, STEPS)
