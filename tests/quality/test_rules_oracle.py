"""Every kind of rule, counted by the compiled statement and by plain Python: the two must agree on every row."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

from court_reports import broken, rows
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from quality.compiler import compile_statement
from quality.outcome import Outcome
from schemas.contract import load_contracts
from schemas.declaration import load_systems

SYSTEM = load_systems()[0]["court_odr"]
RULES = compile_statement(SYSTEM, SYSTEM.datasets["pre_suit_cases"], load_contracts()["case_reports"]).rules
SEVERITY = {rule.id: rule.severity for rule in RULES}


@settings(
    max_examples=12,
    deadline=None,
    phases=[
        Phase.explicit,
        Phase.reuse,
        Phase.generate,
    ],  # a batch need not be made smaller: the message names the rows
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(batch=st.lists(rows, min_size=1, max_size=60))
def test_each_rule_fires_where_plain_python_says(
    batch: list[dict[str, Any]],
    desk: Any,
    court_row: dict[str, Any],
    lines: Callable[..., bytes],
    staged: Callable[[Outcome], list[dict[str, Any]]],
    quarantined: Callable[[Outcome], list[dict[str, Any]]],
) -> None:
    outcome = desk.check(desk.land(lines(*({**court_row, **row} for row in batch))))
    expected = [broken(row) for row in batch]
    counted = dict(Counter(rule for rules in expected for rule in rules))
    differ = {rule for rule in {*counted, *outcome.fired} if counted.get(rule) != outcome.fired.get(rule)}
    assert not differ, [(rule, outcome.fired.get(rule), counted.get(rule)) for rule in differ]

    accepted, rejected = staged(outcome), quarantined(outcome)
    assert outcome.accepted + outcome.rejected == len(batch)
    positions = [row["position"] for row in accepted] + [row["position"] for row in rejected]
    assert sorted(positions) == list(range(1, len(batch) + 1)), "each row is in exactly one place"
    for row in accepted:
        rules = expected[row["position"] - 1]
        assert not any(SEVERITY[rule] == "critical" for rule in rules)
        assert set(row["warnings"]) == {rule for rule in rules if SEVERITY[rule] == "warning"}
    for row in rejected:
        rules = expected[row["position"] - 1]
        assert any(SEVERITY[rule] == "critical" for rule in rules), "a row in quarantine has a reason"
        assert {reason["rule"] for reason in row["reasons"]} == {rule for rule in rules if SEVERITY[rule] != "info"}


def test_every_rule_says_what_is_wrong_and_what_to_do() -> None:
    for rule in RULES:
        for text in (rule.title, rule.message, rule.advice):
            assert re.search("[\u4e00-\u9fff]", text), f"{rule.id}: {text!r} is not for a department to read"
        assert rule.responsibility == ("hub" if rule.id.endswith(".unmapped") else "department")
