"""CSV text of records."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

from sandbox.departments import Drop, Listing


def content(records: list[dict[str, Any]], listing: Listing, drop: Drop) -> bytes:
    """Return delimited text of records: bare, or with a header, above which a title may stand and a remark."""
    columns = list(listing.words.values())
    if drop.bare:
        made = io.StringIO()
        writer = csv.writer(made, delimiter=drop.delimiter, quoting=csv.QUOTE_NONE, quotechar=None, escapechar="\\")
        writer.writerows([_cells(record, columns) for record in records])
        writer.writerow(["合计", len(records)])
        written = made.getvalue()
    else:
        above = f"# 本文件由系统自动生成，请勿修改\r\n{drop.title}\r\n" if drop.title else ""
        written = above + text(records, columns, drop.delimiter)
    return written.encode(drop.encoding, "replace")


def text(records: Iterable[dict[str, Any]], columns: Iterable[str], delimiter: str = ",") -> str:
    """Return the CSV text of records."""
    made = io.StringIO()
    writer = csv.writer(made, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(columns := list(columns))
    for record in records:
        writer.writerow(_cells(record, columns))
    return made.getvalue()


def _cells(record: dict[str, Any], columns: list[str]) -> list[Any]:
    return ["" if record.get(name) is None else record[name] for name in columns]
