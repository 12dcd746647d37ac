"""Every kind of dirt by name, and which of them a dataset can carry.

A kind is the name of a mistake and, where it is not the obvious one, of the field that it sits on.
"""

from __future__ import annotations

from sandbox.departments import of_carrier
from sandbox.soil import contradictions as wrong
from sandbox.soil import numbers, slips
from sandbox.soil.record import Mistake
from sandbox.soil.register_kinds import REGISTER_GROUPS, REGISTER_KINDS
from sandbox.soil.slips import CENTURY_OFF, FOR_EVER, NO_SUCH_DAY, ZERO_DAY
from sandbox.soil.words import REPORTS, WORDS, Dataset

Kinds = dict[str, Mistake]
DATABASE = "peoples_mediation"
XML = {one.system for one in of_carrier("api") if one.api.paging == "page_xml"}
JSON = {"court_odr", "petition_hotline", *(one.system for one in (*of_carrier("api"), *of_carrier("queue")))} - XML
SHEETS = {"medical_disputes", "union_rights", *(one.system for one in of_carrier("files"))}
TABLES = {one.system for one in of_carrier("table")}


def _reports(system: str) -> Kinds:
    words = WORDS[system, REPORTS[system]]
    coded = ("scale", "channel", "status", "result", "way", "platform", "sex", "party", "other_party", "matter")
    made: Kinds = {
        "unmapped_code": slips.unmapped("type"), "unmapped_related": slips.unmapped("related_system"),
        **{f"unmapped_{field}": slips.unmapped(field) for field in coded if field in words},
        **({} if system == "petition_hotline" else {"unmapped_risk": slips.unmapped("risk")}),
        "missing_required": slips.blank("reported"), "missing_title": slips.blank("title"),
        "missing_type": slips.blank("type"), "missing_status": slips.blank("status"),
        "missing_county": slips.blank("county"), "missing_closed": wrong.missing_closed,
        "missing_way": wrong.missing_way,
        "impossible_date": slips.written(NO_SUCH_DAY, "reported"), "zero_date": slips.written(ZERO_DAY, "reported"),
        **{f"impossible_{field}": slips.written(NO_SUCH_DAY, field) for field in ("occurred", "accepted", "closed")},
        "year_9999": slips.never("occurred"), "year_9999_accepted": slips.never("accepted"),
        "year_9999_closed": slips.never("closed"),
        **{f"future_{field}": slips.year_off(field, years=CENTURY_OFF)
           for field in ("occurred", "reported", "accepted", "closed")},
        **_early("reported", "accepted", "closed"),
        "closed_before_accepted": wrong.swapped("accepted", "closed"),
        "bad_id_checksum": numbers.bad_checksum("id"), "masked_id": numbers.masked("id"), "old_id": numbers.old("id"),
        "wrong_sex": numbers.wrong_sex, "bad_uscc": numbers.bad_uscc, "bad_org_code": numbers.bad_org_code,
        "placeholder_name": slips.put("name", "匿名", "群众", "热心市民"),
        "other_placeholder_name": slips.put("other_name", "某某", "当事人", "不愿透露"),
        "test_entry": slips.test_entry,
        "full_width": slips.full_width, "several_phones": slips.several_phones("phone"),
        "extension_phone": slips.extension("phone"), "other_several_phones": slips.several_phones("other_phone"),
        "other_extension_phone": slips.extension("other_phone"), "null_token": slips.null_token,
        "negative_amount": slips.put("amount", -100), "no_people": slips.put("people", 0),
        "small_group": wrong.small_group, "group_in_words": slips.put("group", "待定"),
        "functional_zone": wrong.functional_zone, "unknown_town": wrong.unknown_town,
        "town_elsewhere": wrong.town_elsewhere, "padded": slips.padded,
        "pasted_text": slips.pasted(
            "title", "summary", "address", "name", "other_name", "org", "mediator", "related"),
        "left_open": wrong.left_open, "other_result": wrong.other_result,
    }  # fmt: skip
    if "minor" in words:
        made["minor_in_words"] = slips.put("minor", "不清楚")
    if "matter" in words:
        made["missing_matter"] = slips.blank("matter")
    if "village" in words:
        made |= {"unknown_village": wrong.unknown_village, "village_elsewhere": wrong.village_elsewhere}
    if "grid" in words:
        made |= {"short_grid": wrong.short_grid, "grid_of_neighbour": wrong.grid_of_neighbour,
                 "unknown_grid": wrong.unknown_grid}  # fmt: skip
    if "platform" in words:
        made["early_platform"] = wrong.early_platform
    return made | _carrier(system)


