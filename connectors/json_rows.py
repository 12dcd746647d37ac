"""JSON replies as bytes: the envelope is read, the rows are cut out raw, and no value becomes a Python object.

A reply is first cut by msgspec. JSON that it refuses (a lone surrogate, a NUL, a bad escape in one row) is cut
again by brackets and quotes alone, so that the one bad row goes on as the bytes it is, to be quarantined, and the
others are saved. A reply whose brackets do not close is truncated, and raises.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import msgspec

_Object = dict[str, msgspec.Raw]
_object_decoder = msgspec.json.Decoder(_Object)
_rows_decoder = msgspec.json.Decoder(list[msgspec.Raw])

# A number with more than 15 digits does not survive a double. Pages that may have one are found at the speed of
# bytes.translate (every digit becomes 0, everything a number may follow becomes a colon); only in those is the
# number itself looked for, stepping over strings.
_SHAPES = bytes.maketrans(b"123456789.:,[ -\t\n", b"0" * 10 + b":" * 7)
_MAYBE_LONG = b":" + b"0" * 16
_LONG_NUMBER = re.compile(rb'"(?:[^"\\]|\\.)*+"|(-?(?:\d\.?){16,}+(?:[eE][+-]?\d+)?)', re.DOTALL)
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"|[{}\[\]]', re.DOTALL)
_CONTROL_ESCAPES = {b"\n": b"\\n", b"\r": b"\\r"}


class BrokenJsonError(ValueError):
    """Bytes that are not a whole JSON reply of the expected form. The text tells where, never what."""


@dataclass(frozen=True)
class Reply:
    """A reply cut open: `rows` are JSON objects, one line each; `envelope` is all the rest, decoded."""

    rows: list[bytes]
    envelope: dict[str, Any]
    link: str | None = None  # the address of the next page, where the answer gives one

    def at(self, path: str) -> Any:
        """The value at a dotted path of the envelope, or None."""
        value: Any = self.envelope
        for step in path.split("."):
            value = value.get(step) if isinstance(value, dict) else None
        return value


def code_of(reply: Reply, path: str) -> str | None:
    """The code that an answer gives of itself, as text: `00`, `true`; None where it gives none."""
    code = reply.at(path)
    return code if code is None or isinstance(code, str) else msgspec.json.encode(code).decode()


def key_lines(lines: bytes, key: list[str]) -> bytes:
    """NDJSON of `{"source_id": …}` for NDJSON rows; the id is the values of the key fields joined by `|`.

    Raises BrokenJsonError on a row that cannot be read: a list without it would not be complete.
    """
    names = [f"key_{number}" for number in range(len(key))]
    fields = [(name, str | int | float | None, None) for name in names]
    decoder = msgspec.json.Decoder(msgspec.defstruct("Key", fields, rename=dict(zip(names, key, strict=True))))
    found: list[bytes] = []
    for number, row in enumerate(lines.split(b"\n")[:-1], start=1):
        try:
            values = msgspec.structs.astuple(decoder.decode(row))
        except (msgspec.MsgspecError, UnicodeDecodeError):
            values = _key_of_broken_row(row, key, number)
        found.append(msgspec.json.encode({"source_id": "|".join(map(str, values))}))
    return b"".join(line + b"\n" for line in found)


def _key_of_broken_row(row: bytes, key: list[str], number: int) -> tuple[Any, ...]:
    """The key of a row that strict JSON refuses: a bad character in its text does not hide which row it is."""
    try:
        values = tuple(json.loads(row.decode("utf-8", "replace"), strict=False)[name] for name in key)
        "|".join(map(str, values)).encode("utf-8")
    except (ValueError, TypeError, KeyError):
        raise BrokenJsonError(f"row {number} of a key list cannot be read") from None
    return values


def cut(body: bytes, rows_path: str | None) -> Reply:
    """A reply cut into its rows, found at a dotted path, and its envelope. No rows at the path: none.

    Without a path the reply itself is the list, and its envelope is empty. Raises BrokenJsonError on JSON that is
    truncated or is no object (no list).
    """
    steps = rows_path.split(".") if rows_path is not None else []
    body = body.removeprefix(b"\xef\xbb\xbf")
    try:
        return _cut_strictly(body, steps)
    except msgspec.DecodeError:
        return _cut_by_brackets(body, steps)


def cut_lines(body: bytes) -> list[bytes]:
    """The rows of JSON Lines. Raises BrokenJsonError when the last one breaks off."""
    rows = [line for line in body.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").split(b"\n") if line.strip()]
    if rows and not body.endswith((b"\n", b"\r")):
        try:
            msgspec.json.decode(rows[-1], type=msgspec.Raw)
        except msgspec.DecodeError:
            raise BrokenJsonError(
                f"the reply ends after {len(body)} bytes, in the middle of line {len(rows)}"
            ) from None
    return rows


def unwrapped(rows: list[bytes], name: str) -> list[bytes]:
    """The member `name` of each row; a row that lacks it or cannot be read goes on as it is, to be quarantined."""
    found = []
    for row in rows:
        try:
            found.append(bytes(_object_decoder.decode(row)[name]))
        except (msgspec.DecodeError, UnicodeDecodeError, KeyError):
            found.append(row)
    return found


def ndjson(rows: list[bytes]) -> bytes:
    """Rows as NDJSON, each ended by a newline, with numbers too long for a double quoted."""
    if not rows:
        return b""
    return quote_long_numbers(b"\n".join([*rows, b""]))


def quote_long_numbers(text: bytes) -> bytes:
    """JSON in which every number of more than 15 digits is a string, so that no digit is lost on the way."""
    if _MAYBE_LONG not in text.translate(_SHAPES):
        return text
    return _LONG_NUMBER.sub(lambda match: b'"%b"' % match[1] if match[1] else match[0], text)


def _cut_strictly(body: bytes, steps: list[str]) -> Reply:
    if not steps:
        return Reply(_one_line_each(_rows_decoder.decode(body), body), {})
    outer = _object_decoder.decode(body)
    level: dict[str, Any] = dict(outer)
    root = level
    for step in steps[:-1]:
        inner = level.get(step)
        if inner is None or not bytes(inner).startswith(b"{"):
            return Reply([], _decoded(root))
        level[step] = dict(_object_decoder.decode(inner))
        level = level[step]
    raw = level.pop(steps[-1], None)
    found = [] if raw is None or bytes(raw) == b"null" else _rows_decoder.decode(raw)
    return Reply(_one_line_each(found, body), _decoded(root))


def _one_line_each(found: list[msgspec.Raw], body: bytes) -> list[bytes]:
    rows = [bytes(row) for row in found]
    if b"\n" in body or b"\r" in body:
        rows = [msgspec.json.format(row, indent=-1) if b"\n" in row or b"\r" in row else row for row in rows]
    return rows


def _decoded(level: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _decoded(value) if isinstance(value, dict) else msgspec.json.decode(value)
        for name, value in level.items()
    }


def _cut_by_brackets(body: bytes, steps: list[str]) -> Reply:
    body = body.strip() if not steps else body
    start = _past_key(body, steps)
    if start is None or body[start : start + 1] != b"[":
        raise BrokenJsonError("not JSON, and no rows can be found in it")
    rows: list[bytes] = []
    depth, row_start = 0, -1
    for token in _TOKEN.finditer(body, start):
        if token[0] in (b"{", b"["):
            depth += 1
            if depth == 2:
                row_start = token.start()
        elif token[0] in (b"}", b"]"):
            depth -= 1
            if depth == 1:
                rows.append(_one_line(body[row_start : token.end()]))
            elif depth == 0:
                rest = body[:start] + b"[]" + body[token.end() :]
                return Reply(rows, _envelope_without_rows(rest) if steps else {})
    raise BrokenJsonError(f"the reply ends after {len(body)} bytes, in the middle of its rows")


def _envelope_without_rows(rest: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(rest, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise BrokenJsonError(f"not JSON outside its rows: {error}") from None


def _past_key(body: bytes, steps: list[str]) -> int | None:
    """Where the value at a path begins, found by brackets and quotes alone."""
    position = 0
    for step in steps:
        name = msgspec.json.encode(step)
        depth = 0
        for token in _TOKEN.finditer(body, position):
            if token[0] in (b"{", b"["):
                depth += 1
            elif token[0] in (b"}", b"]"):
                depth -= 1
            elif depth == 1 and token[0] == name:
                colon = re.compile(rb"\s*:\s*").match(body, token.end())
                if colon is not None:
                    position = colon.end()
                    break
        else:
            return None
    return position


def _one_line(row: bytes) -> bytes:
    return re.sub(rb"[\n\r]", lambda match: _CONTROL_ESCAPES[match[0]], row)
