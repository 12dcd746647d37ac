"""Queries kept in .sql files that name their tables in braces, so that whoever runs one says what it may read.

`{mart.quality}` in a file becomes what the reader gives for it: the table itself on the command line, the rows that a
person may see in the portal. A file that names a table outside braces would pass by that, so it is a programming error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

Row = dict[str, Any]
Table = Callable[[str], str]
"""From a table's name, such as mart.quality, to what SQL reads in its place."""

_BRACED = re.compile(r"\{([a-z_]+\.[a-z_]+)\}")
_BARE_TABLE = re.compile(r"\b(?:current|marts|core|mart|ref|ops|record|history|vault|link)\.[a-z_]+", re.I)
BATCH_ROWS = 10_000


@cache
def statement(folder: Path, name: str) -> str:
    """Text of <folder>/<name>.sql without its comment lines. Raises ValueError for a table outside braces."""
    text = (folder / f"{name}.sql").read_text(encoding="utf-8")
    text = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
    bare = _BARE_TABLE.search(_BRACED.sub(" ", text))
    if bare:
        raise ValueError(f"{folder.name}/{name}.sql names {bare[0]} outside braces: write {{{bare[0]}}}")
    return text


class Reader:
    """Runs the queries of one folder on one connection, which it keeps open no longer than `close`."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        folder: Path,
        table: Table = str,
        given: Mapping[str, Any] | None = None,
    ) -> None:
        """`table` stands for each table name; `given` are values for the parameters that it may mention."""
        self._connection = connection
        self._cursor = connection.cursor()
        self._folder = folder
        self._table = table
        self._given = dict(given or {})

    def rows(self, name: str, /, **values: Any) -> list[Row]:
        """The rows of the query `name` as dicts by column name."""
        return self._rows(statement(self._folder, name), values)

    def one(self, name: str, /, **values: Any) -> Row | None:
        """Its first row."""
        found = self.rows(name, **values)
        return found[0] if found else None

    def batches(self, name: str, /, **values: Any) -> Iterator[list[Row]]:
        """Its rows a batch at a time, so that memory does not grow with their number."""
        cursor = self._connection.cursor()
        try:
            batches = self._run(cursor, statement(self._folder, name), values).to_arrow_reader(BATCH_ROWS)
            for batch in batches:
                yield batch.to_pylist()
        finally:
            cursor.close()

    def has(self, table: str) -> bool:
        """Whether the published version holds this table (an older one may not)."""
        query = "SELECT 1 FROM duckdb_tables() WHERE schema_name || '.' || table_name = ? LIMIT 1"
        return self._cursor.execute(query, [table]).fetchone() is not None

    def close(self) -> None:
        self._cursor.close()

    def filled(self, text: str) -> str:
        """`text` with every `{schema.table}` replaced. Raises what `table` raises."""
        return _BRACED.sub(lambda match: self._table(match[1]), text)

    def _rows(self, text: str, values: Mapping[str, Any]) -> list[Row]:
        result = self._run(self._cursor, text, values)
        columns = [column[0] for column in result.description or ()]
        return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]

    def _run(
        self, cursor: duckdb.DuckDBPyConnection, text: str, values: Mapping[str, Any]
    ) -> duckdb.DuckDBPyConnection:
        from warehouse.statements import run

        return run(cursor, self.filled(text), {**self._given, **values})
