"""A SQLAlchemy dialect that lets Great Expectations 1.24 read a DuckDB file.

It can go when Great Expectations has a DuckDB engine of its own (its pull request 12084 proposes one): then
`quality.checkpoint` names that data source, and this module and the duckdb-engine package are removed together.

Through plain duckdb-engine every expectation ends in an error, for four reasons. Each is answered here,
without touching Great Expectations itself:

1. It reads a result after the connection went back to the pool; duckdb-engine's cursor *is* the connection,
   so the rows are gone by then. `_Buffered` keeps them, with SQLAlchemy's own fully buffered strategy.
2. It picks its SQL by the dialect's name and has none for "duckdb". The name "postgresql" gives it SQL that
   DuckDB understands.
3. PostgreSQL's `~` searches, DuckDB's `~` must match the whole text. `_Compiler` writes `regexp_matches`.
4. SQLAlchemy 2.1 reads a table's columns from PostgreSQL catalogs that DuckDB lacks, and what Great
   Expectations tries next loses the schema's name. `get_columns` asks DuckDB.
"""

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import duckdb_engine
from sqlalchemy import Connection, text
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.base import PGCompiler
from sqlalchemy.dialects.postgresql.psycopg2 import PGExecutionContext_psycopg2
from sqlalchemy.engine.cursor import FullyBufferedCursorFetchStrategy
from sqlalchemy.engine.interfaces import ReflectedColumn
from sqlalchemy.sql.elements import BinaryExpression
from sqlalchemy.types import Double, Numeric, Text

SCHEME = "duckgx"
NUMBERS = {"decimal": Numeric, "double": Double}  # PostgreSQL's names for them are others
REGEX_OPERATORS = {"~": "", "!~": "NOT "}
COLUMNS = text(
    "SELECT column_name, data_type, is_nullable FROM duckdb_columns() "
    "WHERE schema_name = coalesce(:schema, 'main') AND table_name = :table_name ORDER BY column_index"
)


class _Buffered(PGExecutionContext_psycopg2):
    def post_exec(self) -> None:
        if self.cursor.description:
            self.cursor_fetch_strategy = FullyBufferedCursorFetchStrategy(
                self.cursor, self.cursor.description, self.cursor.fetchall()
            )


class _Compiler(PGCompiler):
    def visit_custom_op_binary(self, element: BinaryExpression[Any], operator: Any, **kw: Any) -> str:
        if operator.opstring not in REGEX_OPERATORS:
            untyped: Any = super()
            return str(untyped.visit_custom_op_binary(element, operator, **kw))
        value, pattern = self.process(element.left, **kw), self.process(element.right, **kw)
        return f"{REGEX_OPERATORS[operator.opstring]}regexp_matches({value}, {pattern})"


class GxDialect(duckdb_engine.Dialect):
    """DuckDB under the name by which Great Expectations finds its PostgreSQL SQL."""

    name = "postgresql"
    execution_ctx_cls = _Buffered
    statement_compiler = _Compiler
    supports_statement_cache = False

    def get_columns(
        self, connection: Connection, table_name: str, schema: str | None = None, **kw: Any
    ) -> list[ReflectedColumn]:
        found = connection.execute(COLUMNS, {"schema": schema, "table_name": table_name})
        return [
            {
                "name": name,
                "type": (self.ischema_names | NUMBERS).get(data_type.split("(")[0].lower(), Text)(),
                "nullable": nullable,
                "default": None,
            }
            for name, data_type, nullable in found
        ]


registry.register(SCHEME, __name__, GxDialect.__name__)


def url(database: Path, *, memory_limit: str, threads: int) -> str:
    """The connection string of a DuckDB file, read-only: read-write would lock every reader out."""
    options = {"access_mode": "READ_ONLY", "memory_limit": memory_limit, "threads": str(threads)}
    return f"{SCHEME}:///{database.absolute()}?{urlencode(options)}"
