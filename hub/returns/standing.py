"""Where a receiver's returns lie in the home, and what the receiver is known to hold.

    returns/330108/R000013/              a return until it is acknowledged: a file per dataset, and manifest.json
    returns/330108/rows-R000013/         what its rows are called, with their fingerprints
    returns/330108/held-R000012/         the same of all rows that the receiver holds since it acknowledged R000012

The ledger says which of them count. Whatever else lies there was left by a process that was killed.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from operations.returns import Return


def rows_of(folder: Path, one: Return) -> Path:
    return folder / f"rows-{one.name}"


def held_after(folder: Path, one: Return) -> Path:
    return folder / f"held-{one.name}"


@dataclass(frozen=True)
class Standing:
    """What a receiver holds: `since` it acknowledged that return, `base` for certain, `loose` perhaps besides."""

    since: Return | None
    base: Path | None
    loose: Path | None

    @property
    def is_known(self) -> bool:
        return self.base is not None


def standing(folder: Path, past: Sequence[Return]) -> Standing:
    """Where a receiver stands, from its returns, the newest first.

    A return names every row again of which an earlier one that is not acknowledged said something, so the newest that
    was fetched knows of all. Where the files are lost, as in a restored home, nothing is known.
    """
    since = next((one for one in past if one.state == "acknowledged"), None)
    fetched = next((one for one in past if one.state == "open" and one.fetched_at is not None), None)
    base = held_after(folder, since) if since is not None else None
    loose = rows_of(folder, fetched) if fetched is not None else None
    if base is None or not base.is_dir() or (loose is not None and not loose.is_dir()):
        return Standing(None, None, loose if loose is not None and loose.is_dir() else None)
    return Standing(since, base, loose)


def tidy(folder: Path, past: Sequence[Return]) -> None:
    """Drop what no return of the ledger needs. Call it under the receiver's lock."""
    needed = {one.name for one in past if one.state == "open" and one.kept}
    needed |= {rows_of(folder, one).name for one in past if one.state == "open"}
    acknowledged = next((one for one in past if one.state == "acknowledged"), None)
    if acknowledged is not None:
        needed.add(held_after(folder, acknowledged).name)
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name not in needed:
            shutil.rmtree(path)
