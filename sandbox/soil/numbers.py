"""Mistakes in the numbers of people and organisations: ID numbers, sex, credit codes."""

from __future__ import annotations

from sandbox.identity import (
    ID_CHECKS,
    USCC_ALPHABET,
    id_is_valid,
    old_id_number,
    org_check,
    uscc_check,
)
from sandbox.soil.record import Mistake, Record


def _number(record: Record, field: str) -> str | None:
    """Return the valid 18-digit number in a field, without the guard that spreadsheets put behind it."""
    number = str(record.get(field) or "").strip()
    return number if id_is_valid(number) else None


def bad_checksum(field: str) -> Mistake:
    def slip(record: Record) -> bool:
        number = _number(record, field)
        if number is None:
            return False
        record.put(field, number[:17] + ID_CHECKS[(ID_CHECKS.index(number[17]) + 3) % 11])
        return True

    return slip


def masked(field: str) -> Mistake:
    """A number that the department masked before it sent it."""

    def slip(record: Record) -> bool:
        number = _number(record, field)
        if number is None:
            return False
        record.put(field, f"{number[:6]}********{number[-4:]}")
        return True

    return slip


def old(field: str) -> Mistake:
    """The 15 digits of before 1999, of somebody born in that century."""

    def slip(record: Record) -> bool:
        number = _number(record, field)
        if number is None or number[6:8] != "19":
            return False
        record.put(field, old_id_number(number))
        return True

    return slip


def scientific(field: str) -> Mistake:
    """A number that went through a spreadsheet: 3.30108E+17, or the number cell itself in a workbook."""

    def slip(record: Record) -> bool:
        number = _number(record, field)
        if number is None:
            return False
        value = float(number.replace("X", "0"))
        record.put(field, value if record.system == "union_rights" else f"{value:.5E}")
        return True

    return slip


def wrong_sex(record: Record) -> bool:
    """The other sex than the 17th digit of the ID number says."""
    number, sex = _number(record, "id"), record.meaning("sex", "sex")
    if number is None or sex not in {"1", "2"}:
        return False
    record.put("sex", record.own("sex", "2" if sex == "1" else "1"))
    return True


def bad_uscc(record: Record) -> bool:
    """A credit code whose last character is another."""
    code = record.get("uscc")
    if not code:
        return False
    record.put("uscc", code[:17] + USCC_ALPHABET[(USCC_ALPHABET.index(code[17]) + 5) % 31])
    return True


def bad_org_code(record: Record) -> bool:
    """A credit code that checks as a whole, around an organisation code that does not (GB 11714)."""
    code = record.get("uscc")
    if not code:
        return False
    wrong = str((int(code[16]) + 3) % 10) if code[16].isdigit() else "1"
    first17 = code[:16] + wrong
    if org_check(code[8:16]) == wrong:
        return False
    record.put("uscc", first17 + uscc_check(first17))
    return True
