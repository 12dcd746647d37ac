"""Slips of the hand and of export programs: codes, blanks, texts, numbers and dates that are wrong by themselves."""

from __future__ import annotations

import re
from typing import Any

from sandbox.departments import departments
from sandbox.registers import register_systems
from sandbox.soil.record import Mistake, Record
from sandbox.soil.words import EPOCH

UNKNOWN_TYPES = {"court_odr": "9777", "petition_hotline": "数字经济_平台用工_算法争议", "peoples_mediation": "1888",
                 "medical_disputes": "互联网诊疗", "union_rights": "新业态用工", "youth_hotline": "Q77",
                 **{one.system: one.unknown_type for one in departments().values()}}  # fmt: skip
UNKNOWN_CODES = {"court_odr": "77", "petition_hotline": "N77", "peoples_mediation": "77", "medical_disputes": "新增项",
                 "union_rights": "新增项", "youth_hotline": "N7",
                 **{one.system: one.unknown_code for one in register_systems().values()},
                 **{one.system: one.unknown_code for one in departments().values()}}  # fmt: skip
NULL_TOKENS = ("无", "/", "-", "不详", "暂无", "null", "NULL", "\\N")
NO_SUCH_DAY = "2023-02-30 10:00:00"
ZERO_DAY = "0000-00-00 00:00:00"
FOR_EVER = "9999-12-31 00:00:00"
FOR_EVER_MS = 253402185600000  # the same day, 00:00 Shanghai
CENTURY_OFF = 20  # one digit of the year mistyped, 2026 for 2006 or 2046; a multiple of four keeps 29 February
FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
LONG = {"summary": 20_100, "note": 20_100, "address": 520, "location": 320}  # the TEXT of MariaDB ends at 65 535 bytes
PASTED = "双方对责任划分和赔偿标准分歧较大，经多次组织协商未达成一致，拟继续跟进处理。"  # names nobody


def unmapped(field: str) -> Mistake:
    """A code that the department has never announced."""

    def slip(record: Record) -> bool:
        if record.get(field) is None:
            return False
        record.put(field, (UNKNOWN_TYPES if field == "type" else UNKNOWN_CODES)[record.system])
        return True

    return slip


def renamed(record: Record) -> bool:
    """A type code under a new name: what a department does when it revises its list and tells nobody."""
    code = record.get("type")
    record.put("type", f"{code}N" if str(code).isascii() else f"{code}（新）")
    return True


def put(field: str, *values: Any) -> Mistake:
    """One of several values that cannot be right, in a field that is filled."""

    def slip(record: Record) -> bool:
        if record.get(field) is None:
            return False
        record.put(field, values[int(record.draw * len(values))])
        return True

    return slip


def blank(*fields: str) -> Mistake:
    """Fields left empty that should be filled."""

    def slip(record: Record) -> bool:
        if record.get(fields[0]) is None:
            return False
        for field in fields:
            record.put(field, None)
        return True

    return slip


def written(text: str, *fields: str) -> Mistake:
    """A text that no reader takes for a moment, or only for a placeholder, in dates that are all filled."""

    def slip(record: Record) -> bool:
        if any(record.get(field) is None for field in fields):
            return False
        for field in fields:
            record.put(field, text)
        return True

    return slip


def never(field: str) -> Mistake:
    """9999-12-31 for "not yet", as some systems fill a date that they must not leave empty."""

    def slip(record: Record) -> bool:
        record.put(field, FOR_EVER_MS if (record.system, record.words[field]) in EPOCH else FOR_EVER)
        return True

    return slip


def year_off(*fields: str, years: int) -> Mistake:
    """A year with one digit mistyped, in dates that are all filled."""

    def slip(record: Record) -> bool:
        if any(record.get(field) is None for field in fields):
            return False
        for field in fields:
            record.put(field, moved(record.get(field), years))
        return True

    return slip


def moved(value: Any, years: int) -> Any:
    """Return a date of any of the departments' forms, moved by a number of years that four divides."""
    if isinstance(value, dict):
        return {"date": moved(value["date"], years)}
    if isinstance(value, int):
        return value + years * 36525 * 864_000  # 365.25 days of 86 400 000 ms
    return re.sub(r"\d{4}", lambda year: str(int(year[0]) + years), value, count=1)


def update_time(text: str) -> Mistake:
    """An update time that is no time; the department's own order of changes is not touched by it."""
    return put("updated", text)


def pasted(*fields: str) -> Mistake:
    """A paragraph pasted into fields that hold a name or a number, again and again where a text belongs."""

    def slip(record: Record) -> bool:
        for field in fields:
            size = LONG.get(field, 220)
            record.put(field, (PASTED * (size // len(PASTED) + 1))[:size])
        return True

    return slip


def padded(record: Record) -> bool:
    """A no-break space before the title, an ideographic one after it."""
    record.put("title", f"\u00a0{record.get('title')}\u3000")
    return True


def ended_with(mark: str) -> Mistake:
    """A character that JSON can carry and text cannot, at the end of the title."""

    def slip(record: Record) -> bool:
        record.put("title", f"{record.get('title')}{mark}")
        return True

    return slip


def full_width(record: Record) -> bool:
    if not record.get("phone"):
        return False
    record.put("phone", record.get("phone").translate(FULL_WIDTH))
    return True


def null_token(record: Record) -> bool:
    """A word for "nothing" in the fields that must not be empty on the form."""
    token = NULL_TOKENS[int(record.draw * len(NULL_TOKENS))]
    record.put("other_phone", token)
    record.put("address", token)
    return True


def several_phones(field: str) -> Mistake:
    def slip(record: Record) -> bool:
        if not record.get(field):
            return False
        record.put(field, f"{record.get(field)}、0571-8888 8888")
        return True

    return slip


def extension(field: str) -> Mistake:
    """The extension of an office instead of a telephone number."""

    def slip(record: Record) -> bool:
        if not record.get(field):
            return False
        record.put(field, f"分机{6000 + int(record.draw * 999)}")
        return True

    return slip


def extra_field(record: Record) -> bool:
    record.body["ext_note1"] = "补录"
    return True


def test_entry(record: Record) -> bool:
    """What somebody typed to try the form, left in the live system."""
    record.put("title", "测试工单，请勿处理")
    record.put("name", "测试")
    if record.get("other_name") is not None:
        record.put("other_name", "测试单位")
    return True


def nothing(record: Record) -> bool:
    """No field is wrong: the record itself comes twice."""
    return True
