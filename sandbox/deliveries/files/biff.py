"""A writer of xls workbooks, of up to 65,536 rows a sheet, for no library here has one.

[MS-XLS] 2.1: BIFF8 in an OLE2 container, [MS-CFB].
"""

from __future__ import annotations

import struct
from datetime import date

from sandbox.deliveries.files.sheets import Sheet

_SECTOR = 512
_MOST_ROWS = 65_536
_FREE, _CHAIN_END, _FAT, _FAT_LIST = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFC
_IN_HEADER = 109  # sectors of the FAT that the header lists itself


def workbook(sheets: list[Sheet]) -> bytes:
    """Return a workbook of these sheets; dates get the built-in date format 14."""
    styles = b"".join(_record(0xE0, struct.pack("<HHH14x", 0, number_format, 1)) for number_format in (0, 14))
    bodies = [_sheet(sheet) for sheet in sheets]
    names = [_text(sheet.name, "B") for sheet in sheets]
    head = (
        _record(0x809, struct.pack("<HHHHLL", 0x600, 5, 0, 0, 0, 0)) + _record(0x42, struct.pack("<H", 1200)) + styles
    )
    end = _record(0x0A, b"")
    offset = len(head) + sum(4 + 6 + len(name) for name in names) + len(end)
    globals_ = head
    for sheet, name, body in zip(sheets, names, bodies, strict=True):
        globals_ += _record(0x85, struct.pack("<LBB", offset, sheet.hidden, 0) + name)
        offset += len(body)
    return _container(globals_ + end + b"".join(bodies))


def _sheet(sheet: Sheet) -> bytes:
    if len(sheet.rows) > _MOST_ROWS:
        raise ValueError(f"sheet {sheet.name}: {len(sheet.rows)} rows, and xls holds {_MOST_ROWS}")
    width = max((len(row) for row in sheet.rows), default=0)
    body = [_record(0x809, struct.pack("<HHHHLL", 0x600, 16, 0, 0, 0, 0))]
    body.append(_record(0x200, struct.pack("<LLHHH", 0, len(sheet.rows), 0, width, 0)))
    for number, row in enumerate(sheet.rows):
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                body.append(_record(0x204, struct.pack("<HHH", number, column, 0) + _text(cell, "H")))
            elif isinstance(cell, date):
                serial = (cell - date(1899, 12, 30)).days
                body.append(_record(0x203, struct.pack("<HHHd", number, column, 1, serial)))
            elif cell is not None:
                body.append(_record(0x203, struct.pack("<HHHd", number, column, 0, cell)))
    if sheet.merged:
        areas = b"".join(struct.pack("<HHHH", *area) for area in sheet.merged)
        body.append(_record(0xE5, struct.pack("<H", len(sheet.merged)) + areas))
    body.append(_record(0x0A, b""))
    return b"".join(body)


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _text(text: str, length: str) -> bytes:
    return struct.pack(f"<{length}B", len(text), 1) + text.encode("utf-16-le")


def _container(stream: bytes) -> bytes:
    """An OLE2 file with the one stream Workbook, padded past 4096 bytes so that it needs no small sectors.

    Sectors: the stream, the directory, the FAT, then what lists those of the FAT for which the header has no room.
    """
    stream = stream.ljust(4096, b"\0")
    stream += b"\0" * (-len(stream) % _SECTOR)
    count = len(stream) // _SECTOR
    fats = -(-(count + 2) // 126)  # of 128 entries: those of its own sectors and of the lists fit too
    lists = max(0, -(-(fats - _IN_HEADER) // 127))
    fat = [*range(1, count), _CHAIN_END, _CHAIN_END, *[_FAT] * fats, *[_FAT_LIST] * lists]
    fat += [_FREE] * (fats * 128 - len(fat))
    own = [*range(count + 1, count + 1 + fats)]
    own += [_FREE] * (_IN_HEADER + lists * 127 - fats)
    first = count + 1 + fats
    header = struct.pack(
        "<8s16xHHHHH6xLLLLLLLLL",
        bytes.fromhex("d0cf11e0a1b11ae1"),
        0x3E, 3, 0xFFFE, 9, 6,
        0, fats, count, 0, 4096, _CHAIN_END, 0, first if lists else _CHAIN_END, lists,
    )  # fmt: skip
    header += struct.pack("<109L", *own[:_IN_HEADER])
    root = _entry("Root Entry", 5, 1, _CHAIN_END, 0)
    book = _entry("Workbook", 2, _FREE, 0, len(stream))
    folder = (root + book).ljust(_SECTOR, b"\0")
    further = b"".join(
        struct.pack("<128L", *own[_IN_HEADER + 127 * one :][:127], first + one + 1 if one + 1 < lists else _CHAIN_END)
        for one in range(lists)
    )
    return header + stream + folder + struct.pack(f"<{len(fat)}L", *fat) + further


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    text = name.encode("utf-16-le")
    return struct.pack("<64sHBBLLL16xL16xLQ", text, len(text) + 2, kind, 1, _FREE, _FREE, child, 0, start, size)
