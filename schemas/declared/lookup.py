"""The words of a dataset that is only ever asked about one subject at a time, and what its answers become."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from schemas.declared.words import Model, PerDay, Span

ANSWER_FIELDS = (
    *("call_no", "related_system", "related_no", "item_code", "reason_code", "power_item_no", "asked_at"),
    *("subject_kind", "subject_id_no", "result_code", "answered_at", "valid_until", "refusal_reason_code", "answer"),
)
"""The fields of an answer as it lands, named as the columns of the contract `verifications` that they fill."""

FILLED: dict[str, Any] = {
    "contract": "verifications",
    "key": ["call_no"],
    "fields": {
        name: {"from": name, "type": "timestamp", "formats": ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S.%f"]}
        if name in ("asked_at", "answered_at", "valid_until")
        else name
        for name in ANSWER_FIELDS
    },
    "pagination": {"kind": "none"},
}
"""What every lookup declares alike, so that nobody writes it."""


class Lookup(Model):
    """Whom a dataset is asked about, why it may be, and how often.

    `param` carries the ID number that stands in `subject` of a report. `item` is a code of verification_item. `reasons`
    gives the statutory reason (verification_reason) for each system whose reports may be asked about; those of no
    other system are. Only reports from within the last `within` are asked about, no more than `quota` in a day, and
    about nobody again while an answer is younger than `cache`. `refusals` are the source's codes which mean that it
    will not tell, each with a code of refusal_reason.
    """

    param: str
    subject: Literal["applicant_id_no", "respondent_id_no"]
    item: str
    reasons: dict[str, str] = Field(min_length=1)
    within: Span
    quota: PerDay
    cache: Span
    refusals: dict[str, str] = Field(default_factory=dict)
