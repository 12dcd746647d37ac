"""How an interface hands out a long delivery in pages, and how each way shows that nothing is missing.

`total`, where a kind has it, is the path of the whole delivery's row count in the answer. A path is dotted
(`result.page.total`); the headers of an answer stand under `@headers` by their lower-case names, so
`@headers.x-total-count` is a header. Without a total, the end of numbered pages is an empty page.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from schemas.declared.words import Model, Span


class PagePagination(Model):
    """Numbered pages; the first is number `first`. A short page before the end is a limit lower than `size`."""

    kind: Literal["page"]
    page_param: str
    first: int = Field(default=1, ge=0, le=1)
    size_param: str | None = None
    size: int = Field(ge=1)
    total: str | None = None


class OffsetPagination(Model):
    """`size` rows from the row number `offset_param` (from 0) on."""

    kind: Literal["offset"]
    offset_param: str
    size_param: str
    size: int = Field(ge=1)
    total: str | None = None


class CursorPagination(Model):
    """Each answer names the next page by an opaque text at `next`; none there means that it was the last."""

    kind: Literal["cursor"]
    cursor_param: str
    next: str
    size_param: str | None = None
    size: int | None = Field(default=None, ge=1)
    total: str | None = None

    @model_validator(mode="after")
    def _both_or_none(self) -> CursorPagination:
        if (self.size_param is None) != (self.size is None):
            raise ValueError("give both or none of: size, size_param")
        return self


class NextLinkPagination(Model):
    """Each answer has the address of the next page at `next`, absolute or relative, on the host of base_url.

    `@headers.link` is read by RFC 8288 (`<address>; rel="next"`); any other place holds the bare address.
    """

    kind: Literal["next_link"]
    next: str
    size_param: str | None = None
    size: int | None = Field(default=None, ge=1)
    total: str | None = None

    @model_validator(mode="after")
    def _both_or_none(self) -> NextLinkPagination:
        if (self.size_param is None) != (self.size is None):
            raise ValueError("give both or none of: size, size_param")
        return self


class ContinuePagination(Model):
    """Each answer has an object at `next` whose members are copied into the next request, as MediaWiki does."""

    kind: Literal["continue"]
    next: str
    total: str | None = None


class RelayPagination(Model):
    """A GraphQL connection (Relay cursor connections): `page_info` is the path of its pageInfo.

    `size` is sent as the variable `first`, pageInfo.endCursor as the variable `after`.
    """

    kind: Literal["relay"]
    page_info: str
    size: int = Field(ge=1)
    total: str | None = None


class TimeWindowPagination(Model):
    """No pages: at most `limit` rows of a time window, which is cut into slices of `span`.

    A slice with `limit` rows or with fewer than its `total` was truncated by the source, and is asked for again in
    halves. Needs sync.param, sync.until_param and sync.start.
    """

    kind: Literal["time_window"]
    span: Span
    limit: int = Field(ge=1)
    total: str | None = None

    @model_validator(mode="after")
    def _a_second_or_more(self) -> TimeWindowPagination:
        if self.span.total_seconds() < 1:
            raise ValueError("span must be 1s or more")
        return self


class NoPagination(Model):
    """Everything in one answer. `limit` is what the source is known to cut off at: that many rows are not whole."""

    kind: Literal["none"]
    limit: int | None = Field(default=None, ge=1)
    total: str | None = None


NumberedPagination = PagePagination | OffsetPagination
ChainedPagination = CursorPagination | NextLinkPagination | ContinuePagination | RelayPagination | NoPagination
Pagination = Annotated[NumberedPagination | ChainedPagination | TimeWindowPagination, Field(discriminator="kind")]
