"""What the audit expects of landed rows: each rule of a dataset as an expectation, made from contract and declaration.

Nothing here comes from the compiled predicates. A rule is a native expectation wherever Great Expectations has one;
else it is a query of its own in `expectations/audit/`, which selects the failing rows and says the rule in other words
than the compiler does. The rows have, of each column c, the value `c`, the cleaned text `c__text` that it came from
and, where reading is a step of its own, `c__read`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from quality.audit_queries import Expectation, failing_rows, query
from quality.audit_records import EXPECTATIONS as OF_RECORDS
from quality.checkpoint import Check as Expected
from quality.predicates import literal
from quality.rules import SOURCE_UPDATED_AT
from schemas.codes import Code, Decided, Mapping, code_list, effective, rejected
from schemas.contract import Check, Column, Contract
from schemas.declaration import Dataset

LIVE = "main.live"
READABLE = "main.readable"
"""All readable records; LIVE is without the deleted ones, of which only the key is looked at."""

SCIENTIFIC = "^[0-9]([.][0-9]+)?[Ee][+]?[0-9]{1,2}$"
OLD_RESIDENT = "^[1-9][0-9]{14}$"
PHONE = "^(1[3-9][0-9]{9}|0[1-9][0-9]{8,10}|[48]00[0-9]{7})$"
NOBODY = "^(匿名|群众|热心市民|市民|来电人|当事人|不愿透露|先生|女士|(?s:.{0,2})某)$"
DIVISIONS = {"county": "[0-9]{6}", "town": "[0-9]{9}", "village": "[0-9]{12}", "grid": "[0-9]{15}([0-9]{2})?"}


class SuiteError(ValueError):
    """A rule that the audit has no expectation for; the text says which, and where to add it."""


@dataclass(frozen=True)
class Asked:
    """A rule as contract and declaration ask for it: on `column`, or across the columns that `arguments` name.

    `event` is the column whose date decides which codes were in force, where the declaration fills it; `mappings` are
    the rows of the column's crosswalk, where it has one, and `rejected` the codes that were decided to be wrong at
    their source.
    """

    rule_id: str
    kind: str
    column: Column
    as_of: datetime
    event: str | None = None
    mappings: tuple[Mapping, ...] | None = None
    rejected: tuple[str, ...] = ()
    arguments: dict[str, Any] = field(default_factory=dict)

    @property
    def is_date(self) -> bool:
        return self.column.type in ("TIMESTAMP", "DATE")


def suite(dataset: Dataset, contract: Contract, as_of: datetime, decided: Sequence[Decided] = ()) -> list[Expected]:
    """The expectations of a dataset, with what people `decided` about codes; their ids are those of the rules.

    Raises SuiteError for a rule of a kind without an expectation, CodeError for a missing code list or crosswalk.
    """
    expected = []
    for asked in rules_asked(dataset, contract, as_of, decided):
        if asked.kind not in EXPECTATIONS:
            raise SuiteError(
                f"rule {asked.rule_id} is of kind {asked.kind!r}, which the audit cannot judge;"
                " add what is expected to EXPECTATIONS in quality/audit_suite.py"
            )
        name, arguments = EXPECTATIONS[asked.kind](asked)
        table = READABLE if asked.column.name == "source_id" else LIVE
        expected.append(Expected(asked.rule_id, table, name, asked.column.title, arguments=arguments))
    return expected


# ------------------------------------------------------------------ what contract and declaration ask for


def rules_asked(dataset: Dataset, contract: Contract, as_of: datetime, decided: Sequence[Decided]) -> Iterator[Asked]:
    """Every rule of a dataset: on the key, on each column that the declaration fills from a field, and across columns
    that are all filled so."""
    fields = {name: one for name, one in dataset.fields.items() if one.source is not None and name != "source_id"}
    columns = {column.name: column for column in (*contract.columns, SOURCE_UPDATED_AT)}
    event = contract.event_at if contract.event_at in fields else None
    yield Asked("source_id.required", "required", Column(name="source_id", title="主键", type="VARCHAR"), as_of)
    for name, mapped in fields.items():
        column = columns[name]
        mappings = effective(mapped.crosswalk, column.code_list, decided) if mapped.crosswalk else None
        wrong = rejected(mapped.crosswalk, decided) if mapped.crosswalk else ()
        for kind in _described(column, mappings, wrong, event):
            yield Asked(f"{name}.{kind}", kind, column, as_of, event, mappings, wrong)
        for check in column.checks:
            yield Asked(check.id, check.check, column, as_of, arguments=check.arguments)
    for check in contract.checks:
        named = [word for word in _words(check) if word in columns]
        if check.check not in OF_RECORDS and set(named) <= fields.keys():
            yield Asked(check.id, check.check, columns[named[0]], as_of, arguments=check.arguments)


def _words(check: Check) -> list[str]:
    """What may be the name of a column in the arguments of a rule."""
    texts = [value for value in check.arguments.values() if isinstance(value, str)]
    return [word for text in texts for word in re.findall(r"\w+", re.sub("'[^']*'", "", text))]


def _described(
    column: Column, mappings: tuple[Mapping, ...] | None, wrong: tuple[str, ...], event: str | None
) -> Iterator[str]:
    """The kinds of the rules that follow from how a column is described."""
    is_date = column.type in ("TIMESTAMP", "DATE")
    asked = {
        "required": column.required,
        "unreadable": is_date or not (column.is_text or mappings is not None),
        "sentinel": is_date and not column.required,
        "unmapped": mappings is not None,
        "code": bool(wrong) if mappings is not None else column.code_list is not None,
        "not_in_force": event is not None and any(code.is_dated for code in _codes(column)),
        "division": column.division is not None,
        "pattern": column.pattern is not None,
        "length": mappings is None and (column.min_length is not None or column.max_length is not None),
        "range": column.minimum is not None or column.maximum is not None,
    }
    return (kind for kind, is_asked in asked.items() if is_asked)


def _codes(column: Column) -> tuple[Code, ...]:
    return code_list(column.code_list) if column.code_list is not None else ()


# ------------------------------------------------------------------ what is expected, by the kind of the rule


def _column_is(name: str, suffix: str = "", /, **arguments: Any) -> Callable[[Asked], Expectation]:
    """A native expectation on a column's value, or on its `__text` or `__read`."""
    return lambda asked: (name, {"column": asked.column.name + suffix, **arguments})


