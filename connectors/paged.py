"""Connectors of sources that answer page by page, REST and SOAP alike: windows, parts, resumption, key lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol, cast, runtime_checkable

import msgspec

from connectors.base import PAGE_BYTES, Finding
from connectors.cursors import as_parameter, grain, greatest_cursor
from connectors.errors import ConnectorError, IncompleteDeliveryError, ProtocolError
from connectors.json_rows import BrokenJsonError, Reply, key_lines, ndjson
from connectors.nested import nested_rows
from connectors.paging.sliced import sliced
from connectors.paging.stretch import PagingError, Stretch
from connectors.paging.walk import walk
from connectors.watched import Asked, Watched
from schemas.declaration import Dataset
from schemas.declared.child import ChildDataset
from schemas.declared.paged import PagedDataset
from schemas.declared.pagination import OffsetPagination, PagePagination, TimeWindowPagination
from schemas.delivery import Page, Window

Bounds = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What a source says of one subject: raw rows, or a code of refusal_reason."""

    result: Literal["answered", "not_found", "refused"]
    refusal: str | None
    rows: list[bytes]


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


@runtime_checkable
class Following(Protocol):
    """A wire that can also go where an answer points."""

    def follow(self, dataset: Any, link: str) -> Reply:
        """A good answer to a link that an earlier one gave. Raises ConnectorError."""
        ...


