"""What departments write for telephones, amounts and identity numbers, and what the hub makes of it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

Normalise = Callable[..., Any]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("13800000000", "13800000000"),
        ("86-13800000000", "13800000000"),
        ("+86 138 0000 0000", "13800000000"),
        ("008613800000000", "13800000000"),
        ("0571-8888 8888", "057188888888"),
        ("(0571)88888888", "057188888888"),
        ("13800000000、13900000000", "13800000000"),
        ("13800000000;0571-88888888", "13800000000"),
        ("86888888", "86888888"),
        ("0", None),
        ("无", None),
        ("138-0000-0000", "13800000000"),
        ("0086-138-0000-0000", "13800000000"),
        ("8613800000000", "13800000000"),
        ("+86-571-88888888", "057188888888"),
        ("0086 10 8888 8888", "01088888888"),
        ("０５７１－８８８８８８８８", "057188888888"),
        ("０５７１－８８８８　８８８８／13800000000", "057188888888"),
        ("13800000000/13900000000", "13800000000"),
        ("13800000000，13900000000", "13800000000"),
        ("13800000000 13900000000", "13800000000"),
        ("0571 88888888 13800000000", "057188888888"),
        ("、13800000000;", "13800000000"),
        ("\ufeff13800000000\t", "13800000000"),
        ("13800000000(本人)", "13800000000本人"),
    ],
)
def test_phones(normalise: Normalise, written: str, meant: str | None) -> None:
    assert normalise(written, "tidy_nonzero", "phone_of") == meant


@pytest.mark.parametrize(
    ("written", "several"),
    [
        ("13800000000、13900000000", True),
        ("13800000000;13900000000", True),
        ("13800000000/0571-88888888", True),
        ("13800000000,+8613900000000", True),
        ("13800000000 13900000000", True),
        ("0571-8888 8888", False),
        ("138 0000 0000", False),
        ("13800000000;", False),
        ("86-13800000000", False),
    ],
)
def test_several_phones_in_one_field_are_noticed(normalise: Normalise, written: str, several: bool) -> None:
    assert bool(normalise(written, "phone_several")) is several


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("12,000.00", Decimal("12000.00")),
        ("12000.5", Decimal("12000.50")),
        ("￥1,200元", Decimal("1200.00")),
        ("-3", Decimal("-3.00")),
        ("5万元", None),
        ("1,23", None),
        ("约500", None),
    ],
)
def test_amounts(normalise: Normalise, written: str, meant: Decimal | None) -> None:
    assert normalise(written, "decimal_of") == meant


@pytest.mark.parametrize(("written", "meant"), [("3", 3), ("3.0", 3), ("3.7", None), ("三", None), ("1e3", 1000)])
def test_a_whole_number_is_never_rounded(normalise: Normalise, written: str, meant: int | None) -> None:
    assert normalise(written, "whole_of") == meant


@pytest.mark.parametrize("written", ["f", "false", "0", "N", "否", "no"])
def test_no_as_databases_and_people_write_it(normalise: Normalise, written: str) -> None:
    assert normalise(written, "means_no") is True
    assert normalise("t", "means_no") is False


def test_an_old_identity_number_gets_century_and_check_digit(normalise: Normalise) -> None:
    assert normalise("330522650307234", "upgrade_id") == "330522196503072348"
    assert normalise("11010519491231002x", "tidy_id") == "11010519491231002X"
    assert normalise("330522 19650307 2348", "tidy_id") == "330522196503072348"


@pytest.mark.parametrize(
    "written",
    [
        "330522196503072348",
        "330522196503072348\t",
        "\t330522196503072348",
        "'330522196503072348",
        "`330522196503072348",
        '="330522196503072348"',
        "330522 19650307 2348",
        "330522-19650307-2348",
        "３３０５２２１９６５０３０７２３４８",
        "\ufeff330522196503072348\u00a0",
        "330522650307234",
    ],
)
def test_an_identity_number_however_it_was_guarded(normalise: Normalise, written: str) -> None:
    assert normalise(written, "tidy_nonzero", "tidy_id", "upgrade_id") == "330522196503072348"


@pytest.mark.parametrize(
    "written", ["3.30108E+17", "3.30108e+17", "3.3E+17", "3E17", "３．３０１０８Ｅ＋１７", "3.30108E+17\t"]
)
def test_a_number_in_scientific_notation_is_known_as_lost(normalise: Normalise, written: str) -> None:
    assert normalise(written, "tidy_nonzero", "is_scientific") is True


@pytest.mark.parametrize("written", ["330522196503072348", "E12345678", "EA1234567", "军字第1234567号"])
def test_other_documents_are_not_taken_for_scientific_notation(normalise: Normalise, written: str) -> None:
    assert normalise(written, "is_scientific") is False
