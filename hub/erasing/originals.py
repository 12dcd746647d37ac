"""A file as its department sent it, without a person: overwritten in place, within archives and workbooks too.

Each text of the person is overwritten in every encoding that sources use by as many bytes, digits by 0, so that widths,
lengths and formats stay whole. Here a name goes wherever it stands: the parts, which the hub reads, keep the namesakes.
What cannot be opened, or would still show the person when it is read again, is not kept at all.
"""

from __future__ import annotations

import gzip
import html
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

ENCODINGS = ("utf-8", "gb18030", "utf-16-le", "utf-16-be")
WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".et")
_ENCRYPTED = 1


def overwrite(path: Path, target: Path, forms: Iterable[str]) -> bool:
    """Write `path` without these texts to the new file `target`; False, and nothing written, where that cannot be."""
    sought = sorted(forms, key=len, reverse=True)
    body = path.read_bytes()
    try:
        written = _overwritten(body, sought)
        if written == body or shows(written, path.name, sought):
            return False
    except (zipfile.BadZipFile, EOFError, OSError, RuntimeError, ValueError, zlib.error):
        return False
    target.write_bytes(written)
    return True


def shows(body: bytes, name: str, forms: Iterable[str]) -> bool:
    """Whether a file still shows one of these texts, in any member of it, when it is read."""
    sought = list(forms)
    return any(
        form in read for leaf_name, leaf in leaves(body, name) for read in texts(leaf_name, leaf) for form in sought
    )


def texts(name: str, leaf: bytes) -> Iterator[str]:
    """What a file that is no archive says: in each encoding, with its escapes read, and the cells of a workbook."""
    for encoding in ENCODINGS:
        yield leaf.decode(encoding, "replace")
    if b"&#" in leaf or b"\\u" in leaf:
        yield html.unescape(re.sub(r"\\u([0-9a-fA-F]{4})", _character, leaf.decode("utf-8", "replace")))
    if name.lower().endswith(WORKBOOKS):
        yield _cells(leaf)


def _overwritten(body: bytes, sought: list[str]) -> bytes:
    if zipfile.is_zipfile(io.BytesIO(body)):
        return _rezipped(body, sought)
    if body.startswith(b"\x1f\x8b"):
        return gzip.compress(_overwritten(gzip.decompress(body), sought), mtime=0)
    for text in sought:
        for encoding in ENCODINGS:
            body = body.replace(text.encode(encoding), _filler(text, encoding))
    return body


def _filler(text: str, encoding: str) -> bytes:
    """As many bytes: a character that takes more than one in this encoding becomes as many stars."""
    unit = len("*".encode(encoding))
    return b"".join(
        ("0" if one.isascii() and one.isdigit() else "*").encode(encoding) * (len(one.encode(encoding)) // unit)
        for one in text
    )


def _rezipped(body: bytes, sought: list[str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as archive, zipfile.ZipFile(out, "w") as written:
        for member in archive.infolist():
            if member.flag_bits & _ENCRYPTED:
                raise ValueError("a member is encrypted")
            inner = _overwritten(archive.read(member), sought)
            if any(text in member.filename for text in sought):
                raise ValueError("the name of a member names the person")
            written.writestr(member, inner, member.compress_type)
    return out.getvalue()


def leaves(body: bytes, name: str) -> Iterator[tuple[str, bytes]]:
    """A file, and what is in it where it is an archive, with their names."""
    yield name, body
    if zipfile.is_zipfile(io.BytesIO(body)):
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            for member in archive.infolist():
                yield from leaves(archive.read(member), member.filename)
    elif body.startswith(b"\x1f\x8b"):
        yield from leaves(gzip.decompress(body), name.removesuffix(".gz"))


def _cells(body: bytes) -> str:
    """Every cell of a workbook, as text."""
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_filelike(io.BytesIO(body))
    return "\n".join(
        str(cell)
        for sheet in book.sheet_names
        for row in book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
        for cell in row
    )


def _character(match: re.Match[str]) -> str:
    return chr(int(match.group(1), 16))
