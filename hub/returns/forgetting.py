"""Takes an erased person out of the returns that wait: their files go, and the next return tells each receiver.

What a receiver holds is kept as keyed names and fingerprints of rows, never as values. So the rows that the person's
token is a key of are withdrawn, the others come again without the person, and nothing that is kept says who it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING

from hub.returns.making import turn
from operations import returns
from operations.store import Store

if TYPE_CHECKING:
    from operations.settings import Settings


def forget(settings: Settings, store: Store, order_no: str, version: int) -> int:
    """Remove the files of every return made from an earlier version; how many returns. Raises LockedError."""
    dropped = 0
    for code in sorted({one.receiver for one in returns.listing(store)}):
        with turn(store, code):
            for one in returns.listing(store, code):
                folder = settings.returns / code / one.name
                if one.kept and one.version < version:
                    returns.drop_files(store, one, order_no)
                    dropped += 1
                if one.version < version and folder.exists():
                    rmtree(folder)
            for draft in (settings.returns / code).glob(".*.draft"):
                rmtree(draft)
    return dropped


def files(settings: Settings) -> Iterator[Path]:
    """Every table that is kept of returns."""
    yield from sorted(settings.returns.glob("**/*.parquet"))
