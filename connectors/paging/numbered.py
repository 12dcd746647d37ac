"""Pages that anybody can ask for by number or offset, so several at once, landed in their order."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from connectors.json_rows import Reply
from connectors.paging.stretch import Ask, PagingError, Position, Stretch, announced
from schemas.declared.pagination import NumberedPagination, PagePagination


def numbered(ask: Ask, pagination: NumberedPagination, in_flight: int, position: Position | None) -> Iterator[Stretch]:
    """Pages by number; ahead are asked only those that the total promises. Ends with the total, else an empty page.

    The total must not shrink, for then rows have moved between pages; a page that is short before the end means
    that the source gives fewer rows than it is asked for, which at the next offset would be a gap.
    """
    start = position or {"page": 0, "seen": 0, "total": None, "short": None}
    page, seen, total, short = start["page"], start["seen"], start["total"], start["short"]
    if total is not None and seen >= total:
        return
    previous: list[bytes] = []
    pool = ThreadPoolExecutor(in_flight)
    ahead: deque[Future[Reply]] = deque()
    try:
        while total is None or seen < total:
            last = page if total is None else max(page, -(-total // pagination.size) - 1)
            while len(ahead) < in_flight and page + len(ahead) <= last:
                ahead.append(pool.submit(ask, _parameters(pagination, page + len(ahead))))
            reply = ahead.popleft().result()
            total = _checked_total(reply, pagination.total, total)
            if total is None and (not reply.rows or (short is not None and reply.rows == previous)):
                return  # past the end there is nothing, or the last page once more
            _check_rows(reply.rows, previous, page, seen, total, short)
            previous = reply.rows
            seen += len(reply.rows)
            page += 1
            short = len(reply.rows) if len(reply.rows) < pagination.size else None
            yield Stretch(reply.rows, seen, total, {"page": page, "seen": seen, "total": total, "short": short})
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    if total is not None and seen > total:
        raise PagingError(f"{seen} rows came where {total} were announced", restart=True)


def _parameters(pagination: NumberedPagination, page: int) -> dict[str, Any]:
    sized = {} if pagination.size_param is None else {pagination.size_param: pagination.size}
    if isinstance(pagination, PagePagination):
        return {pagination.page_param: pagination.first + page, **sized}
    return {pagination.offset_param: page * pagination.size, **sized}


def _checked_total(reply: Reply, path: str | None, before: int | None) -> int | None:
    stated = announced(reply, path)
    if stated is not None and before is not None and stated < before:
        raise PagingError(
            f"the row count fell from {before} to {stated} while it was read: rows moved between pages",
            restart=True,
        )
    return stated


def _check_rows(
    rows: list[bytes], previous: list[bytes], page: int, seen: int, total: int | None, short: int | None
) -> None:
    if rows and rows == previous:
        raise PagingError(f"page {page + 1} repeats page {page}", restart=False)
    if not rows and total is not None and seen < total:
        raise PagingError(f"page {page + 1} is empty after {seen} of {total} rows", restart=True)
    if rows and short is not None:
        raise PagingError(
            f"page {page} has {short} rows and is not the last: the source gives fewer than pagination.size asks "
            f"for; set size to {short} or less",
            restart=False,
        )
