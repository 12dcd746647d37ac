from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # for deliveries.py, which the killed subprocesses import too

from deliveries import AS_OF, CONTRACT
from ordering import Orders

from operations.settings import Settings
from warehouse.build import Writer
from warehouse.tables import create_tables


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(home=tmp_path / "home", memory_limit="256MiB", as_of=AS_OF)
    made.prepare()
    return made


@pytest.fixture
def empty(settings: Settings) -> Iterator[Writer]:
    """A build file without a table."""
    with Writer(settings) as opened:
        yield opened


@pytest.fixture
def writer(empty: Writer) -> Writer:
    create_tables(empty, [CONTRACT])
    return empty


@pytest.fixture(scope="session")
def order_system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Orders]]:
    """Each call is a new system of one shared warehouse."""
    made = Settings(home=tmp_path_factory.mktemp("orders"), memory_limit="256MiB", as_of=AS_OF)
    made.prepare()
    numbers = count()
    with Writer(made) as opened:
        create_tables(opened, [CONTRACT])
        yield lambda: Orders(opened, f"system{next(numbers)}")


@pytest.fixture
def orders(order_system: Callable[[], Orders]) -> Orders:
    return order_system()
