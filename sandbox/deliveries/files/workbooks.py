"""Workbooks of records: xlsx by xlsxwriter, the old xls by hand."""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import Any

import xlsxwriter

from sandbox.deliveries.files import biff
from sandbox.deliveries.files.sheets import Sheet, sheets
from sandbox.departments import Drop, Listing


def xlsx(records: list[dict[str, Any]], listing: Listing, drop: Drop) -> bytes:
    """Return an xlsx workbook of records."""
    body = io.BytesIO()
    with xlsxwriter.Workbook(body, {"in_memory": True}) as book:
        book.set_properties({"title": drop.title, "created": datetime(2024, 1, 1)})
        day = book.add_format({"num_format": "yyyy/m/d"})
        for sheet in sheets(records, listing, drop):
            _write(book.add_worksheet(sheet.name), sheet, day)
    return body.getvalue()


def xls(records: list[dict[str, Any]], listing: Listing, drop: Drop) -> bytes:
    """Return an xls workbook of records."""
    return biff.workbook(sheets(records, listing, drop))


def _write(page: Any, sheet: Sheet, day: Any) -> None:
    for number, row in enumerate(sheet.rows):
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                page.write_string(number, column, cell)
            elif isinstance(cell, date):
                page.write_datetime(number, column, cell, day)
            elif cell is not None:
                page.write_number(number, column, cell)
    for first, last, column, final in sheet.merged:
        page.merge_range(first, column, last, final, sheet.rows[first][column])
    if sheet.hidden:
        page.hide()
