"""From a file as it came to a canonical form: UTF-8 CSV with a header, or NDJSON. One module knows each format."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from connectors.files.text import DecodeError
from schemas.declared.file_formats import (
    CsvFormat,
    DbfFormat,
    FileFormat,
    FixedWidthFormat,
    JsonArrayFormat,
    JsonLinesFormat,
    XlsxFormat,
    XmlFormat,
)

__all__ = ["DecodeError", "decode", "landed_as"]


def landed_as(form: FileFormat) -> Literal["csv", "ndjson"]:
    """The canonical form of a format."""
    return "csv" if isinstance(form, CsvFormat) else "ndjson"


def decode(source: Path, target: Path, form: FileFormat, fields: set[str], stated: int | None) -> int:
    """Write the records of `source` to `target` in their canonical form and return their number.

    `fields` are the declared source fields, of which a file must have one; `stated` is the control file's count.
    The source is read as a stream (a workbook sheet by sheet), so that memory does not grow with its size. Raises
    DecodeError; `target` is then of no use. Modules are imported on use: lxml or calamine cost more than the rest.
    """
    match form:
        case CsvFormat():
            from connectors.files.delimited import decode_csv

            return decode_csv(source, target, form, fields, stated)
        case XlsxFormat():
            from connectors.files.workbook import decode_workbook

            return decode_workbook(source, target, form, fields)
        case XmlFormat():
            from connectors.files.xml_records import decode_xml

            return decode_xml(source, target, form, fields)
        case JsonLinesFormat():
            from connectors.files.json_lines import decode_json_lines

            return decode_json_lines(source, target, form)
        case JsonArrayFormat():
            from connectors.files.json_array import decode_json_array

            return decode_json_array(source, target, form)
        case FixedWidthFormat():
            from connectors.files.fixed_width import decode_fixed_width

            return decode_fixed_width(source, target, form)
        case DbfFormat():
            from connectors.files.dbf import decode_dbf

            return decode_dbf(source, target, form, fields)
