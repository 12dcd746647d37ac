"""dBASE and FoxPro tables to NDJSON, every value as the text that stands in the table."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import dbfread  # type: ignore[import-untyped]
import msgspec

from connectors.files.text import DecodeError, check_columns
from schemas.declared.file_formats import DbfFormat


class _Texts(dbfread.FieldParser):  # type: ignore[misc]
    """Numbers, dates and truth values keep their text: a number of 18 digits would lose some as a float."""

    def parseC(self, field: Any, data: bytes) -> str:
        return str(self.decode_text(data.rstrip(b"\0 ")))

    def _as_it_is(self, field: Any, data: bytes) -> str:
        return data.strip(b"\0 ").decode("ascii")

    parseN = parseF = parseD = parseL = _as_it_is


def decode_dbf(source: Path, target: Path, form: DbfFormat, fields: set[str]) -> int:
    """Write the records of a table to `target` and return their number; those marked as deleted come last, if at all.

    Raises DecodeError when it is no table, has fewer records than its header says, or text in another encoding.
    """
    declared = _declared(source)
    try:
        table = dbfread.DBF(str(source), form.encoding, ignorecase=False, parserclass=_Texts)
    except dbfread.MissingMemoFile:
        raise DecodeError(
            "it has memo columns, whose texts are in another file",
            "ask the department for a table without memo columns",
        ) from None
    except (ValueError, struct.error, OSError, TypeError):
        raise _no_table() from None
    check_columns(table.field_names, fields)
    live, marked = 0, 0
    try:
        with target.open("wb") as out:
            for record, deleted in chain(_marked(table, False), _marked(table, True)):
                live, marked = live + (not deleted), marked + deleted
                if deleted and form.deleted_field is None:
                    continue
                mark = {} if form.deleted_field is None else {form.deleted_field: "true" if deleted else "false"}
                out.write(msgspec.json.encode(record | mark) + b"\n")
    except UnicodeDecodeError:
        raise DecodeError(
            f"its record {live + marked + 1} is not {form.encoding}", "correct encoding in the declaration"
        ) from None
    except (ValueError, struct.error, TypeError):
        raise DecodeError(
            f"its record {live + marked + 1} cannot be read", "ask the department to send it again"
        ) from None
    if live + marked != declared:
        raise DecodeError(
            f"it holds {live + marked} records, its header says {declared}",
            "it was cut off: ask the department to send it again",
        )
    return live if form.deleted_field is None else declared


def _marked(table: Any, deleted: bool) -> Iterator[tuple[dict[str, str], bool]]:
    for record in table.deleted if deleted else table.records:
        yield {name: "" if value is None else str(value) for name, value in record.items()}, deleted


def _declared(source: Path) -> int:
    """The header's record count; the file must be long enough for it."""
    with source.open("rb") as stream:
        head = stream.read(32)
    if len(head) < 32:
        raise _no_table()
    count, header_size, record_size = struct.unpack_from("<LHH", head, 4)
    if header_size < 33 or record_size < 2:
        raise _no_table()
    size = source.stat().st_size
    if size < header_size + count * record_size:
        raise DecodeError(
            f"it has room for {max(0, size - header_size) // record_size} records, its header says {count}",
            "it was cut off: ask the department to send it again",
        )
    return int(count)


def _no_table() -> DecodeError:
    return DecodeError("it is no dBASE table", "it is another file, or cut off; ask the department to send it again")
