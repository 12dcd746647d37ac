"""Which field of a source probably fills which column of a contract, with a score and the reasons.

A field's name, what other systems map under the same name, and what its values look like speak for a column as
independent witnesses do: 1 - (1 - a)(1 - b)... Values that the column could not hold speak against it. A proposal is
never a mapping: a person reads it in the declaration before the first sync.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from hub import catalogue
from hub.onboarding.naming import Evidence, by_name
from hub.onboarding.samples import Profile
from quality.rules import SOURCE_UPDATED_AT
from schemas.codes import code_list
from schemas.contract import Column, Contract
from schemas.divisions import divisions

PROPOSED = 0.5
"""Score from which a field is proposed for a column."""
BOTH = 0.8
"""What is left of a status's score for the stage: where a source has no stage, its status says that too."""
PRECEDENT = 0.8
AGAINST = 0.1
"""What is left of a score where the values could not be the column's."""
TELLING = 3
"""Characters from which a code is a shared one by more than chance."""
ENOUGH = 5
"""Filled values from which they may speak against a column."""


@dataclass(frozen=True)
class Proposal:
    """One column of the contract, and the field that may fill it (None: nothing does), with a score from 0 to 1."""

    column: Column
    field: str | None
    score: float
    reasons: tuple[str, ...]
    formats: tuple[str, ...] = ()
    crosswalk: str | None = None
    true_values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Field:
    """A field of the source: its comment there, and its values where they could be sampled."""

    name: str
    comment: str = ""
    profile: Profile | None = None


def propose(system_id: str, contract: Contract, fields: Sequence[Field]) -> list[Proposal]:
    """A proposal for each column, in the contract's order; a field fills one column, a status two."""
    columns = [*contract.columns, SOURCE_UPDATED_AT]
    scored = sorted(
        ((_score(one), column.name, field.name, one) for column in columns for field in fields
         if (one := _evidence(system_id, contract, column, field))),
        key=lambda each: (-each[0], each[1], each[2]),
    )  # fmt: skip
    chosen: dict[str, tuple[str, float, list[Evidence]]] = {}
    taken: set[str] = set()
    for score, column_name, field_name, evidence in scored:
        if score >= PROPOSED and column_name not in chosen and field_name not in taken:
            chosen[column_name] = (field_name, score, evidence)
            taken.add(field_name)
    if "status_code" in chosen and "stage_code" not in chosen:
        name, score, _ = chosen["status_code"]
        chosen["stage_code"] = (name, score * BOTH, [Evidence(score, "a status says the stage too")])
    by_field = {field.name: field for field in fields}
    return [_proposal(system_id, column, chosen.get(column.name), by_field) for column in columns]


def unmatched(fields: Sequence[Field], proposals: Sequence[Proposal], key: Sequence[str]) -> list[str]:
    """Fields that neither fill a column nor are part of the key, in the source's order."""
    used = {one.field for one in proposals} | set(key)
    return [field.name for field in fields if field.name not in used]


def _proposal(
    system_id: str, column: Column, found: tuple[str, float, list[Evidence]] | None, fields: Mapping[str, Field]
) -> Proposal:
    if found is None:
        return Proposal(column, None, 0.0, ())
    name, score, evidence = found
    reasons = tuple(one.reason for one in sorted(evidence, key=lambda one: -one.strength))
    profile = fields[name].profile
    if column.type in ("TIMESTAMP", "DATE"):
        return Proposal(column, name, score, reasons, formats=profile.formats if profile else ())
    if column.type == "BOOLEAN":
        return Proposal(column, name, score, reasons, true_values=profile.true_values[:1] if profile else ())
    return Proposal(column, name, score, reasons, crosswalk=_crosswalk(system_id, column, profile))


def _crosswalk(system_id: str, column: Column, profile: Profile | None) -> str | None:
    """The name of the crosswalk that the values need: none where every one is a code of the list as it stands, and one
    of them is so long that no department would have given it another meaning. Any register counts 01, 02, 03."""
    if column.code_list is not None:
        codes = {code.code for code in code_list(column.code_list)}
        found = profile.distinct if profile is not None else frozenset()
        if found and found <= codes and max(map(len, found)) >= TELLING:
            return None
        return f"{system_id}_{column.code_list}"
    if column.division is not None:
        return f"{system_id}_{column.division}" if profile is not None and _named(column, profile) >= 0.5 else None
    needs = column.type.startswith(("INT", "SMALL", "TINY")) and profile is not None and profile.is_code
    if needs and profile is not None and profile.shares.get("number", 0) < 0.5:
        return f"{system_id}_{column.name}"
    if column.name == "related_system":
        return f"{system_id}_system"
    return None


