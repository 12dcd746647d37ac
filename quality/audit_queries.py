"""The audit's own queries: SQL that selects the rows that break a rule, in files with open words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from quality.checkpoint import ROWS_EXPECTATION
from quality.predicates import literal

FOLDER = Path(__file__).parent / "expectations" / "audit"
Expectation = tuple[str, dict[str, Any]]
"""A class of Great Expectations and its arguments."""


def failing_rows(sql: str) -> Expectation:
    """No row may come from `sql`, in which `{batch}` stands for the table."""
    # Great Expectations fills in the batch with str.format.
    escaped = sql.replace("{", "{{").replace("}", "}}").replace("{{batch}}", "{batch}")
    return ROWS_EXPECTATION, {"unexpected_rows_query": escaped}


def query(name: str, words: Mapping[str, str]) -> Expectation:
    """No row may come from `expectations/audit/<name>.sql`, with the SQL in `words` for each of its `$word`s."""
    return failing_rows(re.sub(r"\$([a-z_]+)", lambda match: words[match[1]], _statement(name)))


@cache
def _statement(name: str) -> str:
    text = (FOLDER / f"{name}.sql").read_text(encoding="utf-8")
    return re.sub(r"^--.*\n", "", text, flags=re.MULTILINE)


def listed(texts: Iterable[str]) -> str:
    """Texts as SQL strings, with commas."""
    return ", ".join(map(literal, texts))
