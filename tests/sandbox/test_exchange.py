"""The exchange tables are the same on SQLite, PostgreSQL and MariaDB, and follow the world."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from sandbox.deliveries.exchange import TABLES, Exchange
from sandbox.store import WorldStore
from sandbox.world import World


@pytest.fixture
def mariadb_url(mariadb: str) -> Iterator[str]:
    """A URL of a fresh MariaDB database, dropped after the test."""
    server = sa.create_engine(mariadb)
    name = f"hub_test_{uuid.uuid4().hex[:12]}"
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    yield f"{mariadb.rstrip('/')}/{name}"
    with server.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name}")


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'exchange.db'}"
    found: str = request.getfixturevalue(f"{request.param}_url")
    return found.replace("postgresql://", "postgresql+psycopg://", 1)


def keys(exchange: Exchange, dataset: str) -> set[str]:
    table = exchange.tables[dataset]
    with exchange.engine.connect() as connection:
        return set(connection.execute(sa.select(next(iter(table.primary_key.columns)))).scalars())


def shown(world: World, dataset: str) -> set[str]:
    """The keys as the department writes them: one of them may be a mistake."""
    return {body[TABLES[dataset][1]] for body in world.store.bodies("peoples_mediation", dataset)}


def test_the_tables_hold_what_the_department_shows_today_and_tomorrow(url: str, tmp_path: Path, world: World) -> None:
    moving = World.create(WorldStore(tmp_path / "world.db"), 7, 120, 0.1, world.first_today)
    moving.begin()
    exchange = Exchange(url)
    exchange.create(moving.store)
    assert all(keys(exchange, dataset) == shown(moving, dataset) != set() for dataset in TABLES)
    assert len(keys(exchange, "grid_units")) == len(moving.province.grids)
    before, since = keys(exchange, "mediation_cases"), moving.clock
    for _ in range(3):
        moving.tick()
    exchange.follow(moving.store, since)
    assert all(keys(exchange, dataset) == shown(moving, dataset) for dataset in TABLES)
    assert before - keys(exchange, "mediation_cases")
    exchange.engine.dispose()


def test_a_broken_table_is_mended_everywhere(url: str, tmp_path: Path, world: World) -> None:
    still = World.create(WorldStore(tmp_path / "world.db"), 7, 60, 0.0, world.first_today)
    still.begin()
    exchange = Exchange(url)
    exchange.create(still.store)

    def columns() -> list[str]:
        return [column["name"] for column in sa.inspect(exchange.engine).get_columns("T_MEDIATION_CASE")]

    whole, all_keys = columns(), keys(exchange, "mediation_cases")
    for kind in ("missing_column", "new_column"):
        exchange.fault(kind, undo=False)
        assert columns() != whole
        exchange.fault(kind, undo=True)
        assert columns() == whole
    exchange.fault("empty_delivery", undo=False)
    assert keys(exchange, "mediation_cases") == set()
    exchange.fault("empty_delivery", undo=True)
    assert keys(exchange, "mediation_cases") == all_keys
    exchange.engine.dispose()
