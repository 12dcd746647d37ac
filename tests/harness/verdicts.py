"""What gate and audit found, as the operations database keeps it: a refused version after a good one, and an audit."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from operations import audits, gates
from operations.store import Store


def result(table: str, title: str, success: bool, severity: str = "critical", **found: Any) -> dict[str, Any]:
    """One expectation's result."""
    empty = {"expectation": "UnexpectedRowsExpectation", "observed": None, "unexpected": 0, "examples": None}
    return {
        "check_id": f"{table}.{title}", "table_name": table, "title": title, "severity": severity, "success": success,
        "error": None, **empty, **found,
    }  # fmt: skip


def tally(rule_id: str, kind: str, compiled: int | None, expected: int | None, *keys: str) -> dict[str, Any]:
    """One rule of the court's reports, counted twice."""
    return {
        "system": "court_odr", "dataset": "pre_suit_cases", "rule_id": rule_id, "kind": kind, "compiled": compiled,
        "expected": expected, "error": None, "keys": list(keys), "agrees": compiled == expected,
    }  # fmt: skip


SOUND = [
    result("core.cases", "案件编码应符合编码规则", True, observed="800"),
    result("core.cases", "案件的办结时间不得早于受理时间", False, "warning", unexpected=2),
    result("ops.loads", "账目必须平衡", True),
]
BROKEN = [
    *SOUND[:2],
    result("ops.loads", "账目必须平衡", False, unexpected=1, examples='[{"load_id": "20260914T21-1a2b"}]'),
]
WHY = 'ops.loads:账目必须平衡;不符合 1 行,例如 [{"load_id": "20260914T21-1a2b"}]'
TALLIES = [
    tally("source_id.required", "required", 0, 0),
    tally("applicant_id_no.checksum", "gb11643", 40, 40),
    tally("applicant_phone.form", "phone_form", 90, 91, "SQ-17"),
]


def record_verdicts(store: Store, as_of: datetime) -> None:
    """A version that passed, the next one that was refused, and an audit in which one rule is counted differently."""
    gates.record(store, "12", as_of, True, [], SOUND)
    gates.record(store, "13", as_of, False, [WHY], BROKEN)
    audits.record(store, as_of, 2400, TALLIES, {"union_rights.rights_cases": "00001.csv is no whole file"})
