"""The words that REST and SOAP share: what a good answer says, where its rows are, how it is paged."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from schemas.declared.dataset import Dataset
from schemas.declared.words import Model, Texts


class Retry(Model):
    """How often a request is tried in all, and after which HTTP statuses. The pauses are random and doubling."""

    attempts: int = Field(ge=1, le=10)
    statuses: list[Annotated[int, Field(ge=400, le=599)]]


class Success(Model):
    """What a good answer says within HTTP 200: `field` is `equals`.

    `empty` are codes which mean that nothing matched, `retry` codes which may be gone a moment later.
    """

    field: str
    equals: str
    empty: Texts = Field(default_factory=list)
    retry: Texts = Field(default_factory=list)


class PagePagination(Model):
    """Numbered pages from 1. `total` is the path of the whole delivery's row count in the answer."""

    kind: Literal["page"]
    page_param: str
    size_param: str
    size: int = Field(ge=1)
    total: str


class CursorPagination(Model):
    """Each answer names the next page by an opaque text at `next`; none there means that it was the last."""

    kind: Literal["cursor"]
    cursor_param: str
    next: str
    size_param: str
    size: int = Field(ge=1)
    total: str


class PagedDataset(Dataset):
    """Rows at the dotted path `rows` of each answer."""

    success: Success
    rows: str
    pagination: Annotated[PagePagination | CursorPagination, Field(discriminator="kind")]
