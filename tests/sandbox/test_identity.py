"""Numbers carry the checksums of their standards; the vectors are published ones."""

from __future__ import annotations

from datetime import date
from random import Random

import pytest

from sandbox.identity import USCC_ALPHABET, USCC_WEIGHTS, credit_code, id_is_valid, id_number, mobile, org_check


@pytest.mark.parametrize("number", ["11010519491231002X", "330108200001010016", "330522196503072348"])
def test_published_id_numbers_are_valid(number: str) -> None:
    assert id_is_valid(number)
    assert not id_is_valid(number[:17] + ("1" if number[17] != "1" else "2"))


def test_made_id_numbers_are_valid_and_tell_the_sex() -> None:
    rng = Random(1)
    for _ in range(200):
        male = rng.random() < 0.5
        number = id_number(rng, "330108", date(1980, 2, 29), male=male)
        assert id_is_valid(number)
        assert int(number[16]) % 2 == male


def test_credit_codes_carry_both_checks() -> None:
    assert org_check("75591846") == "9"
    rng = Random(1)
    for _ in range(200):
        code = credit_code(rng, "330108")
        total = sum(USCC_ALPHABET.index(c) * w for c, w in zip(code[:17], USCC_WEIGHTS, strict=True))
        assert USCC_ALPHABET[(31 - total % 31) % 31] == code[17]
        assert org_check(code[8:16]) == code[16]


def test_no_telephone_looks_like_part_of_a_number_of_a_report() -> None:
    rng = Random(1)
    phones = {mobile(rng) for _ in range(5000)}
    assert all(phone[3] in "6789" and phone[:2] in {"13", "15", "18", "19"} for phone in phones)
