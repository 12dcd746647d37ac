"""From a file as it came to a canonical form: CSV in any encoding to UTF-8, a workbook to NDJSON.

Both raise DecodeError, which says what is wrong with the file and what to ask the department for.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import msgspec
import python_calamine

from schemas.declared.files import CsvFormat, XlsxFormat

_CHUNK = 1 << 20
_BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_LONGEST_EXACT = 10**15
"""A double holds every whole number below this; Excel shows 15 digits of a longer one."""

csv.field_size_limit(1 << 27)  # a quoted account of a dispute may be long; the module's own limit is 128 KiB


class DecodeError(Exception):
    """A file that cannot be read as declared: what is wrong, and the remedy."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


def decode_csv(source: Path, target: Path, form: CsvFormat, fields: set[str], stated: int | None) -> int:
    """Write `source` as UTF-8 to `target` and return its number of records, without the header.

    `stated` is the count of the control file, if there is one. Raises DecodeError on bytes that are not in the
    declared encoding, naming the byte, and on a header that has none of the declared fields.
    """
    _check_bom(source, form.encoding)
    _transcode(source, target, form.encoding)
    with target.open(encoding="utf-8", newline="") as text:
        header = next(csv.reader(text), [])
    _check_header(header, fields)
    fast = _line_ends_outside_quotes(target) - 1
    return fast if fast == stated else _records(target)


def decode_xlsx(source: Path, form: XlsxFormat, fields: set[str]) -> tuple[bytes, int]:
    """The records of a workbook as NDJSON, all cells as text, with `_sheet` and `_row`; and their number.

    Raises DecodeError when it is no whole workbook, or no visible sheet has any of the declared fields.
    """
    try:
        book = python_calamine.load_workbook(str(source))
    except (python_calamine.CalamineError, OSError):
        raise DecodeError(
            "it is no whole workbook: cut off, encrypted, or of another kind", "ask the department to send it again"
        ) from None
    lines: list[bytes] = []
    heads: list[str] = []
    matched = False
    with book:
        for sheet in book.sheets_metadata:
            if sheet.visible != python_calamine.SheetVisibleEnum.Visible:
                continue
            rows = book.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
            names = _header(rows, form)
            heads += names
            if fields.isdisjoint(names):
                continue
            matched = True
            lines += _sheet_lines(sheet.name, rows, names, form)
    if not matched:
        _check_header(heads, fields)
    return b"".join(lines), len(lines)


def _check_bom(source: Path, encoding: str) -> None:
    with source.open("rb") as stream:
        start = stream.read(3)
    for mark, name in _BOMS.items():
        if start.startswith(mark) and codecs.lookup(encoding).name not in (name, codecs.lookup(name).name):
            raise DecodeError(
                f"it begins with the byte order mark of {name}, not {encoding}",
                f"ask the department to send {encoding}, or declare encoding: {name} if it changed for good",
            )


def _transcode(source: Path, target: Path, encoding: str) -> None:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    done = 0
    with source.open("rb") as raw, target.open("w", encoding="utf-8", newline="") as text:
        while True:
            chunk = raw.read(_CHUNK)
            held = len(decoder.getstate()[0])
            try:
                text.write(decoder.decode(chunk, final=not chunk))
            except UnicodeDecodeError as error:
                raise DecodeError(
                    f"byte {done - held + error.start} (counted from 0) is not {encoding}",
                    f"ask the department to send the file in {encoding}, or correct encoding in the declaration",
                ) from None
            if not chunk:
                return
            done += len(chunk)


def _check_header(header: Iterable[str], fields: set[str]) -> None:
    names = {name.strip().removeprefix("﻿") for name in header}
    if fields.isdisjoint(names):
        raise DecodeError(
            f"none of its {len(names)} columns is a declared one",
            "it is another file, or in another encoding than declared; compare its first line with the declaration",
        )


def _line_ends_outside_quotes(path: Path) -> int:
    """Line ends that are not within quotes, the last line's included: the records of a well-formed file."""
    count, inside, last = 0, 0, b"\n"
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            pieces = chunk.split(b'"')
            count += sum(piece.count(b"\n") for piece in pieces[inside::2])
            inside = (inside + len(pieces) - 1) % 2
            last = chunk[-1:]
    return count + (last != b"\n")


def _records(path: Path) -> int:
    with path.open(encoding="utf-8", newline="") as text:
        return sum(1 for row in csv.reader(text) if row) - 1


def _header(rows: list[list[Any]], form: XlsxFormat) -> list[str]:
    """Column names: the lowest filled cell of the header rows; only the first cell of a merged area is filled."""
    head = rows[form.header_row - 1 : form.header_row - 1 + form.header_rows]
    width = max((len(row) for row in head), default=0)
    names = []
    for column in range(width):
        filled = [_text(row[column]) for row in head if column < len(row) and _text(row[column])]
        names.append("".join(filled[-1].split()) if filled else "")
    return names


def _sheet_lines(sheet: str, rows: list[list[Any]], names: list[str], form: XlsxFormat) -> Iterator[bytes]:
    first = form.header_row - 1 + form.header_rows
    last = len(rows)
    while last > first and _closes(rows[last - 1], form.footers):
        last -= 1
    for number in range(first, last):
        cells = {name: _text(cell) for name, cell in zip(names, rows[number], strict=False) if name}
        if any(cells.values()):
            yield msgspec.json.encode({"_sheet": sheet, "_row": number + 1, **cells}) + b"\n"


def _closes(row: list[Any], footers: list[str]) -> bool:
    """Whether a row at the end of a sheet is no record: empty, a total or a remark."""
    first = next((text for cell in row if (text := _text(cell))), "")
    return not first or first.strip().startswith(tuple(footers))


def _text(cell: Any) -> str:
    """A cell as text: dates in ISO form, whole numbers without a point, and a number of more digits than a
    double holds as Excel shows it (3.30108E+17), so that it is refused and never taken for an identity number."""
    match cell:
        case str():
            return cell
        case bool():
            return "true" if cell else "false"
        case int() | float():
            return _number(float(cell))
        case datetime():
            return cell.isoformat(sep=" ")
        case date() | time():
            return cell.isoformat()
        case timedelta():
            return str(cell)
    return "" if cell is None else str(cell)


def _number(value: float) -> str:
    if abs(value) >= _LONGEST_EXACT:
        return f"{value:.5E}"
    return str(int(value)) if value.is_integer() else f"{value:.15g}"
