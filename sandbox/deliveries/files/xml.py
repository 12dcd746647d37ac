"""XML of records: a word of the department is the path of its element or attribute below the record."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as Tree

from sandbox.departments import Drop, Listing

STATED = {"gb18030": "GB2312"}
"""What export programs write into a document's first line, where that is not its encoding."""


def content(records: list[dict[str, Any]], listing: Listing, drop: Drop) -> bytes:
    """Return a document of records; a field without a value is an element without a text."""
    root_name, *above, name = drop.records.split("/")
    root = parent = Tree.Element(root_name)
    for step in above:
        parent = Tree.SubElement(parent, step)
    for record in records:
        _fill(Tree.SubElement(parent, name), record, listing)
    Tree.indent(root)
    stated = STATED.get(drop.encoding, drop.encoding.upper())
    text = f'<?xml version="1.0" encoding="{stated}"?>\n{Tree.tostring(root, encoding="unicode")}\n'
    return text.encode(drop.encoding)


def _fill(element: Tree.Element, record: dict[str, Any], listing: Listing) -> None:
    for word in listing.words.values():
        path, _, attribute = word.partition("@")
        inner, value = element, "" if record.get(word) is None else str(record[word])
        for step in filter(None, path.split("/")):
            found = inner.find(step)
            inner = Tree.SubElement(inner, step) if found is None else found
        if attribute:
            inner.set(attribute, value)
        else:
            inner.text = value
