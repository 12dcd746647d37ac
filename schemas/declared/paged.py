"""The words that REST and SOAP share: what a good answer says, where its rows are, how it is paged."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from schemas.declared.dataset import Dataset
from schemas.declared.pagination import Pagination
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


class PagedDataset(Dataset):
    """Rows at the dotted path `rows` of each answer."""

    success: Success | None = None
    rows: str | None = None
    pagination: Pagination
