"""How a person is found in what was landed: by the tokens of their numbers, wherever in a record these stand.

A value is looked for as a token (GB/T 32905 HMAC), so an order that outlives the vault's entry finds the person still.
Numbers are found inside of free text, in full width, with blanks or signs between, and in their form of 15 digits. A
name or an address belongs to many; it is taken out of a record that is known to be about the person: it has their ID
number, or their telephone with their name, or the key of one of their records.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

import msgspec
from stdnum.cn import ric

from operations.store import storable
from warehouse.tokens import tokens

KINDS = ("id_no", "phone", "name", "address")
MARK = "＊＊"
"""What stands for the person in a text; a field that holds nothing else becomes empty."""
ERASED_HASH = "erased"

_WIDE = str.maketrans("０１２３４５６７８９Ｘｘ－（）＋　", "0123456789Xx-()+ ")
_GAP = r"[\s-]?"
_ID = re.compile(rf"(?<!\d)[1-9](?:{_GAP}\d){{16}}{_GAP}[\dXx](?!\d)|(?<!\d)[1-9]\d{{14}}(?!\d)")
_DOCUMENT = re.compile(r"[A-Za-z一-鿿][^*＊\s]{4,29}")
_PHONE = re.compile(
    rf"(?<!\d)(?:\+?86|0086)?{_GAP}(1[3-9]\d(?:{_GAP}\d){{8}})(?!\d)"
    r"|(?<!\d)\(?(?:\+86|0086)?[\s-]*(0?[1-9]\d{1,2}[)\s—–_.-]*[2-9]\d{6,7})(?!\d)"
)
_DIGITS = re.compile(rf"(?:\d{_GAP}){{7}}")
_DOTS = str.maketrans("•・‧．･", "·····")
_EDGES = " \t\n\r\u00a0\u3000\ufeff\u200b"
_LONGEST_NAME = 40
_TYPOS = 2
_SHORTEST_KEY = 6
"""A key that is shorter stands in fields that mean something else."""


class Redacted(NamedTuple):
    """A record without the person, and the texts as they stood that were taken out (without dates of birth)."""

    record: Any
    forms: frozenset[str]


@dataclass(frozen=True)
class Traces:
    """What a person is known by: tokens by kind, each of any of this home's keys, keys of their records, and, while the
    vault has them, the names, addresses and ID numbers themselves."""

    secrets: dict[str, list[bytes]]
    tokens: dict[str, frozenset[str]]
    keys: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()
    id_nos: frozenset[str] = frozenset()
    _seen: dict[tuple[str, str], bool] = field(default_factory=dict)

    def redact(self, record: Any) -> Redacted | None:
        """The record (dicts, lists, texts, numbers) without the person; None when nothing of the person is in it."""
        leaves = [text for text in _leaves(record) if text]
        numbers, mistyped, found = set[str](), set[str](), set[str]()
        for leaf in leaves:
            for kind, form, value in candidates(leaf):
                if self._is(kind, value):
                    numbers.add(form)
                    found.add(kind)
                elif kind == "id_no" and any(_nearly(value, known) for known in self.id_nos):
                    mistyped.add(form)
        forms, births = set(numbers), set[str]()
        names = self._whole(leaves, "name") if found or self._keyed(leaves) else set()
        if "id_no" in found or ("phone" in found and names) or self._keyed(leaves):
            births = _births(numbers)
            forms |= mistyped | names | self._whole(leaves, "address")
            forms |= {text for text in self.texts if any(text in leaf for leaf in leaves)}
        if not forms:
            return None
        return Redacted(_without(record, sorted(forms | births, key=len, reverse=True)), frozenset(forms))

    def holds(self, text: str) -> bool:
        """Whether a text has a number of the person."""
        return any(self._is(kind, value) for kind, _, value in candidates(text))

    def _is(self, kind: str, value: str) -> bool:
        asked = (kind, value)
        if asked not in self._seen:
            if len(self._seen) > 1_000_000:
                self._seen.clear()
            made = {tokens(one, [storable(value)])[0] for one in self.secrets[kind]}
            self._seen[asked] = not made.isdisjoint(self.tokens.get(kind, ()))
        return self._seen[asked]

    def _keyed(self, leaves: list[str]) -> bool:
        return not self._keys.isdisjoint(leaves)

    @cached_property
    def _keys(self) -> frozenset[str]:
        return frozenset(key for key in self.keys if len(key) >= _SHORTEST_KEY)

    def _whole(self, leaves: list[str], kind: str) -> set[str]:
        """Fields that hold a name or an address of the person and nothing else, as they stand."""
        if not self.tokens.get(kind):
            return set()
        longest = _LONGEST_NAME if kind == "name" else 400
        return {
            stripped
            for leaf in leaves
            if len(stripped := leaf.strip(_EDGES)) <= longest and self._is(kind, tidy(kind, stripped))
        }


def tidy(kind: str, value: str) -> str:
    """A name as the check makes it, an address in half width: what their tokens are of."""
    return value.strip(_EDGES).translate(_DOTS if kind == "name" else _WIDE)


def candidates(text: str) -> Iterator[tuple[str, str, str]]:
    """(kind, as it stands, as the check would read it) of everything in a text that may be a number of a person."""
    half = text.translate(_WIDE)
    if _DIGITS.search(half):
        for match in _ID.finditer(half):
            value = re.sub(r"[\s-]", "", match.group()).upper()
            if len(value) == 15:
                value = f"{value[:6]}19{value[6:]}"
                value += ric.calc_check_digit(value + "0")
            yield "id_no", text[match.start() : match.end()], value
        for match in _PHONE.finditer(half):
            value = re.sub(r"\D", "", match.group(1) or match.group(2))
            form = text[match.start() : match.end()].strip(_EDGES)
            yield "phone", form, value
            if match.group(2) and not value.startswith("0"):
                yield "phone", form, f"0{value}"
    whole = half.strip(_EDGES)
    if _DOCUMENT.fullmatch(whole):
        yield "id_no", text.strip(_EDGES), whole.upper().replace("-", "")


def _nearly(value: str, known: str) -> bool:
    """Whether one number is the other with a digit or two mistyped."""
    return len(value) == len(known) and sum(a != b for a, b in zip(value, known, strict=True)) <= _TYPOS


def _births(numbers: set[str]) -> set[str]:
    """The dates of birth that ID numbers of 18 digits hold, in the forms in which sources write them."""
    forms = set[str]()
    for number in numbers:
        digits = re.sub(r"[\s-]", "", number.translate(_WIDE))
        if len(digits) == 18 and digits[:17].isdigit():
            year, month, day = digits[6:10], digits[10:12], digits[12:14]
            forms |= {f"{year}{month}{day}", *(sign.join((year, month, day)) for sign in "-/.")}
    return forms


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if (nested := _nested(value)) is not None:
            yield from _leaves(nested)
        else:
            yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _leaves(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _leaves(inner)
    elif isinstance(value, int) and not isinstance(value, bool):
        yield str(value)


def _without(value: Any, forms: list[str]) -> Any:
    if isinstance(value, str):
        if (nested := _nested(value)) is not None:
            return msgspec.json.encode(_without(nested, forms)).decode()
        if value.strip(_EDGES) in forms:
            return None
        for form in forms:
            value = value.replace(form, MARK)
        return value
    if isinstance(value, dict):
        return {name: _without(inner, forms) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_without(inner, forms) for inner in value]
    if isinstance(value, date):
        return None if value.isoformat()[:10] in forms else value
    if isinstance(value, int) and not isinstance(value, bool) and str(value) in forms:
        return None
    return value


def _nested(text: str) -> Any:
    """A record kept as JSON text, as quarantine keeps it."""
    if not text.startswith(("{", "[")):
        return None
    try:
        found = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return None
    return found if isinstance(found, dict | list) else None
