"""What lies beside a delivery and says that it is whole: control file, signature, done marker."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from connectors.files.transports import Found
from schemas.declared.files import Control, FilesDataset, FilesSource

_DIGEST = {"md5": 32, "sha256": 64}


class NotWholeError(Exception):
    """A delivery that is not what its control file says. It tells of names, counts and digests, never of values."""


@dataclass(frozen=True)
class Delivery:
    """A file of a dataset with what lies beside it; `waits` says why it must not be read yet, if so."""

    found: Found
    control: Found | None = None
    signature: Found | None = None
    waits: str | None = None


def deliveries(source: FilesSource, dataset: FilesDataset, listed: list[Found]) -> list[Delivery]:
    """The dataset's files in order of their names. Lock files of office programs and hidden files never are any, nor is
    one whose name leads out of its folder, which only a server that means harm lists."""
    by_name = {found.name: found for found in listed}
    done = by_name.get(source.done_marker) if source.done_marker else None
    return [
        _delivery(source, found, by_name, done)
        for found in listed
        if fnmatchcase(found.name, dataset.pattern)
        and not found.name.startswith(("~$", "."))
        and "/" not in found.name
        and not _lies_beside(source, found.name)
    ]


def _delivery(source: FilesSource, found: Found, by_name: Mapping[str, Found], done: Found | None) -> Delivery:
    control = by_name.get(control_name(source.control, found.name)) if source.control else None
    signature = by_name.get(found.name + source.signature.suffix) if source.signature else None
    waits = None
    if source.control and control is None:
        waits = "no control file yet"
    elif source.signature and signature is None:
        waits = "no signature yet"
    elif source.done_marker and (done is None or done.mtime < found.mtime):
        waits = f"newer than {source.done_marker}, or that is not there yet"
    return Delivery(found, control, signature, waits)


def control_name(control: Control, name: str) -> str:
    """The name of a file's control file."""
    return (PurePosixPath(name).stem if control.replaces else name) + control.suffix


def _lies_beside(source: FilesSource, name: str) -> bool:
    suffixes = [one.suffix for one in (source.control, source.signature) if one]
    return name == source.done_marker or (bool(suffixes) and name.endswith(tuple(suffixes)))


def verified_rows(control: Control, text: Path, name: str, copy: Path) -> int | None:
    """The row count that a control file states, if it is to. Raises NotWholeError when it does not fit the file."""
    told = text.read_text(encoding="utf-8-sig", errors="replace")
    stated = _digest(told, control, name) if control.form == "digest" else _pairs(told)
    missing = [word for word in control.states if not _well_formed(word, stated.get(word, ""))]
    if missing and control.form == "digest":
        raise NotWholeError(f"{text.name} holds no {missing[0]} of it")
    if missing:
        raise NotWholeError(f"{text.name} has no {' and '.join(f'{word}=' for word in control.states)} lines")
    if "bytes" in control.states and int(stated["bytes"]) != copy.stat().st_size:
        raise NotWholeError(f"it has {copy.stat().st_size} bytes, {text.name} says {stated['bytes']}")
    for word in _DIGEST.keys() & set(control.states):
        with copy.open("rb") as stream:
            if hashlib.file_digest(stream, word).hexdigest() != stated[word].lower():
                raise NotWholeError(f"its {word} is not that of {text.name}")
    return int(stated["rows"]) if "rows" in control.states else None


def _pairs(told: str) -> dict[str, str]:
    pairs = (re.split(r"[=:]", line, maxsplit=1) for line in told.splitlines())
    return {pair[0].strip().lower(): pair[1].strip() for pair in pairs if len(pair) == 2}


def _digest(told: str, control: Control, name: str) -> dict[str, str]:
    """What `md5sum` and `sha256sum` write: the digest, and the file's name if it lists several."""
    for line in told.splitlines():
        digest, _, named = line.strip().partition(" ")
        if digest and named.strip().lstrip("*") in ("", name):
            return {control.states[0]: digest}
    return {}


def _well_formed(word: str, value: str) -> bool:
    if word in _DIGEST:
        return bool(value)
    return value.isascii() and value.isdigit()
