"""Airflow with its page, its scheduler and the hub's DAGs: `python -m dags.standalone` (or `make airflow`).

The parts are those of `airflow standalone`, with three differences. Nothing is scheduled before the API server
answers, so no task of the first minute is lost. No log server listens to other machines. And Ctrl-C or SIGTERM
ends every process that was started, in whatever state it is.
"""

import importlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from filelock import FileLock, Timeout

from dags.environment import RefusedError, refuse_strangers, set_environment, set_port
from operations.settings import Settings, SettingsError

psutil: Any = importlib.import_module("psutil")  # comes with Airflow, without types

FIRST = ("api-server",)
THEN = ("scheduler --skip-serve-logs", "dag-processor", "triggerer --skip-serve-logs")
WATCHED = ("scheduler", "dag_processor")
PAUSE_SECONDS = 0.2
START_SECONDS = 300.0
GRACE_SECONDS = 20.0
"""How long the parts may take to end by themselves before they are killed."""


class PartFailedError(RuntimeError):
    """A part of Airflow ended by itself or did not answer; the message names its log."""


@dataclass
class Airflow:
    """The running parts of one home's Airflow, each in a session of its own, and whether they are to stop."""

    address: str
    logs: Path
    stopping: bool = False
    parts: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def run(self) -> None:
        """Start the parts in their order and watch them until `stopping`. Raises PartFailedError."""
        _say(f"preparing its database; every part writes to {self.logs}/airflow-<part>.log")
        self._start("database", [sys.executable, "-m", "dags.database"])
        database = self.parts["database"]
        self._until(lambda: database.poll() == 0)
        del self.parts["database"]
        for commands, ready in ((FIRST, self._answers), (THEN, self._healthy), ((), self._never)):
            for command in commands:
                words = command.split()
                self._start(words[0], [sys.executable, "-m", "airflow", *words])
            self._until(ready)

    def end(self) -> None:
        """Ask the parts to end, the API server last, so that a task can still report; then insist."""
        first = [part for name, part in self.parts.items() if name not in FIRST]
        for asked in (first, list(self.parts.values())):
            sessions = {part.pid for part in asked}
            for part in asked:
                part.terminate()
            deadline = time.monotonic() + GRACE_SECONDS
            while (left := _alive(sessions)) and time.monotonic() < deadline:
                for part in asked:
                    part.poll()
                time.sleep(PAUSE_SECONDS)
            for pid in left:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def _start(self, name: str, command: list[str]) -> None:
        # A session each: a Ctrl-C in the terminal reaches this process alone, which then ends the parts, and
        # whatever a part starts can be found by its session.
        if not self.stopping:
            with (self.logs / f"airflow-{name}.log").open("ab") as log:
                self.parts[name] = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)

    def _until(self, reached: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self.stopping and not reached():
            for name, part in self.parts.items():
                if part.poll() is not None:
                    log = self.logs / f"airflow-{name}.log"
                    raise PartFailedError(f"its {name} ended with {part.returncode}; see {log}")
            if time.monotonic() > deadline and reached != self._never:
                raise PartFailedError(f"it is not ready after {START_SECONDS:.0f} s; see {self.logs}/airflow-*.log")
            time.sleep(PAUSE_SECONDS)

    def _answers(self) -> bool:
        return bool(_health(self.address))

    def _healthy(self) -> bool:
        health = _health(self.address)
        healthy = all(health.get(part, {}).get("status") == "healthy" for part in WATCHED)
        if healthy:
            _say(f"ready at {self.address} (Ctrl-C stops it)")
        return healthy

    def _never(self) -> bool:
        return False


def main() -> int:
    """0 after a stop that was asked for, 1 when a part failed, 2 when it was not started at all."""
    try:
        settings = Settings.from_env()
        set_environment(settings)
        airflow = Airflow(set_port(), settings.logs)
        refuse_strangers()
        with FileLock(settings.airflow / "standalone.lock", timeout=0):
            return _run(airflow)
    except (RefusedError, SettingsError) as error:
        return _say(str(error), 2)
    except Timeout:
        return _say(f"Airflow already runs for {settings.home}; stop it first", 2)


def _run(airflow: Airflow) -> int:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        airflow.stopping = True

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    try:
        airflow.run()
    except PartFailedError as error:
        return _say(str(error), 1)
    finally:
        airflow.end()
    return _say("stopped")


def _say(sentence: str, code: int = 0) -> int:
    sys.stderr.write(f"airflow: {sentence}\n")
    return code


def _health(address: str) -> dict[str, dict[str, Any]]:
    """What the API server says of each part; empty while it does not answer."""
    with suppress(OSError), urllib.request.urlopen(f"{address}/api/v2/monitor/health", timeout=5) as answer:  # noqa: S310 our own address
        found: dict[str, dict[str, Any]] = json.load(answer)
        return found
    return {}


def _alive(sessions: set[int]) -> list[int]:
    """What still runs of these sessions: a part's processes may leave its process group, not its session."""
    found = []
    for process in psutil.process_iter(["pid", "status"]):
        with suppress(ProcessLookupError, PermissionError):
            if os.getsid(process.pid) in sessions and process.info["status"] != psutil.STATUS_ZOMBIE:
                found.append(int(process.pid))
    return found


if __name__ == "__main__":
    sys.exit(main())
