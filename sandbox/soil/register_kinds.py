"""The kinds of dirt that a register can carry, from the canonical fields that it has words for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from sandbox import codes
from sandbox.registers import LISTS, Register, RegisterSystem, all_registers
from sandbox.soil import contradictions as wrong
from sandbox.soil import numbers, slips
from sandbox.soil.record import Mistake
from sandbox.soil.slips import CENTURY_OFF, FOR_EVER, NO_SUCH_DAY
from sandbox.soil.words import Dataset

Kinds = dict[str, Mistake]
LONG_LIFE = 96  # years: so many later everybody is born in the future
DATES = ("born", "registered", "cancelled", "listed", "delisted", "started", "ended", "seen", "decided", "published",
         "effective", "expires", "repaired")  # fmt: skip
LATER = {"cancelled", "delisted", "ended", "seen", "expires", "published", "repaired"}  # than another date
TRUTHS = ("minor", "active", "verified")
TEXTS = ("name", "address", "supervisor", "org", "rep", "number", "summary")
REQUIRED = {
    "resident": ("name",), "offender": ("name",), "recipient": ("name",), "firm": ("name",), "committee": ("name",),
    "user": ("role", "registered"), "grid_worker": ("grid", "name"), "credit": ("party", "kind", "decided"),
}  # fmt: skip
EXPECTED = {
    "resident": ("id",), "offender": ("id", "correction"), "recipient": ("id", "disability", "disability_level"),
    "firm": (), "committee": (), "user": ("org",), "grid_worker": (), "credit": ("name", "uscc", "id", "level"),
}  # fmt: skip
"""Fields that a record should have, or should have if another field says so."""


def _kinds(system: RegisterSystem, register: Register) -> Kinds:
    has, holds = register.words.keys(), register.holds
    made: Kinds = {
        **{f"missing_{field}": slips.blank(field) for field in (*REQUIRED[holds], *EXPECTED[holds])},
        **{f"{_strange(system, field)}_{field}": slips.unmapped(field) for field in LISTS if field in has},
        **{f"{field}_in_words": slips.put(field, "待定") for field in TRUTHS if field in has},
        "missing_key": wrong.unnumbered if system.carrier == "table" else slips.blank("key"),
        "impossible_update": slips.update_time(NO_SUCH_DAY), "year_9999_update": slips.update_time(FOR_EVER),
        **{f"long_{field}": slips.pasted(field) for field in TEXTS if field in has},
    }  # fmt: skip
    for field in (one for one in DATES if one in has):
        years = LONG_LIFE if field == "born" else CENTURY_OFF
        made |= {
            f"impossible_{field}": slips.written(NO_SUCH_DAY, field), f"year_9999_{field}": slips.never(field),
            f"future_{field}": slips.year_off(field, years=years),
        }  # fmt: skip
        if field in LATER:
            made[f"{field}_years_early"] = slips.year_off(field, years=-CENTURY_OFF)
    if system.carrier != "table":
        made["duplicate_key"] = slips.nothing
    return made | _places(has) | _numbers(register)


def _strange(system: RegisterSystem, field: str) -> str:
    """A code that is in no list: of the department's own list nobody has mapped it, in the shared one it is wrong."""
    return "wrong" if codes.shared(system.system, LISTS[field]) else "unmapped"


def _places(has: Collection[str]) -> Kinds:
    made: Kinds = {"functional_zone": wrong.functional_zone} if "county" in has else {}
    if "town" in has:
        made |= {"unknown_town": wrong.unknown_town, "town_elsewhere": wrong.town_elsewhere}
    if "village" in has:
        made |= {"unknown_village": wrong.unknown_village, "village_elsewhere": wrong.village_elsewhere}
    if "grid" in has:
        made |= {"short_grid": wrong.short_grid, "grid_of_neighbour": wrong.grid_of_neighbour}
    if "hukou" in has:
        made["hukou_in_words"] = slips.put("hukou", "浙江省", "安徽阜阳")
    return made


def _numbers(register: Register) -> Kinds:
    has, holds, made = register.words.keys(), register.holds, Kinds()
    if "id" in has:
        made |= {"bad_id_checksum": numbers.bad_checksum("id"), "masked_id": numbers.masked("id"),
                 "old_id": numbers.old("id"), "scientific_id": numbers.scientific("id")}  # fmt: skip
    if "id" in has and "sex" in has:
        made["wrong_sex_of_id"] = numbers.wrong_sex
    if "born" in has:
        made["born_years_early"] = slips.year_off("born", years=-CENTURY_OFF)
    if "phone" in has:
        made |= {"several_phones": slips.several_phones("phone"), "extension_phone": slips.extension("phone")}
    if holds in {"resident", "offender", "recipient", "user"}:
        made |= {"placeholder_name": slips.put("name", "群众", "某某"), "test_name": slips.put("name", "测试人员")}
    if "uscc" in has:
        made["bad_uscc"] = numbers.bad_uscc
    if holds in {"firm", "committee"}:
        made |= {"bad_org_code": numbers.bad_org_code, "same_uscc": wrong.same_uscc}
    if "amount" in has:
        made |= {"negative_amount": slips.put("amount", "-100.00"), "amount_in_words": slips.put("amount", "3万余元")}
    return made


REGISTER_KINDS: dict[Dataset, Kinds] = {
    (system.system, dataset): _kinds(system, register) for system, dataset, register in all_registers()
}


def _groups() -> tuple[tuple[Dataset, ...], ...]:
    """Registers of one contract share their kinds."""
    contracts = {"resident": "persons", "offender": "persons", "recipient": "persons", "firm": "organisations",
                 "committee": "organisations"}  # fmt: skip
    found: dict[str, list[Dataset]] = defaultdict(list)
    for system, dataset, register in all_registers():
        found[contracts.get(register.holds, register.holds)].append((system.system, dataset))
    return tuple(tuple(datasets) for datasets in found.values())


REGISTER_GROUPS = _groups()
