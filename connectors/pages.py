"""Walking through a delivery page by page, whole or with an error: never silently short, never in circles."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from connectors.json_rows import Reply
from schemas.declared.paged import CursorPagination, PagePagination

Ask = Callable[[dict[str, Any]], Reply]
Position = dict[str, Any]


class PagingError(Exception):
    """A walk that cannot end in a whole delivery. `restart`: a fresh walk may."""

    def __init__(self, message: str, *, restart: bool) -> None:
        super().__init__(message)
        self.restart = restart


@dataclass(frozen=True)
class Stretch:
    """One page's rows, how many came so far, the delivery's total, and where a later walk goes on."""

    rows: list[bytes]
    seen: int
    total: int | None
    position: Position


def walk(
    ask: Ask, pagination: PagePagination | CursorPagination, in_flight: int, position: Position | None
) -> Iterator[Stretch]:
    """The stretches of a delivery in order, from the start or from a position that an earlier walk gave.

    Raises PagingError, and whatever `ask` raises.
    """
    match pagination:
        case PagePagination():
            return _numbered(ask, pagination, in_flight, position)
        case CursorPagination():
            return _by_cursor(ask, pagination, position)


def _numbered(ask: Ask, pagination: PagePagination, in_flight: int, position: Position | None) -> Iterator[Stretch]:
    """Pages by number, some asked for ahead. The total must not shrink: rows have moved between pages then."""
    page, seen, total = (position["page"], position["seen"], position["total"]) if position else (1, 0, None)
    previous: list[bytes] = []
    pool = ThreadPoolExecutor(in_flight)
    ahead: deque[Future[Reply]] = deque()
    try:
        while total is None or seen < total:
            last = page if total is None else max(page, -(-total // pagination.size))
            while len(ahead) < in_flight and page + len(ahead) <= last:
                number = page + len(ahead)
                parameters = {pagination.page_param: number, pagination.size_param: pagination.size}
                ahead.append(pool.submit(ask, parameters))
            reply = ahead.popleft().result()
            total = _checked_total(reply, pagination.total, total)
            if reply.rows and reply.rows == previous:
                raise PagingError(f"page {page} repeats page {page - 1}", restart=False)
            if not reply.rows and seen < total:
                raise PagingError(f"page {page} is empty after {seen} of {total} rows", restart=True)
            previous = reply.rows
            seen += len(reply.rows)
            page += 1
            yield Stretch(reply.rows, seen, total, {"page": page, "seen": seen, "total": total})
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    if seen > total:
        raise PagingError(f"{seen} rows came where {total} were announced", restart=True)


def _checked_total(reply: Reply, path: str, before: int | None) -> int:
    stated = _count(reply, path)
    if before is not None and stated < before:
        raise PagingError(
            f"the row count fell from {before} to {stated} while it was read: rows moved between pages",
            restart=True,
        )
    return stated


def _count(reply: Reply, path: str) -> int:
    if not reply.envelope:
        return 0
    stated = reply.at(path)
    if isinstance(stated, str) and stated.isdigit():
        stated = int(stated)
    if not isinstance(stated, int):
        raise PagingError(f"the answer has no row count at {path}", restart=False)
    return stated


def _by_cursor(ask: Ask, pagination: CursorPagination, position: Position | None) -> Iterator[Stretch]:
    """Pages by an opaque text that each answer gives for the next.

    A row that changes meanwhile moves behind the cursor and comes again, so more rows than announced are no
    fault; then no total is passed on. Fewer are a truncated delivery.
    """
    cursor, seen = (position["next"], position["seen"]) if position else (None, 0)
    if position and cursor is None:
        return
    used = {cursor}
    while True:
        parameters: dict[str, Any] = {pagination.size_param: pagination.size}
        if cursor is not None:
            parameters[pagination.cursor_param] = cursor
        reply = ask(parameters)
        total = _count(reply, pagination.total)
        seen += len(reply.rows)
        following = reply.at(pagination.next)
        cursor = str(following) if following else None
        if cursor is None and seen < total:
            raise PagingError(f"the last page came after {seen} of {total} rows", restart=True)
        if cursor is not None and cursor in used:
            raise PagingError("the cursor for the next page was already used", restart=True)
        whole = cursor is None and seen == total
        yield Stretch(reply.rows, seen, total if whole else None, {"next": cursor, "seen": seen})
        if cursor is None:
            return
        used.add(cursor)
