"""Lines of columns with fixed widths, in bytes of the encoding or in characters, to NDJSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from connectors.files.text import DecodeError, transcode
from schemas.declared.file_formats import FixedWidthFormat

_NO_CHANGE = "compare columns and unit in the declaration with the file's description"


def decode_fixed_width(source: Path, target: Path, form: FixedWidthFormat) -> int:
    """Write the lines of `source` as records to `target` and return their number.

    Raises DecodeError on a line of another length than its columns together, and on a column whose bytes are not in
    the declared encoding: cut in the middle of a character, it would shift all that follow.
    """
    if form.unit == "bytes":
        return _write(source, target, form, form.encoding)
    text = target.with_name(target.name + ".text")
    transcode(source, text, form.encoding)
    try:
        return _write(text, target, form, None)
    finally:
        text.unlink()


def _write(source: Path, target: Path, form: FixedWidthFormat, encoding: str | None) -> int:
    """Cut bytes of `encoding`, or, without one, characters of UTF-8."""
    rows = 0
    with source.open("rb") as lines, target.open("wb") as out:
        for number, line in _records(lines, form, encoding or "utf-8"):
            fields = _fields(line if encoding else _text(line, "utf-8", f"line {number}"), number, form)
            out.write(msgspec.json.encode(fields) + b"\n")
            rows += 1
    return rows


def _records(lines: Iterable[bytes], form: FixedWidthFormat, encoding: str) -> Iterator[tuple[int, bytes]]:
    """Lines with their numbers, without their ends; those that close the file are left out."""
    footers = tuple(one.encode(encoding) for one in form.footers)
    held: list[tuple[int, bytes]] = []
    for number, ended in enumerate(lines, start=1):
        line = ended.rstrip(b"\r\n")
        if number <= form.header_lines or not line.strip():
            continue
        held.append((number, line))
        if not (footers and line.lstrip().startswith(footers)):
            yield from held
            held.clear()


def _fields(line: bytes | str, number: int, form: FixedWidthFormat) -> dict[str, str]:
    width = sum(column.width for column in form.columns)
    if len(line) < width and form.trimmed:
        line = line + b" " * (width - len(line)) if isinstance(line, bytes) else line.ljust(width)
    if len(line) != width:
        raise DecodeError(
            f"line {number} has {len(line)} {form.unit}, its columns have {width}",
            f"it was cut off, or its form changed: {_NO_CHANGE}",
        )
    fields = {}
    start = 0
    for column in form.columns:
        piece = line[start : start + column.width]
        start += column.width
        if isinstance(piece, bytes):
            piece = _text(piece, form.encoding, f"column {column.name} of line {number}")
        fields[column.name] = piece.strip(" ")
    return fields


def _text(piece: bytes, encoding: str, place: str) -> str:
    try:
        return piece.decode(encoding)
    except UnicodeDecodeError:
        raise DecodeError(f"{place} is not {encoding}", f"a character was cut in two: {_NO_CHANGE}") from None
