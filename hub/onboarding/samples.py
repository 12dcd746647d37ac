"""What the values of a source's field look like, without showing one: shares of times, numbers, codes, identities."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

from operations.settings import SHANGHAI
from schemas.divisions import divisions

FORMATS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M:%S.%f",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d",
    "%Y年%m月%d日 %H:%M:%S",
    "%Y年%m月%d日 %H:%M",
    "%Y年%m月%d日",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%dT%H:%M:%S.%f",
    "%Y-%m-%dT%H:%M:%S%z",
    "%Y-%m-%dT%H:%M:%S.%f%z",
    "%Y%m%d%H%M%S",
    "%Y%m%d",
)
"""Forms in which times are written, as strptime patterns; the epoch and serial forms are tried beside them."""

NOTHING = {"", "-", "—", "--", "/", "无", "空", "null", "NULL", "None", "N/A", "不详", "未知", "暂无"}
"""Texts that stand for no value."""

_ID = re.compile(r"\d{17}[\dXx]|\d{15}")
_PHONE = re.compile(r"(\+?86[- ]?)?1[3-9]\d{9}|0\d{2,3}-?\d{7,8}(-\d+)?")
_USCC = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_NAME = re.compile(r"[㐀-鿿·]{2,4}")
_LEVELS = {6: "county", 9: "town", 12: "village", 15: "grid", 17: "grid"}
_TRUE_OF = {"否": "是", "false": "true", "FALSE": "TRUE", "False": "True", "N": "Y", "n": "y", "0": "1", "F": "T"}


@dataclass(frozen=True)
class Profile:
    """One field of a source over a sample of rows. Shares are of the filled values; `distinct` are short ones only."""

    name: str
    rows: int
    filled: int
    shares: Mapping[str, float] = field(default_factory=dict)  # id_no, phone, uscc, number, whole, name, county …
    formats: tuple[str, ...] = ()
    dated: float = 0.0
    distinct: frozenset[str] = field(default=frozenset(), repr=False)  # may be anybody's: for comparing, never to print
    unique: bool = False
    nested: bool = False
    length: int = 0
    true_values: tuple[str, ...] = ()

    @property
    def is_code(self) -> bool:
        """Few short values that repeat, as codes do."""
        return 0 < len(self.distinct) <= max(2, min(60, self.filled * 4 // 5)) and self.length <= 40

    @property
    def is_boolean(self) -> bool:
        """Every value means true or false."""
        return 0 < len(self.distinct) <= 2 and bool(self.true_values)


def profiles(rows: Sequence[Mapping[str, Any]]) -> dict[str, Profile]:
    """A profile of each field of the rows, in order of appearance; a spreadsheet's own place is none of them."""
    names = dict.fromkeys(name for row in rows for name in row if name not in ("_sheet", "_row"))
    return {name: profile(name, [row.get(name) for row in rows]) for name in names}


def profile(name: str, values: Sequence[Any]) -> Profile:
    """What the values of one field have in common."""
    filled = [one for one in values if one is not None and str(one).strip() not in NOTHING]
    if any(isinstance(one, dict | list) for one in filled):
        return Profile(name, len(values), len(filled), nested=True)
    texts = [_text(one) for one in filled]
    formats, dated = _formats(texts)
    tests = {
        "id_no": lambda text: bool(_ID.fullmatch(text)),
        "phone": lambda text: bool(_PHONE.fullmatch(text)),
        "uscc": lambda text: bool(_USCC.fullmatch(text.upper())) and not text.isdigit(),
        "number": lambda text: bool(_NUMBER.fullmatch(text)),
        "whole": lambda text: text.lstrip("-").isdigit(),
        "name": lambda text: bool(_NAME.fullmatch(text)),
    }
    shares = {kind: _share(texts, test) for kind, test in tests.items()}
    for level in set(_LEVELS.values()):
        shares[level] = _share(texts, lambda text, level=level: _level(text) == level)
    distinct = frozenset(texts)
    return Profile(
        name,
        len(values),
        len(texts),
        shares,
        formats,
        dated,
        distinct,
        unique=len(distinct) == len(texts) == len(values) > 1,
        length=max(map(len, texts), default=0),
        true_values=_truths(distinct),
    )


def _formats(texts: Sequence[str]) -> tuple[tuple[str, ...], float]:
    """The forms, most frequent first, in which the values are times, and the share that is one."""
    counts: dict[str, int] = {}
    for text in texts:
        form = _format(text)
        if form is not None:
            counts[form] = counts.get(form, 0) + 1
    used = sorted(counts, key=lambda form: -counts[form])
    return tuple(used), sum(counts.values()) / len(texts) if texts else 0.0


@lru_cache(maxsize=65_536)  # a time comes in many rows, and trying forms is most of what a probe costs
def _format(text: str) -> str | None:
    if not text[:1].isdigit() or not 5 <= len(text) <= 40:
        return None
    if re.fullmatch(r"1\d{12}", text):
        return "epoch_ms"
    if re.fullmatch(r"1\d{9}", text):
        return "epoch_s"
    if re.fullmatch(r"[34]\d{4}(\.\d+)?", text):
        return "excel_serial"
    for form in FORMATS:
        try:
            moment = datetime.strptime(text, form)
        except ValueError:
            continue
        return form if 1900 <= moment.year <= 2100 or moment.year == 9999 else None
    return None


def moment(value: Any) -> datetime | None:
    """A value as naive Asia/Shanghai time, in whichever of the known forms it is written; None where it is no time."""
    text = _text(value)
    form = _format(text)
    if form is None or form == "excel_serial":
        return None
    if form.startswith("epoch"):
        return datetime.fromtimestamp(int(text) / (1000 if form == "epoch_ms" else 1), SHANGHAI).replace(tzinfo=None)
    found = datetime.strptime(text, form)
    return found.astimezone(SHANGHAI).replace(tzinfo=None) if found.tzinfo else found


def _truths(distinct: frozenset[str]) -> tuple[str, ...]:
    """The texts that mean true, where every value means true or false; of one that only says no, its opposite."""
    true = [one for one in _TRUE_OF.values() if one in distinct]
    false = [one for one in _TRUE_OF if one in distinct]
    if not distinct or not distinct <= {*true, *false}:
        return ()
    return tuple(true or [_TRUE_OF[one] for one in false])


def _level(text: str) -> str | None:
    if not text.isdigit() or len(text) not in _LEVELS:
        return None
    return _LEVELS[len(text)] if text[:6] in _counties() else None


@cache
def _counties() -> frozenset[str]:
    return frozenset(one.code for one in divisions() if one.level == "county")


def _share(texts: Sequence[str], test: Any) -> float:
    return sum(map(test, texts)) / len(texts) if texts else 0.0


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).strip()
