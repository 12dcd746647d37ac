"""The landed records of quarantined rows, handed out again: to a replay, and to people who look at one.

They come from landing, never from quarantine, so a field that a changed declaration has begun to use is there too.
Everything here holds raw personal values and stays in the private zone.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator, Sequence
from itertools import groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from quality.mend import csv_records
from quality.parquet import listed, rows_of
from quality.predicates import literal
from schemas.delivery import Manifest, Page, Part

if TYPE_CHECKING:
    from operations.settings import Settings
    from quality.outcome import Outcome

PAGE_ROWS = 10_000


class LandedError(LookupError):
    """A record that is no longer in landing; the text says where it was looked for."""


class _Record(NamedTuple):
    line: bytes
    load_id: str
    position: int
    file: str | None  # as the source named it


def landed(settings: Settings, system: str, dataset: str, load_id: str) -> Manifest:
    """The manifest of a load. Raises LandedError when landing no longer has it."""
    path = settings.landing / system / dataset / load_id / "manifest.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=Manifest)
    except FileNotFoundError:
        raise LandedError(f"{system}.{dataset}: load {load_id} is no longer in landing") from None


def part_of(manifest: Manifest, position: int) -> Part:
    """The part that holds the record at a position. Raises LandedError when there is no such position."""
    part = manifest.part_at(position)
    if part is None:
        raise LandedError(f"load {manifest.load_id} has no position {position}")
    return part


def record_text(settings: Settings, manifest: Manifest, position: int) -> str:
    """One record as it was landed, its bytes decoded for display; of a database the row as JSON of texts."""
    part = part_of(manifest, position)
    path, ordinals = manifest.folder(settings) / part.path, [position - part.first_position]
    if part.format == "parquet":
        [line] = _parquet_lines(settings, path, ordinals)
    else:
        with path.open("rb") as file:
            [line] = _at(_raw_records(file, part), ordinals)
    return line.rstrip(b"\r\n").decode("utf-8", "backslashreplace")


def replay_rows(settings: Settings, system: str, dataset: str, keys: Collection[tuple[str, int]]) -> Iterator[Page]:
    """The landed records at (load_id, position) as NDJSON pages, oldest first.

    A page names where each of its records came from and, if that was a file, its name: so a replayed row still opens
    its source.
    """
    for file, records in groupby(_records(settings, system, dataset, keys), key=lambda record: record.file):
        while some := list(islice(records, PAGE_ROWS)):
            replays: dict[str, list[int]] = {}
            for record in some:
                replays.setdefault(record.load_id, []).append(record.position)
            body = b"".join(record.line + b"\n" for record in some)
            yield Page("ndjson", len(some), body, original_name=file, replays=replays)


def _records(settings: Settings, system: str, dataset: str, keys: Collection[tuple[str, int]]) -> Iterator[_Record]:
    for load_id, places in groupby(sorted(set(keys)), key=lambda key: key[0]):
        manifest = landed(settings, system, dataset, load_id)
        wanted = [position for _, position in places]
        for part in manifest.parts:
            here = [
                position for position in wanted if part.first_position <= position < part.first_position + part.rows
            ]
            if here:
                ordinals = [position - part.first_position for position in here]
                lines = _lines(settings, manifest.folder(settings) / part.path, part, ordinals)
                for line, ordinal in zip(lines, ordinals, strict=True):
                    yield _Record(line, load_id, part.first_position + ordinal, part.original_name)


def _lines(settings: Settings, path: Path, part: Part, ordinals: list[int]) -> Iterator[bytes]:
    """The records at 0-based ordinals of a part, ascending, as one JSON line each."""
    if part.format == "parquet":
        yield from _parquet_lines(settings, path, ordinals)
        return
    with path.open("rb") as file:
        if part.format == "ndjson":
            yield from (line.rstrip(b"\r\n") for line in _at(_raw_records(file, part), ordinals))
            return
        header = _fields(next(csv_records(file), b"").removeprefix(b"\xef\xbb\xbf"))
        file.seek(0)
        for record in _at(_raw_records(file, part), ordinals):
            fields = _fields(record)
            # A ragged record becomes a JSON text, which is refused again, with all that it holds.
            shown: object = dict(zip(header, fields, strict=True)) if len(fields) == len(header) else record
            yield msgspec.json.encode(shown if isinstance(shown, dict) else record.decode("utf-8", "backslashreplace"))


def _raw_records(file: Iterator[bytes], part: Part) -> Iterator[bytes]:
    """The records of an open NDJSON or CSV part, without the header."""
    if part.format == "csv":
        return islice(csv_records(file), 1, None)
    return (line for line in file if not line.isspace())


def _parquet_lines(settings: Settings, path: Path, ordinals: list[int]) -> Iterator[bytes]:
    listed = ", ".join(map(str, ordinals))
    rows = rows_of(
        settings,
        # not by the reader's own row number, for which no column of the source could have the same name
        f"SELECT CAST(COLUMNS(landed.*) AS VARCHAR) FROM read_parquet({literal(str(path))}) AS landed"
        f" POSITIONAL JOIN range({max(ordinals) + 1}) AS placed(ordinal)"
        f" WHERE placed.ordinal IN ({listed}) ORDER BY placed.ordinal",
    )
    return (msgspec.json.encode(row) for row in rows)


def _fields(record: bytes) -> list[str]:
    return next(csv.reader(record.decode("utf-8", "backslashreplace").splitlines(keepends=True)), [])


def _at(records: Iterator[bytes], ordinals: list[int]) -> Iterator[bytes]:
    last = -1
    for ordinal in ordinals:
        yield next(islice(records, ordinal - last - 1, None))
        last = ordinal


def last_delivery(
    settings: Settings, outcomes: Sequence[Outcome], source_ids: Collection[str | None]
) -> dict[str, str]:
    """source_id -> the newest of these checked loads that brought it, for those of the keys that any of them did."""
    files = [path for one in outcomes for path in (one.staging, one.quarantine) if path.exists()]
    wanted = sorted({key for key in source_ids if key is not None})
    if not files or not wanted:
        return {}
    rows = rows_of(
        settings,
        "SELECT source_id, max(parse_filename(filename, true)) AS load_id"
        f" FROM read_parquet([{', '.join(literal(str(path)) for path in files)}], union_by_name=true, filename=true)"
        f" WHERE source_id IN (SELECT unnest({listed(wanted)})) GROUP BY source_id",
    )
    return {row["source_id"]: row["load_id"] for row in rows}
