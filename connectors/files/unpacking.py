"""Taking off what is wrapped around a file: SM4, gzip, zip. Everything is a stream, and has its limit.

Members of an archive are written under names of our own, so that none can leave the folder; an archive that tries is
refused all the same.
"""

from __future__ import annotations

import gzip
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from errno import EINVAL
from fnmatch import fnmatchcase
from lzma import LZMAError
from pathlib import Path, PurePosixPath
from typing import IO, Any, Protocol

from connectors.files.text import CHUNK, DecodeError
from schemas.declared.file_packing import Gzip, Sm4, Unpacking, Zip

_AGAIN = "it was cut off or altered: ask the department to send it again"
_TAG = 16  # bytes, at the end of a text encrypted by GCM


_BROKEN_ZIP = (zipfile.BadZipFile, EOFError, ValueError, RuntimeError, OSError, struct.error, zlib.error, LZMAError)


class KeyMissingError(Exception):
    """A key that the declaration names and the connection does not hold, or that is none. It says which extra."""


@dataclass(frozen=True)
class Unpacked:
    """A file to be read: `member` is its name within an archive, if it came out of one."""

    path: Path
    member: str | None = None


def unpack(source: Path, steps: Sequence[Unpacking], extra: Mapping[str, Any], folder: Path) -> list[Unpacked]:
    """What is within a file, in order of the members' names, written to `folder`; the file itself if it is not packed.

    `extra` holds the keys by name. Raises KeyMissingError, and DecodeError on what is cut off, altered, encrypted by
    another key, too large, or has no member of the declared name.
    """
    found = [Unpacked(source)]
    for number, step in enumerate(steps):
        found = [
            inner
            for place, outer in enumerate(found)
            for inner in _one(outer, step, extra, folder / f"{number}-{place}-{_inner_name(outer.path.name)}")
        ]
    return found


def _one(outer: Unpacked, step: Unpacking, extra: Mapping[str, Any], target: Path) -> list[Unpacked]:
    match step:
        case Sm4():
            _decrypt(outer.path, target, step, key_of(extra, step.key))
        case Gzip():
            _gunzip(outer.path, target, step)
        case Zip():
            return _unzip(outer.path, target, step)
    return [Unpacked(target, outer.member)]


def _inner_name(name: str) -> str:
    return PurePosixPath(name).stem if "." in name else name


def key_of(extra: Mapping[str, Any], name: str) -> bytes:
    """The SM4 key in a connection's extra. Raises KeyMissingError, which never holds it."""
    try:
        key = bytes.fromhex(str(extra[name]))
    except KeyError:
        raise KeyMissingError(f"the connection has no {name}") from None
    except ValueError:
        key = b""
    if len(key) != 16:
        raise KeyMissingError(f"the connection's {name} is not of 32 hexadecimal digits")
    return key


def _decrypt(source: Path, target: Path, step: Sm4, key: bytes) -> None:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers import Cipher, modes
    from cryptography.hazmat.primitives.ciphers.algorithms import SM4
    from cryptography.hazmat.primitives.padding import PKCS7

    size = source.stat().st_size
    with source.open("rb") as stream, target.open("wb") as out:
        if step.mode == "cbc":
            start, rest = stream.read(16), size - 16
            if rest < 16 or rest % 16:
                raise DecodeError(f"its {size} bytes are no whole blocks of SM4", _AGAIN)
            opener = Cipher(SM4(key), modes.CBC(start)).decryptor()
            unpadder = PKCS7(128).unpadder()
            try:
                for chunk in _chunks(stream, rest):
                    out.write(unpadder.update(opener.update(chunk)))
                out.write(unpadder.update(opener.finalize()) + unpadder.finalize())
            except ValueError:
                raise _not_ours(step) from None
            return
        start, rest = stream.read(12), size - 12 - _TAG
        if rest < 0:
            raise DecodeError(f"its {size} bytes are too few for SM4 in GCM", _AGAIN)
        gcm = Cipher(SM4(key), modes.GCM(start)).decryptor()
        for chunk in _chunks(stream, rest):
            out.write(gcm.update(chunk))
        try:
            out.write(gcm.finalize_with_tag(stream.read(_TAG)))
        except InvalidTag:
            raise _not_ours(step) from None


