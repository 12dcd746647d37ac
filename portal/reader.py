"""The only way from a page to the published files: named .sql files, scoped tables, bound values."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hub import reading
from hub.scope import Scope, place_predicate
from portal.published import Edition

Row = reading.Row
SQL = Path(__file__).parent / "sql"


class Reader(reading.Reader):
    """One request's view of one edition within one scope."""

    def __init__(self, edition: Edition, scope: Scope, folder: Path = SQL) -> None:
        super().__init__(edition.connection, folder, scope.table, scope.parameters())
        self.edition = edition
        self.scope = scope

    def rows(self, name: str, fragments: dict[str, str] | None = None, /, **values: Any) -> list[Row]:
        """Rows of <folder>/<name>.sql. `fragments` fill its braces that name no table (never user input)."""
        text = reading.statement(self._folder, name)
        for key, fragment in {**(fragments or {}), "inside_area": place_predicate("area")}.items():
            text = text.replace("{" + key + "}", fragment)
        return self._rows(text, values)

    def one(self, name: str, fragments: dict[str, str] | None = None, /, **values: Any) -> Row | None:
        found = self.rows(name, fragments, **values)
        return found[0] if found else None

    def has(self, table: str) -> bool:
        """Whether this person may read the table, and this edition holds it."""
        return self.scope.grants(table) and super().has(table)

    def of(self, folder: Path) -> Reader:
        """The same view for the queries of another folder."""
        return Reader(self.edition, self.scope, folder)

    def braced(self, text: str) -> str:
        """SQL of the metric registry with its table names put in braces, so that they are scoped too."""
        return re.sub(r"\b((?:core|mart|ref|ops)\.[a-z_]+)", r"{\1}", text)
