"""Rows of a delivery as dicts, for the tools that look at a few hundred of them; a sync never does this."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas.delivery import Page, Window

if TYPE_CHECKING:
    from connectors.base import Connector
    from schemas.declaration import Dataset

Row = dict[str, Any]

LISTED = ("incremental", "snapshot", "files")
"""Ways of reading in which a source lists its rows to whoever asks; only such datasets can be probed."""
SAMPLED = (*LISTED, "queue")
"""Those in which some rows may be looked at. Of a queue they are the ones that wait, and they go on waiting."""


def rows_of(page: Page) -> Iterator[Row]:
    """The records of a page; one that is no JSON object is left out."""
    if isinstance(page.body, bytes):
        yield from _objects(page.body.splitlines())
    elif isinstance(page.body, Path) and page.format == "csv":
        with page.body.open(encoding="utf-8", newline="") as text:
            yield from csv.DictReader(text)
    elif isinstance(page.body, Path):
        with page.body.open("rb") as lines:
            yield from _objects(lines)
    else:
        yield from page.body.to_pylist()


def _objects(lines: Iterable[bytes]) -> Iterator[Row]:
    for line in lines:
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict):
            yield row


def sample(connector: Connector, dataset: Dataset, limit: int) -> list[Row]:
    """Up to `limit` rows: the first ones, or of files those of as many as it takes. Raises ConnectorError."""
    found = connector.preview(dataset, limit)
    if len(found) >= limit or dataset.sync.mode != "files":
        return found
    pages = connector.read(dataset, Window(None, None, "backfill"), None, None)
    return list(islice((row for page in pages for row in rows_of(page)), limit)) or found


def source_id(row: Row, dataset: Dataset) -> str:
    """The record's key as the hub joins it."""
    return "|".join(str(row.get(name)) for name in dataset.key)
