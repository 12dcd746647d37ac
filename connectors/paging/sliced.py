"""Interfaces without pages that give at most so many rows: slices of time, halved where one was truncated."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from connectors.json_rows import Reply
from connectors.paging.stretch import PagingError, Position, Stretch, announced
from schemas.declared.pagination import TimeWindowPagination

Between = Callable[[datetime, datetime | None], Reply]
"""Asks for the rows changed in [since, until); until None is open."""

_TICK = timedelta(microseconds=1)
_MIDNIGHT = datetime(1970, 1, 1)


def sliced(
    between: Between,
    pagination: TimeWindowPagination,
    since: datetime,
    until: datetime,
    open_end: bool,
    grain: timedelta,
    position: Position | None,
) -> Iterator[Stretch]:
    """Slice after slice of [since, until), then, with `open_end`, all that is dated later: at once, or where that was
    truncated in slices too, each as long as all before it, until the rest is not.

    A slice that was truncated is asked for again in halves, and the next is as long as the last one that was whole,
    then twice that, up to the declared span. No bound is finer than `grain`, the least that a request can tell apart:
    between two bounds of one text there would be nothing. Every slice is one answer, so an edit meanwhile can only
    move a row to a later slice. Raises PagingError where even the smallest slice, or the open end, is truncated.
    """
    since, until = _down(since, grain), _down(until if open_end else until + grain - _TICK, grain)
    longest = max(pagination.span // grain, 1) * grain
    start = datetime.fromisoformat(position["from"]) if position else since
    length = timedelta(seconds=position["seconds"]) if position else longest
    seen: int = position["seen"] if position else 0
    total: int | None = position["total"] if position else 0
    ended = not open_end or bool(position and position.get("ended"))
    while True:
        while start < until:
            end = min(start + length, until)
            reply = between(start, end)
            if _truncated(reply, pagination):
                if end - start <= grain:
                    raise _too_many(pagination, f"the time from {start} to {end}")
                length = (end - start) // grain // 2 * grain
                continue
            start, length = end, min(length * 2, longest)
            seen += len(reply.rows)
            total = _sum(total, reply, pagination)
            place = {"from": start.isoformat(), "seconds": length.total_seconds(), "seen": seen, "total": total}
            yield Stretch(reply.rows, seen, total, place)
        if ended:
            return
        reply = between(start, None)
        if ended := not _truncated(reply, pagination):
            seen += len(reply.rows)
            total = _sum(total, reply, pagination)
            place = {"from": start.isoformat(), "seconds": 1, "seen": seen, "total": total, "ended": True}
            yield Stretch(reply.rows, seen, total, place)
        else:
            until = _later(start, longest, pagination)
            length = until - start
            longest = 2 * length


def _later(start: datetime, span: timedelta, pagination: TimeWindowPagination) -> datetime:
    try:
        return start + span
    except OverflowError:
        raise _too_many(pagination, f"the time after {start}") from None


def _truncated(reply: Reply, pagination: TimeWindowPagination) -> bool:
    total = announced(reply, pagination.total)
    return len(reply.rows) >= pagination.limit or (total is not None and total > len(reply.rows))


def _down(at: datetime, grain: timedelta) -> datetime:
    return at - (at - _MIDNIGHT) % grain


def _sum(total: int | None, reply: Reply, pagination: TimeWindowPagination) -> int | None:
    stated = announced(reply, pagination.total)
    return None if total is None or stated is None else total + stated


def _too_many(pagination: TimeWindowPagination, where: str) -> PagingError:
    return PagingError(
        f"{where} alone has more rows than the source gives at once ({pagination.limit}); this interface cannot be "
        "read whole by time",
        restart=False,
    )
