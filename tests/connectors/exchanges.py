"""A department's exchange database on SQLite, MariaDB and PostgreSQL, and fixtures for each."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

COLUMNS = {"sqlite": "DATETIME", "mysql": "DATETIME", "postgresql": "TIMESTAMP"}


class Exchange:
    """A department's table, and how the hub signs in to it."""

    def __init__(self, url: sa.URL, admin: sa.Engine) -> None:
        self.kind = url.get_backend_name()
        self.login = url.username
        self.address = url.set(username=None).render_as_string()
        self.admin = admin
        self.run(f"DROP VIEW IF EXISTS {self.name('V_SLOW')}")
        self.run(f"DROP TABLE IF EXISTS {self.name('T_CASE')}")
        self.run(
            f"CREATE TABLE {self.name('T_CASE')} ({self.name('CASE_NO')} VARCHAR(20) PRIMARY KEY,"
            f" {self.name('NAME')} VARCHAR(50), {self.name('AMOUNT')} DECIMAL(18,2), {self.name('DAY')} DATE,"
            f" {self.name('UPDATE_TIME')} {COLUMNS[self.kind]})"
        )

    def name(self, plain: str) -> str:
        return f"`{plain}`" if self.kind == "mysql" else f'"{plain}"'

    def add(self, *rows: tuple[object, ...]) -> None:
        with self.admin.begin() as connection:
            for row in rows:
                values = ", ".join("NULL" if value is None else repr(value) for value in row)
                values = values if self.kind == "sqlite" else values.replace("%", "%%")
                connection.exec_driver_sql(f"INSERT INTO {self.name('T_CASE')} VALUES ({values})")

    def run(self, statement: str) -> None:
        with self.admin.begin() as connection:
            connection.exec_driver_sql(statement)


@pytest.fixture(scope="module", params=["sqlite", "mysql", "postgresql"])
def database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[sa.URL, sa.Engine]]:
    """An empty database of each kind: its URL, and an engine that may write."""
    name = f"hub_test_{uuid.uuid4().hex[:12]}"
    if request.param == "sqlite":
        url = sa.make_url(f"sqlite:///{tmp_path_factory.mktemp('exchange')}/exchange.db")
        yield url, sa.create_engine(url)
        return
    if request.param == "mysql":
        server = sa.create_engine(request.getfixturevalue("mariadb"))
        make, drop = f"CREATE DATABASE {name} CHARACTER SET utf8mb4", f"DROP DATABASE {name}"
        loose = {"init_command": "SET sql_mode=''"}  # as old exchange databases run, which lets zero dates in
    else:
        given = sa.make_url(request.getfixturevalue("postgresql")).set(drivername="postgresql+psycopg")
        server = sa.create_engine(given, isolation_level="AUTOCOMMIT")
        make, drop = f"CREATE DATABASE {name}", f"DROP DATABASE {name} WITH (FORCE)"
        loose = {}
    with server.connect() as connection:
        connection.exec_driver_sql(make)
    url = server.url.set(database=name)
    yield url, sa.create_engine(url, connect_args=loose, poolclass=sa.NullPool)
    with server.connect() as connection:
        connection.exec_driver_sql(drop)
    server.dispose()


@pytest.fixture
def exchange(database: tuple[sa.URL, sa.Engine]) -> Exchange:
    return Exchange(*database)
