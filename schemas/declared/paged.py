"""The words that REST and SOAP share: what a good answer says, where its rows are, how it is paged."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field, model_validator

from schemas.declared.dataset import Dataset
from schemas.declared.lookup import FILLED, Lookup
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


def _a_lookup_says_less(schema: dict[str, Any]) -> None:
    """For editors: what a query-only dataset leaves out is required of the others alone."""
    schema["required"], filled = (
        [word for word in schema["required"] if (word in FILLED) is left_out] for left_out in (False, True)
    )
    schema["anyOf"] = [{"required": ["lookup"]}, {"required": filled}]


class PagedDataset(Dataset):
    """Rows at the dotted path `rows` of each answer.

    With `lookup` and `sync: {mode: lookup}` it is query-only: it is never read, only asked about one subject at a
    time, and what it answers fills the contract `verifications`.
    """

    model_config = ConfigDict(json_schema_extra=_a_lookup_says_less)

    success: Success | None = None
    rows: str | None = None
    pagination: Pagination
    lookup: Lookup | None = None

    @model_validator(mode="before")
    @classmethod
    def _filled(cls, value: Any) -> Any:
        if not isinstance(value, dict) or "lookup" not in value or value.keys() & {"deletes", "ignore", *FILLED}:
            return value
        return {**value, **FILLED}

    @model_validator(mode="after")
    def _query_only(self) -> PagedDataset:
        if (self.sync.mode == "lookup") != (self.lookup is not None):
            raise ValueError("a query-only dataset needs both: sync: {mode: lookup}, lookup")
        if self.lookup is None:
            return self
        if self.contract != FILLED["contract"] or self.key != FILLED["key"]:
            raise ValueError(f"a lookup fills verifications by itself; leave out: {', '.join(FILLED)}, deletes, ignore")
        if self.lookup.refusals and self.success is None:
            raise ValueError("lookup.refusals are codes of success.field; give success too")
        return self
