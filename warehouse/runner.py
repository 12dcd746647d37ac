"""Builds the models: every `models/<layer>/<name>.sql` becomes the table `<layer>.<name>`, all in one transaction.

A model is one SELECT under a header of comments, `-- <word>: <text>`, continued by `--     <text>`:

    -- description: what one row is                      (required; becomes the comment of the table)
    -- key: column, column                               (required; tested: unique and never null)
    -- test: SELECT … rows that must not exist           (any number; runs after the table is built)
    -- column <name>: what it holds                      (overrides models/columns.csv, the shared dictionary)

The order comes from the tables that each SELECT reads. Time enters only as `getvariable('as_of')`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

from operations.failpoints import failpoint

if TYPE_CHECKING:
    import duckdb
    from sqlglot import exp

    from warehouse.build import Writer

FOLDER = Path(__file__).parent / "models"
LAYERS = ("core", "mart")
FORBIDDEN = frozenset(
    {
        "now",
        "today",
        "random",
        "rand",
        "setseed",
        "uuid",
        "gen_random_uuid",
        "uuidv4",
        "uuidv7",
        "get_current_timestamp",
        "get_current_time",
        "current_timestamp",
        "current_date",
        "current_time",
        "current_localtime",
        "current_localtimestamp",
        "localtime",
        "localtimestamp",
        "transaction_timestamp",
    }
)
_HEADER = re.compile(r"--\s(?P<word>[a-z]+)(?:\s(?P<name>[a-z0-9_]+))?:\s(?P<text>.+)")
_SHOWN = 5


class ModelError(ValueError):
    """A model that cannot be built or broke its own test; the text names the model and what to do."""


@dataclass(frozen=True)
class Model:
    """One table to build: `sql` is a single SELECT without its header."""

    schema: str
    name: str
    sql: str
    description: str
    key: tuple[str, ...]
    tests: tuple[str, ...] = ()
    columns: dict[str, str] = field(default_factory=dict)

    @property
    def table(self) -> str:
        return f"{self.schema}.{self.name}"


def build_models(writer: Writer, as_of: datetime) -> None:
    """Rebuild every table of core and mart as of `as_of`; all of them, or none when a model or test fails.

    Raises ModelError, and duckdb.Error for SQL that does not run.
    """
    models = all_models()
    with writer.transaction() as con:
        con.execute(f"SET VARIABLE as_of = TIMESTAMP '{as_of:%Y-%m-%d %H:%M:%S}'")
        titles = column_titles(con)
        for model in models:
            build(con, model, titles)
        failpoint("models.before_commit")


@cache
def all_models() -> tuple[Model, ...]:
    """The models of the folder and those of the metrics registry, in the order in which they are built."""
    from warehouse import rollups, variants

    return tuple(ordered([*load_models(), *rollups.compiled_models(), variants.compiled_model()]))


def build(con: duckdb.DuckDBPyConnection, model: Model, titles: Mapping[str, str]) -> None:
    """Build one table, describe it and run its tests. Raises ModelError when a test finds a row."""
    con.execute(f"CREATE OR REPLACE TABLE {model.table} AS {model.sql}")
    con.execute(f"COMMENT ON TABLE {model.table} IS {_text(model.description)}")
    describe(con, model.table, {**titles, **model.columns})
    for test in (*_key_tests(model), *model.tests):
        found = con.execute(f"SELECT * FROM ({test}) AS found LIMIT {_SHOWN}").fetchall()
        if found:
            raise ModelError(
                f"{model.table}: the test «{test}» found these rows (at most {_SHOWN} shown): {found}; "
                f"correct the model or what it reads, then run `hub build` again"
            )


def column_titles(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """What each column name means: from the shared dictionary, else the title that all contracts give it alike."""
    contracts = con.execute(
        "SELECT column_name, min(comment) FROM duckdb_columns() "
        "WHERE database_name = current_database() AND schema_name = 'record' AND comment IS NOT NULL "
        "GROUP BY column_name HAVING count(DISTINCT comment) = 1"
    ).fetchall()
    return dict(contracts) | dictionary()


def describe(con: duckdb.DuckDBPyConnection, table: str, titles: Mapping[str, str]) -> None:
    """Comment the columns of a table that have a title; in one call, because a wide model has many."""
    names = [name for (name,) in con.execute(f"SELECT column_name FROM (DESCRIBE {table})").fetchall()]
    comments = [f"COMMENT ON COLUMN {table}.{name} IS {_text(titles[name])}" for name in names if name in titles]
    con.execute(";\n".join(comments))


def _key_tests(model: Model) -> tuple[str, ...]:
    columns = ", ".join(model.key)
    empty = " OR ".join(f"{column} IS NULL" for column in model.key)
    return (
        f"SELECT {columns} FROM {model.table} WHERE {empty}",
        f"SELECT {columns}, count(*) AS times FROM {model.table} GROUP BY {columns} HAVING count(*) > 1",
    )


def load_models(folder: Path = FOLDER) -> list[Model]:
    """Every model of the folder, by layer and name. Raises ModelError for a header or statement out of form."""
    return [parse(path) for layer in LAYERS for path in sorted((folder / layer).glob("*.sql"))]


def parse(path: Path) -> Model:
    """Read one model file. Raises ModelError."""
    where = f"{path.parent.name}/{path.name}"
    lines = path.read_text(encoding="utf-8").splitlines()
    header: list[tuple[str, str, str]] = []
    while lines and lines[0].startswith("--"):
        line = lines.pop(0)
        if found := _HEADER.fullmatch(line):
            header.append((found["word"], found["name"] or "", found["text"].strip()))
        elif header and line.startswith("--   "):
            word, name, text = header[-1]
            header[-1] = (word, name, f"{text} {line[2:].strip()}")
        else:
            raise ModelError(f"{where}: {line!r}: write `-- word: text`, or indent a continuation")
    unknown = {word for word, _, _ in header} - {"description", "key", "test", "column"}
    said = {word: text for word, _, text in header}
    if unknown or not {"description", "key"} <= said.keys():
        raise ModelError(f"{where}: the header needs description and key, and knows test and column; {unknown}")
    sql = "\n".join(lines).strip().removesuffix(";")
    model = Model(
        schema=path.parent.name,
        name=path.stem,
        sql=sql,
        description=said["description"],
        key=tuple(one.strip() for one in said["key"].split(",")),
        tests=tuple(text for word, _, text in header if word == "test"),
        columns={name: text for word, name, text in header if word == "column"},
    )
    refuse_forbidden(model)
    return model


def refuse_forbidden(model: Model) -> None:
    """Raises ModelError when the model reads a clock or chance: two builds of one input must be equal."""
    from sqlglot import exp

    for node in tree(model).walk():
        names = {node.sql_name().lower(), node.name.lower()} if isinstance(node, exp.Func) else set()
        if isinstance(node, exp.Column) and not node.table:
            names = {node.name.lower()} & {"current_date", "current_timestamp", "localtime", "localtimestamp"}
        if used := names & FORBIDDEN:
            raise ModelError(f"{model.table} uses {used.pop()}(): time is getvariable('as_of'), chance is not allowed")


def tree(model: Model, sql: str = "") -> exp.Query:
    """The model's SELECT, or one of its tests, as a sqlglot tree. Raises ModelError when it is not a SELECT."""
    from sqlglot import exp
    from sqlglot.errors import ParseError

    try:
        found = _parsed(sql or model.sql)
    except ParseError as error:
        raise ModelError(f"{model.table}: {error}") from error
    if not isinstance(found, exp.Query):
        raise ModelError(f"{model.table}: a model is one SELECT, not {type(found).__name__}")
    return found


