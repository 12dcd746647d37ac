from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # for deliveries.py, which the killed subprocesses import too

from deliveries import AS_OF

from operations.settings import Settings
from warehouse.build import Writer


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(home=tmp_path / "home", memory_limit="256MiB", as_of=AS_OF)
    made.prepare()
    return made


@pytest.fixture
def writer(settings: Settings) -> Iterator[Writer]:
    with Writer(settings) as opened:
        yield opened
