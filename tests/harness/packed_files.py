"""Tables packed as departments send them."""

from __future__ import annotations

import gzip
import hashlib
import io
import zipfile

import xlsxwriter
from python_calamine import CalamineWorkbook

Rows = list[list[str]]


def packed(inner: str, rows: Rows) -> bytes:
    """A table in an archive as CSV or as a workbook, gzipped, or in a form that nobody can read."""
    out = io.BytesIO()
    table = "\n".join(",".join(row) for row in rows)
    if inner == "gzip":
        return gzip.compress(table.encode("gb18030"))
    if inner == "locked":
        return b"not to be read: " + hashlib.sha256(b"").digest() * 9
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"表.{inner}", table.encode("gb18030") if inner == "csv" else workbook(rows))
    return out.getvalue()


def workbook(rows: Rows) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        for row, cells in enumerate(rows):
            sheet.write_row(row, 0, cells)
    return out.getvalue()


def unpacked(inner: str, body: bytes) -> str:
    """The text of what `packed` made."""
    if inner == "gzip":
        return gzip.decompress(body).decode("gb18030")
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        (name,) = archive.namelist()
        member = archive.read(name)
    if inner == "csv":
        return member.decode("gb18030")
    return str(CalamineWorkbook.from_filelike(io.BytesIO(member)).get_sheet_by_index(0).to_python())
