"""The only way from a page to the published files: named .sql files, scoped tables, bound values."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from portal.published import Edition
from portal.scope import Scope, place_predicate

Row = dict[str, Any]

_SQL = Path(__file__).parent / "sql"
_BRACED = re.compile(r"\{([a-z_.]+)\}")
_BARE_TABLE = re.compile(r"\b(?:current|marts|core|mart|ref|ops|record|history|vault|link)\.[a-z_]+", re.I)
_PARAMETER = re.compile(r"\$([a-z_]+)")


class Reader:
    """One request's view of one edition within one scope."""

    def __init__(self, edition: Edition, scope: Scope) -> None:
        self.edition = edition
        self.scope = scope
        self._cursor = edition.connection.cursor()

    def rows(self, name: str, fragments: dict[str, str] | None = None, **values: Any) -> list[Row]:
        """Rows of portal/sql/<name>.sql. `fragments` fill its braces that name no table (never user input)."""
        result = self._execute(name, fragments or {}, values)
        columns = [column[0] for column in result.description]
        return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]

    def one(self, name: str, fragments: dict[str, str] | None = None, **values: Any) -> Row | None:
        found = self.rows(name, fragments, **values)
        return found[0] if found else None

    def close(self) -> None:
        self._cursor.close()

    def scoped(self, text: str) -> str:
        """`text` with every `{schema.table}` replaced by its scoped sub-select. Raises Refused."""

        def fill(match: re.Match[str]) -> str:
            name = match[1]
            if name == "inside_area":
                return place_predicate("area")
            return self.scope.table(name) if "." in name else match[0]

        return _BRACED.sub(fill, text)

    def braced(self, text: str) -> str:
        """SQL of the metric registry with its table names put in braces, so that `scoped` reaches them too."""
        return re.sub(r"\b((?:core|mart|ref|ops)\.[a-z_]+)", r"{\1}", text)

    def _execute(self, name: str, fragments: dict[str, str], values: dict[str, Any]) -> duckdb.DuckDBPyConnection:
        text = _statement(name)
        for key, fragment in fragments.items():
            text = text.replace("{" + key + "}", fragment)
        text = self.scoped(text)
        given = {**self.scope.parameters(), **values}
        wanted = set(_PARAMETER.findall(text))
        return self._cursor.execute(text, {key: given[key] for key in wanted})


@cache
def _statement(name: str) -> str:
    """Text of a .sql file. A table outside braces would pass by the scope, so such a file is a programming error."""
    text = (_SQL / f"{name}.sql").read_text(encoding="utf-8")
    text = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
    bare = _BARE_TABLE.search(_BRACED.sub(" ", text))
    if bare:
        raise ValueError(f"portal/sql/{name}.sql names {bare[0]} outside braces: write {{{bare[0]}}}")
    return text
