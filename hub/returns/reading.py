"""Reads the files of a return: a page of rows for the API, or all of them as CSV."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.export import MANIFEST
from hub.returns.errors import GoneError
from operations.returns import Return

if TYPE_CHECKING:
    from operations.settings import Settings

Row = dict[str, Any]


def folder_of(settings: Settings, one: Return) -> Path:
    """The folder with the files of a return. Raises GoneError where they have gone."""
    folder = settings.returns / one.receiver / one.name
    if one.state != "open" or not one.kept or not (folder / MANIFEST).is_file():
        why = one.note or {"acknowledged": "it is acknowledged", "superseded": "a later one stands for it"}.get(
            one.state, "they are lost, as in a restored home"
        )
        raise GoneError(
            f"{one.name} of {one.receiver} has no files any more: {why}; make the next with"
            f" `hub returns make {one.receiver}`"
        )
    return folder


def page(parquet: Path, start: int, most: int) -> tuple[list[Row], int | None]:
    """At most `most` rows from the row number `start` on, and where the next page starts (None: this was the last)."""
    from pyarrow.parquet import ParquetFile

    rows: list[Row] = []
    with ParquetFile(parquet) as file:
        first = 0
        for group in range(file.num_row_groups):
            size = file.metadata.row_group(group).num_rows
            if first + size > start and len(rows) < most:
                found = file.read_row_group(group).slice(max(start - first, 0), most - len(rows))
                rows += found.to_pylist()
            first += size
        end = start + len(rows)
        return rows, end if end < file.metadata.num_rows else None


def csv_of(parquet: Path) -> Iterator[bytes]:
    """The rows as CSV in chunks, UTF-8 with a byte order mark; no cell is a formula."""
    from pyarrow.parquet import ParquetFile

    from quality.report.sheets import csv_lines

    with ParquetFile(parquet) as file:
        rows = (list(row.values()) for batch in file.iter_batches(batch_size=5_000) for row in batch.to_pylist())
        yield from csv_lines(file.schema_arrow.names, rows)
