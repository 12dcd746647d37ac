"""Rejected rows: list them, show one with its place, and hand them out again for a replay.

Everything here holds raw personal values and stays in the private zone.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator
from itertools import groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from quality.mend import csv_records
from quality.predicates import literal
from schemas.delivery import Manifest, Page, Part

if TYPE_CHECKING:
    from operations.settings import Settings

PAGE_ROWS = 10_000


class QuarantineError(LookupError):
    """A row that is not there; the text says where it was looked for."""


def listing(
    settings: Settings, system: str | None = None, dataset: str | None = None, limit: int | None = None
) -> list[dict[str, Any]]:
    """Rejected rows, newest load first, without their values.

    Keys: system, dataset, contract, load_id, position, source_id, source_updated_at, file, sheet, cell, landed_at,
    rules (ids of the broken rules).
    """
    files = _files(settings, system, dataset)
    if not files:
        return []
    query = (
        "SELECT system, dataset, contract, load_id, position, source_id, source_updated_at, file, sheet, cell,"
        f" landed_at, [reason.rule FOR reason IN reasons] AS rules FROM {_reader(files)}"
        " ORDER BY load_id DESC, position" + (f" LIMIT {int(limit)}" if limit is not None else "")
    )
    return _rows(query)


def show(settings: Settings, load_id: str, position: int) -> dict[str, Any]:
    """One rejected row with raw values, reasons and `place`. Raises QuarantineError when there is none."""
    files = [path for path in _files(settings) if path.stem == load_id]
    if files:
        rows = _rows(f"SELECT * FROM {_reader(files)} WHERE position = {int(position)}")
        if rows:
            return rows[0] | {"place": location(settings, rows[0])}
    raise QuarantineError(f"no rejected row at position {position} of load {load_id}; see `hub quarantine list`")


def location(settings: Settings, row: dict[str, Any]) -> str:
    """Where a row stands, for people: `sheet!cell`, or `file:line` (1-based; of a CSV the record's first line).

    A database has no lines: `file#n` is then the n-th record of the part.
    """
    if row.get("sheet"):
        return f"{row['file']} {row['sheet']}!{row['cell']}"
    manifest = _manifest(settings, row["system"], row["dataset"], row["load_id"])
    part = _part_of(manifest, row["position"])
    ordinal = row["position"] - part.first_position
    path = manifest.folder(settings) / part.path
    if part.format == "csv":
        with path.open("rb") as file:
            line = 1 + sum(record.count(b"\n") for record in islice(csv_records(file), ordinal + 1))
        return f"{row['file']}:{line}"
    return f"{row['file']}:{ordinal + 1}" if part.format == "ndjson" else f"{row['file']}#{ordinal + 1}"


def replay_rows(
    settings: Settings, system: str, dataset: str, open_keys: Collection[tuple[str, int]]
) -> Iterator[Page]:
    """The landed records at (load_id, position) as NDJSON pages, oldest first.

    They are read from landing, so a field that a changed declaration has begun to use is there too.
    """
    lines: list[bytes] = []
    for load_id, keys in groupby(sorted(open_keys), key=lambda key: key[0]):
        manifest = _manifest(settings, system, dataset, load_id)
        wanted = [position for _, position in keys]
        for part in manifest.parts:
            ordinals = [
                position - part.first_position for position in wanted if 0 <= position - part.first_position < part.rows
            ]
            if ordinals:
                for line in _records(manifest.folder(settings) / part.path, part, ordinals):
                    lines.append(line)
                    if len(lines) == PAGE_ROWS:
                        yield _page(lines)
                        lines = []
    if lines:
        yield _page(lines)


def _page(lines: list[bytes]) -> Page:
    return Page("ndjson", len(lines), b"\n".join(lines) + b"\n")


def _records(path: Path, part: Part, ordinals: list[int]) -> Iterator[bytes]:
    """The records at 0-based ordinals of a part, ascending, as one JSON line each."""
    if part.format == "parquet":
        listed = ", ".join(map(str, ordinals))
        rows = _rows(
            f"SELECT * EXCLUDE (file_row_number) FROM read_parquet({literal(str(path))}, file_row_number=true)"
            f" WHERE file_row_number IN ({listed}) ORDER BY file_row_number",
            texts=True,
        )
        yield from (msgspec.json.encode(row) for row in rows)
        return
    with path.open("rb") as file:
        if part.format == "ndjson":
            yield from _at((line.rstrip(b"\r\n") for line in file if not line.isspace()), ordinals)
            return
        records = csv_records(file)
        header = _fields(next(records, b"").removeprefix(b"\xef\xbb\xbf"))
        for record in _at(records, ordinals):
            fields = _fields(record)
            # A ragged record becomes a JSON text, which is refused again, with all that it holds.
            shown: object = dict(zip(header, fields, strict=True)) if len(fields) == len(header) else record
            yield msgspec.json.encode(shown if isinstance(shown, dict) else record.decode("utf-8", "backslashreplace"))


def _fields(record: bytes) -> list[str]:
    return next(csv.reader(record.decode("utf-8", "backslashreplace").splitlines(keepends=True)), [])


def _at(records: Iterator[bytes], ordinals: list[int]) -> Iterator[bytes]:
    last = -1
    for ordinal in ordinals:
        yield next(islice(records, ordinal - last - 1, None))
        last = ordinal


def _part_of(manifest: Manifest, position: int) -> Part:
    for part in manifest.parts:
        if part.first_position <= position < part.first_position + part.rows:
            return part
    raise QuarantineError(f"load {manifest.load_id} has no position {position}")


def _manifest(settings: Settings, system: str, dataset: str, load_id: str) -> Manifest:
    path = settings.landing / system / dataset / load_id / "manifest.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=Manifest)
    except FileNotFoundError:
        raise QuarantineError(f"{system}.{dataset}: load {load_id} is no longer in landing") from None


def _files(settings: Settings, system: str | None = None, dataset: str | None = None) -> list[Path]:
    return sorted(settings.quarantine.glob(f"{system or '*'}/{dataset or '*'}/*.parquet"))


def _reader(files: list[Path]) -> str:
    return "read_parquet([" + ", ".join(literal(str(path)) for path in files) + "])"


def _rows(query: str, *, texts: bool = False) -> list[dict[str, Any]]:
    import duckdb

    with duckdb.connect() as con:
        result = con.execute(f"SELECT CAST(COLUMNS(*) AS VARCHAR) FROM ({query})" if texts else query)
        names = [column[0] for column in result.description or ()]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
