"""Workbooks as people make them, xlsx and xls, to NDJSON with `_sheet` and `_row`, every cell as text."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from fnmatch import fnmatchcase
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import python_calamine

from connectors.files.text import DecodeError, check_columns, distinct
from schemas.declared.file_formats import XlsxFormat

_encode = msgspec.json.Encoder().encode

_LONGEST_EXACT = 10**15
"""A double holds every whole number below this; Excel shows 15 digits of a longer one."""

_LARGEST = 4 << 30
"""Bytes that the sheets of a workbook may unpack to."""


def decode_workbook(source: Path, target: Path, form: XlsxFormat, fields: set[str]) -> int:
    """Write the records of a workbook to `target` and return their number.

    Raises DecodeError when it is no whole workbook, or no visible sheet has any of the declared fields.
    """
    _check_size(source)
    try:
        with source.open("rb") as stream, target.open("wb") as out:
            return _decode(stream, out, form, fields)
    except (python_calamine.CalamineError, OSError):
        raise _broken() from None
    except BaseException as error:
        # A panic of the Rust library, which is no Exception, would stop every other system of this process.
        if type(error).__name__ == "PanicException":
            raise _broken() from None
        raise


def _decode(stream: BinaryIO, out: BinaryIO, form: XlsxFormat, fields: set[str]) -> int:
    heads: list[str] = []
    matched = False
    count = 0
    with python_calamine.load_workbook(stream) as book:  # by its content: departments name xls files xlsx
        for sheet in book.sheets_metadata:
            if sheet.visible != python_calamine.SheetVisibleEnum.Visible:
                continue
            if sheet.typ != python_calamine.SheetTypeEnum.WorkSheet:
                continue
            if not any(fnmatchcase(sheet.name, one) for one in form.sheets):
                continue
            cells = book.get_sheet_by_name(sheet.name)
            rows = _rows(cells, form)
            names = _header(list(islice(rows, form.header_row - 1 + form.header_rows)), form)
            heads += names
            if fields.isdisjoint(names):
                continue
            matched = True
            for line in _lines(sheet.name, rows, names, form):
                out.write(line)
                count += 1
    if not matched:
        check_columns(heads, fields)
    return count


def _rows(sheet: Any, form: XlsxFormat) -> Iterator[list[Any]]:
    """The rows of a sheet from its first on, merged cells filled as declared."""
    merged = sorted(sheet.merged_cell_ranges or []) if form.merged == "repeat" else []
    starts = iter(merged)
    following = next(starts, None)
    open_ranges: list[tuple[int, int, Any]] = []  # last row, column, value
    for number, row in enumerate(sheet.iter_rows()):
        for last, column, value in open_ranges:
            if last >= number and column < len(row):
                row[column] = value
        open_ranges = [one for one in open_ranges if one[0] > number]
        while following is not None and following[0][0] == number:
            (_, column), (last, _) = following
            if last > number and column < len(row):
                open_ranges.append((last, column, row[column]))
            following = next(starts, None)
        yield row


def _header(head: list[list[Any]], form: XlsxFormat) -> list[str]:
    """Column names: the lowest filled cell of the header rows; only the first cell of a merged area is filled. Where a
    name repeats, as under 申请人 and 被申请人, the later ones have the number of their column: 姓名, 姓名_4."""
    head = head[form.header_row - 1 :]
    width = max((len(row) for row in head), default=0)
    names = []
    for column in range(width):
        filled = [_text(row[column]) for row in head if column < len(row) and _text(row[column])]
        names.append("".join(filled[-1].split()) if filled else "")
    return distinct(names)


def _lines(sheet: str, rows: Iterator[list[Any]], names: list[str], form: XlsxFormat) -> Iterator[bytes]:
    """The records as NDJSON lines; rows that close a sheet are held back until another record follows them."""
    held: list[bytes] = []
    for number, row in enumerate(rows, start=form.header_row + form.header_rows):
        texts = [cell if type(cell) is str else _text(cell) for cell in row]  # most are, and a call costs more
        cells = dict(zip(names, texts, strict=False))
        cells.pop("", None)
        line = _encode({"_sheet": sheet, "_row": number, **cells}) + b"\n" if any(cells.values()) else b""
        if _closes(texts, form.footers):
            held.append(line)
            continue
        yield from filter(None, (*held, line))
        held.clear()


def _closes(texts: list[str], footers: list[str]) -> bool:
    """Whether a row at the end of a sheet is no record: empty, a total or a remark."""
    first = next(filter(None, texts), "")
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


def _check_size(source: Path) -> None:
    """An xlsx is a zip archive, and may be a bomb."""
    try:
        with zipfile.ZipFile(source) as archive:
            size = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return  # an xls, or no workbook at all: the library tells
    if size > _LARGEST:
        raise DecodeError(
            f"its sheets unpack to {size >> 20} MiB", f"ask the department for parts of less than {_LARGEST >> 20} MiB"
        )


def _broken() -> DecodeError:
    return DecodeError(
        "it is no whole workbook: cut off, encrypted, or of another kind", "ask the department to send it again"
    )
