"""A source may call its fields what DuckDB calls columns of its own: each value still arrives, with its place."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from pyarrow import parquet

from operations.settings import Settings
from quality.landed import define_landed, piece_of
from quality.replayed import record_text
from schemas.delivery import Format, Page
from warehouse.landing import Landing

NAMES = ["id", "file_index", "File_Row_Number", "filename", "rowid"]
PARTS = [[["1", "甲", "a", "x", "7"], ["2", "9", "b", "y", "8"]], [["3", "", "c", "z", "9"]]]


def written(path: Path, form: Format, rows: list[list[str]]) -> Path:
    if form == "csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([NAMES, *rows])
    elif form == "ndjson":
        lines = (json.dumps(dict(zip(NAMES, row, strict=True)), ensure_ascii=False) for row in rows)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    else:
        parquet.write_table(table(rows), path)
    return path


def table(rows: list[list[str]]) -> Any:
    return pa.table({name: list(column) for name, column in zip(NAMES, zip(*rows, strict=True), strict=True)})


@pytest.mark.parametrize("form", ["csv", "ndjson", "parquet"])
@pytest.mark.parametrize("fields", [NAMES, ["id"]])
def test_rows_arrive_with_their_part(tmp_path: Path, form: Format, fields: list[str]) -> None:
    pieces = [piece_of(written(tmp_path / f"part-{n}", form, rows), form) for n, rows in enumerate(PARTS)]
    with duckdb.connect() as con:
        define_landed(con, pieces, fields)
        listed = ", ".join(f'"{name}"' for name in fields)
        found = con.execute(f"SELECT _part, {listed} FROM landed").fetchall()
    wanted = [(part, *row[: len(fields)]) for part, rows in enumerate(PARTS) for row in rows]
    assert [tuple(value or "" if index else value for index, value in enumerate(row)) for row in found] == wanted


def test_a_landed_row_of_a_database_is_shown_by_its_place(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    load = Landing(settings).open("any", "rows", "sync", None, "")
    load.add(Page("parquet", 2, table(PARTS[0])))
    shown = record_text(settings, load.complete(None), 2)
    assert json.loads(shown) == dict(zip(NAMES, PARTS[0][1], strict=True))
