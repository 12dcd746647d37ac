"""The server's side: opening it read-only, what its tables hold, and the statements it is asked.

SQLAlchemy connects first whatever path the rows take, because its errors tell a wrong password from a server
that is down.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, NoSuchTableError, SQLAlchemyError

from connectors.errors import AuthError, ConnectorError, ProtocolError, UnreachableError
from operations.credentials import Credentials
from schemas.declared.database import DatabaseDataset

CONNECT_SECONDS = 10

_MYSQL_DENIED = {1044, 1045, 1142, 1143, 1698}
"""Server error codes of MySQL and MariaDB: access denied to the account, the database, the table, the column."""

_DENIED_TEXT = re.compile(r'authentication|no password supplied|role "[^"]*" does not exist')
"""What libpq says when it cannot sign in; it gives no code before a session exists."""


class Server:
    """One database, read-only, without a pool: a load needs one connection."""

    def __init__(self, system: str, url: str, timeout: timedelta, credentials: Credentials) -> None:
        self.system = system
        self.timeout = timeout
        try:
            bare = sa.make_url(url)
        except ArgumentError:
            raise ConnectorError(
                system, None, "source.url", "is no SQLAlchemy URL", "write dialect+driver://host:port/database"
            ) from None
        self.url = bare.set(username=credentials.login or None, password=credentials.password or None)
        self.place = bare.set(username=None, password=None, query={}).render_as_string()
        self.engine = self._engine()

    @property
    def family(self) -> str:
        """The dialect's name, with MariaDB under `mysql`, whose protocol it speaks."""
        name = self.engine.dialect.name
        return "mysql" if name == "mariadb" else name

    def columns(self, dataset: DatabaseDataset) -> dict[str, Any]:
        """Column names of the dataset's table with their SQLAlchemy types. Raises ConnectorError."""
        schema, table = _name(dataset)
        with self.errors(dataset):
            found = sa.inspect(self.engine).get_columns(table, schema)
        types = {str(column["name"]): column["type"] for column in found}
        needed = [*dataset.key, dataset.sync.cursor] if dataset.sync.cursor else dataset.key
        missing = [name for name in needed if name not in types]
        if missing:
            raise ProtocolError(
                self.system,
                dataset.name,
                f"{self.place} {dataset.table}",
                f"no column {', '.join(missing)}, which is the key or the cursor",
                "ask the department what replaced it, and correct key or sync.cursor in the declaration",
            )
        return types

    def statement(
        self, dataset: DatabaseDataset, columns: dict[str, Any], since: datetime | None, until: datetime | None
    ) -> str:
        """A SELECT in the server's dialect. What a client would bend (dates, NaN, JSON) is cast to text there.

        Rows without a cursor value are always included, so that none is missed for the lack of one.
        """
        schema, table = _name(dataset)
        chosen = [_as_text(sa.column(name), of, self.family).label(name) for name, of in columns.items()]
        query = sa.select(*chosen).select_from(sa.table(table, schema=schema))
        if dataset.sync.cursor is not None:
            cursor: sa.ColumnElement[Any] = sa.column(dataset.sync.cursor)
            bounds = [cursor >= _moment(since)] if since else []
            bounds += [cursor < _moment(until)] if until else []
            if bounds:
                query = query.where(sa.or_(cursor.is_(None), sa.and_(*bounds)))
        if self.family == "mysql" and not self._is_mariadb():
            milliseconds = round(self.timeout.total_seconds() * 1000)
            query = query.prefix_with(f"/*+ MAX_EXECUTION_TIME({milliseconds}) */")
        text = str(query.compile(dialect=self.engine.dialect, compile_kwargs={"literal_binds": True}))
        if self.family == "mysql" and self._is_mariadb():
            return f"SET STATEMENT max_statement_time={self.timeout.total_seconds():.0f} FOR {text}"
        return text

    @contextmanager
    def errors(self, dataset: DatabaseDataset | None) -> Iterator[None]:
        """Turns what a driver raises into ConnectorErrors, whose text has no statement, value or password."""
        name = dataset.name if dataset else None
        place = f"{self.place} {dataset.table}" if dataset else self.place
        try:
            yield
        except NoSuchTableError:
            raise ProtocolError(
                self.system, name, place, "no such table", "correct table in the declaration, or ask for it"
            ) from None
        except DBAPIError as error:
            raise self._explained(error, name, place) from None
        except SQLAlchemyError as error:
            raise ProtocolError(
                self.system, name, place, type(error).__name__, "compare table and columns with the declaration"
            ) from None

    def close(self) -> None:
        """Give the connection back."""
        self.engine.dispose()

    def _is_mariadb(self) -> bool:
        if not self.engine.dialect.server_version_info:
            with self.errors(None), self.engine.connect():
                pass
        return bool(getattr(self.engine.dialect, "is_mariadb", False))

    def _engine(self) -> sa.Engine:
        seconds = round(self.timeout.total_seconds())
        backend = self.url.get_backend_name()
        arguments: dict[str, Any] = {}
        if backend == "postgresql":
            options = f"-c statement_timeout={seconds * 1000} -c default_transaction_read_only=on"
            arguments = {"connect_timeout": CONNECT_SECONDS, "options": options}
        elif backend in ("mysql", "mariadb"):
            arguments = {"connect_timeout": CONNECT_SECONDS, "read_timeout": seconds}
        try:
            if backend == "sqlite":
                path = Path(self.url.database or "").resolve()
                # mode=ro: opening must not make the file of a source that is not there.
                return sa.create_engine(
                    "sqlite://",
                    creator=lambda: sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True),
                    poolclass=sa.NullPool,
                )
            return sa.create_engine(self.url, connect_args=arguments, poolclass=sa.NullPool)
        except (NoSuchModuleError, ModuleNotFoundError):
            raise ConnectorError(
                self.system,
                None,
                self.place,
                f"no driver for {self.url.drivername}",
                "install its SQLAlchemy dialect and driver",
            ) from None

    def _explained(self, error: DBAPIError, name: str | None, place: str) -> ConnectorError:
        code = error.orig.args[0] if error.orig is not None and error.orig.args else None
        state = str(getattr(error.orig, "sqlstate", None) or "")
        text = str(error.orig).lower()
        if code in _MYSQL_DENIED or state.startswith(("28", "42501")) or _DENIED_TEXT.search(text):
            return AuthError(
                self.system,
                name,
                place,
                "the database refuses this account",
                f"correct login and password in AIRFLOW_CONN_{self.system.upper()}, or ask for the right to read",
            )
        if code == 1146 or state == "42P01":
            return ProtocolError(
                self.system, name, place, "no such table", "correct table in the declaration, or ask for it"
            )
        if isinstance(error, sa.exc.OperationalError):
            kind = f"{code}" if isinstance(code, int) else state or type(error.orig).__name__
            return UnreachableError(
                self.system,
                name,
                place,
                f"no connection, or the statement took over {self.timeout} (error {kind})",
                "check the address and the way through the firewall; the next run reads it again",
                retryable=True,
            )
        kind = f"{code}" if isinstance(code, int) else state or type(error.orig).__name__
        return ProtocolError(
            self.system,
            name,
            place,
            f"the database answers with error {kind}",
            "compare table, key and cursor in the declaration with the table's columns",
        )


def _name(dataset: DatabaseDataset) -> tuple[str | None, str]:
    schema, _, table = dataset.table.rpartition(".")
    return schema or None, table


def _moment(at: datetime) -> sa.ColumnElement[Any]:
    # An untyped literal compares as the column's own type, be it a timestamp or text.
    return sa.literal_column(f"'{at:%Y-%m-%d %H:%M:%S}'")


def _as_text(column: sa.ColumnElement[Any], of: Any, family: str) -> sa.ColumnElement[Any]:
    """The column, cast to text where a client would change its value.

    Measured with DuckDB's scanners: MariaDB's 0000-00-00 becomes NULL, PostgreSQL's infinity 9999-12-31,
    numeric NaN 0.00, and a numeric without scale a DOUBLE.
    """
    if isinstance(of, sa.Integer | sa.Boolean | sa.String | sa.LargeBinary) and not isinstance(of, sa.Enum):
        return column
    if family == "postgresql":
        if isinstance(of, sa.DateTime) and of.timezone:
            column = sa.func.timezone("Asia/Shanghai", column)
        return sa.cast(column, sa.Text)
    if family == "mysql":
        return column if isinstance(of, sa.Numeric) else sa.cast(column, sa.CHAR)
    return column
