"""`hub sandbox`: bring the simulated province up, move its clock, break it on purpose, tell the truth."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from sandbox.home import Home

app = typer.Typer(no_args_is_help=True, help="A simulated province behind real protocols.")
START_SECONDS = 600
Json = Annotated[bool, typer.Option("--json", help="Print JSON alone.")]


def _alive(home: Home) -> bool:
    state = home.state()
    if not state:
        return False
    with contextlib.suppress(OSError, ValueError):
        return bool(_ask(home, "status")["up"])
    return False


def _ask(home: Home, action: str, **fields: object) -> dict[str, Any]:
    """Ask the daemon for an action. Raises OSError when nobody answers, requests.HTTPError when it refuses."""
    state = home.state()
    if not state:
        raise ConnectionError("no sandbox is up in this home")
    import requests

    answer = requests.post(
        f"http://127.0.0.1:{state['ports']['control']}/{action}",
        json=fields, headers={"X-Sandbox-Token": state["token"]}, timeout=START_SECONDS,
    )  # fmt: skip
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


def _do(action: str, **fields: object) -> dict[str, Any]:
    """Ask the daemon of this home, and say plainly when it refuses or is not there."""
    import requests

    home = Home.from_env()
    try:
        return _ask(home, action, **fields)
    except requests.HTTPError as error:
        message = error.response.json().get("error", str(error))
    except OSError:
        message = f"no sandbox is up in {home.root}; start it with: hub sandbox up"
    typer.echo(f"sandbox: {message}", err=True)
    raise typer.Exit(1)


@app.command()
def up(
    cases: Annotated[int, typer.Option(help="How many disputes the two years of history have.")] = 6000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same province.")] = 141,
    dirt: Annotated[float, typer.Option(help="Share of rows with one thing wrong.")] = 0.02,
    today: Annotated[str, typer.Option(help="The world's day, YYYY-MM-DD; default yesterday.")] = "",
    database_url: Annotated[str, typer.Option(help="SQLAlchemy URL for people's mediation; default SQLite.")] = "",
    secret_seconds: Annotated[float, typer.Option(help="How long a gateway secret lives.")] = 900.0,
    foreground: Annotated[bool, typer.Option(help="Stay in this terminal.")] = False,
) -> None:
    """Start the province of this home; harmless when it is up already."""
    home = Home.from_env()
    if _alive(home):
        typer.echo(f"sandbox is already up in {home.root}")
        return
    day = date.fromisoformat(today) if today else datetime.now(ZoneInfo("Asia/Shanghai")).date() - timedelta(days=1)
    wishes = {"home": str(home.root), "cases": cases, "seed": seed, "dirt": dirt, "today": day.isoformat(),
              "database_url": database_url, "secret_seconds": secret_seconds}  # fmt: skip
    home.prepare()
    home.state_file.unlink(missing_ok=True)
    command = [sys.executable, "-m", "sandbox.daemon"]
    place = Path(__file__).resolve().parent.parent
    paths = os.pathsep.join([str(place), os.environ.get("PYTHONPATH", "")])
    # Not in the arguments: those anyone on the machine can read, and a database URL may carry a password.
    environment = {**os.environ, "PYTHONPATH": paths, "SANDBOX_WISHES": json.dumps(wishes)}
    if foreground:
        raise typer.Exit(subprocess.call(command, env=environment))
    began = time.monotonic()
    with home.log_file.open("ab") as log:
        daemon = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, env=environment
        )
    while not _alive(home):
        if daemon.poll() is not None:
            typer.echo(f"sandbox did not start; the last lines of {home.log_file}:", err=True)
            typer.echo("\n".join(home.log_file.read_text(errors="replace").splitlines()[-8:]), err=True)
            raise typer.Exit(1)
        if time.monotonic() - began > START_SECONDS:
            daemon.terminate()
            typer.echo(f"sandbox was not ready after {START_SECONDS} s; see {home.log_file}", err=True)
            raise typer.Exit(1)
        time.sleep(0.1)
    found = _ask(home, "status")
    typer.echo(
        f"sandbox is up in {home.root} after {time.monotonic() - began:.1f} s: "
        f"{found['cases']} cases of seed {found['seed']}, clock {found['clock']}"
    )
    if (found["cases"], found["seed"], found["dirt"]) != (cases, seed, dirt):
        typer.echo(f"this home had a world already; remove {home.folder} for another one", err=True)


@app.command()
def down() -> None:
    """Stop the province of this home; its world stays. Harmless when it is not up."""
    home = Home.from_env()
    pid = home.state().get("pid")
    if not _alive(home):
        typer.echo(f"no sandbox is up in {home.root}")
        return
    _ask(home, "stop")
    for _ in range(100):
        if not home.state() and not _running(pid):
            break
        time.sleep(0.05)
    typer.echo(f"sandbox in {home.root} is down")


def _running(pid: int | None) -> bool:
    """Tell whether a process still runs; a finished child that nobody has waited for does not."""
    if pid is None:
        return False
    with contextlib.suppress(FileNotFoundError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    if Path("/proc/self").exists():
        return False
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


@app.command()
def status(as_json: Json = False) -> None:
    """Say whether the province is up, its clock and its rows."""
    home = Home.from_env()
    found: dict[str, Any] = _ask(home, "status") if _alive(home) else {"up": False}
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
    elif found["up"]:
        typer.echo(f"up, pid {found['pid']}, clock {found['clock']}, seed {found['seed']}, cases {found['cases']}")
        for system, datasets in found["rows"].items():
            typer.echo(f"  {system}: " + ", ".join(f"{name} {count}" for name, count in datasets.items()))
    else:
        typer.echo(f"no sandbox is up in {home.root}")


@app.command()
def tick(days: Annotated[int, typer.Option(min=1, help="How many days pass.")] = 1) -> None:
    """Let days pass: new, edited, deleted and late rows."""
    typer.echo(f"the world's clock is {_do('tick', days=days)['clock']}")


@app.command()
def truth(out: Annotated[Path, typer.Option(help="Folder for the files.")]) -> None:
    """Write people, cases, reports and dirt as Parquet, and labelled pairs of reports as CSV."""
    typer.echo(f"truth written to {_do('truth', out=str(out.resolve()))['out']}")


@app.command()
def fault(
    system: str,
    kind: str,
    times: Annotated[int, typer.Option(min=0, help="How many times; 0 takes it back.")] = 1,
    days: Annotated[int, typer.Option(min=0, help="For empty_delivery: now and for so many days to come.")] = 0,
) -> None:
    """Make something go wrong at a department."""
    keys = _do("fault", system=system, kind=kind, times=times, days=days).get("keys", [])
    typer.echo("\n".join([f"{system}: {kind} " + (f"for {days} days" if days else f"x {times}"), *keys]))


@app.command()
def fix(
    system: str,
    dataset: str,
    key: Annotated[list[str] | None, typer.Option(help="The key of a dirty row; as often as you like.")] = None,
    kind: Annotated[str, typer.Option(help="Instead of keys: rows with this kind of dirt.")] = "",
    share: Annotated[float, typer.Option(help="Which share of the rows with that kind.")] = 1.0,
    as_json: Json = False,
) -> None:
    """Let a department correct its rows: they are clean and newly changed from the world's clock on."""
    _tell_keys(_do("fix", system=system, dataset=dataset, keys=key or [], kind=kind, share=share), as_json, "corrected")


@app.command("break")
def spoil(
    system: str,
    dataset: str,
    kind: Annotated[str, typer.Option(help="The kind of dirt; sandbox/README.md lists them.")],
    count: Annotated[int, typer.Option(min=1, help="How many clean rows get it.")] = 1,
    as_json: Json = False,
) -> None:
    """Let a department make a mistake on clean rows, those changed last first."""
    _tell_keys(_do("break", system=system, dataset=dataset, kind=kind, count=count), as_json, "broken")


def _tell_keys(found: dict[str, Any], as_json: bool, done: str) -> None:
    """Print the keys of the rows that changed."""
    keys = found["keys"]
    typer.echo(json.dumps(keys, ensure_ascii=False) if as_json else "\n".join([f"{len(keys)} rows {done}:", *keys]))
