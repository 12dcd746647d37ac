"""Homes for tests: run the hub command on one, and copy one."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from processes import start_hub

SIX = ("court_odr", "petition_hotline", "peoples_mediation", "medical_disputes", "union_rights", "youth_hotline")
"""The systems whose rows hang together and whose faults can be asked for: enough where not every system matters."""
KILLED = ("court_odr", "medical_disputes", "union_rights")
"""The systems over which runs are killed and repeated some forty times: one of pages, two of files."""


def run_hub(home: Path, *arguments: str, check: bool = True, **extra_env: str) -> subprocess.CompletedProcess[str]:
    """Run the hub command in a process of its own on a home, as a person would."""
    done = start_hub(home, *arguments, **extra_env).wait()
    if check and done.returncode != 0:
        raise AssertionError(f"hub {' '.join(arguments)} exited {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done


def hub_json(home: Path, *arguments: str, check: bool = True, **extra_env: str) -> Any:
    """What the command prints with --json."""
    return json.loads(run_hub(home, *arguments, "--json", check=check, **extra_env).stdout)


def clone(home: Path, target: Path) -> Path:
    """A copy of a home that reads the same sandbox, but shares no file with it."""
    shutil.copytree(home, target, symlinks=True, ignore=shutil.ignore_patterns("sandbox"))
    return target


def run_after_kill(home: Path) -> None:
    """Run again after a kill: nothing may fail, and every ledger line must balance."""
    summary = hub_json(home, "run", *KILLED)
    assert summary["failures"] == {}
    lines = hub_json(home, "ledger")
    assert all(line["balance"] == 0 for line in lines)
    manifests = [json.loads(path.read_bytes()) for path in home.glob("landing/*/*/*/manifest.json")]
    complete = {one["load_id"] for one in manifests if one["state"] == "complete" and one["kind"] != "keys"}
    assert {line["load_id"] for line in lines} == complete, "every landed load has its line"