@cache
def _parsed(sql: str) -> exp.Expr:
    import sqlglot

    return sqlglot.parse_one(sql, read="duckdb")


def reads(model: Model) -> set[str]:
    """The tables, as `schema.name`, that a model or one of its tests reads; common table expressions are not."""
    from sqlglot import exp

    trees = [tree(model, sql) for sql in (model.sql, *model.tests)]
    return {f"{one.db}.{one.name}" for each in trees for one in each.find_all(exp.Table) if one.db} - {model.table}


def ordered(models: Iterable[Model]) -> list[Model]:
    """The models so that each comes after those it reads; equal input gives equal order. Raises ModelError."""
    by_table = {model.table: model for model in models}
    graph = {table: sorted(reads(model) & by_table.keys()) for table, model in sorted(by_table.items())}
    try:
        return [by_table[table] for table in TopologicalSorter(graph).static_order()]
    except CycleError as error:
        raise ModelError(f"these models read each other in a circle: {' → '.join(error.args[1])}") from error


@cache
def dictionary() -> dict[str, str]:
    """What each column name means wherever it stands: `models/columns.csv` (column, title)."""
    with (FOLDER / "columns.csv").open(encoding="utf-8", newline="") as lines:
        return {row["column"]: row["title"] for row in csv.DictReader(lines)}


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
