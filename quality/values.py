"""How each kind of column gets from the landed text to its value, in three steps of SQL.

`text` cleans what came, `read` understands it, `value` is what the contract asks for. Each step is its own
projection of the compiled statement, so that no expression is worked out twice.
"""

from __future__ import annotations

from dataclasses import dataclass

from quality.predicates import literal
from schemas.codes import Mapping
from schemas.contract import Column
from schemas.divisions import today


@dataclass(frozen=True)
class Reading:
    """The three SQL expressions of one column, and the landed field they start from. `read` None: it is `text`."""

    column: Column
    text: str
    read: str | None
    value: str
    origin: str


def reading(
    column: Column,
    source: str,
    *,
    mappings: tuple[Mapping, ...] | None = None,
    event: str = "$as_of",
    formats: tuple[str, ...] = (),
    true_values: tuple[str, ...] = (),
) -> Reading:
    """How `column` is read from the landed field `source`.

    `mappings` are the rows of the crosswalk that counts, where there is one; `event` is SQL for the moment that decides
    between dated rows of it; texts in `true_values` mean true.
    """
    name = column.name
    landed, text, read = '"' + source.replace('"', '""') + '"', f'"{name}__text"', f'"{name}__read"'
    if mappings is not None:
        value = _mapped(text, mappings, event)
        if not column.is_text:
            value = f"TRY_CAST({value} AS {column.type})"
        return Reading(column, f"tidy_code({landed})", None, value, source)
    if column.type in ("TIMESTAMP", "DATE"):
        value = f"within_years({read})" if column.type == "TIMESTAMP" else f"CAST(within_years({read}) AS DATE)"
        return Reading(column, f"tidy_nonzero({landed})", _moment(text, formats), value, source)
    if column.type == "BOOLEAN":
        return Reading(column, f"tidy_code({landed})", None, _boolean(text, true_values), source)
    if column.is_text:
        return Reading(column, *_text(column, landed, text, read), source)
    number = "decimal_of" if column.type.startswith("DECIMAL") else "whole_of"
    return Reading(column, f"tidy_code({landed})", f"{number}({text})", f"TRY_CAST({read} AS {column.type})", source)


def _mapped(text: str, rows: tuple[Mapping, ...], event: str) -> str:
    """A crosswalk written out, so that whoever reads the statement sees what each code becomes."""
    if not rows:
        return "CAST(NULL AS VARCHAR)"
    whens = []
    for row in rows:
        dated = f" AND {event} >= TIMESTAMP '{row.valid_from}'" if row.valid_from else ""
        dated += f" AND {event} < TIMESTAMP '{row.valid_to}'" if row.valid_to else ""
        label = " ".join(row.from_label.split())
        whens.append(f"\n      WHEN {text} = {literal(row.from_code)}{dated} THEN {literal(row.to_code)}  -- {label}")
    return f"CASE{''.join(whens)}\n      END"


def _text(column: Column, landed: str, text: str, read: str) -> tuple[str, str | None, str]:
    checks = {check.check for check in column.checks}
    if column.personal == "id_no":
        return f"tidy_nonzero({landed})", f"tidy_id({text})", f"upgrade_id({read})"
    if column.personal == "phone":
        return f"tidy_nonzero({landed})", f"phone_of({text})", read
    if column.personal == "name" or column.public_office:
        return f"tidy_text({landed})", f"unify_dots({text})", read
    if "gb32100" in checks:
        return f"tidy_nonzero({landed})", f"upper({text})", read
    if column.division == "county":
        return f"tidy_nonzero({landed})", f"county_of({text})", read
    if column.division == "town":
        return f"tidy_nonzero({landed})", f"town_of({text})", read
    if column.division is not None:
        return f"tidy_nonzero({landed})", None, text
    if column.code_list is not None or is_key(column):
        return f"tidy_code({landed})", None, text
    return f"tidy_text({landed})", None, text


def is_key(column: Column) -> bool:
    """Columns that hold the key of another record are cleaned like keys, so that both sides stay equal."""
    return column.name.endswith("source_id") or column.name in ("related_no", "related_system")


_READERS = {"epoch_ms": "moment_epoch_ms", "epoch_s": "moment_epoch_s", "excel_serial": "moment_excel"}
_YEAR_FIRST = {
    f"%Y{mark}%m{mark}%d{time}" for mark in "-/" for time in ("", " %H:%M", " %H:%M:%S", "T%H:%M:%S", " %H:%M:%S.%f")
}


def _moment(text: str, formats: tuple[str, ...]) -> str:
    """Declared readers and patterns first, then the usual forms.

    Patterns that year-first reading covers are left to it, because it is twice as fast as strptime.
    """
    steps = [f"{_READERS[form]}({text})" for form in formats if form in _READERS]
    patterns = [form for form in formats if form not in _READERS and form not in _YEAR_FIRST]
    if patterns:
        steps.append(f"TRY_STRPTIME({text}, [{', '.join(literal(form) for form in patterns)}])")
    return f"coalesce({', '.join([*steps, f'moment_usual({text})'])})" if steps else f"moment_usual({text})"


def _boolean(text: str, true_values: tuple[str, ...]) -> str:
    yes = dict.fromkeys([*true_values, "true", "1", "Y", "是", "y", "T", "t", "True", "TRUE", "yes"])
    test = " OR ".join(f"{text} = {literal(value)}" for value in yes)
    return f"CASE WHEN {test} THEN true WHEN means_no({text}) THEN false END"


_LENGTHS = {"county": (6,), "town": (9,), "village": (12,), "grid": (15, 17)}


def known(one: Reading) -> str:
    """A division is known when it exists, now or once; below a retired county or town any code counts as history.

    CASE and not OR: DuckDB evaluates every side of an OR for every row.
    """
    name, level = f'"{one.column.name}"', one.column.division or ""
    lengths = " OR ".join(f"strlen({name}) = {length}" for length in _LENGTHS[level])
    code = f"substring({name}, 1, 12)" if level == "grid" else name
    below = ["false"]
    for digits in () if level == "county" else (6, 9):
        retired = literal(" ".join(code for code in today() if len(code) == digits))
        below.append(f"contains({retired}, substring({name}, 1, {digits}))")
    return (
        f"CASE WHEN NOT ({lengths}) THEN false WHEN TRY_CAST({code} AS division_code) IS NOT NULL THEN true"
        f' ELSE {" OR ".join(below)} END AS "{one.column.name}__known"'
    )


def body(one: Reading) -> str:
    """The digits of an identity number as one number, which several rules reckon with."""
    return f'id_body("{one.column.name}") AS "{one.column.name}__body"'
