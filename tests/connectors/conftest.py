from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # for sources.py and declarations.py

from exchanges import database, exchange
from sources import AS_OF, Answer, Call, listening

from connectors.base import Connector
from connectors.registry import open_connector
from operations.credentials import Credentials
from operations.settings import Settings
from operations.store import Store
from schemas.declaration import System

__all__ = ["database", "exchange"]  # fixtures for every test beside this file
Serve = Callable[[Callable[[Call], Answer]], str]
Open = Callable[..., Connector]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    settings = Settings(home=tmp_path / "home", memory_limit="256MiB", as_of=AS_OF)
    settings.prepare()
    return Store(settings)


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Starts an HTTP source and makes it the one that a trial declaration means."""
    with ExitStack() as stack:

        def start(answer: Callable[[Call], Answer]) -> str:
            url = stack.enter_context(listening(answer))
            monkeypatch.setenv("TRIAL_URL", url)
            return url

        yield start


@pytest.fixture
def connect(store: Store, tmp_path: Path) -> Iterator[Open]:
    """Opens connectors and closes them after the test."""
    with ExitStack() as stack:

        def start(system: System, login: str | None = None, password: str | None = None, **extra: str) -> Connector:
            credentials = Credentials(login=login, password=password, extra=extra)
            opened = open_connector(system, credentials=credentials, store=store, workdir=tmp_path / "work")
            stack.callback(opened.close)
            return opened

        yield start
