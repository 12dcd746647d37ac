"""What every dataset declares, whatever family its source belongs to."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator
from pydantic.json_schema import SkipJsonSchema

from schemas.contract import contract_names
from schemas.declared.words import Cron, Model, Share, Span, Texts

FieldType = Literal["text", "timestamp", "date", "decimal", "integer", "boolean"]


class FieldMap(Model):
    """Where one column of the contract comes from.

    `from` names the source field (`FieldMap.source` in Python), or `const` gives the same value to every row.
    `crosswalk` is the stem of a file in schemas/crosswalks. `formats` are strptime patterns, or `epoch_ms`,
    `epoch_s`, `excel_serial`, tried in order. `true_values` are the texts that mean true; any other is false.
    """

    source: str | None = Field(default=None, alias="from")
    const: str | None = None
    crosswalk: str | None = None
    type: FieldType | None = None
    formats: Texts = Field(default_factory=list)
    true_values: Texts = Field(default_factory=list)

    @model_validator(mode="after")
    def _one_origin(self) -> FieldMap:
        if (self.source is None) == (self.const is None):
            raise ValueError("give exactly one of: from, const")
        return self


class Sync(Model):
    """How a dataset is kept up to date.

    `incremental`: rows whose `cursor` field is at or after the last cursor less `lookback`; `param` is the name
    under which a request carries that lower bound, `until_param` the upper one. `snapshot`: everything, each
    time. `files`: the files not seen before. `queue`: the messages not read before. `parent`: what its parent
    has brought, for a child dataset alone. `lookup`: never; single subjects are asked about.

    Times are naive Asia/Shanghai, sent as `format`: a strptime pattern, `iso` (with +08:00), `iso_utc` (with Z),
    `epoch_s` or `epoch_ms`.
    """

    mode: Literal["incremental", "snapshot", "files", "queue", "parent", "lookup"]
    cursor: str | None = None
    param: str | None = None
    until_param: str | None = None
    format: str = "%Y-%m-%d %H:%M:%S"
    lookback: Span = timedelta(0)
    start: datetime | None = None

    @model_validator(mode="after")
    def _words_of_the_mode(self) -> Sync:
        given = {"cursor", "param", "until_param", "format", "lookback", "start"} & self.model_fields_set
        if self.mode == "incremental" and self.cursor is None:
            raise ValueError("mode incremental needs: cursor")
        if self.mode != "incremental" and given:
            raise ValueError(f"mode {self.mode} has no: {', '.join(sorted(given))}")
        return self


class Tombstone(Model):
    """The source marks a deleted row itself: it is deleted when `field` holds one of the texts in `equals`."""

    kind: Literal["tombstone"]
    field: str
    equals: Texts


class KeyCompare(Model):
    """The source says nothing of deletes: on `cron`, all its keys are listed and compared with ours.

    More than `max_delete_share` of the current rows gone at once waits for a person.
    """

    kind: Literal["key_compare"]
    cron: Cron
    max_delete_share: Share


class NoDeletes(Model):
    """Records of this dataset are never taken as deleted, and `reason` says why that is right."""

    kind: Literal["none"]
    reason: str = Field(min_length=1)


Deletes = Annotated[Tombstone | KeyCompare | NoDeletes, Field(discriminator="kind")]


class Freshness(Model):
    """How old the newest record may be before the dataset counts as late (`warn`) or failed (`fail`)."""

    warn: Span
    fail: Span

    @model_validator(mode="after")
    def _in_order(self) -> Freshness:
        if self.fail < self.warn:
            raise ValueError("fail must not be shorter than warn")
        return self


class Drift(Model):
    """What a change of the source's form does; each is an issue of the dataset, whatever happens to the rows.

    `warn`: the rows go on. `quarantine`: the rows go the way of their rules, so one whose value would be lost is
    quarantined. `fail`: the load fails and its delivery waits. A field of the key that is missing always fails.
    """

    new_field: Literal["warn", "fail"] = "warn"
    missing_field: Literal["warn", "fail"] = "fail"
    wrong_type: Literal["quarantine", "fail"] = "quarantine"


class Expect(Model):
    """Above this share of rejected rows a load raises an alarm; it never fails."""

    max_reject_share: Share = 0.05


def _or_short(schema: dict[str, Any]) -> None:
    """In the schema for editors, the short form of a field's origin stands beside the long one."""
    schema["additionalProperties"] = {"anyOf": [{"type": "string"}, schema["additionalProperties"]]}


class Dataset(Model):
    """One kind of record of a system, and the contract that it fills.

    `key` names the source fields whose values, joined by `|`, are the record's `source_id`. `fields` maps contract
    columns to their origin (`title: ajmc` is short for `title: {from: ajmc}`). `ignore` lists source fields that
    are out of scope on purpose; any other new one is reported.
    """

    name: SkipJsonSchema[str] = ""  # its key under `datasets`
    contract: str
    key: Texts = Field(min_length=1)
    fields: dict[str, FieldMap] = Field(min_length=1, json_schema_extra=_or_short)
    ignore: Texts = Field(default_factory=list)
    sync: Sync
    deletes: Deletes | None = None
    freshness: Freshness
    drift: Drift = Drift()
    expect: Expect = Expect()

    @field_validator("contract")
    @classmethod
    def _is_there(cls, value: str) -> str:
        if value not in contract_names():
            raise ValueError(f"there is no contract {value!r}; allowed: {', '.join(contract_names())}")
        return value

    @field_validator("fields", mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {column: {"from": one} if isinstance(one, str) else one for column, one in value.items()}

    @property
    def delivered_as(self) -> str:
        """Where its department knows that it comes from, such as 数据表 T_CASE; "" where each delivery has a name."""
        return ""

    @model_validator(mode="after")
    def _nothing_twice(self) -> Dataset:
        used = {one.source for one in self.fields.values() if one.source} | set(self.key)
        both = sorted(used & set(self.ignore))
        if both:
            raise ValueError(f"these are both used and ignored: {', '.join(both)}")
        if self.sync.mode == "parent" and "within" not in type(self).model_fields:
            raise ValueError("sync.mode parent goes with: within")
        return self