class PagedConnector:
    """Reads pages of raw rows and hands them on as NDJSON parts of about 8 MiB.

    `clock` gives the moment up to which a read's numbered pages stand still: rows that change later leave that
    span, which shows in its count; they and any dated in the future are read in a second span.
    """

    def __init__(self, wire: Wire, datasets: Mapping[str, Dataset], clock: Callable[[], datetime]) -> None:
        self._wire: Wire = wire
        self._datasets = datasets
        self._clock = clock

    def check(self) -> list[Finding]:
        """Asks for the first page of each dataset."""
        return [self._check(dataset) for dataset in self._datasets.values()]

    def read(
        self, dataset: Dataset, window: Window, resume: str | None, bookmark: dict[str, Any] | None
    ) -> Iterator[Page]:
        """NDJSON pages of the rows changed in the window; a resumed read keeps the spans it began with."""
        paged = self._readable(dataset)
        held = msgspec.json.decode(resume) if resume else None
        spans = held["spans"] if held else self._spans(paged, window)
        yield from self._read(paged, spans, held)

    def keys(self, dataset: Dataset) -> Iterator[Page]:
        """The keys of every row that the source has now. For a child all of its parent's rows are read."""
        paged = self._parent(dataset)
        for page in self._read(paged, self._everything(paged), None):
            try:
                lines = key_lines(_own_rows(dataset, cast("bytes", page.body)), dataset.key)
            except BrokenJsonError as error:
                place = self._wire.place(paged)
                remedy = "no list was kept and nothing is deleted; send the department this message"
                raise ProtocolError(self._wire.system, dataset.name, place, str(error), remedy) from None
            same = dataset is paged
            yield Page("ndjson", lines.count(b"\n"), lines, declared=page.declared if same else None)

    def preview(self, dataset: Dataset, limit: int = 20) -> list[Page]:
        """The first rows of the dataset as one page."""
        paged = self._parent(dataset)
        rows: list[bytes] = []
        for stretch in self._walk(paged, self._everything(paged)[0], None):
            rows += _own_rows(dataset, ndjson(stretch.rows)).split(b"\n")[:-1]
            if len(rows) >= limit:
                break
        rows = rows[:limit]
        return [Page("ndjson", len(rows), b"".join(row + b"\n" for row in rows))]

    def lookup(self, dataset: Dataset, subject: str) -> Answer:
        """Ask a query-only dataset about one subject. A refusal is an answer; any other error is raised."""
        paged = _paged(dataset)
        if paged.lookup is None:
            raise TypeError(f"{dataset.name} is not query-only")
        try:
            rows = self._wire.ask(paged, {paged.lookup.param: subject}).rows
        except ProtocolError as error:
            refusal = paged.lookup.refusals.get(error.code or "")
            if refusal is None:
                raise
            return Answer("refused", refusal, [])
        return Answer("answered" if rows else "not_found", None, rows)

    def bookmark_after(self, dataset: Dataset) -> dict[str, Any] | None:
        """None: these sources are remembered by their cursor."""
        return None

    def watch(self, note: Callable[[Asked], None]) -> None:
        """From now on, note every answer."""
        self._wire = Watched(self._wire, note)

    def confirm(self, dataset: Dataset) -> None:
        """Nothing to tell: we remember ourselves what was read."""

    def close(self) -> None:
        """Give back connections."""
        self._wire.close()

    def _check(self, dataset: Dataset) -> Finding:
        if isinstance(dataset, ChildDataset):
            return Finding(True, dataset.name, f"{self._wire.system}.{dataset.name}: within {dataset.within.dataset}")
        dataset = _paged(dataset)
        if dataset.lookup is not None:
            told = "query-only; asking costs quota and needs a reason, so a check does not"
            return Finding(True, dataset.name, f"{self._wire.system}.{dataset.name}: {told}")
        try:
            first = next(self._walk(dataset, self._everything(dataset)[0], None), None)
        except ConnectorError as error:
            return Finding(False, dataset.name, str(error))
        if first is None:
            rows = "no rows"
        elif first.total is not None and not _by_time(dataset):
            rows = f"{first.total} rows"
        else:
            rows = f"{first.seen} rows on the first page"
        return Finding(True, dataset.name, f"{self._wire.system}.{dataset.name}: {rows}")

    def _read(self, dataset: PagedDataset, spans: list[Bounds], held: dict[str, Any] | None) -> Iterator[Page]:
        """Pages span after span. Each says what all spans so far declare, and where to go on after it."""
        first, position = (held["span"], held["position"]) if held else (0, None)
        declared: int | None = held["declared"] if held else 0
        total: int | None = held["total"] if held else None  # of the span in hand, also when nothing of it is left
        rows: list[bytes] = []
        size = 0  # of the rows, in bytes
        for number in range(first, len(spans)):
            for stretch in self._walk(dataset, spans[number], position):
                rows += stretch.rows
                size += sum(map(len, stretch.rows))
                total = stretch.total
                if size >= PAGE_BYTES:
                    place = {"span": number, "position": stretch.position, "declared": declared, "total": total}
                    yield _page(dataset, rows, None, {"spans": spans, **place})
                    rows, size = [], 0
            declared = None if declared is None or total is None else declared + total
            position = total = None
        after = {"span": len(spans), "position": None, "declared": declared, "total": None}
        if first < len(spans):
            yield _page(dataset, rows, declared, {"spans": spans, **after})

    def _walk(self, dataset: PagedDataset, bounds: Bounds, position: dict[str, Any] | None) -> Iterator[Stretch]:
        try:
            yield from self._stretches(dataset, bounds, position)
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

    def _stretches(self, dataset: PagedDataset, bounds: Bounds, position: dict[str, Any] | None) -> Iterator[Stretch]:
        pagination, sync = dataset.pagination, dataset.sync

        def ask(parameters: dict[str, Any]) -> Reply:
            return self._wire.ask(dataset, bounds | parameters)

        def follow(link: str) -> Reply:
            return cast("Following", self._wire).follow(dataset, link)

        def between(since: datetime, until: datetime | None) -> Reply:
            upper = {} if until is None else {str(sync.until_param): as_parameter(until, sync.format)}
            return self._wire.ask(dataset, {str(sync.param): as_parameter(since, sync.format), **upper})

        if not isinstance(pagination, TimeWindowPagination):
            can_follow = isinstance(self._wire, Following)
            return walk(ask, follow if can_follow else None, pagination, self._wire.in_flight, position)
        since, until = (datetime.fromisoformat(bounds[end]) for end in ("since", "until"))
        return sliced(between, pagination, since, until, bounds["open"], grain(sync.format), position)

    def _parent(self, dataset: Dataset) -> PagedDataset:
        """The dataset that is asked for: a child's parent, else the dataset itself."""
        return self._readable(self._datasets[dataset.within.dataset] if isinstance(dataset, ChildDataset) else dataset)

    def _readable(self, dataset: Dataset) -> PagedDataset:
        paged = _paged(dataset)
        if paged.lookup is None:
            return paged
        message, remedy = "is query-only and never read", "`hub verify` asks it about the subjects of recent reports"
        raise ProtocolError(self._wire.system, dataset.name, self._wire.place(paged), message, remedy)

    def _everything(self, dataset: PagedDataset) -> list[Bounds]:
        return self._spans(dataset, Window(None, None)) if _by_time(dataset) else [{}]

    def _spans(self, dataset: PagedDataset, window: Window) -> list[Bounds]:
        """What to ask for, span after span: request parameters, or for time_window the ends of the time to slice."""
        sync = dataset.sync
        if _by_time(dataset):
            since_at = window.since or cast("datetime", sync.start)
            until_at = max(window.until or self._clock(), since_at)
            ends = {"since": since_at.isoformat(), "until": until_at.isoformat()}
            return [{**ends, "open": window.until is None}]
        since = {} if window.since is None or sync.param is None else {sync.param: _text(dataset, window.since)}
        if sync.until_param is None:
            return [since]
        if window.until is not None:
            return [since | {sync.until_param: _text(dataset, window.until)}]
        if not isinstance(dataset.pagination, PagePagination | OffsetPagination) or sync.param is None:
            return [since]
        now = _text(dataset, self._clock())
        return [since | {sync.until_param: now}, {sync.param: now}]


def _page(dataset: PagedDataset, rows: list[bytes], declared: int | None, after: dict[str, Any]) -> Page:
    checkpoint = msgspec.json.encode(after).decode()
    return Page("ndjson", len(rows), ndjson(rows), declared, checkpoint, greatest_cursor(rows, dataset))


def _own_rows(dataset: Dataset, lines: bytes) -> bytes:
    """The rows of a dataset in its parent's NDJSON; of one without a parent, the lines as they are."""
    if not isinstance(dataset, ChildDataset):
        return lines
    return ndjson(nested_rows(lines.split(b"\n")[:-1], dataset.within))


def _paged(dataset: Dataset) -> PagedDataset:
    if not isinstance(dataset, PagedDataset):
        raise TypeError(f"{dataset.name} is not a dataset of a paged source")
    return dataset


def _by_time(dataset: PagedDataset) -> bool:
    return isinstance(dataset.pagination, TimeWindowPagination)


def _text(dataset: PagedDataset, at: datetime) -> str | int:
    return as_parameter(at, dataset.sync.format)
