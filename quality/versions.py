"""The version of a rule: a hash of everything that decides it, so that a changed verdict is known to be ours.

A rule is decided by its predicate, by how the columns that it reads come from the landed text (crosswalks included),
and by the macros that either calls. A change elsewhere leaves the version as it is.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from functools import cache, lru_cache

DIGITS = 12
_DEFINITION = re.compile(r"^CREATE OR REPLACE TEMP MACRO (\w+)\(", re.MULTILINE)
_COMMENT = re.compile(r"--.*$", re.MULTILINE)


def version_of(parts: Iterable[str], macros: str) -> str:
    """12 hexadecimal digits for SQL `parts` and the macros that they call, through any number of calls."""
    texts = [_COMMENT.sub("", part) for part in parts]
    defined = _definitions(macros)
    pending = [word for text in texts for word in _called(text, defined)]
    seen: dict[str, str] = {}
    while pending:
        name = pending.pop()
        if name not in seen:
            seen[name] = defined[name]
            pending += _called(defined[name], defined)
    decided = [*texts, *(seen[name] for name in sorted(seen))]
    return hashlib.sha256("\0".join(" ".join(text.split()) for text in decided).encode()).hexdigest()[:DIGITS]


def _called(text: str, defined: dict[str, str]) -> frozenset[str]:
    return _calls(text) & defined.keys()


@lru_cache(maxsize=4096)  # rules share macros and columns: each text is asked for a dozen times
def _calls(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+(?=\()", text))


@cache
def _definitions(macros: str) -> dict[str, str]:
    parts = _DEFINITION.split(_COMMENT.sub("", macros))
    return dict(zip(parts[1::2], parts[2::2], strict=True))
