"""Every example of docs/analysts.md and its notebook runs on what is published and answers, as the page says."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pandas
import pytest
from homes import run_hub

from hub.table_map import Reference, references, tables

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "analysts.md").read_text(encoding="utf-8")
NOTEBOOK = [
    cell
    for cell in json.loads((DOCS / "analysts.ipynb").read_text(encoding="utf-8"))["cells"]
    if cell["cell_type"] == "code"
]
PARTS = re.split(r"^#{2,3} (.+)$", TEXT, flags=re.MULTILINE)
SECTIONS = list(zip(PARTS[1::2], PARTS[2::2], strict=True))
FENCE = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
CODE = [(title, body, kind, code) for title, body in SECTIONS for kind, code in FENCE.findall(body)]
EMPTY = "No rows in a new sandbox province"


@pytest.fixture(scope="module")
def folder(prepared: tuple[Path, dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a home `.hub` that has two versions, as an analyst would stand before it."""
    made = tmp_path_factory.mktemp("analyst")
    published = made / ".hub" / "published"
    shutil.copytree(prepared[0] / "published", published, symlinks=True)
    first = (published / "latest").resolve()
    second = shutil.copytree(first, first.with_name("v000002"))
    with duckdb.connect(str(second / "current.duckdb")) as con:
        con.execute("UPDATE ops.versions SET version = 2")
    (published / "latest").unlink()
    (published / "latest").symlink_to(second.name)
    return made


@pytest.mark.parametrize(
    ("title", "body", "sql"),
    [pytest.param(t, b, c, id=f"{n}-{t}") for n, (t, b, k, c) in enumerate(CODE) if k == "sql"],
)
def test_a_query_answers(folder: Path, monkeypatch: pytest.MonkeyPatch, title: str, body: str, sql: str) -> None:
    monkeypatch.chdir(folder)
    with duckdb.connect(str(Path(".hub/published/current.duckdb").resolve()), read_only=True) as con:
        found = con.execute(sql).fetchall()
    assert (found == []) == (EMPTY in body), title


