"""What every form of text shares: its encoding, its mark, and whether it has the declared columns."""

from __future__ import annotations

import codecs
from collections.abc import Iterable
from pathlib import Path

CHUNK = 1 << 20
"""Bytes that are read at a time."""
_TRANSCODED = 1 << 17
"""Bytes whose text, in both encodings, stays in the cache of a processor: a fifth faster than larger ones."""

_BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


class DecodeError(Exception):
    """A file that cannot be read as declared: what is wrong and where in the file, never what it holds; the remedy."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


def truncated(place: str) -> DecodeError:
    """A file that ends too early; `place` says where, such as `line 7`."""
    return DecodeError(f"it ends in the middle of {place}", "it was cut off: ask the department to send it again")


def transcode(source: Path, target: Path, encoding: str) -> None:
    """Write `source` as UTF-8 to `target`, without its byte order mark.

    Raises DecodeError on the mark of another encoding, and on bytes that are not in this one, naming the byte.
    """
    _check_bom(source, encoding)
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    done = 0
    with source.open("rb", buffering=0) as raw, target.open("wb", buffering=_TRANSCODED) as text:
        while True:
            chunk = raw.read(_TRANSCODED)
            held = len(decoder.getstate()[0])
            try:
                text.write(decoder.decode(chunk, final=not chunk).encode())
            except UnicodeError as error:  # utf-16 without its mark raises one that has no place
                at = "its beginning"
                if isinstance(error, UnicodeDecodeError):
                    at = f"byte {done - held + error.start} (counted from 0)"
                raise DecodeError(
                    f"{at} is not {encoding}",
                    f"ask the department to send the file in {encoding}, or correct encoding in the declaration",
                ) from None
            if not chunk:
                return
            done += len(chunk)


def check_columns(columns: Iterable[str], fields: set[str]) -> None:
    """Raise DecodeError when none of the columns is one of the declared source fields."""
    names = {name.strip().removeprefix("\ufeff") for name in columns}
    if fields.isdisjoint(names):
        raise DecodeError(
            f"none of its {len(names)} columns is a declared one",
            "it is another file, or in another encoding than declared; compare its first line with the declaration",
        )


def _check_bom(source: Path, encoding: str) -> None:
    with source.open("rb") as stream:
        start = stream.read(3)
    for mark, name in _BOMS.items():
        if start.startswith(mark) and codecs.lookup(encoding).name not in (name, codecs.lookup(name).name):
            raise DecodeError(
                f"it begins with the byte order mark of {name}, not {encoding}",
                f"ask the department to send {encoding}, or declare encoding: {name} if it changed for good",
            )


def distinct(names: Iterable[str]) -> list[str]:
    """Column names of which no two are the same or differ in case alone, which readers take for the same: one that
    repeats gets the number of its column. Empty ones stay empty."""
    found: list[str] = []
    met: set[str] = set()
    for number, name in enumerate(names, start=1):
        own = name
        while own and own.casefold() in met:
            own = f"{own}_{number}"
        met.add(own.casefold())
        found.append(own)
    return found
