"""CSV text of records."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

from sandbox.departments import Drop, Listing


def content(records: list[dict[str, Any]], listing: Listing, drop: Drop) -> bytes:
    """Return a CSV file of records."""
    return text(records, listing.words.values()).encode(drop.encoding, "replace")


def text(records: Iterable[dict[str, Any]], columns: Iterable[str]) -> str:
    """Return the CSV text of records."""
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\r\n")
    writer.writerow(columns := list(columns))
    for record in records:
        writer.writerow(["" if record.get(name) is None else record[name] for name in columns])
    return made.getvalue()
