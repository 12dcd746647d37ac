"""The hub command as a process of its own, forked from one that has its libraries loaded.

A command spends most of its time on a small home importing. Everything else is as when a person starts it: its own
process, environment, output and exit code, and it can be killed.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.machinery import ModuleSpec
from multiprocessing import forkserver
from pathlib import Path
from unittest.mock import patch

PATIENCE = 900


@cache
def _forking() -> multiprocessing.context.ForkServerContext:
    """The server that forks. Python 3.11 gives it no search path of ours but by the environment."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["preloaded"])
    with patch.dict(os.environ, PYTHONPATH=os.pathsep.join(path for path in sys.path if path)):
        forkserver.ensure_running()
    return context


@cache
def _outputs() -> tempfile.TemporaryDirectory[str]:
    """Where commands write; gone when this process ends."""
    return tempfile.TemporaryDirectory(prefix="hub-output-")


@dataclass(frozen=True)
class Running:
    """A hub command that runs in a session of its own; its process id is that of its process group too."""

    process: multiprocessing.process.BaseProcess
    output: Path

    @property
    def pid(self) -> int:
        assert self.process.pid is not None
        return self.process.pid

    def kill(self) -> None:
        """kill -9 it and whatever it started, wherever it is; one that has already ended stays as it is."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.process.kill()

    def wait(self) -> subprocess.CompletedProcess[str]:
        """Its exit code, negative for the signal that killed it, and what it wrote."""
        self.process.join(PATIENCE)
        if self.process.exitcode is None:
            self.process.kill()
            raise TimeoutError(f"hub {self.process.name} ran for more than {PATIENCE} s")
        texts = [(self.output / name).read_text(encoding="utf-8") for name in ("stdout", "stderr")]
        return subprocess.CompletedProcess(self.process.name, self.process.exitcode, *texts)


def start_hub(home: Path, *arguments: str, **extra_env: str) -> Running:
    """Start the hub command on a home and return at once."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("HUB_", "AIRFLOW_"))}
    output = Path(tempfile.mkdtemp(dir=_outputs().name))
    process = _forking().Process(
        target=_command,
        name=" ".join(arguments),
        args=(arguments, environment | {"HUB_HOME": str(home)} | extra_env, output),
    )
    process.start()
    return Running(process, output)


def _command(arguments: tuple[str, ...], environment: dict[str, str], output: Path) -> None:
    from forgetting import forget_declarations

    from hub.cli import main

    os.setsid()
    for number, name in ((1, "stdout"), (2, "stderr")):
        target = os.open(output / name, os.O_WRONLY | os.O_CREAT)
        os.dup2(target, number)
        os.close(target)
    os.environ.clear()
    os.environ.update(environment)
    if "HUB_SYSTEMS" in environment:
        forget_declarations()
    sys.argv = ["hub", *arguments]
    # As `python -m hub` leaves it: without a file DuckDB takes the process for a notebook and draws its bars.
    started = sys.modules["__main__"]
    started.__spec__, started.__file__ = ModuleSpec("hub.__main__", None), "hub/__main__.py"
    main()
