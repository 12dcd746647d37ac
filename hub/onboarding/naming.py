"""How much the name of a source's field speaks for a column: by letters, by Chinese words, by pinyin.

Fields are named after Chinese words in three ways: in Chinese (报案编号), by whole syllables (anjianbianhao) or, most
often, by the first letter of each syllable (ajbh = 案件编号). Strengths are from 0 to 1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from rapidfuzz import fuzz

from schemas.contract import Column
from schemas.field_words import FieldWords, field_words

EQUAL, NEARLY, SYLLABLES, INITIALS = 0.9, 0.75, 0.9, 0.85
"""How far a name is trusted: equal words, like words at their best, equal pinyin, equal initials of three or more."""
SHORT = {1: 0.2, 2: 0.55}
"""The same for initials so short that they are the same by chance."""
FLOOR = 0.62
"""Likeness of two words below which it says nothing."""

_CHINESE = re.compile(r"[㐀-鿿]")
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_NOTHING = re.compile(r"^(f|t|c|fd)_|[（(].*?[)）]|[\s：:*]")


@dataclass(frozen=True)
class Evidence:
    """What speaks for a column, how strongly (0 to 1), and in a few words."""

    strength: float
    reason: str


def by_name(field: str, comment: str, column: Column) -> Evidence | None:
    """The strongest of what a field's name, and its comment in the source, say for a column."""
    words = field_words().get(column.name, FieldWords())
    chinese = tuple(dict.fromkeys((_bare(column.title), *words.words)))
    found: list[Evidence] = []
    for text, where in ((field, "named"), (comment, "described as")):
        if _CHINESE.search(text):
            found += _by_words(_bare(text), chinese, where)
    if not _CHINESE.search(field):
        found += _by_letters(field, (column.name, *words.names))
        found += _by_pinyin(re.sub(r"[^a-z]", "", field.lower()), chinese)
    return max(found, key=lambda one: one.strength, default=None)


def _by_words(text: str, words: tuple[str, ...], where: str) -> list[Evidence]:
    found = []
    for word in words:
        likeness = fuzz.ratio(text, word) / 100
        if likeness >= FLOOR:
            found.append(Evidence(_graded(likeness), f"{where} {text}" + ("" if likeness == 1 else f", like {word}")))
    return found


def _by_letters(field: str, names: tuple[str, ...]) -> list[Evidence]:
    found = []
    spelt = _spelt(field)
    for name in names:
        likeness = fuzz.token_sort_ratio(spelt, _spelt(name)) / 100
        if likeness >= FLOOR:
            found.append(Evidence(_graded(likeness), f"named {'as' if likeness == 1 else 'like'} {name}"))
    return found


def _by_pinyin(letters: str, words: tuple[str, ...]) -> list[Evidence]:
    found = []
    for word in words:
        syllables = _pinyin(word)
        initials = "".join(one[0] for one in syllables)
        if letters == "".join(syllables):
            found.append(Evidence(SYLLABLES, f"pinyin of {word}"))
        elif letters == initials:
            strength = SHORT.get(len(initials), INITIALS)
            found.append(Evidence(strength, f"{letters} = pinyin initials of {word}"))
        elif len(letters) >= 4 and fuzz.ratio(letters, initials) >= 80:
            found.append(Evidence(0.5, f"nearly the pinyin initials of {word}"))
    return found


@cache
def _pinyin(word: str) -> tuple[str, ...]:
    """The syllables of a Chinese word in letters without tones."""
    from pypinyin import lazy_pinyin

    return tuple(one for one in lazy_pinyin(word) if one.isascii() and one.isalpha())


def _graded(likeness: float) -> float:
    return EQUAL if likeness == 1 else NEARLY * (likeness - FLOOR) / (1 - FLOOR)


def _spelt(name: str) -> str:
    """The words of a Latin name: CASE_NAME, caseName and case_name are `case name`."""
    return " ".join(part.lower() for part in _PARTS.findall(re.sub(_NOTHING, "", name)))


def _bare(text: str) -> str:
    return _NOTHING.sub("", text)
