"""What a build and a run report when they end."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

TERMS = ("declared", "landed", "loaded", "unchanged", "superseded", "duplicate", "deleted", "rejected")
"""The columns of the ledger that add up over loads."""


class Stopwatch:
    """Seconds of wall time per named step, in the order they ran."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def time(self, step: str) -> Iterator[None]:
        """Add the time spent inside to ``step``."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[step] = round(self.seconds.get(step, 0.0) + time.perf_counter() - started, 3)


@dataclass
class BuildSummary:
    """One build: the ledger lines it merged, what it published, and which deliveries it could not take."""

    published: int | None
    lines: list[dict[str, Any]]
    reports: int
    cases: int
    failures: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass
class RunSummary:
    """One run over the selected systems, as ``hub run --json`` and ``hub demo --json`` print it.

    The eight terms are sums over the ledger lines merged by this run; ``declared`` counts only loads whose
    source states a total. ``reports`` and ``cases`` are totals of the published warehouse.
    """

    systems: int
    datasets: int
    declared: int
    landed: int
    loaded: int
    unchanged: int
    superseded: int
    duplicate: int
    deleted: int
    rejected: int
    reports: int
    cases: int
    published: int | None
    seconds: float
    steps: dict[str, float]
    failures: dict[str, str]
    slow: dict[str, str]

    def as_dict(self) -> dict[str, Any]:
        """The summary as JSON-ready values."""
        return asdict(self)


def summarise(
    pairs: Iterable[tuple[str, str]],
    built: BuildSummary,
    failures: dict[str, str],
    slow: dict[str, str],
    watch: Stopwatch,
) -> RunSummary:
    """Add up the ledger lines of a run over (system, dataset) ``pairs``."""
    pairs = list(pairs)
    sums = {term: sum(line[term] or 0 for line in built.lines) for term in TERMS}
    return RunSummary(
        systems=len({system for system, _ in pairs}),
        datasets=len(pairs),
        **sums,
        reports=built.reports,
        cases=built.cases,
        published=built.published,
        seconds=round(sum(watch.seconds.values()), 3),
        steps={
            step: round(watch.seconds.get(step, 0.0) + built.seconds.get(step, 0.0), 3)
            for step in (*watch.seconds, *built.seconds)
        },
        failures=failures | built.failures,
        slow=slow,
    )
