"""JSON of records: an object a line, or one document with a list of them somewhere in it."""

from __future__ import annotations

import json
from typing import Any

from sandbox.departments import Drop, Listing


def lines(records: list[dict[str, Any]], listing: Listing, drop: Drop) -> bytes:
    """Return an object a line."""
    text = "".join(f"{json.dumps(_ordered(one, listing), ensure_ascii=False)}\n" for one in records)
    return text.encode(drop.encoding, "replace")


def array(records: list[dict[str, Any]], listing: Listing, drop: Drop) -> bytes:
    """Return a document with the list of records at the dotted path `records`, and their number at its top."""
    held: Any = [_ordered(one, listing) for one in records]
    for step in reversed(drop.records.split(".")):
        held = {step: held}
    text = json.dumps({"count": len(records), **held}, ensure_ascii=False, indent=1)
    return text.encode(drop.encoding, "replace")


def _ordered(record: dict[str, Any], listing: Listing) -> dict[str, Any]:
    return {word: record.get(word) for word in listing.words.values()}
