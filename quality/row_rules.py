"""From a contract to the rules of one landed row: one SQL predicate each, true where the row breaks the rule.

A NULL predicate means "not broken": what is missing is found by the rules on completeness alone. Predicates read
the columns of the compiled statement: `c` the value, `c__text` the cleaned text that it came from, `c__read` the
value before implausible dates were taken out, `c__known` true where the division exists.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from quality.free_predicate import free_predicate
from quality.implied import implied_rules
from quality.predicates import CHECKS, Predicate
from quality.record_rules import RECORD_CHECKS
from quality.rules import SOURCE_ID, SOURCE_UPDATED_AT, Origin, Rule, RuleError, stated
from schemas.contract import Check, Contract


def row_rules(contract: Contract, origins: dict[str, Origin]) -> tuple[Rule, ...]:
    """The rules that apply to a dataset: those of the columns that its declaration fills, then the cross rules.

    A column that a system does not supply, or that its declaration fills with a constant, breaks no rule. Raises
    RuleError where the contract states a rule that cannot be compiled.
    """
    origins = {name: origin for name, origin in origins.items() if origin.source is not None}
    rules = [SOURCE_ID]
    for column in (*contract.columns, SOURCE_UPDATED_AT):
        if column.name in origins:
            rules += implied_rules(column, origins[column.name], contract, origins)
        rules += _stated(contract, column.checks, column.name, origins)
    rules += _stated(contract, contract.checks, "", origins)
    return tuple(rules)


def _stated(contract: Contract, checks: Sequence[Check], column: str, origins: dict[str, Origin]) -> Iterator[Rule]:
    """The rules among `checks` that look at one row, and at nothing but columns that are filled."""
    for check in checks:
        if check.check in RECORD_CHECKS:
            continue
        predicate = _predicate(contract, check, column)
        if set(predicate.columns) <= origins.keys():
            yield stated(check, predicate.sql, predicate.columns)


def _predicate(contract: Contract, check: Check, column: str) -> Predicate:
    if check.check == "predicate":
        return free_predicate(contract, check)
    if check.check not in CHECKS:
        known = ", ".join(sorted({*CHECKS, *RECORD_CHECKS, "predicate"}))
        raise RuleError(contract, check, f"there is no check {check.check!r}; there are: {known}")
    try:
        return CHECKS[check.check]({"_column": column, **check.arguments})
    except KeyError as missing:
        raise RuleError(contract, check, f"the check {check.check} needs {missing} in its implementation") from None
