"""Row lists as files: CSV that Excel opens in Chinese, and xlsx; no cell of either can be a formula.

Both take their rows from any iterator and hold one of them at a time, so that memory does not grow with the list.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, BinaryIO

from quality.report.words import day, moment

# Cells that start so are formulas to Excel and WPS (OWASP: CSV injection).
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SHEET_ROWS = 1_048_576  # Excel's own limit, the header included


def safe(value: Any) -> Any:
    """A cell that no spreadsheet computes: text that begins like a formula gets an apostrophe before it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, int | float | Decimal):
        return value
    text = str(value)
    return "'" + text if text.startswith(_FORMULA_STARTS) else text


def csv_lines(titles: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """CSV in chunks, UTF-8 with a byte order mark, so that Excel takes the Chinese for Chinese."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    writer.writerow([safe(title) for title in titles])
    for number, row in enumerate(rows, 1):
        writer.writerow([safe(value) for value in row])
        if number % 500 == 0:
            yield buffer.getvalue().encode("utf-8")
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode("utf-8")


def write_workbook(
    target: BinaryIO,
    titles: Sequence[str],
    rows: Iterable[Sequence[Any]],
    notes: Sequence[str],
    widths: Sequence[int] | None = None,
) -> None:
    """An xlsx with the rows on the first sheet and the notes (definition, scope, as of) on the second.

    `widths` are those of the columns in characters. Raises ValueError for more rows than a sheet holds, which would
    else be left out in silence.
    """
    import xlsxwriter

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(target, options)
    bold = book.add_format({"bold": True, "bottom": 1})
    sheet = book.add_worksheet("明细")
    sheet.freeze_panes(1, 0)
    for column, title in enumerate(titles):
        sheet.set_column(column, column, widths[column] if widths else 18)
        sheet.write_string(0, column, title, bold)
    sheet.set_landscape()
    sheet.repeat_rows(0)
    for number, row in enumerate(rows, 1):
        if number == _SHEET_ROWS:
            raise ValueError(f"a sheet holds {_SHEET_ROWS:,} rows and this list is longer; write it as CSV")
        for column, value in enumerate(row):
            cell = safe(value)
            if isinstance(cell, int | float | Decimal):
                sheet.write_number(number, column, float(cell))
            else:
                sheet.write_string(number, column, cell)
    about = book.add_worksheet("说明")
    about.set_column(0, 0, 100)
    for number, note in enumerate(notes):
        about.write_string(number, 0, safe(note))
    book.close()
