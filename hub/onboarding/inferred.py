"""What a declaration may say of a dataset beside its fields, as far as names, comments and values tell."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from connectors.offers import Offer
from hub.onboarding.proposals import Field
from schemas.declaration import Dataset

DELETE_MARK = re.compile(r"(is_?)?del(eted|_?flag|ete_?flag)?|sfsc|scbz|zxbz|.*(删除|注销|作废).*", re.IGNORECASE)
"""Names and comments of fields that mark a record as deleted."""
_COUNTS_ROWS = re.compile(r"序号|行号|顺序号|xh|row_?(no|num|number)", re.IGNORECASE)
"""Names of what numbers the rows of one list, and begins again in the next one."""
_NAMES_RECORDS = re.compile(r".*(编号|单号|号|编码|bh|id|no|num|code|key)", re.IGNORECASE)

_OPERATION = re.compile(r"op|oper(ation)?|op_?type|action|event_?type|cz(lx)?|操作(类型)?", re.IGNORECASE)
"""Names of what says whether a message adds, changes or deletes."""


def key(offer: Offer | None, fields: Sequence[Field]) -> list[str]:
    """The source's own key, else a field whose values are all there and all different, first of all one that is called
    a number; never one that counts rows, tells a time, or holds numbers of people, of whom one may come twice."""
    if offer is not None and offer.words.get("key"):
        return list(offer.words["key"])
    found = [field.name for field in fields if _may_name_records(field)]
    return sorted(found, key=lambda name: not _NAMES_RECORDS.fullmatch(name))[:1]


def tombstone(fields: Sequence[Field]) -> dict[str, Any] | None:
    """The words of `deletes` for the first field that is called a mark of deletion and says yes or no."""
    for field in fields:
        called = DELETE_MARK.fullmatch(field.name) or DELETE_MARK.fullmatch(field.comment)
        if called and field.profile is not None and field.profile.is_boolean:
            return {"kind": "tombstone", "field": field.name, "equals": [field.profile.true_values[0]]}
    return None


def wrapping(dataset: Dataset, fields: Sequence[Field]) -> str | None:
    """What to declare where each message of a queue has one object that may be its row, in words for a person."""
    inside = [field.name for field in fields if field.profile is not None and field.profile.nested]
    if dataset.sync.mode != "queue" or getattr(dataset, "rows", None) is not None or len(inside) != 1:
        return None
    op = next((field.name for field in fields if _OPERATION.fullmatch(field.name)), None)
    envelope = f" and envelope: {{op: {op}}}" if op else ""
    return f"{inside[0]} holds an object: if that is the row, write rows: {inside[0]}{envelope}, and discover again"


def gone(column: str, source: str, now: str | None, free: Sequence[str]) -> str:
    """What is mapped stays, also where the source has its field no more: only a person knows what it is called now."""
    called = (
        f"; if it is {now} now, correct it" if now else f"; if it has another name now, correct it: {', '.join(free)}"
    )
    return f"{column} is mapped from {source}, which is none of the fields seen{called if now or free else ''}"


def _may_name_records(field: Field) -> bool:
    values = field.profile
    if values is None or not values.unique or _COUNTS_ROWS.fullmatch(field.name):
        return False
    is_of_people = max(values.shares.get("id_no", 0.0), values.shares.get("phone", 0.0)) >= 0.5
    return not is_of_people and (values.dated < 0.5 or bool(_NAMES_RECORDS.fullmatch(field.name)))
