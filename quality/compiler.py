"""One SELECT per dataset: from landed text to shared values, with every rule as one bit.

The statement reads `landed` (a view over the parts of a load, every field as text, plus `filename`) and gives one
row per landed record, in landing order: the common columns, the contract's columns, whether the row is `rejected`,
the masks (`quality.masks`) and, for a rejected row, the landed values as JSON in `raw`. Run values are written
$as_of and $landed_at. `hub sql` prints it as it runs.

There is no join and no IN in it on purpose: DuckDB does not keep the order of rows through a join (and turns IN into
one), and the order is what gives each row its position. Code lists and crosswalks are CASE, divisions are an ENUM.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import chain
from pathlib import Path

from quality.masks import any_broken, mask_columns, masks, picked
from quality.predicates import literal
from quality.row_rules import row_rules
from quality.rules import SOURCE_UPDATED_AT, Origin, Rule, RuleError
from quality.values import Reading, body, known, reading
from quality.versions import version_of
from schemas.codes import CodeError, Decided, effective, rejected
from schemas.contract import Column, Contract
from schemas.declaration import Dataset, System, Tombstone
from schemas.declared.queue import QueueDataset
from schemas.delivery import MESSAGE_PLACE

MACROS = tuple(
    Path(__file__).parent / "sql" / name for name in ("macros.sql", "dates.sql", "identifiers.sql", "numbers.sql")
)
RUN_VALUES = ("as_of", "landed_at")
Readings = dict[str, tuple[str, ...]]  # contract column -> the SQL of each step from the landed field to its value


class CompileError(ValueError):
    """A declaration that does not fit its contract; the text names system, dataset, column and what to change.

    `place` is the path in the declaration of what does not fit, as `strict_yaml.load` takes it.
    """

    def __init__(self, system: str, dataset: str, message: str, *within: str) -> None:
        super().__init__(f"{system}.{dataset}: {message}")
        self.system = system
        self.place = ("datasets", dataset, *within)


@dataclass(frozen=True)
class Statement:
    """The compiled SELECT, its rules in the order of their bits, and the landed fields that it reads.

    `judged` is the beginning of `sql`, up to the step that has each column's text, reading and value beside the masks.
    `readings` has the SQL by which each column of the contract comes from its landed field. `macros` defines the
    functions that `sql` calls; it runs once per connection.
    """

    contract: str
    sql: str
    judged: str
    rules: tuple[Rule, ...]
    fields: tuple[str, ...]
    sources: dict[str, str]  # contract column -> landed field
    key: tuple[str, ...]  # landed fields
    readings: Readings
    macros: str
    delivered_as: str  # of the dataset, for a delivery without a name of its own


def compile_statement(
    system: System, dataset: Dataset, contract: Contract, decided: Sequence[Decided] = ()
) -> Statement:
    """The statement of one dataset, in which what people `decided` about codes counts before the crosswalks.

    Raises CompileError when declaration, contract, code lists and decisions do not fit.
    """
    try:
        origins = _origins(system.id, dataset, contract, decided)
        readings = _readings(dataset, contract, origins)
        read: Readings = {one.column.name: (one.text, one.read or "", one.value) for one in readings}
        rules = _versioned(row_rules(contract, origins), read)
    except (CodeError, RuleError) as error:
        raise CompileError(system.id, dataset.name, str(error)) from error
    fields = _fields(dataset, readings)
    sources = {name: origin.source for name, origin in origins.items() if origin.source is not None}
    numbered = [one for one in readings if one.column.personal == "id_no"]
    divided = [one for one in readings if one.column.division is not None]
    tombstone = _tombstone(dataset)
    steps = [
        _step("tidied", "landed", [*_passed(fields), _source_id(dataset), tombstone, *map(_tidied, readings)]),
        _step("understood", "tidied", ["*", *(line for one in readings for line in _understood(one))]),
        _step("valued", "understood", ["*", *map(_valued, readings)]),
        _step("placed", "valued", ["*", *map(known, divided), *map(body, numbered)]),
        _step("judged", "placed", ["*", *masks(rules, tombstones=isinstance(dataset.deletes, Tombstone))]),
    ]
    judged = "WITH " + ",\n".join(steps) + "\n"
    return Statement(
        contract=contract.name,
        sql=judged + _final(contract, dataset, readings, rules, fields, sources),
        judged=judged,
        rules=rules,
        fields=fields,
        sources=sources,
        key=tuple(dataset.key),
        readings=read,
        macros=macros(),
        delivered_as=system.delivered_as(dataset),
    )


@cache
def macros() -> str:
    """The functions that compiled statements call, as SQL that defines them on a connection.

    `chr(160)` stands for a character that nobody could see in the files. It is written out here, because DuckDB binds
    a function wherever a macro is used, and planning a small load costs more than checking it.
    """
    text = "\n".join(path.read_text(encoding="utf-8") for path in MACROS)
    written = re.sub(r"chr\((\d+)\)", lambda found: literal(chr(int(found[1]))), text)
    return re.sub(r"(?<=[^'])' \|\| '(?=[^'])", "", written)


def _versioned(rules: Sequence[Rule], read: Readings) -> tuple[Rule, ...]:
    return tuple(
        replace(rule, version=version_of([rule.predicate, *chain(*(read.get(c, ()) for c in rule.columns))], macros()))
        for rule in rules
    )


def _origins(system: str, dataset: Dataset, contract: Contract, decided: Sequence[Decided]) -> dict[str, Origin]:
    known = {column.name: column for column in (*contract.columns, SOURCE_UPDATED_AT)}
    wrong = partial(CompileError, system, dataset.name)
    origins = {}
    for name, mapped in dataset.fields.items():
        if name == "source_id":
            continue  # the key makes it
        if name not in known:
            has = ", ".join(known)
            raise wrong(f"field {name!r} is no column of contract {contract.name}; it has {has}", "fields", name)
        if mapped.type is not None and _family(known[name]) != mapped.type:
            column, family = known[name].type, _family(known[name])
            told = f"field {name} has type {mapped.type}, its contract column is {column}: write type {family}"
            raise wrong(told, "fields", name, "type")
        if known[name].personal and mapped.source in dataset.key:
            raise wrong(
                f"key {mapped.source} is what field {name} holds of a person, and the key of a record is published: "
                "name another key, such as the number that the source gives each record",
                "key",
            )
        origins[name] = Origin(mapped.source)
        if mapped.crosswalk is not None:
            try:
                mappings = effective(mapped.crosswalk, known[name].code_list, decided)
            except CodeError as error:
                raise wrong(str(error), "fields", name, "crosswalk") from error
            origins[name] = Origin(mapped.source, mappings, rejected(mapped.crosswalk, decided))
    missing = [column.name for column in contract.columns if column.required and column.name not in origins]
    if missing:
        raise wrong(f"contract {contract.name} requires {', '.join(missing)}: map them", "fields")
    return origins


def _family(column: Column) -> str:
    plain = {"VARCHAR": "text", "TIMESTAMP": "timestamp", "DATE": "date", "BOOLEAN": "boolean"}
    return plain.get(column.type, "decimal" if column.type.startswith("DECIMAL") else "integer")


def _readings(dataset: Dataset, contract: Contract, origins: dict[str, Origin]) -> list[Reading]:
    event = contract.event_at if contract.event_at in origins else None
    readings = []
    for column in (*contract.columns, SOURCE_UPDATED_AT):
        mapped = dataset.fields.get(column.name)
        if mapped is not None and mapped.source is not None:
            readings.append(
                reading(
                    column,
                    mapped.source,
                    mappings=origins[column.name].mappings,
                    event=f'"{event}__read"' if event else "$as_of",
                    formats=tuple(mapped.formats),
                    true_values=tuple(mapped.true_values),
                )
            )
    return readings


def _fields(dataset: Dataset, readings: Sequence[Reading]) -> tuple[str, ...]:
    marks = [dataset.deletes.field] if isinstance(dataset.deletes, Tombstone) else []
    place = MESSAGE_PLACE if isinstance(dataset, QueueDataset) else ()
    return tuple(dict.fromkeys([*dataset.key, *(one.origin for one in readings), *marks, *place]))


def _step(name: str, source: str, lines: Sequence[str]) -> str:
    return f"{name} AS (\n  SELECT\n    {_listed(lines, '    ')}\n  FROM {source}\n)"


def _listed(lines: Sequence[str], indent: str) -> str:
    """Expressions one a line; a comma goes before the comment of its line."""
    last = len(lines) - 1
    shown = []
    for index, line in enumerate(lines):
        code, mark, comment = line.rpartition("  -- ") if "\n" not in line else (line, "", "")
        shown.append((code or line) + ("" if index == last else ",") + (mark + comment if mark else ""))
    return f"\n{indent}".join(shown)


def _passed(fields: Sequence[str]) -> list[str]:
    """Landed fields go through unchanged to the end, where a broken row needs them."""
    return ["_part", "_sheet", "_row", *(f"{_name(field)} AS {_name('landed ' + field)}" for field in fields)]


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _source_id(dataset: Dataset) -> str:
    parts = " || '|' || ".join(f"tidy_code({_name(field)})" for field in dataset.key)
    return f"{parts} AS source_id  -- key: {', '.join(dataset.key)}"


def _tombstone(dataset: Dataset) -> str:
    if not isinstance(dataset.deletes, Tombstone):
        return "false AS is_tombstone"
    field = _name(dataset.deletes.field)
    tests = " OR ".join(f"{field} = {literal(value)}" for value in dataset.deletes.equals)
    return f"coalesce({tests}, false) AS is_tombstone  -- the source marks a deleted record in {dataset.deletes.field}"


def _tidied(one: Reading) -> str:
    return f'{one.text} AS "{one.column.name}__text"  -- {one.column.title} <- {one.origin}'


def _understood(one: Reading) -> list[str]:
    return [f'{one.read} AS "{one.column.name}__read"'] if one.read is not None else []


def _valued(one: Reading) -> str:
    return f'{one.value} AS "{one.column.name}"'


def _final(
    contract: Contract,
    dataset: Dataset,
    readings: Sequence[Reading],
    rules: Sequence[Rule],
    fields: Sequence[str],
    sources: dict[str, str],
) -> str:
    filled = {one.column.name for one in readings}
    columns = [_column(column, dataset, filled) for column in contract.columns]
    hashed = ", chr(31), ".join(_value(column, dataset, filled) for column in contract.columns)
    is_rejected = any_broken(rules, "critical")
    raw = ", ".join(f"{literal(field)}, {_name('landed ' + field)}" for field in fields)
    lines = [
        "source_id",
        f"md5(concat({hashed})) AS record_hash",
        ("source_updated_at" if "source_updated_at" in filled else "CAST(NULL AS TIMESTAMP) AS source_updated_at"),
        "CAST($landed_at AS TIMESTAMP) AS landed_at",
        "is_tombstone",
        f"{_warned(rules, sources)} AS warned",
        *columns,
        f"{is_rejected} AS rejected",
        *mask_columns(rules),
        f"CASE WHEN {is_rejected} THEN json_object({raw}) END AS raw",
        "_sheet AS sheet",
        "_row AS sheet_row",
        "_part AS part",
    ]
    return f"SELECT\n  {_listed(lines, '  ')}\nFROM judged AS c"


def _warned(rules: Sequence[Rule], sources: dict[str, str]) -> str:
    """SQL: JSON of the warnings of a row, each with what the source wrote in its field ('' for nothing); NULL for the
    rows that have none, which are most: a list costs a file more, empty or not."""
    told = []
    for rule in rules:
        value = f"coalesce({_name('landed ' + sources[rule.field])}, '')" if rule.field in sources else "''"
        told.append(f"{{'rule': {literal(rule.id)}, 'value': {value}}}")
    listed = picked(rules, told, "warning")
    return f"CASE WHEN {any_broken(rules, 'warning')} THEN CAST(to_json({listed}) AS VARCHAR) END"


def _column(column: Column, dataset: Dataset, filled: set[str]) -> str:
    value = _value(column, dataset, filled)
    return value if value == f'"{column.name}"' else f'{value} AS "{column.name}"'


def _value(column: Column, dataset: Dataset, filled: set[str]) -> str:
    if column.name in filled:
        return f'"{column.name}"'
    mapped = dataset.fields.get(column.name)
    constant = literal(mapped.const) if mapped is not None and mapped.const is not None else "NULL"
    return f"CAST({constant} AS {column.type})"
