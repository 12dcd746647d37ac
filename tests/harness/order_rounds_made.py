"""Rounds of work orders as the warehouse would tell of them, for tests of what people make of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from operations.order_rounds import Round
from schemas.declaration import System, load_systems

SEEN = datetime(2026, 6, 30, 8)


@cache
def shipped() -> Mapping[str, System]:
    """The systems that are declared here, read once for all rounds."""
    return load_systems()[0]


def a_round(number: int = 1, **facts: Any) -> Round:
    """A round in which nothing is counted, of a critical rule that mediation cases break, unless said otherwise."""
    counts = ("rows_open", "rows_unkeyed", "rows_corrected", "rows_ours", "rows_deleted", "rows_by_hand")
    usual: dict[str, Any] = dict.fromkeys(counts, 0) | {
        "system": "peoples_mediation",
        "contract": "case_reports",
        "rule_id": "applicant_id_no.checksum",
        "round": number,
        "first_seen": SEEN,
        "newest_seen": "L1",
        "dimension": "accuracy",
        "severity": "critical",
        "responsibility": "department",
        "title": "证件号码校验位不符",
        "message": "校验位不符",
        "advice": "请核对证件",
    }
    given = usual | facts
    given.setdefault("field", given["rule_id"].split(".")[0])
    given.setdefault("department", shipped()[given["system"]].department)
    return Round(**given)
