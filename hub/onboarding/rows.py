"""Rows of a delivery as dicts, for the tools that look at a few hundred of them; a sync never does this.

A record that the check would find unreadable is left out of the rows, and told with its place and the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quality.mend import csv_header, csv_records, csv_row, json_record
from schemas.delivery import Page, Window

if TYPE_CHECKING:
    from connectors.base import Connector
    from schemas.declaration import Dataset

Row = dict[str, Any]

LISTED = ("incremental", "snapshot", "files")
"""Ways of reading in which a source lists its rows to whoever asks; only such datasets can be probed."""
SAMPLED = (*LISTED, "queue")
"""Those in which some rows may be looked at. Of a queue they are the ones that wait, and they go on waiting."""

NAMED = 5
"""Records left out that are named one by one; the others are counted."""


@dataclass(frozen=True)
class LeftOut:
    """A record that cannot be read: its position among those looked at, from 1, where it stood at the source (a file,
    a message; None: the source has no such places), and why. It quotes no value."""

    position: int
    place: str | None
    reason: str

    def __str__(self) -> str:
        return f"record {self.position}{f' ({self.place})' if self.place else ''}: {self.reason}"


@dataclass(frozen=True)
class Looked:
    """The records looked at: those that can be read, and those left out."""

    rows: list[Row] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.rows) + len(self.left_out)

    def numbered(self) -> dict[int, Row]:
        """The rows by their positions, from 1."""
        gaps = {one.position for one in self.left_out}
        positions = (number for number in range(1, len(self) + 1) if number not in gaps)
        return dict(zip(positions, self.rows, strict=True))

    def complaint(self) -> str:
        """How many records were left out, where and why; empty where none was."""
        if not self.left_out:
            return ""
        more = f"; and {len(self.left_out) - NAMED} more" if len(self.left_out) > NAMED else ""
        named = "; ".join(map(str, self.left_out[:NAMED]))
        return f"{len(self.left_out)} of {len(self)} records cannot be read and are left out: {named}{more}"


def look(pages: Iterable[Page], limit: int | None = None) -> Looked:
    """The first `limit` records of pages, or all."""
    found = Looked()
    records = chain.from_iterable(_records(page) for page in pages)
    for position, (row, place, problem) in enumerate(islice(records, limit), start=1):
        if problem:
            found.left_out.append(LeftOut(position, place, problem))
        else:
            found.rows.append(row)
    return found


def sample(connector: Connector, dataset: Dataset, limit: int) -> Looked:
    """Up to `limit` records: the first ones; of files those of the newest, then of as many others as it takes.

    Raises ConnectorError.
    """
    pages = connector.preview(dataset, limit)
    found = look(pages, limit)
    if len(found) >= limit or dataset.sync.mode != "files":
        return found
    newest = {page.original_name for page in pages}
    others = connector.read(dataset, Window(None, None, "backfill"), None, None)
    return look(chain(pages, (page for page in others if page.original_name not in newest)), limit)


def source_id(row: Row, dataset: Dataset) -> str:
    """The record's key as the hub joins it."""
    return "|".join(str(row.get(name)) for name in dataset.key)


def _records(page: Page) -> Iterator[tuple[Row, str | None, str]]:
    """Each record of a page, where it stood, and why it cannot be read."""
    if isinstance(page.body, bytes):
        yield from _lines(page.body.split(b"\n"), page)
    elif isinstance(page.body, Path):
        with page.body.open("rb") as file:
            yield from (_csv(file, page) if page.format == "csv" else _lines(file, page))
    else:
        for row in page.body.to_pylist():
            yield row, None, ""


def _lines(lines: Iterable[bytes], page: Page) -> Iterator[tuple[Row, str | None, str]]:
    for ordinal, line in enumerate(line for line in lines if line.strip()):
        row, problem = json_record(line)
        yield row, page.places[ordinal] if page.places else page.original_name, problem


def _csv(lines: Iterable[bytes], page: Page) -> Iterator[tuple[Row, str | None, str]]:
    records = csv_records(lines)
    header = csv_header(next(records, b""))
    for record in records:
        fields, problem = csv_row(record, len(header))
        yield dict(zip(header, fields, strict=True)), page.original_name, problem
