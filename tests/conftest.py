"""What every test may ask for: services that a machine may lack, and a database schema of its own; and who runs what.

`make test` gives files to a worker for each core. A file stays whole, and so do those that share the home over which
every system has run, which costs a minute to make. They come first and after them the slow ones: whoever began one of
those last would have the others wait.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

ROOT = Path(__file__).parent.parent
SHARED = "prepared"
ASKING = ("prepared: tuple", "moving: Path")
"""What a file says whose tests ask for the shared home, or for a copy of it over a province of its own."""
MARIADB = os.environ.get("HUB_TEST_MARIADB", "mysql+pymysql://root@127.0.0.1:3306")
POSTGRESQL = os.environ.get("HUB_TEST_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432/test")


class Shared(LoadFileScheduling):
    """xdist's distribution by files, in which the files that share one home are as one."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return SHARED if shares(file) else file


@cache
def shares(file: str) -> bool:
    """Whether a test in this file asks for the shared home."""
    text = (ROOT / file).read_text(encoding="utf-8")
    return any(words in text for words in ASKING)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Shared:
    return Shared(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (not shares(item.nodeid.split("::")[0]), item.path not in slow))


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


@pytest.fixture(scope="session")
def mariadb() -> str:
    """The URL of a MariaDB server on which tests may make databases."""
    server = sa.create_engine(MARIADB, connect_args={"connect_timeout": 3}, poolclass=sa.NullPool)
    try:
        server.connect().close()
        answers = True
    except sa.exc.OperationalError:
        answers = False
    require("mariadb", answers, "apt-get install mariadb-server and set HUB_TEST_MARIADB to its URL")
    return MARIADB


@pytest.fixture
def postgresql_url(postgresql: str) -> Iterator[str]:
    """A URL whose search path is one fresh schema, dropped after the test."""
    schema = f"hub_test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgresql, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}".encode())
        yield f"{postgresql}{'&' if '?' in postgresql else '?'}options=-csearch_path%3D{schema}"
        connection.execute(f"DROP SCHEMA {schema} CASCADE".encode())
