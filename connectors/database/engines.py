"""How each kind of database is opened: read-only, with a limit to every statement, by the driver that it needs."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import NoSuchModuleError

from connectors.errors import ConnectorError

CONNECT_SECONDS = 10

_EXTRAS = {"oracle": "oracle", "dm": "dameng", "mssql": "sqlserver"}
"""Backends whose driver is not installed by default, and the project's extra that brings it."""

_SPELLING = {
    "oracle": "oracle+oracledb://host:1521/?service_name=NAME",
    "dm": "dm+dmPython://host:5236",
    "mssql": "mssql+pymssql://host:1433/database",
    "mysql": "mysql+pymysql://host:3306/database",
    "mariadb": "mysql+pymysql://host:3306/database",
    "postgresql": "postgresql+psycopg://host:5432/database",
}
"""How an address names the driver that the hub comes with, or that an extra brings."""

_BEGIN = {"oracle": "SET TRANSACTION READ ONLY", "dm": "SET TRANSACTION READ ONLY"}
"""What a session says first where its connection cannot be opened read-only."""

sa.dialects.registry.register("kingbase", "connectors.database.kingbase", "Kingbase")


def open_engine(system: str, url: sa.URL, place: str, timeout: timedelta) -> sa.Engine:
    """An engine without a pool (a load needs one connection), which connects on first use.

    Raises ConnectorError naming what to install where the driver is missing.
    """
    backend = url.get_backend_name()
    if backend == "sqlite":
        path = Path(url.database or "").resolve()
        # mode=ro: opening must not make the file of a source that is not there.
        return sa.create_engine(
            "sqlite://",
            creator=lambda: sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True),
            poolclass=sa.NullPool,
        )
    try:
        engine = sa.create_engine(url, connect_args=_arguments(backend, timeout), poolclass=sa.NullPool)
    except (NoSuchModuleError, ModuleNotFoundError):
        extra, spelling = _EXTRAS.get(backend), _SPELLING.get(backend)
        remedy = f"write {spelling}" if spelling else "install its SQLAlchemy dialect and driver (docs/databases.md)"
        raise ConnectorError(
            system,
            None,
            place,
            f"no driver for {url.drivername}",
            f"run `uv sync --extra {extra}` and {remedy}" if extra else remedy,
        ) from None
    _prepare(engine, timeout)
    return engine


def _arguments(backend: str, timeout: timedelta) -> dict[str, Any]:
    seconds = round(timeout.total_seconds())
    if backend in ("postgresql", "kingbase"):
        options = f"-c statement_timeout={seconds * 1000} -c default_transaction_read_only=on"
        return {"connect_timeout": CONNECT_SECONDS, "options": options}
    if backend in ("mysql", "mariadb"):
        begin = "SET SESSION TRANSACTION READ ONLY"
        return {"connect_timeout": CONNECT_SECONDS, "read_timeout": seconds, "init_command": begin}
    if backend == "mssql":
        return {"login_timeout": CONNECT_SECONDS, "timeout": seconds, "read_only": True}
    if backend == "oracle":
        return {"tcp_connect_timeout": float(CONNECT_SECONDS)}
    return {}


def _prepare(engine: sa.Engine, timeout: timedelta) -> None:
    begin = _BEGIN.get(engine.dialect.name)
    if begin is not None:
        sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    if engine.dialect.name == "oracle":
        milliseconds = round(timeout.total_seconds() * 1000)
        sa.event.listen(engine, "connect", lambda session, _: setattr(session, "call_timeout", milliseconds))
