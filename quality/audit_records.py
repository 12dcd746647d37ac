"""What the audit expects of records in their context: each rule over records as an expectation for each system.

The tables are those of a published `current.duckdb`. Like `quality.audit_suite`, it uses nothing of the compiled rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from quality.audit_queries import Expectation, listed, query
from quality.checkpoint import Check as Expected
from quality.predicates import literal
from schemas.contract import Check, Contract
from schemas.declaration import Dataset, System
from schemas.stages import transitions


@dataclass(frozen=True)
class Asked:
    """A rule over records as a contract states it, for the records of one system.

    `places` are all datasets that the rule judges, as (system, dataset): those whose declarations fill every column of
    it from a field.
    """

    contract: Contract
    check: Check
    system: str
    places: tuple[tuple[str, str], ...]

    @property
    def datasets(self) -> tuple[str, ...]:
        return tuple(dataset for system, dataset in self.places if system == self.system)

    def expected(self) -> Expected:
        """The expectation on the table of the contract."""
        name, arguments = EXPECTATIONS[self.check.check](self)
        return Expected(
            f"{self.system} {self.check.id}", f"record.{self.contract.name}", name, self.check.title,
            arguments=arguments,
        )  # fmt: skip


def records_asked(contracts: Mapping[str, Contract], systems: Iterable[System]) -> Iterator[Asked]:
    """Every rule over records, for each system that it judges."""
    datasets = [(system.id, dataset) for system in systems for dataset in system.datasets.values()]
    for contract in contracts.values():
        for check in contract.rules:
            if check.check not in EXPECTATIONS:
                continue
            places = tuple(
                (system, dataset.name)
                for system, dataset in datasets
                if dataset.contract == contract.name
                and all(name in dataset.fields and dataset.fields[name].source for name in _columns(check))
                and not (check.check == "unique" and _key_alone(dataset, _columns(check)))
            )
            for system in dict.fromkeys(system for system, _ in places):
                yield Asked(contract, check, system, places)


COLUMNS = ("column", "columns", "report", "at", "stage", "status", "closed")
"""The arguments of a rule over records that name columns of its own contract."""


def _columns(check: Check) -> list[str]:
    given = [check.arguments[name] for name in COLUMNS if name in check.arguments]
    return [name for one in given for name in ([one] if isinstance(one, str) else one)]


def _key_alone(dataset: Dataset, columns: list[str]) -> bool:
    """What is the key of its own record is there once."""
    return sorted(str(dataset.fields[name].source) for name in columns) == sorted(dataset.key)


def _stored(contract: Contract, column: str) -> str:
    """The column of a record table: the token of a personal value."""
    return column if contract.column(column).personal is None else f"{column}_token"


def _query(name: str, asked: Asked, **more: str) -> Expectation:
    """The rows of a query, whose words are the columns that the rule names, where it applies, and `more`."""
    columns = {
        name: f'"{_stored(asked.contract, asked.check.arguments[name])}"'
        for name in COLUMNS
        if isinstance(asked.check.arguments.get(name), str)
    }
    where = {
        "system": literal(asked.system),
        "datasets": listed(asked.datasets),
        "places": listed(f"{system}.{dataset}" for system, dataset in asked.places),
    }
    return query(f"records/{name}", columns | where | more)


def _reference(asked: Asked) -> Expectation:
    target, _, column = str(asked.check.arguments["to"]).partition(".")
    if column:
        return _query("reference_value", asked, target=target, target_column=f'"{column}"')
    return _query("reference_key", asked, target=target)


def _unique(asked: Asked) -> Expectation:
    """Unique among the records of the system. Where one column is empty, nothing is judged."""
    columns = [_stored(asked.contract, name) for name in asked.check.arguments["columns"]]
    conditions = [
        {"type": "comparison", "column": {"name": "system"}, "operator": "==", "parameter": asked.system},
        {"type": "comparison", "column": {"name": "dataset"}, "operator": "IN", "parameter": list(asked.datasets)},
    ]
    where = {"row_condition": {"type": "and", "conditions": conditions}}
    if len(columns) == 1:
        return "ExpectColumnValuesToBeUnique", {"column": columns[0], **where}
    return "ExpectCompoundColumnsToBeUnique", {
        "column_list": columns, "ignore_row_if": "any_value_is_missing", **where
    }  # fmt: skip


def _transition(asked: Asked) -> Expectation:
    allowed = transitions()
    stages = ", ".join(f"({literal(before)}, {literal(after)})" for before, after in allowed.stages)
    return _query("transition", asked, stages=stages, statuses=listed(allowed.statuses))


def _agreement(asked: Asked) -> Expectation:
    given = asked.check.arguments
    if "days" not in given:
        return _query("agreement_value", asked)
    states = {name: listed(given[name]) for name in ("pending", "final")}
    return _query("agreement_state", asked, days=str(given["days"]), **states)


EXPECTATIONS: dict[str, Callable[[Asked], Expectation]] = {
    "reference": _reference,
    "unique": _unique,
    "transition": _transition,
    "agreement": _agreement,
}
