"""What departments call the columns of the shared schemas: Chinese words and names of fields seen in their systems.

`field_words.csv` has column, words (Chinese, joined by |) and names (Latin, joined by |). A column is named alike in
every contract that has it. The words serve to propose mappings and are never used to map anything by themselves.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FIELD_WORDS = Path(__file__).parent / "field_words.csv"


@dataclass(frozen=True)
class FieldWords:
    """The words for one column; both may be empty."""

    words: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@cache
def field_words() -> dict[str, FieldWords]:
    """The words by column."""
    with FIELD_WORDS.open(encoding="utf-8", newline="") as file:
        return {row["column"]: FieldWords(_listed(row["words"]), _listed(row["names"])) for row in csv.DictReader(file)}


def _listed(text: str) -> tuple[str, ...]:
    return tuple(one for one in text.split("|") if one)
