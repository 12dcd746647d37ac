"""What is declared: systems, their datasets, the contracts they fill, and how to reach them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sized
from contextlib import contextmanager
from datetime import date
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from schemas.declaration import Dataset, System, load_systems, systems_folder

if TYPE_CHECKING:
    from connectors.base import Connector
    from operations.settings import Settings
    from operations.store import Store
    from quality.compiler import CompileError, Statement
    from quality.record_rules import RecordRule
    from schemas.codes import Decided
    from schemas.contract import Contract
    from schemas.declaration import DeclarationError
    from schemas.declared.paged import PagedDataset


DATASET_MODELS = ("core/dataset_issues", "core/drifts", "mart/other_shares", "mart/trust", "mart/volumes")
"""The models that find what is wrong with a dataset as a whole."""

MAPPING = "mapping"
"""The kind of a decision about a department's code: its verdict is the shared code, or REJECTED."""
REJECTED = "rejected"

Place = tuple[str, str]
"""A system's id and the name of one of its datasets."""


class UnknownNameError(LookupError):
    """No such system or dataset; the message lists what there is."""


@cache
def _loaded() -> tuple[dict[str, System], list[DeclarationError]]:
    return load_systems()


def systems() -> dict[str, System]:
    """Every declaration that can be read, by system id, in the order of their ids."""
    return dict(sorted(_loaded()[0].items()))


def broken() -> list[DeclarationError]:
    """Declarations that cannot be read; each stops only itself."""
    return list(_loaded()[1])


def system(system_id: str) -> System:
    """The declaration of one system. Raises UnknownNameError, or its own error if its file is broken."""
    for error in broken():
        if error.system == system_id:
            raise error
    if system_id not in systems():
        raise UnknownNameError(f"no system {system_id!r}; declared are: {', '.join(systems())}")
    return systems()[system_id]


def refuse_unknown(system_id: str | None, found: Sized) -> None:
    """Raise UnknownNameError where nothing was found of a system because there is none of that name.

    One that is no longer declared may have left rows.
    """
    if system_id is not None and not found:
        system(system_id)


def dataset(system_id: str, name: str) -> tuple[System, Dataset]:
    """A system and one of its datasets. Raises UnknownNameError."""
    found = system(system_id)
    if name not in found.datasets:
        raise UnknownNameError(f"{system_id} has no dataset {name!r}; it has: {', '.join(found.datasets)}")
    return found, found.datasets[name]


def selected(system_ids: list[str] | None) -> list[tuple[str, str]]:
    """(system, dataset) pairs of the systems asked for, or of all, without query-only ones."""
    wanted = [system(one) for one in system_ids] if system_ids else list(systems().values())
    return [(one.id, name) for one in wanted for name, each in one.datasets.items() if each.sync.mode != "lookup"]


def lookups(system_ids: list[str] | None = None) -> list[tuple[System, PagedDataset]]:
    """The query-only datasets of the systems asked for, or of all, each with its system."""
    from schemas.declared.paged import PagedDataset

    wanted = [system(one) for one in system_ids] if system_ids else list(systems().values())
    return [
        (one, each)
        for one in wanted
        for each in one.datasets.values()
        if isinstance(each, PagedDataset) and each.lookup is not None
    ]


def contracts() -> Mapping[str, Contract]:
    """Every shared schema by name."""
    from schemas.contract import load_contracts

    return load_contracts()


def contract(of: Dataset) -> Contract:
    """The shared schema that a dataset fills."""
    return contracts()[of.contract]


def decided(store: Store) -> tuple[Decided, ...]:
    """What people decided about departments' codes, in the order of the decisions."""
    from operations import decisions
    from schemas.codes import Decided

    found = []
    for one in decisions.effective(store, MAPPING):
        days = (one.subject.get(name) for name in ("valid_from", "valid_to"))
        since, until = (date.fromisoformat(day) if day else None for day in days)
        code = None if one.verdict == REJECTED else one.verdict
        found.append(Decided(one.subject["crosswalk"], one.subject["from_code"], code, one.by_whom, since, until))
    return tuple(found)


