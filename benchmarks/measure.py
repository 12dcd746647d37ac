"""Run measured steps in processes of their own, interleaved, and set them side by side as ratios."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROUNDS = 3
MEASURED = "measured.json"


@dataclass(frozen=True)
class Cost:
    """What one step cost: CPU-seconds (user + system of the process tree), wall seconds, peak memory in MiB."""

    cpu: float
    wall: float
    peak: float


def measure(module: str, step: str, folder: str) -> Cost:
    """Run ``python -m module step folder`` and measure it; its output goes to our stderr.

    Raises subprocess.CalledProcessError when the step fails. The page cache is flushed first, so that one
    step does not pay for writing back what another wrote. A step that says by `measured` which part of it counts
    is taken at its word; its peak memory is always that of the whole process.
    """
    own = Path(folder) / MEASURED
    own.unlink(missing_ok=True)
    os.sync()
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", module, step, folder], stdout=sys.stderr)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    if status != 0:
        raise subprocess.CalledProcessError(status, f"{module} {step}")
    peak = usage.ru_maxrss / 1024
    return (
        Cost(*json.loads(own.read_text()), peak) if own.exists() else Cost(usage.ru_utime + usage.ru_stime, wall, peak)
    )


@contextmanager
def measured(folder: Path) -> Iterator[None]:
    """In a step: this block alone counts, for instance without the imports before it."""
    cpu, wall = time.process_time(), time.perf_counter()
    yield
    spent = [time.process_time() - cpu, time.perf_counter() - wall]
    (folder / MEASURED).write_text(json.dumps(spent))


def compare(module: str, title: str, steps: list[str], limit: str, folder: str) -> dict[str, object]:
    """Measure ``steps`` interleaved over ROUNDS rounds and print each as a ratio of the step ``limit``."""
    costs: dict[str, list[Cost]] = {step: [] for step in steps}
    for _ in range(ROUNDS):
        for step in steps:
            costs[step].append(measure(module, step, folder))
    medians = {
        step: Cost(*(statistics.median(getattr(c, name) for c in found) for name in ("cpu", "wall", "peak")))
        for step, found in costs.items()
    }
    base = medians[limit].cpu
    sys.stdout.write(f"\n{title} (median of {ROUNDS}, limit = {limit})\n")
    sys.stdout.write(f"  {'step':<28}{'CPU s':>8}{'wall s':>8}{'peak MiB':>10}{'CPU ratio':>11}\n")
    for step, cost in medians.items():
        sys.stdout.write(f"  {step:<28}{cost.cpu:>8.2f}{cost.wall:>8.2f}{cost.peak:>10.0f}{cost.cpu / base:>11.2f}\n")
    sys.stdout.flush()
    return {"title": title, "limit": limit, "costs": {step: vars(cost) for step, cost in medians.items()}}


def write(results: list[dict[str, object]], path: Path) -> None:
    """Keep the results as JSON."""
    path.write_text(json.dumps(results, ensure_ascii=False, indent=2), encoding="utf-8")
