"""Delimited text in any dialect, to UTF-8 CSV with a header.

A file that is in the canonical dialect already is only decoded, at the speed of its codec. Any other is parsed and
written again by the csv module, record by record and never all at once.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from connectors.files.text import CHUNK, DecodeError, check_columns, distinct, transcode, truncated
from schemas.declared.file_formats import CsvFormat

csv.field_size_limit(1 << 27)  # a quoted account of a dispute may be long; the module's own limit is 128 KiB

_QUOTE, _FEED, _RETURN = b'"\n\r'
_BEFORE_QUOTE = np.isin(np.arange(256), list(b',\n"'))
_BEHIND_QUOTE = np.isin(np.arange(256), list(b',\r\n"'))
"""By byte: whether it may stand beside a value in quotes, or is the other half of a doubled quote."""

Places = npt.NDArray[np.intp]
"""Indices into a chunk, ascending."""

_END = "\0\0\0"  # given to the parser as a last line, which it takes for a record of its own or, cut off, for more


def decode_csv(source: Path, target: Path, form: CsvFormat, fields: set[str], stated: int | None) -> int:
    """Write `source` as canonical CSV to `target` and return its number of records, without the header.

    `stated` is the count of the control file, if there is one. Raises DecodeError on bytes that are not in the
    declared encoding, on a header that has none of the declared fields, and on an end in the middle of a record.
    """
    transcode(source, target, form.encoding)
    if form.canonical:
        with target.open(encoding="utf-8", newline="") as lines:
            header = next(csv.reader(lines), [])
        check_columns(header, fields)
        if _named(header) == header:
            ends, certain = _lines(target)
            return ends - 1 if certain or ends - 1 == stated else _count(target, form)
    text = target.replace(target.with_name(target.name + ".text"))
    try:
        return _rewrite(text, target, form, fields)
    finally:
        text.unlink()


def _named(header: list[str]) -> list[str]:
    """The header with a name for each column: readers take no empty one."""
    return distinct(name or f"column_{number}" for number, name in enumerate(header, start=1))


def _lines(path: Path) -> tuple[int, bool]:
    """The number of lines whose ends are not within quotes, and whether they are certainly the parser's records.

    They are where quotes stand around whole values, no line is empty, and each ends with a line feed. Only the places
    of quotes and line ends are looked at, a chunk at a time.
    """
    count, certain, inside, last = 0, True, 0, b"\n"
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            chunk += stream.readline(CHUNK)  # so that no quote is parted from what is beside it
            text = np.frombuffer(chunk, np.uint8)
            quotes = np.flatnonzero(text == _QUOTE)
            feeds = _outside(np.flatnonzero(text == _FEED), quotes, inside)
            returns = _outside(np.flatnonzero(text == _RETURN), quotes, inside) if b"\r" in chunk else feeds[:0]
            count += len(feeds)
            # What is before the first byte is a line's end, as the last byte is: so a place may go round the end.
            certain = bool(
                certain
                and chunk.endswith(b"\n")
                and _BEFORE_QUOTE[text[quotes[inside::2] - 1]].all()
                and _BEHIND_QUOTE[text[quotes[1 - inside :: 2] + 1]].all()
                and not (text[np.append(feeds, returns) - 1] == _FEED).any()
                and (text[returns + 1] == _FEED).all()
            )
            inside, last = (inside + len(quotes)) % 2, chunk[-1:]
    return count + (last != b"\n"), certain and not inside and last == b"\n"


def _outside(places: Places, quotes: Places, inside: int) -> Places:
    """Those that an even number of quotes is before."""
    outside: Places = places[(np.searchsorted(quotes, places) + inside) % 2 == 0]
    return outside


def _count(path: Path, form: CsvFormat) -> int:
    return sum(1 for row in _records(path, form) if row) - 1


def _rewrite(text: Path, target: Path, form: CsvFormat, fields: set[str]) -> int:
    with target.open("w", encoding="utf-8", newline="") as out:
        records = _records(text, form)
        header = form.columns or _header(records, form)
        check_columns(header, fields)
        left_open = not header[-1]  # each line ends with a delimiter, which parts nothing from nothing
        width = len(header) - left_open
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow(_named(header[:width]))
        rows = 0
        for row in _without_footers(records, form.footers):
            if left_open and len(row) == width + 1 and not row[-1]:
                row.pop()
            writer.writerow(row)
            rows += 1
    return rows


def _header(records: Iterator[list[str]], form: CsvFormat) -> list[str]:
    for number, row in enumerate(records, start=1):
        if number == form.header_row:
            return [name.strip() for name in row] or [""]
    raise DecodeError(
        f"it has fewer than {form.header_row} records, so no header",
        "ask the department to send it again, or correct header_row in the declaration",
    )


def _without_footers(records: Iterable[list[str]], footers: list[str]) -> Iterator[list[str]]:
    """The records up to the last one that is no total and no remark; such ones in the middle are kept."""
    held: list[list[str]] = []
    for row in records:
        if not row:
            continue
        held.append(row)
        if not _closes(row, footers):
            yield from held
            held.clear()


def _closes(row: list[str], footers: list[str]) -> bool:
    first = next((value.strip() for value in row if value.strip()), "")
    return bool(footers) and (not first or first.startswith(tuple(footers)))


def _records(path: Path, form: CsvFormat) -> Iterator[list[str]]:
    """The records, [] for an empty line. Raises DecodeError where the last one is not whole."""
    plain = form.quote == "none"
    dialect: dict[str, Any] = {
        "delimiter": form.delimiter,
        "quotechar": None if plain else form.quote,
        "quoting": csv.QUOTE_NONE if plain else csv.QUOTE_MINIMAL,
        "escapechar": form.escape,
        "doublequote": form.escape is None,
    }
    with path.open(encoding="utf-8", newline="") as lines:
        prepared = _Prepared(lines, form) if form.comment or form.escape else None
        reader = csv.reader(chain(prepared or lines, [_END]), **dialect)
        width = len(form.columns)
        records = line = 0
        row: list[str] = []
        try:
            for following in reader:
                if following and following[-1].endswith(_END):
                    if following != [_END] or reader.line_num > line + 1:
                        raise DecodeError(
                            f"a quote that opens in the record at line {_line(line + 1, prepared)} is never closed",
                            "it was cut off, or quote or escape in the declaration is not its own; compare them",
                        )
                    break
                if records:
                    yield row
                row = following
                line = reader.line_num
                records += 1
                if prepared is not None:
                    prepared.between_records = True
                if records == form.header_row and not width:
                    width = len(row)
        except csv.Error:
            raise DecodeError(
                f"line {_line(reader.line_num, prepared)} is no delimited text",
                "a value is longer than 128 MiB, or quote in the declaration is not its own; compare them",
            ) from None
    if row and len(row) < width and not _closes(row, form.footers) and not _ends_a_line(path):
        raise truncated(f"line {_line(line, prepared)}")
    if records:
        yield row


def _line(number: int, prepared: _Prepared | None) -> int:
    return number + (prepared.skipped if prepared else 0)


def _ends_a_line(path: Path) -> bool:
    with path.open("rb") as stream:
        stream.seek(-1, 2)
        return stream.read(1) in (b"\n", b"\r")


class _Prepared:
    """Lines for the csv reader without comments, and with MySQL's NULL kept apart from the letter N.

    The reader takes no more lines than it needs for a record; whoever takes the record says so, and a line that begins
    like a comment within a value is none.
    """

    def __init__(self, lines: Iterable[str], form: CsvFormat) -> None:
        self._lines = lines
        self._comment = form.comment
        delimiter = re.escape(form.delimiter)
        # \N, alone between two delimiters, is how MySQL writes NULL: the parser would make an N of it.
        self._null = re.compile(rf"(?:^|(?<={delimiter}))\\N(?={delimiter}|[\r\n]|$)") if form.escape == "\\" else None
        self.between_records = True
        self.skipped = 0

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            if self.between_records and self._comment and line.startswith(self._comment):
                self.skipped += 1
                continue
            self.between_records = False
            yield self._null.sub(r"\\\\N", line) if self._null and "\\N" in line else line
