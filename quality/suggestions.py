"""What a department's unknown code probably means, with a score and the reason in a few words.

Three kinds of evidence, each a strength from 0 to 1 for a shared code:

- the code's text is like a label of the code list, or like a text that some crosswalk already maps (equal: 0.95);
- the records that now have the unknown code had this shared code before, as when a source renames a code;
- the texts of the waiting rows are like those of rows that already have this shared code.

They add up as independent witnesses do: 1 - (1 - a)(1 - b)... A suggestion is never a mapping: a person approves it.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

EQUAL, BEFORE, ALIKE = 0.95, 0.97, 0.8
"""How far each kind of evidence is trusted at its best: equal texts, the code before, texts of rows."""
SAME_CODE = 0.5
"""Short codes such as SF are the same in two systems by convention or by chance."""
FLOOR = 0.2
"""Evidence weaker than this is noise."""
BEST = 3

_NEGATION = re.compile(r"[不未无非驳]|^(UN|DIS)")
_COMMON_WORDS = re.compile(r"(?<=.)(纠纷|争议|责任|问题)|\s")
_PATH = re.compile(r"(?<=[㐀-鿿])[_/|>＞](?=[㐀-鿿])")


@dataclass(frozen=True)
class Meaning:
    """A text, or a short code, whose shared code is known, and in a few words where from."""

    text: str
    to_code: str
    where: str


@dataclass(frozen=True)
class Evidence:
    """What speaks for a shared code, how strongly (0 to 1), and in a few words."""

    to_code: str
    strength: float
    reason: str


@dataclass(frozen=True)
class Suggestion:
    """A shared code that may be meant; `score` is from 0 to 1."""

    to_code: str
    label: str
    score: float
    reason: str


def suggest(labels: Mapping[str, str], *evidence: Iterable[Evidence]) -> list[Suggestion]:
    """The best three of the shared codes in `labels`, best first; none where nothing speaks for any."""
    doubts: dict[str, float] = {}
    reasons: dict[str, list[Evidence]] = {}
    for one in (each for kind in evidence for each in kind):
        if one.to_code in labels and one.strength >= FLOOR:
            doubts[one.to_code] = doubts.get(one.to_code, 1.0) * (1 - one.strength)
            reasons.setdefault(one.to_code, []).append(one)
    ranked = sorted(doubts, key=lambda code: (doubts[code], code))[:BEST]
    return [
        Suggestion(
            code,
            labels[code],
            round(1 - doubts[code], 2),
            "; ".join(one.reason for one in sorted(reasons[code], key=lambda one: -one.strength)),
        )
        for code in ranked
    ]


def by_text(texts: Iterable[str], meanings: Sequence[Meaning]) -> list[Evidence]:
    """For each shared code the known text that is most like one of `texts`, what the unknown code may be called.

    Of equal likeness the first of `meanings` counts. Of a path such as 劳动_工资_欠薪 the last part is compared.
    """
    sayings = {text for one in texts if (text := _PATH.split(one)[-1])}
    likeness = Likeness(meaning.text for meaning in meanings if is_text(meaning.text))
    best: dict[str, Evidence] = {}
    for meaning in meanings:
        for said in sayings:
            if is_text(said) and is_text(meaning.text):
                strength = EQUAL * likeness.of(said, meaning.text)
            else:
                strength = SAME_CODE * (said == meaning.text and not said.isdigit())
            found = best.get(meaning.to_code)
            if strength > 0 and (found is None or strength > found.strength):
                how = "the same text in" if strength == EQUAL else f"“{meaning.text}” of"
                best[meaning.to_code] = Evidence(meaning.to_code, strength, f"{how} {meaning.where}")
    return list(best.values())


def by_history(counts: Mapping[str, int]) -> list[Evidence]:
    """`counts` says how many of the waiting records had each shared code before; few records convince less."""
    total = sum(counts.values())
    return [
        Evidence(code, BEFORE * n / (total + 1), f"{n} of {total} records had it before") for code, n in counts.items()
    ]


def by_rows(waiting: Sequence[str], mapped: Mapping[str, Sequence[str]]) -> list[Evidence]:
    """How much more the texts of the waiting rows are like those of rows with one shared code than like the others.

    Where the rows of all codes read alike, their texts speak for none.
    """
    if not waiting or len(mapped) < 2:
        return []
    likeness = Likeness(text for texts in mapped.values() for text in texts)
    said = likeness.profile(waiting)
    alike = {code: cosine(said, likeness.profile(texts)) for code, texts in mapped.items()}
    found = []
    for code, here in alike.items():
        elsewhere = (sum(alike.values()) - here) / (len(alike) - 1)
        strength = ALIKE * (here - elsewhere) / (1 - elsewhere) if elsewhere < 1 else 0.0
        found.append(Evidence(code, strength, f"its rows read like {len(mapped[code])} that have it"))
    return found


class Likeness:
    """How like texts are, where what occurs in many of `corpus` (纠纷, 争议) says little.

    Half of it compares pieces of one and two characters, weighted by their rarity, half the run of characters.
    """

    def __init__(self, corpus: Iterable[str]) -> None:
        texts = list(corpus)
        seen = Counter(piece for text in texts for piece in set(_pieces(text)))
        self._rarity = {piece: math.log((len(texts) + 1) / (n + 0.5)) for piece, n in seen.items()}
        self._unseen = math.log((len(texts) + 1) / 0.5)

    def of(self, one: str, other: str) -> float:
        """From 0 to 1, 1 for equal texts. Half of it where one of them denies and the other does not."""
        if one == other:
            return 1.0
        pieces = cosine(self.profile([one]), self.profile([other]))
        a, b = (_COMMON_WORDS.sub("", text) for text in (one, other))
        part = 0.9 * fuzz.partial_ratio(a, b) if min(len(a), len(b)) > 1 else 0.0
        run = max(fuzz.ratio(a, b), part) / 100
        same_sense = bool(_NEGATION.search(one)) == bool(_NEGATION.search(other))
        return (pieces + run) / (2 if same_sense else 4)

    def profile(self, texts: Iterable[str]) -> dict[str, float]:
        """The weights of the pieces of some texts, each text with the same say."""
        total: dict[str, float] = {}
        for text in texts:
            weights = {piece: n * self._rarity.get(piece, self._unseen) for piece, n in Counter(_pieces(text)).items()}
            length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
            for piece, weight in weights.items():
                total[piece] = total.get(piece, 0.0) + weight / length
        return total


def cosine(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """Of the angle between two profiles: 1 for the same direction, 0 for nothing in common."""
    shared = sum(weight * other.get(piece, 0.0) for piece, weight in one.items())
    lengths = math.sqrt(sum(w * w for w in one.values()) * sum(w * w for w in other.values()))
    return max(0.0, min(1.0, shared / lengths)) if lengths else 0.0


def is_text(code: str) -> bool:
    """Whether a code is words (已受理, SETTLED) and no number or abbreviation."""
    return bool(re.search(r"[㐀-鿿]|[A-Za-z]{4}", code))


def _pieces(text: str) -> list[str]:
    return [*text, *(text[n : n + 2] for n in range(len(text) - 1))]
