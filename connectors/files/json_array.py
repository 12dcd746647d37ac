"""A JSON document with an array of records to NDJSON, read as a stream: the document may be larger than memory.

Brackets and quotes are followed, values are not looked at; each record goes on as the bytes that it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from connectors.files.text import CHUNK, DecodeError, transcode
from connectors.json_rows import ndjson
from schemas.declared.file_formats import JsonArrayFormat

_TOKEN = re.compile(rb'[\s,:]*+("(?:[^"\\]|\\.)*+"|[{}\[\]]|[^\s,:"{}\[\]]++(?=[\s,:"{}\[\]]))', re.DOTALL)
_TO_BRACKET = re.compile(rb'(?:[^"{}\[\]]|"(?:[^"\\]|\\.)*+")*+([{}\[\]])', re.DOTALL)
_TEXT_OR_LINE_END = re.compile(rb'("(?:[^"\\]|\\.)*+")|[\n\r]+', re.DOTALL)
_LONGEST = 32 << 20
"""Bytes between two brackets. A longer run is no text of a record, but a quote that was never closed."""


def decode_json_array(source: Path, target: Path, form: JsonArrayFormat) -> int:
    """Write the objects of the array at the declared path to `target`, one a line, and return their number.

    Raises DecodeError when there is no such array, when it holds anything but objects, and when the document ends
    before its brackets are closed.
    """
    text = target.with_name(target.name + ".text")
    transcode(source, text, form.encoding)
    try:
        with text.open("rb") as stream, target.open("wb") as out:
            return _copy(_Scanner(stream), out, form.rows)
    finally:
        text.unlink()


def _copy(scanner: _Scanner, out: BinaryIO, path: str | None) -> int:
    outside = _open_array(scanner, path)
    count, size = 0, 0
    held: list[bytes] = []
    for row in _rows(scanner, count):
        held.append(_on_one_line(row))
        size += len(row)
        count += 1
        if size >= CHUNK:
            out.write(ndjson(held))
            held, size = [], 0
    out.write(ndjson(held))
    while outside:  # what closes the document must be there
        outside += 1 if scanner.bracket()[1] in b"{[" else -1
    return count


def _open_array(scanner: _Scanner, path: str | None) -> int:
    """Go to the beginning of the array and return how many brackets around it are open."""
    outside = 0
    for step in path.split(".") if path else []:
        if scanner.token() != b"{":
            raise _no_array(path)
        outside += 1
        name, depth = msgspec.json.encode(step), 0
        previous = b""
        while True:
            token = scanner.token()
            if depth == 0 and previous == name and scanner.colon_before:
                scanner.give_back(token)
                break
            depth += token in (b"{", b"[")
            depth -= token in (b"}", b"]")
            if depth < 0:
                raise _no_array(path)
            previous = token
    if scanner.token() != b"[":
        raise _no_array(path)
    return outside


def _rows(scanner: _Scanner, count: int) -> Iterator[bytes]:
    while True:
        gap, bracket = scanner.bracket()
        if gap.strip(b" \t\r\n,") or bracket in b"[}":
            raise DecodeError(
                f"what follows record {count} of its array is no object",
                "correct rows in the declaration, or send the department this message",
            )
        if bracket == b"]":
            return
        row, depth = [bracket], 1
        while depth:
            gap, bracket = scanner.bracket()
            row += (gap, bracket)
            depth += 1 if bracket in b"{[" else -1
        count += 1
        yield b"".join(row)


def _on_one_line(row: bytes) -> bytes:
    """A record without its line ends; one within a text, which JSON does not allow, is escaped there."""
    if b"\n" not in row and b"\r" not in row:
        return row
    return _TEXT_OR_LINE_END.sub(
        lambda found: found[1].replace(b"\r", b"\\r").replace(b"\n", b"\\n") if found[1] else b" ", row
    )


def _no_array(path: str | None) -> DecodeError:
    return DecodeError(f"it has no array at {path}" if path else "it is no array", "correct rows in the declaration")


class _Scanner:
    """A window over a stream that moves from token to token. Raises DecodeError at the end of the stream."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._buffer = b""
        self._position = 0
        self._passed = 0  # bytes before the buffer
        self._given_back = b""
        self.colon_before = False  # whether a colon stood before the last token

    def token(self) -> bytes:
        """The next bracket, text in quotes or other value."""
        if self._given_back:
            token, self._given_back = self._given_back, b""
            return token
        match = self._matched(_TOKEN)
        self.colon_before = b":" in match[0][: match.start(1) - match.start()]
        return match[1]

    def give_back(self, token: bytes) -> None:
        """Let the next call of `token` return this one again."""
        self._given_back = token

    def bracket(self) -> tuple[bytes, bytes]:
        """What stands before the next bracket outside of texts, and that bracket."""
        match = self._matched(_TO_BRACKET)
        return match[0][:-1], match[1]

    def _matched(self, pattern: re.Pattern[bytes]) -> re.Match[bytes]:
        while (match := pattern.match(self._buffer, self._position)) is None:
            rest = self._buffer[self._position :]
            more = self._stream.read(max(CHUNK, len(rest)))
            if not more or len(rest) > _LONGEST:
                raise DecodeError(
                    f"it ends after {self._passed + len(self._buffer)} bytes of UTF-8 with brackets or quotes open",
                    "it was cut off, or is no JSON: ask the department to send it again",
                )
            self._passed += self._position
            self._buffer, self._position = rest + more, 0
        self._position = match.end()
        return match
