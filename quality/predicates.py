"""What each `check` of a contract means in SQL. The macros are in `quality/sql`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from schemas.codes import Code
from schemas.divisions import today


@dataclass(frozen=True)
class Predicate:
    """An SQL expression that is true where the rule is broken, and the contract columns that it reads."""

    sql: str
    columns: tuple[str, ...]


Arguments = dict[str, Any]


def literal(text: str) -> str:
    """A text as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def _on_value(template: str) -> Callable[[Arguments], Predicate]:
    def build(arguments: Arguments) -> Predicate:
        name = arguments["_column"]
        return Predicate(
            template.format(value=f'"{name}"', text=f'"{name}__text"', read=f'"{name}__read"', body=f'"{name}__body"'),
            (name,),
        )

    return build


def _date_order(arguments: Arguments) -> Predicate:
    """Later before earlier; a date without time is compared by day, because midnight then means "that day"."""
    early, late = f'"{arguments["earlier"]}"', f'"{arguments["later"]}"'
    sql = f"{late} < {early} AND (CAST({late} AS DATE) < CAST({early} AS DATE) OR CAST({late} AS TIME) <> TIME '00:00')"
    return Predicate(sql, (arguments["earlier"], arguments["later"]))


def _division_within(arguments: Arguments) -> Predicate:
    """The outer code begins the inner one, or after a change of codes the two lie in one county today."""
    inner, outer = f'"{arguments["inner"]}"', f'"{arguments["outer"]}"'
    sql = (
        f"CASE WHEN prefix({inner}, {outer}) THEN false"
        f" WHEN substring({inner}, 1, 6) = substring({outer}, 1, 6) THEN true"
        f" ELSE {_county_today(inner)} <> {_county_today(outer)} END"
    )
    return Predicate(sql, (arguments["inner"], arguments["outer"]))


def _county_today(place: str) -> str:
    """SQL for the county in which a place lies today: a town may have left the county that took over its own."""
    whens = {6: "", 9: ""}
    for old, new in today().items():
        whens[len(old)] += f" WHEN {literal(old)} THEN {literal(new[:6])}"
    county = f"substring({place}, 1, 6)"
    return f"CASE substring({place}, 1, 9){whens[9]} ELSE CASE {county}{whens[6]} ELSE {county} END END"


def _required_when(arguments: Arguments) -> Predicate:
    values = " OR ".join(f'"{arguments["when"]}" = {literal(value)}' for value in arguments["values"])
    name = arguments["column"]
    return Predicate(f'"{name}" IS NULL AND ({values})', (name, arguments["when"]))


def _id_sex(arguments: Arguments) -> Predicate:
    """The 17th digit is odd for men (GB 11643); only 1 and 2 of GB/T 2261.1 can disagree."""
    body, sex = f'"{arguments["id_no"]}__body"', f'"{arguments["sex"]}"'
    sql = f"({sex} = '1' AND {body} % 2 = 0) OR ({sex} = '2' AND {body} % 2 = 1)"
    return Predicate(sql, (arguments["id_no"], arguments["sex"]))


def _id_birth(arguments: Arguments) -> Predicate:
    """Digits 7 to 14 are the day of birth."""
    body, birth = f'"{arguments["id_no"]}__body"', f'"{arguments["birth"]}"'
    day = f"year({birth}) * 10000 + month({birth}) * 100 + day({birth})"
    return Predicate(f"{body} // 1000 % 100000000 <> {day}", (arguments["id_no"], arguments["birth"]))


CHECKS: dict[str, Callable[[Arguments], Predicate]] = {
    "filled": _on_value("{text} IS NULL"),
    "not_future": _on_value("{value} > $as_of + INTERVAL 1 DAY"),
    "placeholder": _on_value("is_placeholder({value})"),
    "test_entry": _on_value("contains({value}, '测试')"),
    "id_scientific": _on_value("is_scientific({text})"),
    "id_form": _on_value("id_form_fails({value}, {body}) AND NOT is_scientific({text})"),
    "gb11643": _on_value("id_fails({value}, {body})"),
    "id_upgraded": _on_value("is_old_id({read})"),
    "gb32100": _on_value("uscc_fails({value})"),
    "gb11714": _on_value("org_code_fails({value})"),
    "phone_form": _on_value("phone_form_fails({value})"),
    "phone_several": _on_value("phone_several({text})"),
    "date_order": _date_order,
    "division_within": _division_within,
    "required_when": _required_when,
    "id_sex": _id_sex,
    "id_birth": _id_birth,
}


def in_force(name: str, event: str, codes: Sequence[Code]) -> str:
    """True where a code that exists was not in force on the day of the event."""
    tests = []
    for code in codes:
        outside = []
        if code.valid_from is not None:
            outside.append(f"\"{event}\" < TIMESTAMP '{code.valid_from}'")
        if code.valid_to is not None:
            outside.append(f"\"{event}\" >= TIMESTAMP '{code.valid_to}'")
        tests.append(f'("{name}" = {literal(code.code)} AND ({" OR ".join(outside)}))')
    return " OR ".join(tests)
