"""Which reads took far longer than they usually do: a source that answers, but not as it did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from sqlalchemy import func, select

from operations.runs import READ
from operations.store import Store
from operations.tables import run_steps

TIMES, SECONDS = 10, 5.0
"""A read is slow when it takes so many times as long as usual, and so many seconds longer."""
KNOWN, COMPARED = 3, 20
"""Usual is the median of at most so many reads that ended well before it; of fewer nothing is known."""
RECENT = timedelta(days=30)
"""How far back reads are looked at."""


@dataclass(frozen=True)
class SlowRead:
    """One read of a dataset, and what is usual there; both in seconds of the real clock."""

    system: str
    dataset: str
    seconds: float
    usual: float

    def __str__(self) -> str:
        return (
            f"took {self.seconds:.0f} s, usually {self.usual:.1f} s: everything came; look at how many rows that were,"
            " at this machine's load and at the network before you ask the department"
        )


def newest(store: Store) -> int:
    """The number of the last step so far; later ones have greater numbers."""
    with store.read() as connection:
        return int(connection.execute(select(func.max(run_steps.c.id))).scalar() or 0)


def slow_reads(store: Store, after: int) -> list[SlowRead]:
    """The slow ones among the reads that ended well and began after step number `after`."""
    place = func.row_number().over(
        partition_by=(run_steps.c.system, run_steps.c.dataset), order_by=run_steps.c.id.desc()
    )
    ended = (
        select(run_steps.c.id, run_steps.c.system, run_steps.c.dataset, run_steps.c.seconds, place.label("place"))
        .where(run_steps.c.step == READ, run_steps.c.state == "finished", run_steps.c.seconds.is_not(None))
        .where(run_steps.c.started_at >= store.settings.clock() - RECENT)
        .subquery()
    )
    taken: dict[tuple[str, str], list[tuple[int, float]]] = {}
    with store.read() as connection:
        for row in connection.execute(select(ended).where(ended.c.place <= COMPARED + 1).order_by(ended.c.id.desc())):
            taken.setdefault((row.system, row.dataset), []).append((row.id, row.seconds))
    found = []
    for (system, dataset), ((number, seconds), *earlier) in taken.items():
        if number > after and len(earlier) >= KNOWN:
            usual = median(before for _, before in earlier)
            if seconds > max(TIMES * usual, usual + SECONDS):
                found.append(SlowRead(system, dataset, seconds, usual))
    return found
