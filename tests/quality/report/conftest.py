"""Reports over a small world of failing rows, whose marts are the warehouse's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
import quality_marts

from hub.reading import Reader
from quality.report.gathering import SQL

AS_OF = datetime(2026, 9, 15, 8)  # a Tuesday


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file like published/current.duckdb."""
    path = tmp_path_factory.mktemp("published") / "current.duckdb"
    quality_marts.publish(path, AS_OF)
    return path


@pytest.fixture
def source(published: Path) -> Iterator[Reader]:
    with duckdb.connect(str(published), read_only=True) as connection:
        yield Reader(connection, SQL)


@pytest.fixture
def order() -> Callable[..., dict[str, Any]]:
    """An open work order of the youth hotline, due at the end of a day, with the keys that a report reads."""

    def made(number: str, rule_id: str, due: date, words: str, **changes: Any) -> dict[str, Any]:
        return {
            "order_no": number,
            "system": "youth_hotline",
            "contract": "case_reports",
            "rule_id": rule_id,
            "field": rule_id.split(".")[0],
            "title": "乡镇街道未填",
            "state": "signed",
            "rows_open": 50,
            "due_at": datetime(due.year, due.month, due.day, 23, 59, 59),
            "due_provisional": False,
            "due": words,
            "is_overdue": words.startswith("逾期"),
            "promised_on": None,
        } | changes

    return made
