"""Verdicts as bits: rule n of a statement is bit n % 62 of the column `mask_<n // 62>` of a judged row `c`."""

from __future__ import annotations

from collections.abc import Sequence

from quality.rules import Rule

BITS = 62  # a BIGINT without its sign, and one spare, so that a sum never overflows


def mask_columns(rules: Sequence[Rule]) -> list[str]:
    """mask_0, mask_1 … as many as there are."""
    return [f"mask_{index}" for index in range((len(rules) + BITS - 1) // BITS)]


def broken(index: int) -> str:
    """SQL: the row breaks the rule of this index."""
    return f"c.mask_{index // BITS} & {1 << (index % BITS)} <> 0"


def any_broken(rules: Sequence[Rule], severity: str) -> str:
    """SQL: the row breaks a rule of this severity."""
    masks = [0] * len(mask_columns(rules))
    for index, rule in enumerate(rules):
        if rule.severity == severity:
            masks[index // BITS] |= 1 << (index % BITS)
    return " OR ".join(f"c.mask_{index} & {bits} <> 0" for index, bits in enumerate(masks) if bits) or "false"


def picked(rules: Sequence[Rule], values: Sequence[str], *severities: str) -> str:
    """SQL: the list of those values whose rule the row breaks, by severity and then in the order of the rules."""
    ordered = [
        f"CASE WHEN {broken(index)} THEN {values[index]} END"
        for severity in severities
        for index, rule in enumerate(rules)
        if rule.severity == severity
    ]
    return f"list_filter([{', '.join(ordered)}], lambda x: x IS NOT NULL)" if ordered else "CAST([] AS VARCHAR[])"


def masks(rules: Sequence[Rule], *, tombstones: bool) -> list[str]:
    """SQL of each mask, named. The first rule is of the key: of a deleted record nothing else is looked at, because
    its other fields are gone."""
    listed = []
    for name, start in zip(mask_columns(rules), range(0, len(rules), BITS), strict=True):
        bits = [
            f"CASE WHEN {rule.predicate} THEN {1 << offset} ELSE 0 END  -- {rule.id} [{rule.severity}]"
            for offset, rule in enumerate(rules[start : start + BITS])
        ]
        key = bits.pop(0) if start == 0 else "0"
        total = "\n      + ".join(bits) or "0"
        live = f"CASE WHEN is_tombstone THEN 0 ELSE\n        {total}\n      END" if tombstones else total
        listed.append(f"{key}\n      + {live}\n      AS {name}")
    return listed
