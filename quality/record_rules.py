"""From a contract to the rules that compare records: one SELECT each over the records of all systems.

A statement gives one row per failing record: system, dataset, contract, rule_id, field, source_id and `shown`, the
record's value that is at fault. It reads `record.*`, where need be `link.memberships` and `ops.open_rejections`, and
the parameter $as_of. The forms are in `quality/sql/records`. These rules never reject: the records are already kept,
and which of two is wrong the hub cannot know.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from quality.predicates import literal
from quality.rules import Rule, RuleError, stated
from quality.versions import version_of
from schemas.contract import Check, Contract
from schemas.stages import transitions

if TYPE_CHECKING:
    from quality.compiler import Statement

FORMS = Path(__file__).parent / "sql" / "records"
_JUDGED = "{judged}"  # stays open until the version is taken: one more system does not change what a rule says


class Reference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`column` names a record: by its key, `to: contract`, within one system, or by a value, `to: contract.column`."""

    column: str
    to: str

    def columns(self) -> tuple[str, ...]:
        return (self.column,)


class Unique(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """No two records of one system agree in all of `column_list`."""

    column_list: tuple[str, ...] = msgspec.field(name="columns")

    def columns(self) -> tuple[str, ...]:
        return self.column_list


class Transition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The records that share `report`, by `at`, go from `stage` to `stage` as schemas/stage_transitions.csv allows."""

    report: str
    at: str
    stage: str
    status: str

    def columns(self) -> tuple[str, ...]:
        return (self.report, self.at, self.stage, self.status)


class Agreement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Reports of one case in different systems agree in `column`.

    Without `days`: once both have a `closed` moment, the values are the same. With `days`: none is in `pending` for
    more than that many days after another one, in `final`, was closed.
    """

    column: str
    closed: str
    pending: tuple[str, ...] = ()
    final: tuple[str, ...] = ()
    days: int | None = None

    def columns(self) -> tuple[str, ...]:
        return (self.column, self.closed)


Arguments = Reference | Unique | Transition | Agreement
RECORD_CHECKS: dict[str, type[Arguments]] = {
    "reference": Reference,
    "unique": Unique,
    "transition": Transition,
    "agreement": Agreement,
}


@dataclass(frozen=True)
class RecordRule:
    """A rule over records: what the contract states, and the SELECT that finds the failing records.

    `versions` has the datasets that are judged, as (system, dataset), with the rule's version for each: it changes
    with the SELECT and with how the dataset reads the rule's columns. `rule.version` is that of the SELECT alone.
    """

    rule: Rule
    contract: str
    arguments: Arguments
    versions: Mapping[tuple[str, str], str]
    sql: str

    def of(self, system: str, dataset: str) -> Rule:
        """The rule as it holds for one judged dataset."""
        return replace(self.rule, version=self.versions[system, dataset])


def record_rules(
    contracts: Mapping[str, Contract], statements: Mapping[tuple[str, str], Statement]
) -> tuple[RecordRule, ...]:
    """Every record rule that has a dataset to judge, in the order of the contracts.

    `statements` are the compiled row statements by (system, dataset): a dataset is judged by a rule when its
    declaration fills every column of the rule from the source. Raises RuleError for a rule that cannot be compiled.
    """
    return tuple(
        rule
        for contract in contracts.values()
        for check in contract.rules
        if check.check in RECORD_CHECKS
        for rule in _compiled(contract, check, contracts, statements)
    )


def _compiled(
    contract: Contract,
    check: Check,
    contracts: Mapping[str, Contract],
    statements: Mapping[tuple[str, str], Statement],
) -> Iterator[RecordRule]:
    if check.severity == "critical":
        raise RuleError(contract, check, "a rule over records never rejects; its severity is warning or info")
    try:
        arguments = msgspec.convert(check.arguments, RECORD_CHECKS[check.check], strict=False)
    except msgspec.ValidationError as error:
        raise RuleError(contract, check, f"implementation: {error}") from None
    body = _body(contract, check, arguments, contracts)
    judged = {
        place: statement
        for place, statement in statements.items()
        if statement.contract == contract.name
        and set(arguments.columns()) <= statement.readings.keys()
        and not (isinstance(arguments, Unique) and _is_key(arguments.columns(), statement))
    }
    if not judged:
        return
    rule = stated(check, "", arguments.columns())
    versions = {
        place: version_of(
            [body, *(text for name in rule.columns for text in statement.readings[name])], statement.macros
        )
        for place, statement in judged.items()
    }
    places = ", ".join(f"({literal(system)}, {literal(dataset)})" for system, dataset in judged)
    named = f"{literal(contract.name)} AS contract, {literal(rule.id)} AS rule_id, {literal(rule.field)} AS field"
    yield RecordRule(
        rule=replace(rule, version=version_of([body], "")),
        contract=contract.name,
        arguments=arguments,
        versions=versions,
        sql=f"SELECT system, dataset, {named},\n    source_id, CAST(shown AS VARCHAR) AS shown\nFROM (\n"
        + body.replace(_JUDGED, places)
        + ")",
    )


def _is_key(columns: tuple[str, ...], statement: Statement) -> bool:
    """Whether the columns are read from the very fields of the key, of which each record has its own."""
    return {statement.sources[column] for column in columns} == set(statement.key)


def _body(contract: Contract, check: Check, arguments: Arguments, contracts: Mapping[str, Contract]) -> str:
    """The SELECT of system, dataset, source_id and shown, with the judged datasets left open."""
    stored = {name: _stored(contract, check, contract, name) for name in arguments.columns()}
    values = {"contract": contract.name, "judged": _JUDGED}
    match arguments:
        case Reference(column=column, to=to):
            name, _, target = to.partition(".")
            if name not in contracts:
                raise RuleError(
                    contract, check, f"to: there is no contract {name!r}; there are: {', '.join(contracts)}"
                )
            values |= {"column": stored[column], "shown": _shown(contract, column), "target": name}
            if not target:
                return _form("reference_key", **values)
            return _form("reference_value", **values, target_column=_stored(contract, check, contracts[name], target))
        case Unique(column_list=columns):
            if not columns:
                raise RuleError(contract, check, "columns: name at least one")
            field = check.id.split(".", 1)[0]
            names = list(stored.values())
            return _form(
                "unique",
                **values,
                columns=", ".join(names),
                filled=" AND ".join(f"r.{name} IS NOT NULL" for name in names),
                same=" AND ".join(f"d.{name} = r.{name}" for name in names),
                shown=_shown(contract, field if field in columns else columns[0]),
            )
        case Transition(report=report, at=at, stage=stage, status=status):
            allowed = transitions()
            return _form(
                "transition",
                **values,
                report=stored[report],
                at=stored[at],
                stage=stored[stage],
                status=stored[status],
                stages=", ".join(f"({literal(before)}, {literal(after)})" for before, after in allowed.stages),
                statuses=_listed(allowed.statuses),
            )
        case Agreement(column=column, closed=closed, pending=pending, final=final, days=days):
            if len({bool(pending), bool(final), days is not None}) != 1:
                raise RuleError(contract, check, "give all of pending, final and days, or none of them")
            values |= {"column": stored[column], "closed": stored[closed]}
            if days is None:
                return _form("agreement_value", **values)
            lists = {"pending": _listed(pending), "final": _listed(final)}
            return _form("agreement_state", **values, **lists, days=str(days))


def _stored(stating: Contract, check: Check, contract: Contract, column: str) -> str:
    """The column of a contract's record table to compare: the token where the value is personal.

    Raises RuleError for a column that the contract has not, and for text that only the vault holds.
    """
    known = {one.name: one for one in contract.columns}
    if column not in known:
        raise RuleError(
            stating, check, f"contract {contract.name} has no column {column!r}; it has: {', '.join(known)}"
        )
    personal = known[column].personal
    if personal in ("address", "text"):
        raise RuleError(stating, check, f"{column} is personal text, which no rule over records reads")
    return column if personal is None else f"{column}_token"


def _shown(contract: Contract, column: str) -> str:
    """The column of the record table to show: the mask where the value is personal."""
    return column if contract.column(column).personal is None else f"{column}_mask"


def _listed(values: tuple[str, ...]) -> str:
    return ", ".join(literal(value) for value in values)


def _form(name: str, **values: str) -> str:
    return _template(name).format(**values)


@cache
def _template(name: str) -> str:
    return (FORMS / f"{name}.sql").read_text(encoding="utf-8")
