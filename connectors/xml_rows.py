"""XML replies as JSON rows. Nothing that a document refers to is read: no DTD, no entity, no network.

An element becomes an object of its children by their local names, its attributes as `@name` and, beside either, its
text as `#text`; with none of both it is its text, and null when it is empty or `xsi:nil`. Elements of one name within
one parent become a list. Every value is text, so no digit is lost.
"""

from __future__ import annotations

from typing import Any

import msgspec
from lxml import etree  # type: ignore[import-untyped]

from connectors.json_rows import Reply

_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"


class BrokenXmlError(ValueError):
    """Bytes that are not a whole XML reply. The text tells where, never what."""


def cut_xml(body: bytes, rows_path: str) -> Reply:
    """A reply cut into rows, the elements at a dotted path of local names within the root, and its envelope.

    Raises BrokenXmlError on XML that is not well-formed or that brings a document type of its own.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        raise BrokenXmlError(f"not XML at line {line}, column {column}") from None
    except ValueError:  # an empty body
        raise BrokenXmlError("the reply is empty") from None
    if root.getroottree().docinfo.doctype:
        raise BrokenXmlError("the reply declares a document type, which is refused")
    *outer, last = rows_path.split(".")
    parents = [root]
    for step in outer:
        parents = [child for parent in parents for child in parent if _local(child.tag) == step]
    rows = []
    for parent in parents:
        for child in [child for child in parent if _local(child.tag) == last]:
            rows.append(msgspec.json.encode(_value(child)))
            parent.remove(child)
    envelope = _value(root)
    return Reply(rows, envelope if isinstance(envelope, dict) else {})


def _value(element: Any) -> Any:
    if element.get(_NIL) in ("true", "1"):
        return None
    found: dict[str, Any] = {f"@{_local(name)}": text for name, text in element.attrib.items() if name != _NIL}
    for child in element:
        name, value = _local(child.tag), _value(child)
        if name not in found:
            found[name] = value
        elif isinstance(found[name], list):
            found[name].append(value)
        else:
            found[name] = [found[name], value]
    text = (element.text or "").strip() if found else element.text
    if not found:
        return text or None
    return found | {"#text": text} if text else found


def _local(name: str) -> str:
    return name.rpartition("}")[2]
