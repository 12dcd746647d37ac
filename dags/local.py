"""Every DAG once, in this process and in order, without a scheduler: `python -m dags.local [--json]`.

The same DAGs that the scheduler runs, through Airflow's `dag.test()`: each system's, then the warehouse's. A
system that fails stops no other. Airflow's own output goes to `<HUB_HOME>/logs/dags.log`, progress to stderr, and
the result to stdout.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from dags.environment import set_environment
from operations.settings import Settings

if TYPE_CHECKING:
    from airflow.sdk import DAG

BUILD = "build_warehouse"
SUCCESS = "success"


@contextmanager
def quiet(log: Path) -> Iterator[tuple[TextIO, TextIO]]:
    """Our real stdout and stderr, while everything that anyone else writes to either goes to a file."""
    sys.stdout.flush()
    sys.stderr.flush()
    with os.fdopen(os.dup(1), "w") as out, os.fdopen(os.dup(2), "w") as err:
        with log.open("ab") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
        try:
            yield out, err
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)


def run_all(progress: TextIO) -> tuple[dict[str, str], dict[str, float]]:
    """Each DAG's state and wall seconds, by system id, `build_warehouse` last; `airflow` is its own start."""
    states: dict[str, str] = {}
    seconds: dict[str, float] = {}

    def step(name: str, act: Callable[[], str]) -> None:
        progress.write(f"{name:<20} ")
        progress.flush()
        started = time.perf_counter()
        states[name] = act()
        seconds[name] = round(time.perf_counter() - started, 3)
        progress.write(f"{states[name]:<8} {seconds[name]:6.1f} s\n")
        progress.flush()

    step("airflow", start)
    from dags.build_warehouse import build_warehouse
    from dags.systems import DAGS

    for dag_id, dag in DAGS.items():
        step(dag_id.removeprefix("sync_"), partial(state_of, dag))
    step(BUILD, partial(state_of, build_warehouse))
    return states, seconds


def start() -> str:
    """Import Airflow and make its database ready."""
    from dags.database import prepare

    prepare()
    return SUCCESS


def state_of(dag: DAG) -> str:
    """The state in which one run of a DAG ends. Nothing is retried: someone is waiting for the result."""
    for task in dag.tasks:
        task.retries = 0
    run = dag.test()
    return str(getattr(run.state, "value", run.state))


def main() -> int:
    """Run all; 1 if the build failed or every system did, else 0."""
    parser = argparse.ArgumentParser(prog="python -m dags.local", description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    as_json = parser.parse_args().json
    settings = Settings.from_env()
    set_environment(settings)
    log = settings.logs / "dags.log"
    with quiet(log) as (out, err):
        states, seconds = run_all(err)
        built = states.pop(BUILD)
        del states["airflow"]
        failed = sorted(system for system, state in states.items() if state != SUCCESS)
        if as_json:
            json.dump({"systems": states, "build": built, "seconds": seconds}, out)
            out.write("\n")
        if failed or built != SUCCESS:
            err.write(f"failed: {', '.join([*failed, *([BUILD] if built != SUCCESS else [])])}; see {log}\n")
    return int(built != SUCCESS or len(failed) == len(states))


if __name__ == "__main__":
    sys.exit(main())
