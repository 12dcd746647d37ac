"""Which walk goes with which declared paging."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.paging.chained import chained
from connectors.paging.numbered import numbered
from connectors.paging.stretch import Ask, Follow, Position, Stretch
from schemas.declared.pagination import ChainedPagination, NumberedPagination, OffsetPagination, PagePagination


def walk(
    ask: Ask,
    follow: Follow | None,
    pagination: NumberedPagination | ChainedPagination,
    in_flight: int,
    position: Position | None,
) -> Iterator[Stretch]:
    """The stretches of a delivery in order, from the start or from a position that an earlier walk gave.

    `follow` asks for a link that an answer gave. Raises PagingError, and whatever `ask` and `follow` raise.
    """
    if isinstance(pagination, PagePagination | OffsetPagination):
        return numbered(ask, pagination, in_flight, position)
    return chained(ask, follow, pagination, position)
