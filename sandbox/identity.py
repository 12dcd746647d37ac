"""Numbers with their public checksums: citizens' IDs, credit codes, telephone numbers."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ID_CHECKS = "10X98765432"
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
# Only these prefixes, and a fourth digit of 6 to 9: no run of digits inside a division code, a source number
# or an epoch time can then be taken for somebody's telephone number.
PHONE_PREFIXES = ("135", "136", "137", "138", "139", "150", "151", "152", "153", "155", "156", "157", "158",
                  "159", "180", "181", "182", "183", "185", "186", "187", "188", "189", "198", "199")  # fmt: skip
FIRST_BIRTH = date(1944, 1, 1)


def id_check(first17: str) -> str:
    """Return the check character of an 18-digit citizen number (GB 11643-1999)."""
    return ID_CHECKS[sum(int(d) * w for d, w in zip(first17, ID_WEIGHTS, strict=True)) % 11]


def id_number(rng: Random, division: str, born: date, *, male: bool) -> str:
    """Return a valid 18-digit citizen number; the 17th digit is odd for men."""
    order = rng.randrange(2, 98) * 10 + rng.randrange(0, 5) * 2 + (1 if male else 0)
    first17 = f"{division}{born:%Y%m%d}{order:03d}"
    return first17 + id_check(first17)


def id_is_valid(number: str) -> bool:
    """Tell whether an 18-digit number carries its right check character."""
    return len(number) == 18 and number[:17].isdigit() and id_check(number[:17]) == number[17]


def old_id_number(number: str) -> str:
    """Return the 15-digit form of an 18-digit number of somebody born before 2000."""
    return number[:6] + number[8:17]


def birthday(rng: Random, *, minor_on: date | None = None) -> date:
    """Return a birthday: of an adult of 2020, or of a child aged 8 to 17 on the given day."""
    if minor_on is not None:
        return minor_on - timedelta(days=rng.randrange(8 * 365 + 3, 17 * 365))
    return FIRST_BIRTH + timedelta(days=rng.randrange(0, 58 * 365))


def mobile(rng: Random) -> str:
    """Return an 11-digit mobile number."""
    return f"{rng.choice(PHONE_PREFIXES)}{rng.randrange(6, 10)}{rng.randrange(10_000_000):07d}"


def org_check(first8: str) -> str:
    """Return the check character of a nine-character organisation code (GB 11714)."""
    total = sum(int(c, 36) * w for c, w in zip(first8, ORG_WEIGHTS, strict=True))
    return {10: "X", 11: "0"}.get(11 - total % 11, str(11 - total % 11))


def credit_code(rng: Random, division: str, kind: str = "91") -> str:
    """Return a valid 18-character unified social credit code (GB 32100-2015)."""
    body = "".join(rng.choice("ABCDEFGHJKLMNPQRTUWXY0123456789") for _ in range(8))
    first17 = f"{kind}{division}{body}{org_check(body)}"
    return first17 + uscc_check(first17)


def uscc_check(first17: str) -> str:
    """Return the check character of a credit code (GB 32100-2015)."""
    total = sum(USCC_ALPHABET.index(c) * w for c, w in zip(first17, USCC_WEIGHTS, strict=True))
    return USCC_ALPHABET[(31 - total % 31) % 31]
