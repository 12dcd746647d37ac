"""One file of records without a person: NDJSON and CSV parts of landing, Parquet of landing, staging and quarantine.

A record keeps its place and every field that is not the person's, so that counts and positions stay what they were;
records without a trace of the person keep their bytes.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import msgspec

from hub.erasing.traces import ERASED_HASH, Redacted, Traces
from quality.mend import csv_records

_ESCAPED = re.compile(r"\\u((?:[0-9a-cefA-CEF][0-9a-fA-F]|[dD][0-7])[0-9a-fA-F]{2})")  # but for surrogates
BATCH = 10_000
"""Rows of a Parquet file that are looked at in one go."""


@dataclass
class Taken:
    """What was taken out of a file: how many records the person was in, and the texts as they stood."""

    records: int = 0
    forms: set[str] = field(default_factory=set)

    def add(self, found: Redacted) -> None:
        self.records += 1
        self.forms |= found.forms


def rewrite(path: Path, target: Path, traces: Traces) -> Taken:
    """Write `path` without the person to the new file `target`; where the person is not in it, nothing is written."""
    taken = Taken()
    if any(True for _ in _found(path, traces)):
        if path.suffix == ".parquet":
            _rewrite_parquet(path, target, traces, taken)
        else:
            with target.open("wb") as out:
                for record, found in _lines(path, traces):
                    if found is not None:
                        taken.add(found)
                    out.write(record)
    return taken


def count(path: Path, traces: Traces) -> int:
    """In how many records of a file the person still is."""
    return sum(1 for _ in _found(path, traces))


def rows_with(path: Path, traces: Traces) -> list[dict[str, Any]]:
    """The rows of a Parquet file in which the person is."""
    return [row for rows in _batches(path) for row in rows if traces.redact(row) is not None]


def _found(path: Path, traces: Traces) -> Iterator[Redacted]:
    if path.suffix == ".parquet":
        for rows in _batches(path):
            yield from (found for row in rows if (found := traces.redact(row)) is not None)
    else:
        yield from (found for _, found in _lines(path, traces) if found is not None)


def _lines(path: Path, traces: Traces) -> Iterator[tuple[bytes, Redacted | None]]:
    with path.open("rb") as file:
        if path.suffix == ".csv":
            for record in csv_records(file):
                yield _csv(record, traces)
        else:
            for line in file:
                yield _json(line, traces)


def _json(line: bytes, traces: Traces) -> tuple[bytes, Redacted | None]:
    try:
        record = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _odd_json(line, traces)
    found = traces.redact(record)
    return (line, None) if found is None else (msgspec.json.encode(found.record) + b"\n", found)


def _odd_json(line: bytes, traces: Traces) -> tuple[bytes, Redacted | None]:
    """Half a surrogate pair makes a record unreadable to the check, not to this; it stays unreadable."""
    try:
        record = json.loads(line)
    except ValueError:
        return _text(line, traces)
    found = traces.redact(record)
    return (line, None) if found is None else (json.dumps(found.record).encode() + b"\n", found)


def _csv(record: bytes, traces: Traces) -> tuple[bytes, Redacted | None]:
    try:
        rows = list(csv.reader(record.decode().splitlines(keepends=True), strict=True))
    except (csv.Error, UnicodeDecodeError):
        return _text(record, traces)
    found = traces.redact(rows)
    if found is None:
        return record, None
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([["" if cell is None else cell for cell in row] for row in found[0]])
    return out.getvalue().encode(), found


def _text(record: bytes, traces: Traces) -> tuple[bytes, Redacted | None]:
    """A record that cannot be read; it stays one that cannot be."""
    ending = b"\n" if record.endswith(b"\n") else b""
    text = _ESCAPED.sub(_character, record.removesuffix(ending).decode("utf-8", "surrogateescape"))
    found = traces.redact([text])
    if found is None:
        return record, None
    return (found.record[0] or "＊").encode("utf-8", "surrogateescape") + ending, found


def _character(match: re.Match[str]) -> str:
    return chr(int(match.group(1), 16))


def _batches(path: Path) -> Iterator[list[dict[str, Any]]]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=BATCH):
            yield batch.to_pylist()


def _rewrite_parquet(path: Path, target: Path, traces: Traces, taken: Taken) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with (
        pq.ParquetFile(path) as file,
        pq.ParquetWriter(target, file.schema_arrow, compression="zstd", compression_level=1) as writer,
    ):
        for batch in file.iter_batches(batch_size=BATCH):
            rows, changed = batch.to_pylist(), False
            for index, row in enumerate(rows):
                if (found := traces.redact(row)) is None:
                    continue
                changed = True
                rows[index] = found.record
                if "record_hash" in row:
                    rows[index]["record_hash"] = ERASED_HASH
                taken.add(found)
            writer.write_batch(pa.RecordBatch.from_pylist(rows, schema=batch.schema) if changed else batch)


def write_text(path: Path, out: IO[bytes], traces: Traces) -> Taken:
    """A log, line by line, without the person."""
    taken = Taken()
    with path.open("rb") as file:
        for line in file:
            text, found = _text(line, traces)
            if found is not None:
                taken.add(found)
            out.write(text)
    return taken
