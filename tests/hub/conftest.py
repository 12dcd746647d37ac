"""One small sandbox province and one home that has run over it, shared by the tests of this folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from backed_up import ENV, make
from court import CourtHome
from homes import KILLED, clone, hub_json, run_hub
from published_content import Content, content

from hub.backups.making import Made
from operations import runs
from operations.keys import key
from operations.settings import Settings
from operations.store import Store
from warehouse.masking import TOKENISED

PROVINCE = ("sandbox", "up", "--cases", "160", "--today", "2026-06-30")
LIVED = datetime(2024, 7, 1, 8)


@pytest.fixture(scope="session")
def province(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home whose sandbox is up; nothing has been read yet."""
    home = tmp_path_factory.mktemp("province")
    run_hub(home, *PROVINCE)
    yield home
    run_hub(home, "sandbox", "down", check=False)


@pytest.fixture(scope="session")
def prepared(province: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A home that has run once over the province, with the run's summary. Tests clone it, never change it."""
    home = tmp_path_factory.mktemp("prepared") / "home"
    clone(province, home)
    return home, hub_json(home, "run")


@pytest.fixture
def moving(prepared: tuple[Path, dict[str, Any]], tmp_path: Path) -> Iterator[Path]:
    """A copy of that home with a province of its own, which stands where the shared one does and may live on."""
    home = clone(prepared[0], tmp_path / "moving")
    run_hub(home, *PROVINCE)
    yield home
    run_hub(home, "sandbox", "down", check=False)


@pytest.fixture(scope="session")
def landed(province: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the systems of the kill tests are landed and checked and nothing is merged."""
    home = tmp_path_factory.mktemp("landed") / "home"
    clone(province, home)
    for system in KILLED:
        run_hub(home, "sync", system)
    for name in ("build", "token_row", *(f"token_{kind}" for kind in TOKENISED)):
        key(Settings(home=home), name)  # made now, so that clones make the same tokens
    return home


@pytest.fixture(scope="session")
def undisturbed(landed: Path, tmp_path_factory: pytest.TempPathFactory) -> Content:
    """What a clone published that ran to its end."""
    home = clone(landed, tmp_path_factory.mktemp("undisturbed") / "home")
    hub_json(home, "run", *KILLED)
    return content(home)


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two loads, a rejected row, a published version and an env."""
    made = CourtHome(tmp_path_factory.mktemp("lived") / "home", LIVED)
    made.deliver({"sqdj_bh": "A"}, {"sqdj_bh": "B", "ay": "LD01"})
    made.deliver({"sqdj_bh": "C"})
    made.publish()
    env = made.settings.home / "env"
    env.touch(mode=0o600)
    env.write_text(ENV)
    runs.started(Store(made.settings), "r", "court_odr", "pre_suit_cases", "sync")
    return made.settings.home


@pytest.fixture
def court(lived: Path, tmp_path: Path) -> CourtHome:
    """A copy of that home, to back up."""
    shutil.copytree(lived, tmp_path / "home", symlinks=True)
    return CourtHome(tmp_path / "home", LIVED)


@pytest.fixture
def kept(court: CourtHome, tmp_path: Path) -> Made:
    return make(court, tmp_path)
