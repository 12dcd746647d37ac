"""Rejected rows: list them, and show one with its place and the record that it was.

Everything here holds raw personal values and stays in the private zone.
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quality.mend import csv_records
from quality.parquet import reader, rows_of
from quality.replayed import landed, part_of, record_text
from schemas.delivery import Manifest

if TYPE_CHECKING:
    from operations.settings import Settings


class QuarantineError(LookupError):
    """A row that is not there; the text says where it was looked for."""


def listing(
    settings: Settings, system: str | None = None, dataset: str | None = None, limit: int | None = None
) -> list[dict[str, Any]]:
    """Rejected rows, newest load first, without their values.

    Keys: system, dataset, contract, load_id, position, source_id, source_updated_at, file, sheet, cell, landed_at,
    rules (ids of the broken rules).
    """
    files = files_of(settings, system, dataset)
    if not files:
        return []
    query = (
        "SELECT system, dataset, contract, load_id, position, source_id, source_updated_at, file, sheet, cell,"
        f" landed_at, [reason.rule FOR reason IN reasons] AS rules FROM {reader(files)}"
        " ORDER BY load_id DESC, position" + (f" LIMIT {int(limit)}" if limit is not None else "")
    )
    return rows_of(settings, query)


def show(settings: Settings, load_id: str, position: int) -> dict[str, Any]:
    """One rejected row with raw values and reasons, and where it came from.

    Adds `origin` (load_id, position: of a replayed row where it first landed, else its own), `place` (for people) and
    `record` (the landed record as it came). Raises QuarantineError when there is no such row, and LandedError.
    """
    files = [path for path in files_of(settings) if path.stem == load_id]
    if files:
        rows = rows_of(settings, f"SELECT * FROM {reader(files)} WHERE position = {int(position)}")
        if rows:
            row = rows[0]
            manifest = landed(settings, row["system"], row["dataset"], load_id)
            origin = manifest.origin(position)
            first = manifest if origin[0] == load_id else landed(settings, row["system"], row["dataset"], origin[0])
            return row | {
                "origin": origin,
                "place": location(settings, row, first, origin[1]),
                "record": record_text(settings, first, origin[1]),
            }
    raise QuarantineError(f"no rejected row at position {position} of load {load_id}; see `hub quarantine list`")


def location(settings: Settings, row: dict[str, Any], manifest: Manifest, position: int) -> str:
    """Where a row first landed, for people: `sheet!cell`, or `file:line` (1-based; of a CSV the record's first line).

    A database has no lines: `file#n` is then the n-th record of the part.
    """
    part = part_of(manifest, position)
    name = part.original_name or part.path
    if row.get("sheet"):
        return f"{name} {row['sheet']}!{row['cell']}"
    ordinal = position - part.first_position
    if part.format == "csv":
        with (manifest.folder(settings) / part.path).open("rb") as file:
            line = 1 + sum(record.count(b"\n") for record in islice(csv_records(file), ordinal + 1))
        return f"{name}:{line}"
    return f"{name}:{ordinal + 1}" if part.format == "ndjson" else f"{name}#{ordinal + 1}"


def files_of(settings: Settings, system: str | None = None, dataset: str | None = None) -> list[Path]:
    """The files of quarantine, one for each checked load."""
    return sorted(settings.quarantine.glob(f"{system or '*'}/{dataset or '*'}/*.parquet"))
