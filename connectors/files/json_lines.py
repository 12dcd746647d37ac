"""JSON Lines to NDJSON: the lines stay as they are, and a bad one goes on to be quarantined."""

from __future__ import annotations

from pathlib import Path

import msgspec

from connectors.files.text import CHUNK, DecodeError, transcode, truncated
from connectors.json_rows import quote_long_numbers
from schemas.declared.file_formats import JsonLinesFormat


def decode_json_lines(source: Path, target: Path, form: JsonLinesFormat) -> int:
    """Write the lines of `source` that are not blank to `target` and return their number.

    Raises DecodeError on another encoding, on a file that begins with anything but an object, and on one whose last
    line is cut off.
    """
    text = target.with_name(target.name + ".text")
    transcode(source, text, form.encoding)
    try:
        return _copy(text, target)
    finally:
        text.unlink()


def _copy(text: Path, target: Path) -> int:
    rows = 0
    last = b""
    with text.open("rb") as stream, target.open("wb") as out:
        while block := stream.readlines(CHUNK):
            last = block[-1]
            kept = [line.strip() for line in block if not line.isspace()]
            if kept and not rows and not kept[0].startswith(b"{"):
                raise DecodeError(
                    "its first line is no JSON object",
                    "it is another file, or of another format than declared; look at its first line",
                )
            rows += len(kept)
            out.write(quote_long_numbers(b"".join(line + b"\n" for line in kept)))
    if last and not last.endswith(b"\n") and not _is_json(last):
        raise truncated(f"its record {rows}")
    return rows


def _is_json(line: bytes) -> bool:
    try:
        msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return True
