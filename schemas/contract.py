"""Data contracts: what every shared table holds, as Open Data Contract Standard v3.1.0 files.

A contract says what is shared (names, types, Chinese titles, sensitivity) and what is right (`quality`
entries of `type: custom, engine: hub`). The compiler in `quality` turns both into SQL; the warehouse makes
its tables from the same columns. Only the part of ODCS that the hub executes is read here, and an unknown
word is an error, so that a misspelt rule cannot be skipped silently.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal

import msgspec

FOLDER = Path(__file__).parent / "contracts"

Personal = Literal["name", "id_no", "phone", "address", "text", "sensitive"]
Classification = Literal["L1", "L2", "L3", "L4"]
Dimension = Literal["conformity", "completeness", "accuracy", "consistency", "timeliness", "accessibility"]
Severity = Literal["critical", "warning", "info"]
Level = Literal["county", "town", "village", "grid"]


class ContractError(ValueError):
    """A contract file that cannot be used; the text names the file, the place and what to write instead."""


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One `engine: hub` rule as the contract states it; `arguments` name columns or values.

    `id` is `<field>.<what is wrong>`; the file writes it `<field>-<what is wrong>`.
    """

    id: str
    check: str
    dimension: Dimension
    severity: Severity
    title: str
    message: str
    advice: str
    arguments: dict[str, Any] = msgspec.field(default_factory=dict)


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A column of a shared table. `type` is a DuckDB type; lengths are characters, bounds are inclusive."""

    name: str
    title: str
    type: str
    required: bool = False
    personal: Personal | None = None
    public_office: bool = False
    classification: Classification = "L1"
    code_list: str | None = None
    division: Level | None = None
    description: str = ""
    pattern: str | None = None
    min_length: int | None = None
    max_length: int | None = None
    minimum: str | None = None
    maximum: str | None = None
    checks: tuple[Check, ...] = ()

    @property
    def is_text(self) -> bool:
        return self.type == "VARCHAR"


class Contract(msgspec.Struct, frozen=True, kw_only=True):
    """A shared table: its columns in order, and the rules that look at more than one column.

    `event_at` names the column whose date decides which codes were in force (the arrival date of the row's
    event); `master` tables describe a current state and have none.
    """

    name: str
    title: str
    version: str
    description: str
    columns: tuple[Column, ...]
    checks: tuple[Check, ...]
    event_at: str | None = None

    @property
    def rules(self) -> tuple[Check, ...]:
        """Every stated rule: those of the columns in column order, then those across columns."""
        return tuple(check for column in self.columns for check in column.checks) + self.checks

    def column(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"contract {self.name} has no column {name!r}")


class _Property(msgspec.Struct, forbid_unknown_fields=True):
    property: str
    value: str


class _Quality(msgspec.Struct, forbid_unknown_fields=True):
    id: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9_]+-[a-z0-9_]+$")]  # ODCS allows no dot in an id
    name: str
    type: Literal["custom"]
    engine: Literal["hub"]
    dimension: Dimension
    severity: Severity
    description: str
    implementation: dict[str, Any]


class _Options(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    pattern: str | None = None
    min_length: int | None = None
    max_length: int | None = None
    minimum: str | None = None
    maximum: str | None = None


class _Field(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    name: str
    business_name: str
    logical_type: str
    physical_type: str
    classification: Classification
    required: bool = False
    description: str = ""
    logical_type_options: _Options = msgspec.field(default_factory=_Options)
    custom_properties: list[_Property] = msgspec.field(default_factory=list)
    quality: list[_Quality] = msgspec.field(default_factory=list)


class _Table(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    name: str
    physical_type: Literal["table"]
    business_name: str
    description: str
    properties: list[_Field]
    custom_properties: list[_Property] = msgspec.field(default_factory=list)
    quality: list[_Quality] = msgspec.field(default_factory=list)


class _Document(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    api_version: Literal["v3.1.0"]
    kind: Literal["DataContract"]
    id: str
    name: str
    version: str
    status: str
    domain: str
    data_product: str
    description: dict[str, str]
    schema: list[_Table]


@cache
def load_contracts(folder: Path = FOLDER) -> Mapping[str, Contract]:
    """Read every `*.odcs.yaml` once, keyed by table name. Raises ContractError at the first file that is wrong."""
    contracts = {}
    for path in sorted(folder.glob("*.odcs.yaml")):
        contract = load_contract(path)
        contracts[contract.name] = contract
    return MappingProxyType(contracts)


@cache
def contract_names() -> tuple[str, ...]:
    """The name of every shared schema, known without reading one."""
    return tuple(sorted(path.name.removesuffix(".odcs.yaml") for path in FOLDER.glob("*.odcs.yaml")))


def load_contract(path: Path) -> Contract:
    """Read one contract. Raises ContractError for unknown words, wrong types or a rule on a missing column."""
    from schemas.strict_yaml import load  # pyyaml: loaded only where a contract is read

    document, _ = load(path)
    try:
        parsed = msgspec.convert(document, _Document, strict=False)
    except msgspec.ValidationError as error:
        raise ContractError(f"{path.name}: {error}; see schemas/contract.py for the words in use") from None
    if len(parsed.schema) != 1 or parsed.schema[0].name != path.name.removesuffix(".odcs.yaml"):
        raise ContractError(f"{path.name}: must describe exactly one table, named like the file")
    table = parsed.schema[0]
    contract = Contract(
        name=table.name,
        title=table.business_name,
        version=parsed.version,
        description=table.description,
        columns=tuple(_column(field, path) for field in table.properties),
        checks=tuple(_check(entry, path) for entry in table.quality),
        event_at=_custom(table.custom_properties).get("eventAt"),
    )
    _verify(contract, path)
    return contract


def _column(field: _Field, path: Path) -> Column:
    custom = _custom(field.custom_properties)
    unknown = custom.keys() - {"personal", "publicOffice", "codeList", "division"}
    if unknown:
        raise ContractError(f"{path.name}: column {field.name} has unknown customProperties {sorted(unknown)}")
    options = field.logical_type_options
    return msgspec.convert(
        {
            "name": field.name,
            "title": field.business_name,
            "type": field.physical_type,
            "required": field.required,
            "personal": custom.get("personal"),
            "public_office": custom.get("publicOffice") == "true",
            "classification": field.classification,
            "code_list": custom.get("codeList"),
            "division": custom.get("division"),
            "description": field.description,
            "pattern": options.pattern,
            "min_length": options.min_length,
            "max_length": options.max_length,
            "minimum": options.minimum,
            "maximum": options.maximum,
            "checks": tuple(_check(entry, path) for entry in field.quality),
        },
        Column,
    )


def _check(entry: _Quality, path: Path) -> Check:
    rest = dict(entry.implementation)
    if not {"check", "advice"} <= rest.keys():
        raise ContractError(f"{path.name}: rule {entry.id} needs implementation.check and implementation.advice")
    return Check(
        id=entry.id.replace("-", "."),
        check=rest.pop("check"),
        advice=rest.pop("advice"),
        dimension=entry.dimension,
        severity=entry.severity,
        title=entry.name,
        message=entry.description,
        arguments=rest,
    )


def _custom(properties: list[_Property]) -> dict[str, str]:
    return {entry.property: entry.value for entry in properties}


def _verify(contract: Contract, path: Path) -> None:
    names = [column.name for column in contract.columns]
    if len(set(names)) != len(names):
        raise ContractError(f"{path.name}: a column is described twice")
    ids = [check.id for check in contract.rules]
    if len(set(ids)) != len(ids):
        raise ContractError(f"{path.name}: a rule id is used twice")
    if contract.event_at is not None and contract.event_at not in names:
        raise ContractError(f"{path.name}: eventAt names the missing column {contract.event_at!r}")
