"""XML to NDJSON: the elements at one path, read as a stream, their texts by the path below them.

Documents come from outside: no document type, no entity of their own, nothing fetched, no depth or text without limit
(libxml2's own limits hold).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from lxml import etree  # type: ignore[import-untyped]

from connectors.files.text import DecodeError, check_columns, transcode
from schemas.declared.file_formats import XmlFormat

_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
_Fields = dict[str, str | None]


def decode_xml(source: Path, target: Path, form: XmlFormat, fields: set[str]) -> int:
    """Write the records of a document to `target` and return their number.

    Raises DecodeError on a document that is not well-formed or is cut off, naming the line; on one with a document
    type; on one with another root; and when none of its records' fields is a declared one.
    """
    if form.encoding is None:
        return _read(source, target, form, fields)
    text = target.with_name(target.name + ".text")
    transcode(source, text, form.encoding)
    try:
        return _read(text, target, form, fields)
    finally:
        text.unlink()


def _read(source: Path, target: Path, form: XmlFormat, fields: set[str]) -> int:
    names: set[str] = set()
    rows = 0
    with source.open("rb") as stream, target.open("wb") as out:
        parser = etree.iterparse(
            stream,
            events=("start", "end"),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
            collect_ids=False,
            encoding=None if form.encoding is None else "utf-8",
        )
        try:
            for record in _records(parser, form.rows.split("/")):
                names.update(record)
                out.write(msgspec.json.encode(record) + b"\n")
                rows += 1
        except etree.XMLSyntaxError as error:
            # Its own message may quote the document, and that may be somebody's name.
            raise DecodeError(
                f"line {error.lineno or 1} is not well-formed XML",
                "it was cut off, or is in another encoding than it says: ask the department to send it again",
            ) from None
    if rows:
        check_columns(names, fields)
    return rows


def _records(parser: Any, path: list[str]) -> Any:
    """The records' fields. What was read is given back: siblings before the present element are removed."""
    stack: list[str] = []
    for event, element in parser:
        if event == "start":
            stack.append(_local(element.tag))
            if len(stack) == 1:
                _check_root(element, path)
            continue
        depth = len(stack)
        if stack == path:
            record: _Fields = {}
            _collect(element, "", record)
            yield record
        if depth <= len(path) or stack[: len(path)] != path:
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
        stack.pop()


def _collect(element: Any, place: str, fields: _Fields) -> None:
    """Put the texts of an element and of all below it into `fields`, by their paths."""
    for name, value in element.attrib.items():
        if not name.startswith(_XSI):
            fields[f"{place}/@{_local(name)}" if place else f"@{_local(name)}"] = value
    met: dict[str, int] = {}
    for child in element:
        name = _local(child.tag)
        met[name] = met.get(name, 0) + 1
        step = name if met[name] == 1 else f"{name}[{met[name]}]"
        _collect(child, f"{place}/{step}" if place else step, fields)
    if element.get(f"{_XSI}nil") in ("true", "1"):
        fields[place] = None
    elif not met:
        fields[place or "."] = element.text or ""
    else:
        own = "".join(piece for piece in (element.text, *(child.tail for child in element)) if piece).strip()
        if own:
            fields[place or "."] = own


def _check_root(root: Any, path: list[str]) -> None:
    if root.getroottree().docinfo.doctype:
        raise DecodeError(
            "it has a document type (DOCTYPE), which may hide entities",
            "ask the department for plain XML; nothing of the file was read",
        )
    if _local(root.tag) != path[0]:
        raise DecodeError(
            f"its root element is not {path[0]}", "it is another file, or correct rows in the declaration"
        )


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
