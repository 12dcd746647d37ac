"""A desk in a temporary folder, what it staged and refused, record tables, and single macros."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from court_row import COURT_ROW
from desk import Desk, ndjson
from record_tables import Records

from quality.compiler import macros
from quality.outcome import Outcome
from quality.parquet import accepted, reader


def table(source: str) -> list[dict[str, Any]]:
    """The rows of a table expression, by position."""
    with duckdb.connect() as con:
        result = con.execute(f"SELECT * FROM {source} ORDER BY position")
        names = [column[0] for column in result.description or ()]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "home")


@pytest.fixture
def staged() -> Callable[[Outcome], list[dict[str, Any]]]:
    warnings = "coalesce(json_extract_string(warned, '$[*].rule'), []) AS warnings"
    return lambda outcome: table(f"(SELECT *, {warnings} FROM {accepted([outcome.staging])})")


@pytest.fixture
def quarantined() -> Callable[[Outcome], list[dict[str, Any]]]:
    return lambda outcome: table(reader([outcome.quarantine]))


@pytest.fixture
def lines() -> Callable[..., bytes]:
    """NDJSON of rows."""
    return ndjson


@pytest.fixture
def court_row() -> dict[str, Any]:
    """A court report that breaks no rule."""
    return dict(COURT_ROW)


@pytest.fixture(scope="module")
def records() -> Iterator[Records]:
    """Empty record tables in memory."""
    with duckdb.connect(config={"threads": 1}) as con:
        yield Records(con)


@pytest.fixture(scope="session")
def normalise() -> Iterator[Callable[..., Any]]:
    """normalise(text, "tidy_nonzero", "phone_of") is what these macros make of a text, one after the other."""
    with duckdb.connect() as con:
        con.execute(macros())

        def through(text: str | None, *names: str) -> Any:
            found: Any = text
            for name in names:
                given = "CAST($1 AS VARCHAR)" if found is None or isinstance(found, str) else "$1"
                row = con.execute(f"SELECT {name}(v) FROM (SELECT {given} AS v)", [found]).fetchone()
                found = row[0] if row else None
            return found

        yield through
