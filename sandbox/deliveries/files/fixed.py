"""What old programs write: lines of fixed columns, and dBASE tables."""

from __future__ import annotations

import struct
from typing import Any

from sandbox.departments import Drop, Listing

DBASE_3, CP936 = 3, 0x4D
NEVER_SET = (100, 1, 1)  # the day of the exporting machine, from 1900 on


def lines(records: list[dict[str, Any]], listing: Listing, drop: Drop) -> bytes:
    """Return lines of columns as wide as `widths`, a title above and a total below; no line ends with blanks."""
    words = listing.words.values()
    made = [drop.title]
    for record in records:
        cells = [_padded(_text(record.get(word)), width, drop) for word, width in zip(words, drop.widths, strict=True)]
        made.append("".join(cells).rstrip(" "))
    made.append(f"TRL{len(records):09d}")
    return "".join(f"{line}\r\n" for line in made).encode(drop.encoding, "replace")


def _padded(text: str, width: int, drop: Drop) -> str:
    """A text filled up with blanks, or cut off between two characters."""

    def size(one: str) -> int:
        return len(one.encode(drop.encoding, "replace")) if drop.unit == "bytes" else len(one)

    while size(text) > width:
        text = text[:-1]
    return text + " " * (width - size(text))


def dbf(records: list[dict[str, Any]], listing: Listing, drop: Drop) -> bytes:
    """Return a dBASE III table, each column a text as wide as its longest value. A record of which only the key is
    left was deleted: it is marked so until somebody packs the table.

    A text of more than 255 bytes has the rest of its width where a number has its decimals, as Clipper writes it.
    """
    words = list(listing.words.values())
    rows = [[_text(record.get(word)).encode(drop.encoding, "replace") for word in words] for record in records]
    widths = [max([1, *(len(row[column]) for row in rows)]) for column in range(len(words))]
    fields = b"".join(
        struct.pack("<11sc4xBB14x", word.encode("ascii"), b"C", width & 0xFF, width >> 8)
        for word, width in zip(words, widths, strict=True)
    )
    head = struct.pack("<4BLHH17xB2x", DBASE_3, *NEVER_SET, len(rows), 33 + len(fields), 1 + sum(widths), CP936)
    body = b"".join(
        (b"*" if _blanked(record) else b" ") + b"".join(map(bytes.ljust, row, widths))
        for record, row in zip(records, rows, strict=True)
    )
    return head + fields + b"\r" + body + b"\x1a"


def _blanked(record: dict[str, Any]) -> bool:
    return sum(value is not None for value in record.values()) <= 1


def _text(value: Any) -> str:
    return "" if value is None else str(value)
