"""Connectors of sources that answer page by page, REST and SOAP alike: windows, parts, resumption, key lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Protocol, cast

import msgspec

from connectors.base import PAGE_BYTES, Finding
from connectors.cursors import greatest_cursor
from connectors.errors import ConnectorError, IncompleteDeliveryError, ProtocolError
from connectors.json_rows import BrokenJsonError, Reply, key_lines, ndjson
from connectors.pages import PagingError, Stretch, walk
from schemas.declaration import Dataset
from schemas.declared.paged import PagedDataset, PagePagination
from schemas.delivery import Page, Window

Bounds = dict[str, Any]


class Wire(Protocol):
    """How one family asks for a page; the rest is the same for all."""

    system: str
    in_flight: int

    def ask(self, dataset: Any, parameters: dict[str, Any]) -> Reply:
        """A good answer, tried as often as declared. Raises ConnectorError."""
        ...

    def place(self, dataset: Any) -> str:
        """The dataset's address, for messages."""
        ...

    def close(self) -> None:
        """Give back connections."""
        ...


class PagedConnector:
    """Reads pages of raw rows and hands them on as NDJSON parts of about 8 MiB.

    `clock` gives the moment up to which a read's numbered pages stand still: rows that change later leave that
    span, which shows in its count; they and any dated in the future are read in a second span.
    """

    def __init__(self, wire: Wire, datasets: Mapping[str, Dataset], clock: Callable[[], datetime]) -> None:
        self._wire = wire
        self._datasets = datasets
        self._clock = clock

    def check(self) -> list[Finding]:
        """Asks for the first page of each dataset."""
        return [self._check(_paged(dataset)) for dataset in self._datasets.values()]

    def read(
        self, dataset: Dataset, window: Window, resume: str | None, bookmark: dict[str, Any] | None
    ) -> Iterator[Page]:
        """NDJSON pages of the rows changed in the window; a resumed read keeps the spans it began with."""
        paged = _paged(dataset)
        held = msgspec.json.decode(resume) if resume else None
        spans = held["spans"] if held else self._spans(paged, window)
        yield from self._read(paged, spans, held)

    def keys(self, dataset: Dataset) -> Iterator[Page]:
        """The keys of every row that the source has now."""
        paged = _paged(dataset)
        for page in self._read(paged, [{}], None):
            try:
                lines = key_lines(cast("bytes", page.body), paged.key)
            except BrokenJsonError as error:
                place = self._wire.place(paged)
                remedy = "no list was kept and nothing is deleted; send the department this message"
                raise ProtocolError(self._wire.system, dataset.name, place, str(error), remedy) from None
            yield Page("ndjson", page.rows, lines, declared=page.declared)

    def preview(self, dataset: Dataset, limit: int = 20) -> list[dict[str, Any]]:
        """The first rows of the dataset, decoded; a row that is no JSON is left out."""
        paged = _paged(dataset)
        rows: list[dict[str, Any]] = []
        for stretch in self._walk(paged, {}, None):
            for row in stretch.rows:
                try:
                    rows.append(msgspec.json.decode(row, type=dict[str, Any]))
                except (msgspec.DecodeError, UnicodeDecodeError):
                    continue
            if len(rows) >= limit:
                break
        return rows[:limit]

    def bookmark_after(self, dataset: Dataset) -> dict[str, Any] | None:
        """None: these sources are remembered by their cursor."""
        return None

    def close(self) -> None:
        """Give back connections."""
        self._wire.close()

    def _check(self, dataset: PagedDataset) -> Finding:
        try:
            first = next(self._walk(dataset, {}, None))
        except ConnectorError as error:
            return Finding(False, dataset.name, str(error))
        rows = f"{first.total} rows" if first.total is not None else f"{first.seen} rows on the first page"
        return Finding(True, dataset.name, f"{self._wire.system}.{dataset.name}: {rows}")

    def _read(self, dataset: PagedDataset, spans: list[Bounds], held: dict[str, Any] | None) -> Iterator[Page]:
        """Pages span after span. Each says what all spans so far declare, and where to go on after it."""
        first, position = (held["span"], held["position"]) if held else (0, None)
        declared: int | None = held["declared"] if held else 0
        total: int | None = held["total"] if held else None  # of the span in hand, also when nothing of it is left
        rows: list[bytes] = []
        for number in range(first, len(spans)):
            for stretch in self._walk(dataset, spans[number], position):
                rows += stretch.rows
                total = stretch.total
                if sum(map(len, rows)) >= PAGE_BYTES:
                    place = {"span": number, "position": stretch.position, "declared": declared, "total": total}
                    yield _page(dataset, rows, None, {"spans": spans, **place})
                    rows = []
            declared = None if declared is None or total is None else declared + total
            position = total = None
        after = {"span": len(spans), "position": None, "declared": declared, "total": None}
        if first < len(spans):
            yield _page(dataset, rows, declared, {"spans": spans, **after})

    def _walk(self, dataset: PagedDataset, bounds: Bounds, position: dict[str, Any] | None) -> Iterator[Stretch]:
        def ask(parameters: dict[str, Any]) -> Reply:
            return self._wire.ask(dataset, bounds | parameters)

        try:
            yield from walk(ask, dataset.pagination, self._wire.in_flight, position)
        except PagingError as error:
            raise IncompleteDeliveryError(
                self._wire.system,
                dataset.name,
                self._wire.place(dataset),
                str(error),
                "the next run reads it again from its first page"
                if error.restart
                else "compare pagination in the declaration with the interface document",
                restart=error.restart,
            ) from None

    def _spans(self, dataset: PagedDataset, window: Window) -> list[Bounds]:
        sync = dataset.sync
        since = {} if window.since is None or sync.param is None else {sync.param: _text(dataset, window.since)}
        if sync.until_param is None:
            return [since]
        if window.until is not None:
            return [since | {sync.until_param: _text(dataset, window.until)}]
        if not isinstance(dataset.pagination, PagePagination) or sync.param is None:
            return [since]
        now = _text(dataset, self._clock())
        return [since | {sync.until_param: now}, {sync.param: now}]


def _page(dataset: PagedDataset, rows: list[bytes], declared: int | None, after: dict[str, Any]) -> Page:
    checkpoint = msgspec.json.encode(after).decode()
    return Page("ndjson", len(rows), ndjson(rows), declared, checkpoint, greatest_cursor(rows, dataset))


def _paged(dataset: Dataset) -> PagedDataset:
    if not isinstance(dataset, PagedDataset):
        raise TypeError(f"{dataset.name} is not a dataset of a paged source")
    return dataset


def _text(dataset: PagedDataset, at: datetime) -> str:
    return at.strftime(dataset.sync.format)