@pytest.mark.parametrize("code", [pytest.param(c, id=t) for t, _, kind, c in CODE if kind == "python"])
def test_a_program_runs(folder: Path, code: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning:__main__", "-c", code],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_there_are_as_many_examples_as_an_analyst_needs_and_each_has_its_question() -> None:
    examples = TEXT[TEXT.index("\n## Examples") :]
    titles = re.findall(r"^### (.+)$", examples, re.MULTILINE)
    assert len(titles) == len(set(titles)) >= 15
    assert [len(FENCE.findall(body)) for title, body in SECTIONS if title in titles] == [1] * len(titles)


@pytest.fixture
def current(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str((folder / ".hub/published/current.duckdb").resolve()), read_only=True) as con:
        yield con


def published(current: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    """schema.table -> its columns."""
    found: dict[str, set[str]] = {}
    query = "SELECT schema_name || '.' || table_name, column_name FROM duckdb_columns() WHERE NOT internal"
    for name, column in current.execute(query).fetchall():
        found.setdefault(name, set()).add(column)
    return found


def test_a_table_that_the_page_names_is_published(current: duckdb.DuckDBPyConnection) -> None:
    named = set(re.findall(r"\b(?:record|core|mart|ref|ops)\.[a-z_]+\b", TEXT))
    assert named <= published(current).keys()
    assert len(named) > 20


@pytest.mark.parametrize("file", ["current", "marts"])
def test_what_is_published_says_in_chinese_what_it_holds(folder: Path, file: str) -> None:
    with duckdb.connect(str((folder / f".hub/published/{file}.duckdb").resolve()), read_only=True) as con:
        found = con.execute(
            "SELECT schema_name || '.' || table_name, comment FROM duckdb_tables() UNION ALL "
            "SELECT schema_name || '.' || table_name || '.' || column_name, comment FROM duckdb_columns() "
            "WHERE NOT internal"
        ).fetchall()
    assert len(found) > 200
    assert [name for name, comment in found if not re.search(r"[\u4e00-\u9fff]", comment or "")] == []


def test_the_map_has_every_published_table_with_its_columns(current: duckdb.DuckDBPyConnection) -> None:
    assert {name: set(table.columns) for name, table in tables().items()} == published(current)


def test_what_the_map_calls_a_key_names_one_row(current: duckdb.DuckDBPyConnection) -> None:
    for table in tables().values():
        key = ", ".join(table.key)
        query = f"SELECT {key} FROM {table.name} GROUP BY ALL HAVING count(*) > 1"
        assert current.execute(query).fetchall() == [], table.name


SOILED_TARGETS = {"core.case_reports": "case_reports", "core.grids": "grids"}
"""What is referred to and has rows that the sandbox soils, so that some are rejected; -> the contract of those rows."""
WRONG_KEYS = ("unknown_report", "unknown_grid", "short_grid")
"""What the sandbox does to a row that refers, so that it names a row that there is not."""
MAY_BE_WRONG = (*WRONG_KEYS, "pasted_text")  # a text is pasted into any field, and so into the number of a report too


@pytest.fixture(scope="module")
def dirt(province: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The file that says which rows the sandbox has soiled, and how: system, dataset, source_id, kind."""
    made = tmp_path_factory.mktemp("truth")
    run_hub(province, "sandbox", "truth", "--out", str(made))
    return str(made / "dirt.parquet")


def broken(current: duckdb.DuckDBPyConnection, dirt: str, one: Reference) -> set[tuple[str, ...]]:
    """The keys of rows of `one.table` that the sandbox took away or never had: the truth says so, row by row."""
    if one.table not in SOILED_TARGETS:
        return set()
    soiled = f"FROM read_parquet('{dirt}') AS d JOIN ref.datasets AS s USING (system, dataset)"
    own = "d.system, d.source_id" if len(one.key) == 2 else "d.source_id"
    found = current.execute(f"SELECT {own} {soiled} WHERE s.contract = ?", [SOILED_TARGETS[one.table]]).fetchall()
    published = set(current.execute(f"SELECT {', '.join(one.key)} FROM {one.table}").fetchall())
    for table in tables().values():
        if table.name.startswith("record.") and set(one.columns) <= set(table.columns):
            for kind in MAY_BE_WRONG:
                named = current.execute(
                    f"SELECT {', '.join(f't.{column}' for column in one.columns)} {soiled} JOIN {table.name} AS t"
                    " ON t.system = d.system AND t.source_id = d.source_id WHERE s.contract = ? AND d.kind = ?"
                    f" AND t.{one.columns[-1]} IS NOT NULL", [table.name.removeprefix("record."), kind],
                ).fetchall()  # fmt: skip
                assert kind not in WRONG_KEYS or not published & set(named), (table.name, kind)
                found += named
    return set(found) - published


def test_what_the_map_calls_a_reference_finds_its_row(current: duckdb.DuckDBPyConnection, dirt: str) -> None:
    """All but those that the sandbox breaks on purpose; an empty text stands for the level above."""
    missed: dict[str, int] = {}
    for table in tables().values():
        for one in references(table):
            met = " AND ".join(f"t.{ours} = r.{theirs}" for ours, theirs in zip(one.columns, one.key, strict=True))
            stated = " AND ".join(f"t.{column} <> ''" for column in one.columns)
            query = f"SELECT DISTINCT {', '.join(one.columns)} FROM {table.name} AS t WHERE {stated}"
            missing = current.execute(f"{query} AND NOT EXISTS (FROM {one.table} AS r WHERE {met})").fetchall()
            expected = set(current.execute(query).fetchall()) & broken(current, dirt, one)
            assert set(missing) == expected, (table.name, one)
            missed[one.table] = missed.get(one.table, 0) + len(missing)
    assert {target for target, count in missed.items() if count} == set(SOILED_TARGETS)


def test_the_organisation_of_a_platforms_mediator_is_one_of_the_mediation_system(
    current: duckdb.DuckDBPyConnection,
) -> None:
    """As the dictionary says: the platform itself registers none."""
    users, found = current.execute(
        "SELECT count(*), count(o.source_id) FROM record.platform_users AS u LEFT JOIN record.organisations AS o"
        " ON o.system = 'peoples_mediation' AND o.source_id = u.organisation_source_id"
        " WHERE u.role_code = '02' AND u.organisation_source_id IS NOT NULL"
    ).fetchall()[0]
    assert users > 0
    assert found >= 0.9 * users, (users, found)
    assert current.execute("FROM record.organisations WHERE system = 'dispute_code'").fetchall() == []


def test_the_notebook_is_kept_without_what_it_showed() -> None:
    assert [cell for cell in NOTEBOOK if cell["outputs"] or cell["execution_count"] is not None] == []


def test_every_cell_of_the_notebook_shows_something(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Jupyter does it: the cells one after the other in one namespace, and the value of each one's last line."""
    monkeypatch.setenv("HUB_HOME", str(folder / ".hub"))
    names: dict[str, Any] = {}
    for cell in NOTEBOOK:
        tree = ast.parse("".join(cell["source"]))
        last = tree.body.pop()
        assert isinstance(last, ast.Expr), f"{cell['id']}: nothing to show"
        exec(compile(tree, cell["id"], "exec"), names)  # noqa: S102
        shown = eval(compile(ast.Expression(last.value), cell["id"], "eval"), names)  # noqa: S307
        assert isinstance(shown, pandas.DataFrame), cell["id"]
        assert len(shown) > 0, cell["id"]
    names["con"].close()
    assert names["compared"]["相等"].all(), "a published number is not what its rows say"
