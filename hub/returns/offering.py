"""What a receiver can take back: its datasets in the published version, with their columns and how many rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from hub import published
from hub.returns.receivers import Dataset, Receiver, datasets, receiver

if TYPE_CHECKING:
    from operations.settings import Settings


@dataclass(frozen=True)
class Offer:
    """The datasets of one receiver, each with its number of rows, in one published version."""

    who: Receiver
    version: int
    as_of: datetime
    datasets: list[tuple[Dataset, int]]


def offer(settings: Settings, code: str) -> Offer:
    """Raises ReturnError for an unknown receiver, NothingPublishedError."""
    with published.both(settings) as connection:
        who = receiver(connection, code)
        version, as_of = connection.execute("SELECT version, as_of FROM current.ops.versions").fetchall()[0]
        counted = []
        for dataset in datasets(connection, who):
            rows = connection.execute(f"SELECT count(*) FROM {dataset.source}", dataset.given).fetchall()[0][0]
            counted.append((dataset, rows))
    return Offer(who, version, as_of, counted)