def statement(of: System, each: Dataset, decisions: tuple[Decided, ...] = ()) -> Statement:
    """The compiled row statement of one dataset, with what was decided about codes. Raises CompileError."""
    from quality.compiler import compile_statement

    return compile_statement(of, each, contract(each), decisions)


@lru_cache(maxsize=2)  # a process that lives long sees new decisions, and keeps little of the old ones
def _compiled(decisions: tuple[Decided, ...]) -> tuple[dict[Place, Statement], dict[Place, CompileError]]:
    from quality.compiler import CompileError

    fit, misfit = {}, {}
    for one in systems().values():
        for each in one.datasets.values():
            try:
                fit[one.id, each.name] = statement(one, each, decisions)
            except CompileError as error:
                misfit[one.id, each.name] = error
    return fit, misfit


def statements(decisions: tuple[Decided, ...] = ()) -> dict[Place, Statement]:
    """The compiled row statement of every dataset that fits its contract."""
    return _compiled(decisions)[0]


def unfit(decisions: tuple[Decided, ...] = ()) -> dict[Place, CompileError]:
    """Datasets whose declaration does not fit their contract, such as one half written; each stops only itself."""
    return _compiled(decisions)[1]


def placed(misfit: CompileError) -> str:
    """What does not fit, after the file and the line where it is written, as a declaration's other errors say it."""
    from schemas import strict_yaml

    path = systems_folder() / f"{misfit.system}.yml"
    return f"{path}:{strict_yaml.load(path)[1](misfit.place)}: {misfit}"


@lru_cache(maxsize=2)
def record_rules(decisions: tuple[Decided, ...] = ()) -> tuple[RecordRule, ...]:
    """Every rule over records that has a dataset to judge."""
    from quality.record_rules import record_rules as compiled

    return compiled(contracts(), statements(decisions))


def rules(decisions: tuple[Decided, ...] = ()) -> tuple[dict[str, Any], ...]:
    """Every rule of every dataset: system, dataset, contract, and the rule's own fields; that a row must be readable,
    those on rows and over records, which are compiled, then those on the dataset as a whole."""
    from quality.rules import UNREADABLE

    compared, of_rows = record_rules(decisions), statements(decisions)
    of_records = {place: [one.of(*place) for one in compared if place in one.versions] for place in of_rows}
    return tuple(
        {"system": system, "dataset": name, "contract": statement.contract} | rule
        for (system, name), statement in of_rows.items()
        for rule in (
            *(one.as_dict() for one in (UNREADABLE, *statement.rules, *of_records[system, name])),
            *_dataset_rules(),
        )
    )


@cache
def _dataset_rules() -> tuple[dict[str, Any], ...]:
    """The rules on whole datasets. Their version is that of the models which find them."""
    from quality.versions import version_of
    from schemas.dataset_rules import KIND, dataset_rules
    from warehouse.runner import FOLDER, parse

    version = version_of([parse(FOLDER / f"{name}.sql").sql for name in DATASET_MODELS], "")
    return tuple(
        {"id": rule.rule_id, "kind": KIND, "field": "", "version": version} | msgspec.structs.asdict(rule)
        for rule in dataset_rules()
    )


def fingerprint(of: System) -> str:
    """sha256 of a declaration's meaning: it tells which declaration a delivery was read under."""
    return hashlib.sha256(of.model_dump_json().encode()).hexdigest()


@contextmanager
def connector(of: System, store: Store, settings: Settings) -> Iterator[Connector]:
    """An open connector of a system with its credentials, closed at the end."""
    from connectors.registry import open_connector
    from hub.connections import credentials

    opened = open_connector(of, credentials=credentials(of), store=store, workdir=settings.home / "private" / "work")
    try:
        yield opened
    finally:
        opened.close()