def _carrier(system: str) -> Kinds:
    """What depends on how a system sends its reports: a typed table, JSON, sheets."""
    if system == DATABASE:
        return {"other_bad_id_checksum": numbers.bad_checksum("other_id"), "other_old_id": numbers.old("other_id"),
                "other_masked_id": numbers.masked("other_id"),
                "other_scientific_id": numbers.scientific("other_id")}  # fmt: skip
    made: Kinds = {
        "amount_in_words": slips.put("amount", "3万余元", "约五千元"), "people_in_words": slips.put("people", "数十人"),
        **({} if system in TABLES else {"missing_key": slips.blank("key")}), **_update_times(),
    }  # fmt: skip
    if system in JSON | SHEETS | XML:
        made["duplicate_key"] = slips.nothing
    if system in JSON:
        made |= {"lone_surrogate": slips.ended_with("\ud83d"), "nul": slips.ended_with("\x00"),
                 "extra_field": slips.extra_field}  # fmt: skip
    if system in SHEETS:
        made["scientific_id"] = numbers.scientific("id")
    if system == "petition_hotline":
        made |= {"risk_out_of_range": slips.put("risk", 9), "risk_in_words": slips.put("risk", "较高")}
    return made


def _update_times() -> Kinds:
    return {"impossible_update": slips.update_time(NO_SUCH_DAY), "year_9999_update": slips.update_time(FOR_EVER)}


def _children(code: str, dates: tuple[str, ...], texts: tuple[str, ...]) -> Kinds:
    """What every row that hangs from a report can carry: a broken export spoils all of its dates at once."""
    return {
        "unmapped_code": slips.unmapped(code), "impossible_date": slips.written(NO_SUCH_DAY, *dates),
        "year_9999": slips.written(FOR_EVER, *dates), "future_date": slips.year_off(*dates, years=CENTURY_OFF),
        "pasted_text": slips.pasted(*texts),
    }  # fmt: skip


def _early(*fields: str) -> Kinds:
    return {f"{field}_years_early": slips.year_off(field, years=-CENTURY_OFF) for field in fields}


_KEY: Kinds = {"missing_key": slips.blank("key"), **_update_times()}
_LINK: Kinds = {"missing_report": slips.blank("report"), "unknown_report": wrong.unknown_report}
_STEPS: Kinds = {
    "unmapped_status": slips.unmapped("status"), "zero_date": slips.written(ZERO_DAY, "happened"),
    "repeated_step": wrong.repeated_step, "closed_too_early": wrong.closed_too_early,
    "confirmed_too_late": wrong.confirmed_too_late, **_early("recorded"),
}  # fmt: skip
_REGISTER: Kinds = {
    "unmapped_code": slips.unmapped("kind"), "functional_zone": wrong.functional_zone,
    "missing_key": wrong.unnumbered, **_update_times(),
}  # fmt: skip
_TOWNS: Kinds = {"unknown_town": wrong.unknown_town, "town_elsewhere": wrong.town_elsewhere}