def _query(name: str, **more: Callable[[Asked], str]) -> Callable[[Asked], Expectation]:
    """The rows of a query, in which $value, $text and $read are the column's, every argument of the rule is the column
    that it names, and `more` makes any other word."""

    def build(asked: Asked) -> Expectation:
        column = asked.column.name
        words = {"value": f'"{column}"', "text": f'"{column}__text"', "read": f'"{column}__read"'}
        words |= {argument: f'"{named}"' for argument, named in asked.arguments.items()}
        return query(name, words | {word: make(asked) for word, make in more.items()})

    return build


def _required(asked: Asked) -> Expectation:
    if asked.is_date:
        return _query("required_date")(asked)
    suffix = "" if asked.column.name == "source_id" else "__text"
    return _column_is("ExpectColumnValuesToNotBeNull", suffix)(asked)


def _unreadable(asked: Asked) -> Expectation:
    return _query("unreadable_date")(asked) if asked.is_date else _valued(asked)


def _valued(asked: Asked) -> Expectation:
    """Where something is written, it has a value."""
    written = {"type": "nullity", "column": {"name": f"{asked.column.name}__text"}, "is_null": False}
    return _column_is("ExpectColumnValuesToNotBeNull", row_condition=written)(asked)


def _unmapped(asked: Asked) -> Expectation:
    """A code that nobody has judged; one that was judged to be wrong is no longer ours."""
    rows = [row for row in asked.mappings or () if asked.column.is_text or row.to_code.isdecimal()]
    if any(row.valid_from or row.valid_to for row in rows):
        judged = [(code, None, None) for code in asked.rejected]
        listed = _values([*((row.from_code, row.valid_from, row.valid_to) for row in rows), *judged])
        moment = f'"{asked.event}__read"' if asked.event else f"TIMESTAMP '{asked.as_of}'"
        return _query("unmapped", mappings=lambda _: listed, event=lambda _: moment)(asked)
    known = [*(row.from_code for row in rows), *asked.rejected]
    return _column_is("ExpectColumnValuesToBeInSet", "__text", value_set=known)(asked)


