"""A home whose runs are killed at random moments of a chosen phase, and everything that it had acknowledged by then."""

from __future__ import annotations

import signal
import time
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

from homes import KILLED
from processes import start_hub
from sqlalchemy import func, select

from operations import loads
from operations.settings import Settings
from operations.store import Store
from operations.tables import run_steps
from warehouse.landing import Landing

PHASES = {
    "load": ("sync",),
    "merge": ("merge",),
    "build": ("link", "records", "models", "orders"),
    "publish": ("copy", "gate"),
}
"""The phases of a run in their order, each with the steps that a run's summary times in it."""
_LOOK = 0.05  # seconds between two looks at how far a run has come


class KilledHome:
    """`home` has a sandbox that answers. What it has acknowledged only grows, which every look at it asserts:
    `landed` are the ids of complete deliveries, `merged` the ledger lines by load id."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.landed: set[str] = set()
        self.merged: dict[str, dict[str, Any]] = {}
        settings = Settings(home=home)
        self._landing, self._store, self._published = Landing(settings), Store(settings), settings.published

    def kill(self, wanted: str, seconds: float, moments: Random) -> str | None:
        """Start a run and kill it at a random moment of the `seconds` after the wanted phase began.

        Returns the phase that it was in, which may be a later one; None when it had ended before, and well.
        """
        began, step = time.time_ns(), self._step()
        running = start_hub(self.home, "run", *KILLED)
        while running.process.is_alive() and not self._reached(wanted, began, step):
            time.sleep(_LOOK)
        running.process.join(moments.uniform(0, seconds))
        running.kill()
        done = running.wait()
        assert done.returncode in (0, -signal.SIGKILL), f"a run after a kill failed: {done.stderr}"
        self.look()
        if done.returncode == 0:
            return None
        return next(phase for phase in reversed(PHASES) if self._reached(phase, began, step))

    def look(self) -> None:
        """Take in what is acknowledged now, and assert that nothing is gone or changed that was acknowledged before."""
        complete = {one.load_id for one in self._landing.complete_manifests() if one.kind != "keys"}
        lines = {line["load_id"]: line for line in loads.lines(self._store)}
        assert self.landed <= complete, f"loads are gone: {self.landed - complete}"
        changed = [one for one, line in self.merged.items() if lines.get(one) != line]
        assert changed == [], "ledger lines are gone or changed"
        self.landed, self.merged = complete, lines

    def _reached(self, phase: str, began: int, step: int) -> bool:
        """Whether the run that began at this time and after this step is in the phase or past it, by what it leaves."""
        if phase == "load":
            return True
        if self._published_since(began):
            return True
        if phase == "publish" or self._step("build") <= step:
            return False
        return phase == "merge" or not self._waiting()

    def _published_since(self, began: int) -> bool:
        """Whether a version has been begun, made visible or removed since."""
        with suppress(FileNotFoundError):  # what is renamed meanwhile is found at the next look
            return any(one.stat().st_ctime_ns > began for one in self._published.glob("*v[0-9]*"))
        return False

    def _waiting(self) -> bool:
        """Whether a complete delivery has no ledger line yet."""
        known = {line["load_id"] for line in loads.lines(self._store)}
        return any(one.kind != "keys" for one in self._landing.complete_manifests(known))

    def _step(self, name: str | None = None) -> int:
        """The number of the last step that was begun, of all or of those with a name; 0 where there is none."""
        newest = select(func.coalesce(func.max(run_steps.c.id), 0))
        with self._store.read() as connection:
            return int(connection.scalar(newest if name is None else newest.where(run_steps.c.step == name)) or 0)
