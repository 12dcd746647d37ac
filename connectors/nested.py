"""Rows that stand in a list inside other rows, cut out raw."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from connectors.json_rows import BrokenJsonError, cut
from schemas.declared.child import Within

_object = msgspec.json.Decoder(dict[str, msgspec.Raw])
_list = msgspec.json.Decoder(list[msgspec.Raw])


def nested_rows(parents: Iterable[bytes], within: Within) -> list[bytes]:
    """The rows of a child dataset in its parents' rows, as JSON objects of one line.

    A parent with a bad character in it is cut by its brackets, so that one bad row costs no other row. One that cannot
    be cut goes on as it is: the child's check rejects it too, so that it is seen that its children are missing.
    """
    found: list[bytes] = []
    for parent in parents:
        try:
            found += _children(parent, within)
        except (msgspec.DecodeError, UnicodeDecodeError):
            found += _children_of_broken(parent, within) or [parent]
    return found


def _children(parent: bytes, within: Within) -> list[bytes]:
    members = _object.decode(parent)
    inner = _at(members, within.rows.split("."))
    children = _list.decode(inner) if inner.startswith(b"[") else [] if inner == b"null" else [msgspec.Raw(inner)]
    given: dict[str, Any] = {name: members.get(field, msgspec.Raw(b"null")) for name, field in within.parent.items()}
    rows = []
    for number, child in enumerate(children, start=1):
        ordinal = {} if within.ordinal is None else {within.ordinal: number}
        rows.append(msgspec.json.encode({**_members(bytes(child)), **given, **ordinal}))
    return rows


def _children_of_broken(parent: bytes, within: Within) -> list[bytes]:
    """The children of a row that strict JSON refuses; none where brackets and quotes do not lead to any."""
    try:
        reply = cut(parent, within.rows)
    except BrokenJsonError:
        return []
    given = {name: reply.at(field) for name, field in within.parent.items()}
    rows = []
    for number, child in enumerate(reply.rows, start=1):
        added = msgspec.json.encode(given if within.ordinal is None else {**given, within.ordinal: number})
        rest = child.removeprefix(b"{").lstrip()
        rows.append(added[:-1] + (b"," if rest != b"}" else b"") + rest if child.startswith(b"{") else child)
    return rows


def _at(members: dict[str, msgspec.Raw], steps: list[str]) -> bytes:
    """The raw value at a path; null where there is none."""
    value = bytes(members.get(steps[0], b"null"))
    for step in steps[1:]:
        value = bytes(_object.decode(value).get(step, b"null")) if value.startswith(b"{") else b"null"
    return value


def _members(child: bytes) -> dict[str, msgspec.Raw]:
    return _object.decode(child) if child.startswith(b"{") else {"value": msgspec.Raw(child)}
