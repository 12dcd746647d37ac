"""What every test may ask for: services that a machine may lack, and a database schema of its own."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator

import psycopg
import pytest

POSTGRESQL = os.environ.get("HUB_TEST_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432/test")


def require(name: str, available: bool, install_hint: str) -> None:
    """Skip a test where `name` (postgresql, mariadb, chromium) is missing; under HUB_REQUIRE=all fail it."""
    if available:
        return
    sentence = f"needs {name}: {install_hint}"
    if os.environ.get("HUB_REQUIRE") == "all":
        pytest.fail(f"{sentence} (HUB_REQUIRE=all allows no skip)", pytrace=False)
    pytest.skip(sentence)


@pytest.fixture(name="require", scope="session")
def _require() -> Callable[[str, bool, str], None]:
    return require


@pytest.fixture(scope="session")
def postgresql() -> str:
    """The URL of a PostgreSQL database in which tests may make schemas."""
    try:
        psycopg.connect(POSTGRESQL, connect_timeout=3).close()
        answers = True
    except psycopg.OperationalError:
        answers = False
    require(
        "postgresql",
        answers,
        "apt-get install postgresql, create a database and set HUB_TEST_POSTGRESQL to its URL",
    )
    return POSTGRESQL


@pytest.fixture
def postgresql_url(postgresql: str) -> Iterator[str]:
    """A URL whose search path is one fresh schema, dropped after the test."""
    schema = f"hub_test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgresql, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}".encode())
        yield f"{postgresql}{'&' if '?' in postgresql else '?'}options=-csearch_path%3D{schema}"
        connection.execute(f"DROP SCHEMA {schema} CASCADE".encode())