def _code(asked: Asked) -> Expectation:
    if asked.mappings is not None:
        meant = {"type": "nullity", "column": {"name": asked.column.name}, "is_null": True}
        wrong = list(asked.rejected)
        return _column_is("ExpectColumnValuesToNotBeInSet", "__text", value_set=wrong, row_condition=meant)(asked)
    codes = [code.code for code in _codes(asked.column)]
    return _column_is("ExpectColumnValuesToBeInSet", value_set=codes)(asked)


def _in_force(asked: Asked) -> Expectation:
    codes = _values([(code.code, code.valid_from, code.valid_to) for code in _codes(asked.column)])
    return _query("not_in_force", codes=lambda _: codes, event=lambda _: f'"{asked.event}"')(asked)


def _values(rows: list[tuple[str, Any, Any]]) -> str:
    """Codes with their first day and the first day after their last, as rows of VALUES."""
    days = [[f"TIMESTAMP '{day}'" if day else "CAST(NULL AS TIMESTAMP)" for day in row[1:]] for row in rows]
    return ", ".join(f"({literal(row[0])}, {since}, {until})" for row, (since, until) in zip(rows, days, strict=True))


def _pattern(asked: Asked) -> Expectation:
    return _column_is("ExpectColumnValuesToMatchRegex", regex=f"^(?:{asked.column.pattern})$")(asked)


def _length(asked: Asked) -> Expectation:
    bounds = {"min_value": asked.column.min_length, "max_value": asked.column.max_length}
    return _column_is("ExpectColumnValueLengthsToBeBetween", **bounds)(asked)


def _range(asked: Asked) -> Expectation:
    limits = {"min_value": asked.column.minimum, "max_value": asked.column.maximum}
    numbers = {name: None if limit is None else float(limit) for name, limit in limits.items()}
    return _column_is("ExpectColumnValuesToBeBetween", **numbers)(asked)


def _not_future(asked: Asked) -> Expectation:
    return _column_is("ExpectColumnValuesToBeBetween", max_value=asked.as_of + timedelta(days=1))(asked)


def _predicate(asked: Asked) -> Expectation:
    """The contract's own words; that they are fit for a predicate is the compiler's business."""
    return failing_rows(f"SELECT position, source_id FROM {{batch}} WHERE {asked.arguments['sql']}")


def _required_when(asked: Asked) -> Expectation:
    """The check's `column` is there wherever `when` has one of `values`."""
    given = asked.arguments
    when = {
        "type": "comparison", "column": {"name": given["when"]}, "operator": "IN", "parameter": list(given["values"]),
    }  # fmt: skip
    return "ExpectColumnValuesToNotBeNull", {"column": given["column"], "row_condition": when}


EXPECTATIONS: dict[str, Callable[[Asked], Expectation]] = {
    "required": _required,
    "unreadable": _unreadable,
    "sentinel": _query("sentinel"),
    "unmapped": _unmapped,
    "code": _code,
    "not_in_force": _in_force,
    "division": _query("division", form=lambda asked: DIVISIONS[asked.column.division or ""]),
    "pattern": _pattern,
    "length": _length,
    "range": _range,
    "filled": _column_is("ExpectColumnValuesToNotBeNull", "__text"),
    "not_future": _not_future,
    "placeholder": _column_is("ExpectColumnValuesToNotMatchRegex", regex=NOBODY),
    "test_entry": _column_is("ExpectColumnValuesToNotMatchRegex", regex="测试"),
    "id_scientific": _column_is("ExpectColumnValuesToNotMatchRegex", "__text", regex=SCIENTIFIC),
    "id_form": _query("id_form"),
    "gb11643": _query("gb11643"),
    "id_upgraded": _column_is("ExpectColumnValuesToNotMatchRegex", "__read", regex=OLD_RESIDENT),
    "gb32100": _query("gb32100"),
    "gb11714": _query("gb11714"),
    "phone_form": _column_is("ExpectColumnValuesToMatchRegex", regex=PHONE),
    "phone_several": _query("phone_several"),
    "date_order": _query("date_order"),
    "division_within": _query("division_within"),
    "required_when": _required_when,
    "id_sex": _query("id_sex"),
    "id_birth": _query("id_birth"),
    "predicate": _predicate,
}