KINDS: dict[Dataset, Kinds] = {
    **{(system, dataset): _reports(system) for system, dataset in REPORTS.items()},
    **REGISTER_KINDS,
    # The report's number is part of a court step's key: a step of another report would be another step.
    ("court_odr", "pre_suit_steps"): _STEPS | _KEY | _children(
        "step", ("happened", "recorded"), ("org", "actor", "note")),
    (DATABASE, "mediation_steps"): _STEPS | _LINK | _children(
        "step", ("happened", "recorded"), ("org", "actor", "note", "report")),
    ("court_odr", "confirmations"): _LINK | _KEY | _early("ruled") | _children(
        "result", ("applied", "ruled"), ("org", "document", "report")) | {"missing_ruled": wrong.missing_ruled},
    ("court_odr", "referrals"): _LINK | _KEY | _early("closed") | _children(
        "direction", ("referred", "closed"), ("org", "document", "report")) | {
        "unmapped_result": slips.unmapped("result"), "missing_direction": slips.blank("direction")},
    ("petition_hotline", "transfers"): _LINK | _KEY | _early("received", "accepted", "returned") | _children(
        "reason", ("sent", "received", "accepted"), ("org", "to_org", "report")) | {
        "impossible_returned": slips.written(NO_SUCH_DAY, "returned"),
        "year_9999_returned": slips.written(FOR_EVER, "returned"),
        "future_returned": slips.year_off("returned", years=CENTURY_OFF)},
    ("petition_hotline", "evaluations"): _LINK | _KEY | _early("replied") | _children(
        "channel", ("invited", "replied"), ("report",)) | {
        "no_such_score": slips.put("score", 9), "score_in_words": slips.put("score", "满意"),
        "score_without_reply": wrong.score_without_reply},
    ("petition_hotline", "visits"): _KEY | _children("purpose", ("visited",), ("report",)) | {
        "unknown_report": wrong.unknown_report, "zero_date": slips.written(ZERO_DAY, "visited"),
        "functional_zone": wrong.functional_zone, "no_people": slips.put("people", 0),
        "people_in_words": slips.put("people", "若干")},
    (DATABASE, "agreements"): _LINK | _early("effective") | _children("form", ("signed", "effective"), ("report",)) | {
        "missing_key": wrong.unnumbered, **_update_times(),
        "negative_amount": slips.put("amount", "-100.00"), "amount_in_words": slips.put("amount", "3万余元"),
        "performed_in_words": slips.put("performed", "部分履行")},
    (DATABASE, "committees"): _REGISTER | _TOWNS | {
        "missing_name": slips.blank("name"), "pasted_text": slips.pasted("name"),
        "bad_uscc": numbers.bad_uscc, "bad_org_code": numbers.bad_org_code, "same_uscc": wrong.same_uscc,
        "active_in_words": slips.put("active", "筹建")},
    (DATABASE, "mediators"): _REGISTER | {
        "missing_name": slips.blank("name"), "pasted_text": slips.pasted("name", "committee"),
        "unknown_committee": wrong.unknown_committee, "active_in_words": slips.put("active", "返聘"),
        "extension_phone": slips.extension("phone"), "several_phones": slips.several_phones("phone")},
    (DATABASE, "grid_units"): _REGISTER | _TOWNS | {
        "unknown_village": wrong.unknown_village, "village_of_neighbour": wrong.village_of_neighbour,
        "short_grid": wrong.short_grid, "negative_count": slips.put("households", "-1"),
        "negative_people": slips.put("people", "-1"), "count_in_words": slips.put("households", "约三百户"),
        "people_in_words": slips.put("people", "千余人"), "pasted_text": slips.pasted("name", "leader")},
    ("property_management", "residential_areas"): _REGISTER | _TOWNS | {
        "missing_key": slips.blank("key"), "duplicate_key": slips.nothing, "missing_name": slips.blank("name"),
        "missing_county": slips.blank("county"),
        "unmapped_management": slips.unmapped("management"), "unmapped_safety": slips.unmapped("safety"),
        "unknown_village": wrong.unknown_village, "village_of_neighbour": wrong.village_of_neighbour,
        "short_grid": wrong.short_grid, "grid_of_neighbour": wrong.grid_of_neighbour,
        "year_in_words": slips.put("built", "九十年代"), "two_digit_year": slips.put("built", 98),
        "negative_count": slips.put("buildings", -1), "count_in_words": slips.put("buildings", "十余幢"),
        "negative_households": slips.put("households", -1), "households_in_words": slips.put("households", "约三百户"),
        "negative_area": slips.put("area", -100), "area_in_words": slips.put("area", "约五万平方米"),
        "missing_org": slips.blank("org"), "bad_uscc": numbers.bad_uscc, "bad_org_code": numbers.bad_org_code,
        "extension_phone": slips.extension("phone"), "several_phones": slips.several_phones("phone"),
        "impossible_ends": slips.written(NO_SUCH_DAY, "ends"), "year_9999_ends": slips.written(FOR_EVER, "ends"),
        "committee_in_words": slips.put("committee", "筹备中"), "missing_inspected": wrong.missing_inspected,
        "impossible_inspected": slips.written(NO_SUCH_DAY, "inspected"),
        "year_9999_inspected": slips.written(FOR_EVER, "inspected"),
        "future_inspected": slips.year_off("inspected", years=CENTURY_OFF),
        "pasted_text": slips.pasted("name", "location", "org", "manager")},
}  # fmt: skip
# What nobody deals out: a matter of style, and what comes on request alone.
STYLE, ON_REQUEST = "minority_dot", {"renamed_code": slips.renamed}
GROUPS: tuple[tuple[Dataset, ...], ...] = (
    tuple(REPORTS.items()),
    (("court_odr", "pre_suit_steps"), (DATABASE, "mediation_steps")),
    *REGISTER_GROUPS,
    *(
        (dataset,)
        for dataset in KINDS
        if dataset not in {*REPORTS.items(), *REGISTER_KINDS} and not dataset[1].endswith("_steps")
    ),
)
"""Datasets that share their kinds: what one of them shows need not be dealt to the others first."""
