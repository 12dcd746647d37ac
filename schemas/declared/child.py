"""The words of a dataset whose rows stand in a list inside another dataset's rows."""

from __future__ import annotations

from pydantic import Field, model_validator

from schemas.declared.dataset import Dataset, Sync
from schemas.declared.words import Model


class Within(Model):
    """Where the rows are: in the list at the dotted path `rows` of each row of `dataset`.

    Every row gets the parent's fields that `parent` names (`report: id` is the parent's `id` under the name
    `report`) and, under the name `ordinal`, its place in the list from 1. A single object counts as a list of one; a
    row that is no object becomes the member `value` of one.
    """

    dataset: str
    rows: str
    parent: dict[str, str] = Field(min_length=1)
    ordinal: str | None = None


class ChildDataset(Dataset):
    """Rows that came with their parents: the source is asked once, and both come from the same answers.

    It is read after its parent, from the parent's deliveries that it has not had yet. A list that has become shorter
    says nothing here; only `deletes: {kind: key_compare}` finds rows that have left it.
    """

    within: Within
    sync: Sync = Sync(mode="parent")

    @model_validator(mode="after")
    def _follows_its_parent(self) -> ChildDataset:
        if self.sync.mode != "parent":
            raise ValueError("sync is its parent's; leave it out")
        return self
