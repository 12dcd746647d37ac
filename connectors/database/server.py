"""The server's side: what its tables hold, the statements it is asked, and what its errors mean.

SQLAlchemy connects first whatever path the rows take, because its errors tell a wrong password from a server
that is down.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchTableError, SQLAlchemyError

from connectors.database.engines import open_engine
from connectors.database.statements import Columns, query_columns, select
from connectors.errors import AuthError, ConnectorError, ProtocolError, UnreachableError
from operations.credentials import Credentials
from schemas.declared.database import DatabaseDataset

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
        self.engine = open_engine(system, self.url, self.place, timeout)

    @property
    def family(self) -> str:
        """The dialect's name, with MariaDB under `mysql`, whose protocol it speaks."""
        name = self.engine.dialect.name
        return "mysql" if name == "mariadb" else name

    def name_of(self, name: str) -> str:
        """A column's name as the server has it: SQLAlchemy tells those of Oracle and Dameng in small letters."""
        dialect: Any = self.engine.dialect
        return str(dialect.denormalize_name(name)) if dialect.requires_name_normalize else name

    def columns(self, dataset: DatabaseDataset) -> Columns:
        """Column names of the dataset's table or query with their types. Raises ConnectorError."""
        with self.errors(dataset):
            if dataset.table is None:
                with self.engine.connect() as connection:
                    types = query_columns(connection, dataset, self.family)
            else:
                schema, _, table = dataset.table.rpartition(".")
                found = sa.inspect(self.engine).get_columns(table, schema or None)
                types = {self.name_of(str(column["name"])): column["type"] for column in found}
        ordered = dataset.change_log.order if dataset.change_log else []
        needed = dict.fromkeys([*dataset.key, *([dataset.sync.cursor] if dataset.sync.cursor else []), *ordered])
        missing = [name for name in needed if name not in types]
        if missing:
            raise ProtocolError(
                self.system,
                dataset.name,
                f"{self.place} {dataset.relation}",
                f"no column {', '.join(missing)}, which is the key, the cursor or the order of the changes",
                "ask the department what replaced it, and correct key, sync.cursor or change_log in the declaration",
            )
        return types

    def statement(
        self,
        dataset: DatabaseDataset,
        columns: Columns,
        since: datetime | None,
        until: datetime | None,
        *,
        undated: bool = True,
        limit: int | None = None,
    ) -> str:
        """A SELECT in the server's dialect, with its time limit where the session cannot have one.

        Rows without a cursor value are included where they are wanted, so that none is missed for the lack of one.
        """
        query = select(dataset, columns, self.family, since, until, undated=undated)
        if limit is not None:
            query = query.limit(limit)
        if self.family == "mysql" and not self._is_mariadb():
            milliseconds = round(self.timeout.total_seconds() * 1000)
            query = query.prefix_with(f"/*+ MAX_EXECUTION_TIME({milliseconds}) */")
        text = str(query.compile(dialect=self.engine.dialect, compile_kwargs={"literal_binds": True}))
        if self.engine.dialect.paramstyle in ("format", "pyformat"):
            text = text.replace("%%", "%")  # doubled for a driver that would fill in parameters; there are none
        if self.family == "mysql" and self._is_mariadb():
            return f"SET STATEMENT max_statement_time={self.timeout.total_seconds():.0f} FOR {text}"
        return text

    @contextmanager
    def errors(self, dataset: DatabaseDataset | None) -> Iterator[None]:
        """Turns what a driver raises into ConnectorErrors, whose text has no statement, value or password."""
        name = dataset.name if dataset else None
        place = f"{self.place} {dataset.relation}" if dataset else self.place
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
