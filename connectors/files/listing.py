"""The files of a source grouped by how they are named, each group with the header of its newest file."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

import python_calamine

from connectors.errors import ConnectorError
from connectors.files.text import distinct
from connectors.files.transports import Found, Transport, open_transport
from connectors.offers import Offer, OfferedField
from operations.credentials import Credentials
from schemas.declared.files import FilesSource

ENCODINGS = ("utf-8-sig", "gb18030")
"""Tried in this order: UTF-8 is recognised by its form, and nearly any bytes are GB18030."""
_HEAD = 1 << 16
"""Bytes of a text file that are looked at."""
_TOP = 12
"""Rows of a sheet in which its header is looked for."""
_CLOSING = re.compile(
    r"(?P<total>合计|总计|小计|共计)|填报|填表|制表|审核|负责人|联系人|联系电话|备注|说明|注[：:]|单位"
)
"""How rows begin that close a sheet."""
_CHANGES = re.compile(r"\d+([-_.]?\d+)*")


def listing(system: str, source: FilesSource, credentials: Credentials, workdir: Path) -> list[Offer]:
    """A group for each pattern of names, in order of the patterns. Raises ConnectorError.

    Control files and hidden files are none. Of each group the newest file is fetched, and deleted again.
    """
    workdir.mkdir(mode=0o700, parents=True, exist_ok=True)
    transport = open_transport(system, source, credentials)
    try:
        groups: dict[str, list[Found]] = {}
        suffix = source.control.suffix if source.control else None
        for found in transport.files():
            if not found.name.startswith((".", "~$")) and not (suffix and found.name.endswith(suffix)):
                groups.setdefault(_CHANGES.sub("*", found.name), []).append(found)
        return [_offer(transport, pattern, groups[pattern], workdir) for pattern in sorted(groups)]
    finally:
        transport.close()


def _offer(transport: Transport, pattern: str, files: list[Found], workdir: Path) -> Offer:
    newest = max(files, key=lambda found: (found.mtime, found.name))
    copy = workdir / f"offered-{newest.name}"
    try:
        transport.fetch(newest, copy)
        form, fields = _form(copy)
    except ConnectorError:
        raise
    except (OSError, ValueError, python_calamine.CalamineError):
        form, fields = None, []
    finally:
        copy.unlink(missing_ok=True)
    words: dict[str, Any] = {"pattern": pattern} | ({"format": form} if form else {})
    named = tuple(one for one in fields if one.name)
    return Offer("files", pattern, f"{len(files)} files, the newest {newest.size:,} bytes", named, words)


def _form(path: Path) -> tuple[dict[str, Any] | None, list[OfferedField]]:
    """The format's words and the columns; nothing where the kind of file is unknown."""
    match path.suffix.lower():
        case ".csv" | ".txt":
            return _csv(path)
        case ".xlsx" | ".xls" | ".xlsm":
            return _workbook(path)
    return None, []


def _csv(path: Path) -> tuple[dict[str, Any] | None, list[OfferedField]]:
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    if len(head) == _HEAD:
        head = head[: head.rfind(b"\n") + 1]  # no character is cut in two
    for encoding in ENCODINGS:
        try:
            text = head.decode(encoding)
        except UnicodeDecodeError:
            continue
        names = next(csv.reader(io.StringIO(text)), [])
        return {"kind": "csv", "encoding": encoding}, [OfferedField(name.strip()) for name in names]
    return None, []


def _workbook(path: Path) -> tuple[dict[str, Any] | None, list[OfferedField]]:
    """The first visible sheet. Its header is the first row that is mostly filled with words; a row below that fills
    what is blank there belongs to it, as under merged cells, and what stands above such a column says what it is of."""
    with python_calamine.load_workbook(str(path)) as book:
        shown = [one.name for one in book.sheets_metadata if one.visible == python_calamine.SheetVisibleEnum.Visible]
        rows = [list(row) for row in book.get_sheet_by_name(shown[0]).to_python(skip_empty_area=False)]
    width = max(map(len, rows), default=0)
    for number, row in enumerate(rows[:_TOP]):
        if _filled(row) < max(2, width // 2) or not all(isinstance(cell, str) for cell in row):
            continue
        below = rows[number + 1] if number + 1 < len(rows) else []
        both = _continues(row, below)
        form = {"kind": "xlsx", "header_row": number + 1} | ({"header_rows": 2} if both else {})
        if footers := _footers(rows[number + 1 :], width):
            form["footers"] = footers
        return form, _columns(row, below if both else [])
    return None, []


def _continues(head: list[Any], below: list[Any]) -> bool:
    """Whether a row goes on with a header: it fills what is blank there, and leaves blank at least as many columns that
    have their name as it divides. A row of records fills them."""
    pairs = [(_is_filled(own), _is_filled(under)) for own, under in zip(head, below, strict=False)]
    return (False, True) in pairs and pairs.count((True, False)) >= pairs.count((True, True))


def _columns(row: list[Any], below: list[Any]) -> list[OfferedField]:
    """The columns of a header by the names that the decoder gives them, and of one under a merged cell both words."""
    names, comments, group = [], [], ""
    for at, cell in enumerate(row):
        own, under = ("".join(str(one).split()) for one in (cell, below[at] if at < len(below) else ""))
        group = own or (group if under else "")
        names.append(under or own)
        comments.append(f"{group}{under}" if group and under else "")
    return [OfferedField(name, comment=comment) for name, comment in zip(distinct(names), comments, strict=True)]


def _footers(rows: list[list[Any]], width: int) -> list[str]:
    """The words that begin the rows at a sheet's end which are no records: totals, and notes that fill few cells."""
    found: dict[str, None] = {}
    for row in reversed(rows):
        first = next((text for cell in row if (text := str(cell).strip())), "")
        word = _CLOSING.match(first)
        if first and not (word and (word["total"] or _filled(row) <= width // 2)):
            break
        if word:
            found[word[0]] = None
    return list(found)[::-1]


def _filled(row: list[Any]) -> int:
    return sum(map(_is_filled, row))


def _is_filled(cell: Any) -> bool:
    return bool(str(cell).strip())
