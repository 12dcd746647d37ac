"""Numbers of persons as people write them down: telephone, identity and bank numbers, in whatever text they stand."""

from __future__ import annotations

import re

_DIGIT = "[0-9０-９]"
_GAP = "[ \u00a0\u3000_.·—–－-]?"
_NEXT = f"(?:{_GAP}{_DIGIT})"
FORMS = (
    f"({_DIGIT}{{3}}){_DIGIT}{{8,}}[XxＸｘ]?",
    f"([1１][3-9３-９]{_DIGIT}){_NEXT}{{8}}",  # mobile
    f"([0０][1-9１-９]{_DIGIT}){_DIGIT}?[)）]?{_NEXT}{{7,8}}",  # with an area code
    f"([1-9１-９]{_DIGIT}{{2}}){_NEXT}{{3}}{_GAP}(?:19|20|１９|２０){_NEXT}{{9}}(?:{_NEXT}|[XxＸｘ])",  # GB 11643
    f"([1-9１-９]{_DIGIT}{{2}}){_DIGIT}(?:[ \u00a0\u3000-]{_DIGIT}{{4}}){{3}}{_NEXT}{{0,3}}",  # bank card
)
"""Each with its first three digits as its group. RE2, which DuckDB has, reads them as Python does."""
PATTERN = "|".join(FORMS)
SHOWN = "".join(rf"\{number}" for number in range(1, len(FORMS) + 1)) + "***"
"""What RE2 writes for a number found by PATTERN: its first three digits. Groups without a match are empty."""

_CODES_AND_NUMBERS = re.compile(f"(?P<code>JF[0-9]{{14}}[0-9A-Z]{{6}})|{PATTERN}")


def shortened(text: str) -> str:
    """`text` with the first three digits alone of what may be such a number. The code of a case stays whole."""
    return _CODES_AND_NUMBERS.sub(
        lambda found: found["code"] or "".join(group for group in found.groups() if group) + "***", text
    )
