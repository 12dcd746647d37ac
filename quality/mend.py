"""A part with bad lines, read again line by line so that the good ones are saved.

The mended copy has a record for every record of the part, in the same order: a good one as it is, an empty one in
place of a bad one. So positions stay what they were, and the bad records are known by theirs.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

BLOCK = 1 << 22  # bytes
MAX_RECORD_LINES = 500  # a quote that is still open after so many lines was never meant to be closed


@dataclass(frozen=True)
class BadRecord:
    """A record that cannot be read: its 0-based ordinal in the part, its text and what is wrong with it."""

    ordinal: int
    text: str
    problem: str


def holds_nul(path: Path) -> bool:
    """True when a part holds NUL characters, which JSON allows and no database of a department means."""
    tail = b""
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            if b"\x00" in block or b"\\u0000" in tail + block[:5] or b"\\u0000" in block:
                return True
            tail = block[-5:]  # the escape may lie across two blocks
    return False


def mend_ndjson(path: Path, target: Path) -> list[BadRecord]:
    """Write the mended copy of an NDJSON part and return its bad records."""
    bad: list[BadRecord] = []
    ordinal = 0
    with path.open("rb") as source, target.open("wb") as mended:
        for line in source:
            if line.isspace():
                continue
            record, problem = json_record(line)
            if problem:
                bad.append(BadRecord(ordinal, _shown(line), problem))
                mended.write(b"{}\n")
            else:
                mended.write(msgspec.json.encode(record) + b"\n")
            ordinal += 1
    return bad


def json_record(line: bytes) -> tuple[dict[str, Any], str]:
    """The record of one NDJSON line, and '' or why it cannot be read; then it is empty. Quotes no value."""
    try:
        record = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return {}, str(error)
    if not isinstance(record, dict):
        return {}, "not a JSON object"
    if b"\x00" in line or b"\\u0000" in line:
        return {}, "a NUL character in a text"
    return record, ""


def mend_csv(path: Path, target: Path) -> list[BadRecord]:
    """Write the mended copy of a CSV part and return its bad records: ragged, unclosed quotes, not UTF-8, NUL."""
    bad: list[BadRecord] = []
    with path.open("rb") as source, target.open("w", encoding="utf-8", newline="") as mended:
        records = csv_records(source)
        header = csv_header(next(records, b""))
        writer = csv.writer(mended, lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writerow(header)
        for ordinal, record in enumerate(records):
            row, problem = csv_row(record, len(header))
            if problem:
                bad.append(BadRecord(ordinal, _shown(record), problem))
            writer.writerow(row)
    return bad


def csv_records(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The header, then each record: physical lines joined while a quote is open.

    Where the joined lines do not have the header's number of fields, the quote was not meant to be closed: it then
    spoils its own line alone, and the next line begins a record.
    """
    source = iter(lines)
    again: deque[bytes] = deque()
    width = 0
    while True:
        held: list[bytes] = []
        quotes = 0
        while len(held) < MAX_RECORD_LINES and (line := again.popleft() if again else next(source, None)) is not None:
            held.append(line)
            quotes += line.count(b'"')
            if quotes % 2 == 0:
                break
        if not held:
            return
        if len(held) > 1 and (quotes % 2 == 1 or (width and _width(b"".join(held)) != width)):
            again.extendleft(reversed(held[1:]))
            held = held[:1]
        record = b"".join(held)
        if record.strip(b"\r\n"):
            width = width or _width(record)
            yield record


def _width(record: bytes) -> int:
    """The number of fields of one record, 0 where it cannot be taken apart."""
    try:
        rows = list(csv.reader(record.decode("utf-8", "replace").splitlines(keepends=True), strict=True))
    except csv.Error:
        return 0
    return len(rows[0]) if len(rows) == 1 else 0


def csv_header(record: bytes) -> list[str]:
    """The names in the first record of a CSV file."""
    first = record.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    return next(csv.reader(first.splitlines(keepends=True)), [])


def csv_row(record: bytes, width: int) -> tuple[list[str], str]:
    """The fields of one CSV record, and '' or why it cannot be read; then they are empty. Quotes no value."""
    empty = [""] * width
    try:
        text = record.decode("utf-8")
        rows = list(csv.reader(text.splitlines(keepends=True), strict=True))
    except UnicodeDecodeError as error:
        return empty, f"not UTF-8 at byte {error.start} of the record"
    except csv.Error as error:
        return empty, str(error)
    if "\x00" in text:
        return empty, "a NUL character in a text"
    if len(rows) != 1 or len(rows[0]) != width:
        return empty, f"{len(rows[0]) if rows else 0} fields where the header has {width}"
    return rows[0], ""


def _shown(line: bytes) -> str:
    """The bytes as text that can be stored; what is not UTF-8 is written out as \\x.."""
    return line.rstrip(b"\r\n").decode("utf-8", "backslashreplace").replace("\x00", "\\x00")