def _score(evidence: Sequence[Evidence]) -> float:
    rest, left = 1.0, 1.0
    for one in evidence:
        if one.strength < 0:
            left *= AGAINST
        else:
            rest *= 1 - one.strength
    return (1 - rest) * left


def _evidence(system_id: str, contract: Contract, column: Column, field: Field) -> list[Evidence]:
    named = by_name(field.name, field.comment, column)
    found = [named] if named else []
    before = _precedents(system_id).get((contract.name, field.name.lower(), column.name))
    if before is not None:
        found.append(Evidence(PRECEDENT, f"so in {before}"))
    if field.profile is not None and field.profile.filled:
        found += _by_values(column, field.profile, bool(found))
    return found if any(one.strength > 0 for one in found) else []


def _by_values(column: Column, values: Profile, is_named: bool) -> Iterator[Evidence]:
    """What the values say; only identities and places say it without a name, for every code may be any column."""
    against = Evidence(-1, "its values are not the column's")
    shares, sure = values.shares, values.filled >= ENOUGH
    if column.type in ("TIMESTAMP", "DATE"):
        if values.dated >= 0.8 and is_named:
            yield Evidence(0.15, f"{values.dated:.0%} are times")
        elif sure and values.dated < 0.5:
            yield against
        return
    kind = _identity(column)
    if kind is not None:
        share = shares.get(kind, 0.0)
        if share >= 0.7:
            yield Evidence(0.3, f"{share:.0%} look like {kind}")
        elif (named := _named(column, values)) >= 0.7:
            yield Evidence(0.3, f"{named:.0%} of its values are names of a {kind}")
        elif sure and share < 0.3:
            yield against
        return
    if values.dated > 0.8 and sure:
        yield against
        return
    if column.type == "BOOLEAN":
        yield Evidence(0.2, "yes or no") if values.is_boolean else against
    elif column.code_list is not None:
        yield from _by_codes(column, values, sure)
    elif (not column.is_text and sure and shares.get("number", 0) < 0.5 and not values.is_code) or (
        column.personal == "name" and sure and shares.get("number", 0) > 0.5
    ):
        yield against


def _by_codes(column: Column, values: Profile, sure: bool) -> Iterator[Evidence]:
    codes = code_list(column.code_list or "")
    labels = {code.label for code in codes}
    alike = values.distinct & ({code.code for code in codes} | labels)
    if values.distinct and len(alike) >= max(1, len(values.distinct) // 2):
        texts = "labels" if values.distinct & labels else "codes"
        strength = 0.35 if texts == "labels" else 0.1
        yield Evidence(strength, f"{len(alike)} of {len(values.distinct)} values are {texts} of {column.code_list}")
    elif sure and not values.is_code:
        yield Evidence(-1, "too many values for codes")


def _named(column: Column, values: Profile) -> float:
    """The share of the different values of a field that are names of divisions of the column's level."""
    if column.division is None or not values.distinct:
        return 0.0
    return len(values.distinct & _places(column.division)) / len(values.distinct)


@cache
def _places(level: str) -> frozenset[str]:
    return frozenset(one.name for one in divisions() if one.level == level)


def _identity(column: Column) -> str | None:
    """What the values of a column are known by: the shape of an identity, or a division of one level."""
    if column.personal in ("id_no", "phone"):
        return column.personal
    if any(check.check == "gb32100" for check in column.checks):
        return "uscc"
    return column.division


@cache
def _precedents(system_id: str) -> dict[tuple[str, str, str], str]:
    """(contract, field, column) that another system declares -> `system.dataset`."""
    return {
        (dataset.contract, mapped.source.lower(), column): f"{other.id}.{dataset.name}"
        for other in catalogue.systems().values()
        if other.id != system_id
        for dataset in other.datasets.values()
        for column, mapped in dataset.fields.items()
        if mapped.source is not None
    }
