"""Small provinces: one in a file, one behind its real servers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from sandbox.store import WorldStore
from sandbox.world import World

TODAY = date(2026, 3, 10)
PROGRAM = "import sys; from sandbox.cli import app; app(sys.argv[1:])"


def new_world(folder: Path, cases: int = 240, dirt: float = 0.2, seed: int = 7) -> World:
    """Make a small, rather dirty world in a folder."""
    world = World.create(WorldStore(folder / "world.db"), seed, cases, dirt, TODAY)
    world.begin()
    return world


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A world that no test changes."""
    return new_world(tmp_path_factory.mktemp("world"))


@dataclass
class Province:
    """A home with a running sandbox, and its command line."""

    home: Path

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", PROGRAM, *words],
            env={**os.environ, "HUB_HOME": str(self.home)}, capture_output=True, text=True, timeout=120,
        )  # fmt: skip

    def env(self) -> dict[str, str]:
        lines = (self.home / "env").read_text(encoding="utf-8").splitlines()
        return {name: value for name, _, value in (line.partition("=") for line in lines)}

    def sign_in(self, system: str) -> dict[str, object]:
        found: dict[str, object] = json.loads(self.env()[f"AIRFLOW_CONN_{system.upper()}"])
        return found

    def status(self) -> dict[str, object]:
        found: dict[str, object] = json.loads(self.run("status", "--json").stdout)
        return found


@pytest.fixture(scope="session")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Province]]:
    """Start provinces; they are stopped at the end."""
    started: list[Province] = []

    def start(*words: str) -> Province:
        province = Province(tmp_path_factory.mktemp("home"))
        started.append(province)
        done = province.run("up", "--cases", "240", "--seed", "7", "--today", TODAY.isoformat(), *words)
        assert done.returncode == 0, done.stderr
        return province

    yield start
    for province in started:
        province.run("down")


@pytest.fixture(scope="session")
def province(start: Callable[..., Province]) -> Province:
    """A running province of 240 disputes."""
    return start()
