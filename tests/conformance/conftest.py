"""Every declaration in turn: its text, its datasets, and what becomes of a synthetic delivery of each."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pytest
from declared_parts import SYSTEMS, Judged, Part, declared, judge, parts_of
from desk import Desk

from quality.compiler import RUN_VALUES, Statement, compile_statement
from quality.landed import define_landed
from schemas.declaration import FOLDER, System


@pytest.fixture(params=SYSTEMS, scope="session")
def system_id(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture(scope="session")
def path(system_id: str) -> Path:
    return FOLDER / f"{system_id}.yml"


@pytest.fixture(scope="session")
def system(system_id: str) -> System:
    return declared(system_id)


@pytest.fixture(scope="session")
def parts(system_id: str) -> tuple[Part, ...]:
    return parts_of(system_id)


@pytest.fixture(scope="session")
def statement() -> Callable[[Part], Statement]:
    """The compiled statement of a dataset."""
    made: dict[str, Statement] = {}

    def compiled(part: Part) -> Statement:
        if part.place not in made:
            made[part.place] = compile_statement(part.system, part.dataset, part.contract)
        return made[part.place]

    return compiled


@pytest.fixture(scope="session")
def planned() -> Iterator[Callable[[Statement], str]]:
    """Plans a statement over a landing with the declared fields and no row; the plan as text."""
    with closing(duckdb.connect(config={"threads": 1})) as con:
        con.execute("CREATE TYPE division_code AS ENUM ('330108')")

        def plan(statement: Statement) -> str:
            con.execute(statement.macros)
            define_landed(con, [], statement.fields)
            sql = statement.sql
            for name in RUN_VALUES:
                sql = sql.replace(f"${name}", "TIMESTAMP '2024-06-03'")
            row = con.execute(f"EXPLAIN {sql}").fetchone()
            return str(row[1]) if row else ""

        yield plan


@pytest.fixture(scope="session")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Part], Judged]]:
    """Lands and checks one delivery of a dataset, once: a good row, the same with its key written wide and padded,
    then one row for each required column that lacks it; the last row has a field that nobody declared."""
    desk = Desk(tmp_path_factory.mktemp("conformance"))
    done: dict[str, Judged] = {}

    def once(part: Part) -> Judged:
        if part.place not in done:
            done[part.place] = judge(desk, part)
        return done[part.place]

    yield once
    shutil.rmtree(desk.settings.home, ignore_errors=True)
