"""Who gets a return each night: kept as decisions, which are only added; the newest about a receiver counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from hub import published
from hub.pipeline import Progress, silent
from hub.returns.errors import ReturnError
from hub.returns.handing import hand_over
from hub.returns.making import make
from hub.returns.receivers import receiver
from operations import decisions
from operations.locks import LockedError
from operations.returns import Return
from operations.store import Store

if TYPE_CHECKING:
    from operations.settings import Settings

KIND = "nightly_return"
ORDERED, ENDED = "ordered", "ended"
BY = "nightly"
"""Who has made a return that nobody asked for that night."""


@dataclass(frozen=True)
class Wanted:
    """A return to make: of everything or of what changed, with CSV beside Parquet or not, handed over below `out` or
    left for API and page."""

    receiver: str
    out: Path | None = None
    csv: bool = False
    everything: bool = False


@dataclass(frozen=True)
class Order:
    """A receiver that gets a return each night, since when, and by whose word."""

    wanted: Wanted
    by: str
    reason: str
    at: datetime


def order(settings: Settings, wanted: Wanted, by: str, reason: str) -> None:
    """Keep that a receiver gets a return each night, instead of what was kept of it before.

    Raises ReturnError: an unknown receiver, or a folder that is not there; NothingPublishedError.
    """
    with published.both(settings) as connection:
        receiver(connection, wanted.receiver)
    if (gone := _gone(wanted)) is not None:
        raise gone
    _keep(Store(settings), wanted, ORDERED, by, reason)


def end(settings: Settings, code: str, by: str, reason: str) -> None:
    """Keep that a receiver gets none any more. Raises ReturnError where it got none."""
    store = Store(settings)
    if code not in {one.wanted.receiver for one in orders(store)}:
        raise ReturnError(f"{code} gets no return each night; `hub returns nightly` lists who does")
    _keep(store, Wanted(code), ENDED, by, reason)


def orders(store: Store) -> list[Order]:
    """Who gets a return each night, by receiver."""
    newest = {one.subject["receiver"]: one for one in decisions.verdicts(store, KIND)}
    return [
        Order(
            Wanted(code, Path(one.subject["out"]) if one.subject["out"] else None, one.subject["csv"]),
            *(one.by_whom, one.reason, one.at),
        )
        for code, one in sorted(newest.items())
        if one.verdict == ORDERED
    ]


def make_ordered(settings: Settings, progress: Progress = silent) -> tuple[list[Return], list[Exception]]:
    """The returns of a night, and why others could not be made. Again the same night it changes nothing."""
    wanted = [one.wanted for one in orders(Store(settings))]
    gone = {one.receiver: error for one in wanted if (error := _gone(one)) is not None}
    made, failures = give(settings, [one for one in wanted if one.receiver not in gone], BY, progress)
    return made, [*gone.values(), *failures]


def give(
    settings: Settings, all_wanted: Sequence[Wanted], by: str, progress: Progress = silent
) -> tuple[list[Return], list[Exception]]:
    """Make these returns and hand them over; those that were, and why others were not: one stops no other."""
    made: list[Return] = []
    failures: list[Exception] = []
    for one in all_wanted:
        try:
            done = make(settings, one.receiver, by=by, everything=one.everything, csv=one.csv, progress=progress)
            if one.out is not None:
                hand_over(settings, done, one.out, by=by)
            made.append(done)
        except (ReturnError, LockedError) as error:
            failures.append(error)
    return made, failures


def _gone(wanted: Wanted) -> ReturnError | None:
    """What keeps a return from being handed over: a disk that is not mounted must not become a folder of this one."""
    if wanted.out is None or wanted.out.is_dir():
        return None
    return ReturnError(f"no return of {wanted.receiver}: {wanted.out} is not there; make the folder, or mount its disk")


def _keep(store: Store, wanted: Wanted, verdict: str, by: str, reason: str) -> None:
    out = str(wanted.out.expanduser().resolve()) if wanted.out is not None else None
    subject = {"receiver": wanted.receiver, "out": out, "csv": wanted.csv}
    decisions.decide(store, KIND, subject, verdict, by, reason)
