"""Run measured steps in processes of their own, interleaved, and set them side by side as ratios."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

ROUNDS = 3
MEASURED = "measured.json"
BLOCK = 512
"""Bytes in which Linux counts what a process writes."""
UNITS = {"cpu": "CPU", "wall": "wall", "peak": "peak memory", "written": "disk", "both": "CPU with its source's"}
MEASURES = ("cpu", "wall", "peak", "written", "source")


@dataclass(frozen=True)
class Cost:
    """What one step cost: CPU-seconds (user + system of the process tree), wall seconds, peak memory in MiB, MiB that
    it wrote to disk, spilled ones among them, and the CPU-seconds of the source that it read, where they are known."""

    cpu: float
    wall: float
    peak: float
    written: float
    source: float = 0.0

    @property
    def both(self) -> float:
        """CPU-seconds here and at the source: what is not done on one side may have been put on the other."""
        return self.cpu + self.source


@dataclass(frozen=True)
class Target:
    """The most that a step may cost: `at_most` times the step `beside`, or that much where there is none."""

    step: str
    unit: Literal["cpu", "wall", "peak", "written", "both"]
    at_most: float
    beside: str | None = None

    def line(self, costs: Mapping[str, Cost]) -> str:
        """One line of the report: the figure, the target, and whether it is met."""
        found: float = getattr(costs[self.step], self.unit)
        named = f"{self.step}, {UNITS[self.unit]}"
        if self.beside is not None:
            found /= getattr(costs[self.beside], self.unit)
            named += f" / {self.beside}"
        digits = 2 if self.beside is not None else 0
        verdict = "met" if found <= self.at_most else "**not met**"
        return f"| {named} | {found:.{digits}f} | {self.at_most:.{digits}f} | {verdict} |"


def measure(command: Sequence[str], folder: Path, source: Callable[[], float] | None = None) -> Cost:
    """Run one step and measure it; its output goes to our stderr. `source` says what its source has spent until now.

    Raises subprocess.CalledProcessError when the step fails. The page cache is flushed first, so that one
    step does not pay for writing back what another wrote. A step that says by `measured` which part of it counts
    is taken at its word; its peak memory and what it wrote are always those of the whole process.
    """
    own = folder / MEASURED
    own.unlink(missing_ok=True)
    # Whoever compiles its modules anew in every run would be measured with that.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    os.sync()
    spent_before = source() if source else 0.0
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=sys.stderr, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    if status != 0:
        raise subprocess.CalledProcessError(status, list(command))
    cpu = usage.ru_utime + usage.ru_stime
    if own.exists():
        cpu, wall = json.loads(own.read_text())
    spent = source() - spent_before if source else 0.0
    return Cost(cpu, wall, peak=usage.ru_maxrss / 1024, written=usage.ru_oublock * BLOCK / 2**20, source=spent)


@contextmanager
def measured(folder: Path) -> Iterator[None]:
    """In a step: this block alone counts, for instance without the imports before it."""
    cpu, wall = time.process_time(), time.perf_counter()
    yield
    spent = [time.process_time() - cpu, time.perf_counter() - wall]
    (folder / MEASURED).write_text(json.dumps(spent))


def take_step(prepare: Callable[[Path, int], None], steps: Mapping[str, Callable[[Path], None]]) -> None:
    """What the command line of a benchmark's module asks for: `prepare FOLDER ROWS` or `STEP FOLDER`."""
    name, folder, *rows = sys.argv[1:]
    if name == "prepare":
        prepare(Path(folder), int(rows[0]))
    else:
        steps[name](Path(folder))


def compare(
    title: str,
    commands: Mapping[str, Sequence[str]],
    limit: str,
    targets: Sequence[Target],
    folder: Path,
    rounds: int = ROUNDS,
    source: Callable[[], float] | None = None,
) -> dict[str, object]:
    """Measure the commands interleaved over some rounds; print each as a ratio of the step `limit`, and the targets.
    `source`: as `measure` takes it.

    The report is Markdown, on stdout.
    """
    costs: dict[str, list[Cost]] = {step: [] for step in commands}
    for _ in range(rounds):
        for step, command in commands.items():
            costs[step].append(measure(command, folder, source))
    medians = {
        step: Cost(*(statistics.median(getattr(c, name) for c in found) for name in MEASURES))
        for step, found in costs.items()
    }
    base = medians[limit].cpu
    lines = [
        f"\n### {title}\n\nMedian of {rounds} interleaved rounds; the ratio is to `{limit}`.\n",
        "| step | CPU s | wall s | peak MiB | written MiB | source's CPU s | CPU ratio |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {step} | {cost.cpu:.2f} | {cost.wall:.2f} | {cost.peak:.0f} | {cost.written:.0f} |"
        f" {cost.source:.2f} | {cost.cpu / base:.2f} |"
        for step, cost in medians.items()
    ]
    if targets:
        lines += ["\n| target | is | at most | |", "|---|---:|---:|---|", *(one.line(medians) for one in targets)]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
    return {
        "title": title,
        "limit": limit,
        "costs": {step: vars(cost) for step, cost in medians.items()},
        "rounds": {step: [vars(cost) for cost in found] for step, found in costs.items()},
    }


def write(results: list[dict[str, object]], path: Path) -> None:
    """Keep the results as JSON."""
    path.write_text(json.dumps(results, ensure_ascii=False, indent=2), encoding="utf-8")