def _not_ours(step: Sm4) -> DecodeError:
    return DecodeError(
        f"it was encrypted by another key than the connection's {step.key}, or was altered",
        "compare the keys with the department, or ask it to send the file again",
    )


def _gunzip(source: Path, target: Path, step: Gzip) -> None:
    if source.stat().st_size == 0:  # to the library that is a whole file without members
        raise DecodeError("it is no whole gzip file", _AGAIN)
    try:
        with gzip.open(source, "rb") as stream, target.open("wb") as out:
            _copy(stream, out, step.max_unpacked_mib << 20, "it")
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise DecodeError("it is no whole gzip file", _AGAIN) from None


def _unzip(source: Path, target: Path, step: Zip) -> list[Unpacked]:
    left = step.max_unpacked_mib << 20
    unpacked = []
    try:
        with zipfile.ZipFile(source, metadata_encoding=step.names) as archive:
            for number, member in enumerate(_members(archive, step)):
                path = target.with_name(f"{target.name}-{number}{PurePosixPath(member.filename).suffix}")
                with archive.open(member) as stream, path.open("wb") as out:
                    left -= _copy(stream, out, left, "the archive")
                unpacked.append(Unpacked(path, member.filename))
    except _BROKEN_ZIP as error:
        if isinstance(error, OSError) and error.errno not in (None, EINVAL):
            raise  # a full disk of ours is not the department's fault; a place before the file's beginning is
        raise DecodeError("it is no whole zip archive", _AGAIN) from None
    return unpacked


def _members(archive: zipfile.ZipFile, step: Zip) -> list[zipfile.ZipInfo]:
    """The declared members in order of their names, after a look at all of them."""
    every = archive.infolist()
    if len(every) > step.max_members:
        raise DecodeError(
            f"it has {len(every)} members, more than {step.max_members}",
            "ask the department for smaller archives, or raise max_members in the declaration",
        )
    for number, member in enumerate(every, start=1):
        name = PurePosixPath(member.filename.replace("\\", "/"))
        if name.is_absolute() or ".." in name.parts or ":" in "".join(name.parts[:1]):
            raise DecodeError(
                f"its member {number} is to be written outside of its folder",
                "nothing of it was read: tell the department, and find out who made the archive",
            )
    chosen = [
        member
        for member in sorted(every, key=lambda one: one.filename)
        if not member.is_dir() and fnmatchcase(PurePosixPath(member.filename).name, step.members)
    ]
    if not chosen:
        raise DecodeError(
            f"none of its {len(every)} members is named {step.members}",
            "ask the department what it sent, or correct members in the declaration",
        )
    if any(member.flag_bits & 1 for member in chosen):
        raise DecodeError(
            "its members are encrypted by a password", "ask the department for SM4 (unpack: sm4), or no encryption"
        )
    return chosen


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def _copy(stream: _Readable, out: IO[bytes], limit: int, what: str) -> int:
    """Copy at most `limit` bytes, counted as they come: what a header says of the size may be a lie."""
    done = 0
    while chunk := stream.read(CHUNK):
        done += len(chunk)
        if done > limit:
            raise DecodeError(
                f"{what} unpacks to more than max_unpacked_mib allows",
                "ask the department for smaller files, or raise max_unpacked_mib in the declaration",
            )
        out.write(chunk)
    return done


def _chunks(stream: IO[bytes], size: int) -> Any:
    while size > 0 and (chunk := stream.read(min(CHUNK, size))):
        size -= len(chunk)
        yield chunk
