"""The demo's three acts: the sandbox province, the real DAGs through Airflow, the portal."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.summary import TERMS, Stopwatch
from operations.ports import free_port, is_free

if TYPE_CHECKING:
    from operations.settings import Settings

DEMO_LOGIN = "demo"
START_SECONDS = 60
"""How long the portal may take to answer before the demo gives up on it."""


class DemoError(RuntimeError):
    """A step of the demo failed; the message names the step and the log to read."""


@dataclass(frozen=True)
class Portal:
    """Where the portal answers, and the accounts that were made for it: (login, password, what it sees)."""

    url: str
    accounts: list[tuple[str, str, str]]


def run(settings: Settings, *, cases: int) -> dict[str, Any]:
    """Bring the sandbox up, run every DAG over it, and return the summary that ``hub demo --json`` prints."""
    from operations.settings import Settings as Fresh

    watch = Stopwatch()
    with watch.time("sandbox"):
        _hub(settings, "sandbox", "up", "--cases", str(cases))
    settings = Fresh.from_env()
    before = {line["load_id"] for line in _lines(settings)}
    with watch.time("dags"):
        dags = _dags(settings)
    lines = [line for line in _lines(settings) if line["load_id"] not in before]
    return _summary(settings, lines, dags, watch)


def _hub(settings: Settings, *arguments: str) -> None:
    command = [sys.executable, "-m", "hub", *arguments]
    if subprocess.run(command, stdout=sys.stderr, check=False).returncode != 0:
        raise DemoError(f"`hub {' '.join(arguments)}` failed; see the message above and {settings.logs}")


def _dags(settings: Settings) -> dict[str, Any]:
    """Run every DAG in one Airflow process; its progress goes to our stderr, its result comes as JSON."""
    done = subprocess.run(
        [sys.executable, "-m", "dags.local", "--json"], stdout=subprocess.PIPE, text=True, check=False
    )
    if not done.stdout.strip():
        raise DemoError(f"the DAGs did not run (exit {done.returncode}); see {settings.logs}")
    result: dict[str, Any] = json.loads(done.stdout)
    if result["build"] != "success":
        from operations import runs
        from operations.store import Store

        why = runs.last_outcome(Store(settings)).get(("", ""), {}).get("message", "")
        raise DemoError(f"the warehouse was not built: {why or 'no reason was recorded'}; see {settings.logs}")
    return result


def _lines(settings: Settings) -> list[dict[str, Any]]:
    from operations import loads
    from operations.store import Store

    return loads.lines(Store(settings))


def _summary(settings: Settings, lines: list[dict[str, Any]], dags: dict[str, Any], watch: Stopwatch) -> dict[str, Any]:
    from hub import catalogue, published

    with published.current(settings) as connection:
        version = published.rows(connection, "SELECT max(version) AS version FROM ops.versions")[0]["version"]
        reports = published.rows(connection, "SELECT count(*) AS n FROM core.case_reports")[0]["n"]
        cases = published.rows(connection, "SELECT count(*) AS n FROM core.cases")[0]["n"]
    failures = {name: state for name, state in dags["systems"].items() if state != "success"}
    return (
        {"systems": len(catalogue.systems()), "datasets": len(catalogue.selected(None))}
        | {term: sum(line[term] or 0 for line in lines) for term in TERMS}
        | {"reports": reports, "cases": cases, "published": version}
        | {"seconds": round(sum(watch.seconds.values()), 3), "steps": watch.seconds | dags["seconds"]}
        | {"failures": failures}
    )


# ------------------------------------------------------------------ the portal


def serve(settings: Settings, port: int) -> Portal:
    """Start the portal detached (or find ours already there) and wait until it answers."""
    pid_file = settings.home / "portal.json"
    accounts = _accounts(settings)
    if (running := _running(pid_file)) is not None:
        return Portal(running["url"], accounts)
    port = port if port and is_free(port) else free_port()
    url = f"http://127.0.0.1:{port}"
    with (settings.logs / "portal.log").open("ab") as log:
        started = subprocess.Popen(
            [sys.executable, "-m", "hub", "serve", "--port", str(port)],
            stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
    pid_file.write_text(json.dumps({"pid": started.pid, "url": url}))
    for _ in range(START_SECONDS * 5):
        if _answers(url):
            return Portal(url, accounts)
        if started.poll() is not None:
            break
        time.sleep(0.2)
    raise DemoError(f"the portal does not answer at {url}; see {settings.logs / 'portal.log'}")


def stop(settings: Settings) -> None:
    """Stop this home's portal and sandbox; harmless when nothing runs."""
    pid_file = settings.home / "portal.json"
    if (running := _running(pid_file)) is not None:
        os.kill(running["pid"], signal.SIGTERM)
    pid_file.unlink(missing_ok=True)
    _hub(settings, "sandbox", "down")


def _accounts(settings: Settings) -> list[tuple[str, str, str]]:
    """The accounts of a first start. They are made here and not by the portal, whose output goes to a log."""
    from operations import users
    from operations.store import Store

    store = Store(settings)
    made = []
    if users.find(store, DEMO_LOGIN) is None:
        password = secrets.token_urlsafe(9)
        users.create(store, DEMO_LOGIN, password, role="province", scope_code="33", must_change=False)
        made.append((DEMO_LOGIN, password, "the governance view of the province"))
    if (one_time := users.ensure_admin(store)) is not None:
        made.append((users.ADMIN, one_time, "everything technical; to be changed at the first sign-in"))
    return made


def _running(pid_file: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(pid_file.read_text())
        os.kill(found["pid"], 0)
    except (FileNotFoundError, ProcessLookupError, ValueError):
        return None
    return found if _answers(found["url"]) else None


def _answers(url: str) -> bool:
    import requests

    try:
        return requests.get(f"{url}/healthz", timeout=2).ok
    except requests.RequestException:
        return False
