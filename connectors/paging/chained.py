"""Pages of which each says how to ask for the next: by a cursor, a link, an object, a GraphQL connection, or not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from connectors.json_rows import Reply
from connectors.paging.stretch import Ask, Follow, PagingError, Position, Stretch, announced
from schemas.declared.pagination import (
    ChainedPagination,
    ContinuePagination,
    CursorPagination,
    NextLinkPagination,
    NoPagination,
    RelayPagination,
)

EMPTY_PAGES = 100
"""So many empty pages in a row that each promise more lead nowhere. Some sources filter after they have paged."""


def chained(
    ask: Ask, follow: Follow | None, pagination: ChainedPagination, position: Position | None
) -> Iterator[Stretch]:
    """Pages in the order in which each names the next. `next` in a position is what the last one named.

    A row that changes meanwhile moves behind the cursor and comes again, so more rows than announced are no
    fault; then no total is passed on. Fewer are a truncated delivery.
    """
    named, seen = (position["next"], position["seen"]) if position else (None, 0)
    if position and named is None:
        return
    used = {_fingerprint(named)}
    previous: list[bytes] = []
    empty = 0
    while True:
        reply = _page(ask, follow, pagination, named)
        total = announced(reply, pagination.total)
        seen += len(reply.rows)
        named = _next(reply, pagination)
        empty = 0 if reply.rows else empty + 1
        _check(reply.rows, previous, named, used, empty)
        _check_end(pagination, named, seen, total)
        whole = named is None and seen == total
        yield Stretch(reply.rows, seen, total if whole else None, {"next": named, "seen": seen})
        if named is None:
            return
        used.add(_fingerprint(named))
        previous = reply.rows


def _page(ask: Ask, follow: Follow | None, pagination: ChainedPagination, named: Any) -> Reply:
    match pagination:
        case CursorPagination() | NextLinkPagination():
            sized = {} if pagination.size_param is None else {pagination.size_param: pagination.size}
            if named is None:
                return ask(sized)
            if isinstance(pagination, CursorPagination):
                return ask({**sized, pagination.cursor_param: named})
            if follow is None:
                raise TypeError("a source that is not asked over HTTP gives no links")
            return follow(named)
        case RelayPagination():
            return ask({"first": pagination.size, **({} if named is None else {"after": named})})
        case ContinuePagination():
            return ask(named or {})
        case NoPagination():
            return ask({})


def _next(reply: Reply, pagination: ChainedPagination) -> Any:
    """What asks for the next page; None after the last."""
    match pagination:
        case CursorPagination():
            following = reply.at(pagination.next)
            return str(following) if following else None
        case NextLinkPagination():
            return reply.link
        case RelayPagination():
            page_info = reply.at(pagination.page_info)
            if not isinstance(page_info, dict) or "hasNextPage" not in page_info:
                raise PagingError(f"the answer has no pageInfo at {pagination.page_info}", restart=False)
            if page_info["hasNextPage"] and not page_info.get("endCursor"):
                raise PagingError("pageInfo promises a next page and names no endCursor", restart=False)
            return page_info["endCursor"] if page_info["hasNextPage"] else None
        case ContinuePagination():
            following = reply.at(pagination.next)
            if following and not isinstance(following, dict):
                raise PagingError(f"what stands at {pagination.next} is no object to copy back", restart=False)
            return following or None
        case NoPagination():
            return None


def _check(rows: list[bytes], previous: list[bytes], named: Any, used: set[bytes], empty: int) -> None:
    if named is not None and _fingerprint(named) in used:
        raise PagingError("the cursor for the next page was already used", restart=True)
    if rows and rows == previous:
        raise PagingError("a page repeats the one before it: the source does not heed its own cursor", restart=False)
    if named is not None and empty >= EMPTY_PAGES:
        raise PagingError(f"{empty} pages in a row are empty and promise more", restart=True)


def _check_end(pagination: ChainedPagination, named: Any, seen: int, total: int | None) -> None:
    if named is None and total is not None and seen < total:
        raise PagingError(f"the last page came after {seen} of {total} rows", restart=True)
    if isinstance(pagination, NoPagination) and pagination.limit is not None and seen >= pagination.limit:
        raise PagingError(f"{seen} rows came, which is where the source cuts off; find how it pages", restart=False)


def _fingerprint(named: Any) -> bytes:
    return msgspec.json.encode(named, order="deterministic")
