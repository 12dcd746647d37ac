"""`hub compact`: a home made as small as what it holds.

The build file and the operations database are written anew, because a database keeps the room of what was deleted; and
files of staging and quarantine that hold no row go. Landing is evidence and is never touched, and a published version
and what reveals are read from are written anew by every publish.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hub import published
from hub.steps import step
from operations.failpoints import failpoint
from operations.locks import WRITER_SECONDS, writer_lock
from operations.settings import Settings
from operations.store import Store
from warehouse.compaction import CompactionError, compact

if TYPE_CHECKING:
    from hub.pipeline import Progress


@dataclass(frozen=True)
class Place:
    """One place: its bytes and files before and after, and what was proven or why it stayed as it was."""

    name: str
    bytes_before: int
    bytes_after: int
    files_before: int
    files_after: int
    note: str

    @property
    def saved(self) -> int:
        """Bytes; negative where a file has grown, which one does that had no free block."""
        return self.bytes_before - self.bytes_after


def compact_home(settings: Settings, *, wait: float = WRITER_SECONDS, progress: Progress) -> list[Place]:
    """Compact every place of a home and say what each came to. Readers and reads of sources go on; builds wait.

    Waits up to `wait` seconds for a build that is going on. Raises CompactionError, StoreError, LockedError; what was
    done until then stays, and the same call goes on.
    """
    if not settings.build_path.exists():
        raise CompactionError(f"{settings.build_path} does not exist: there is nothing to compact; run `hub run` first")
    store = Store(settings)
    with step(store, "", "", "compact"):
        with writer_lock(settings, wait):
            progress(settings.build_path.name, 0)
            places = [_build(settings)]
            progress("staging and quarantine", 0)
            places += _empty(settings)
        progress("operations", 0)
        places.append(_operations(settings, store))
    return places


def _build(settings: Settings) -> Place:
    done = compact(settings, settings.build_path)
    note = f"{done.tables} tables with {done.rows:,} rows, each the same"
    return Place(settings.build_path.name, done.before, done.after, 1, 1, note)


def _operations(settings: Settings, store: Store) -> Place:
    if store.dialect != "sqlite":
        return Place("operations", 0, 0, 0, 0, "PostgreSQL, which compacts itself (autovacuum)")
    before, after = store.compact()
    return Place("operations", before, after, 1, 1, "")


def _empty(settings: Settings) -> list[Place]:
    """Remove the files of published loads that hold no row: of quarantine where nothing was rejected, of staging where
    nothing had landed. The outcome of their check goes first, as in `hub.retention`: a load without one is checked
    again where the warehouse has to be made anew from landing."""
    zones = {settings.staging.name: settings.staging, settings.quarantine.name: settings.quarantine}
    before = {name: _held(zone) for name, zone in zones.items()}
    for system, dataset, load_id, landed in _without_rejected(settings):
        checked, rejected = (zone / system / dataset / load_id for zone in zones.values())
        checked.with_name(f"{load_id}.json").unlink(missing_ok=True)
        failpoint("compact.outcome_removed")
        rejected.with_name(f"{load_id}.parquet").unlink(missing_ok=True)
        if landed == 0:
            checked.with_name(f"{load_id}.parquet").unlink(missing_ok=True)
    places = []
    for name, zone in zones.items():
        (size, files), (size_now, files_now) = before[name], _held(zone)
        places.append(Place(name, size, size_now, files, files_now, f"{files - files_now} files of published loads"))
    return places


def _without_rejected(settings: Settings) -> list[tuple[str, str, str, int]]:
    """(system, dataset, load_id, rows landed) of the published loads of which no row was rejected."""
    if not (settings.published / "latest").exists():
        return []
    with published.current(settings) as connection:
        return connection.execute(
            "SELECT system, dataset, load_id, landed FROM ops.loads WHERE rejected = 0 ORDER BY load_id"
        ).fetchall()


def _held(zone: Path) -> tuple[int, int]:
    """(bytes, files) of what checks have left in a zone."""
    sizes = [path.stat().st_size for path in zone.glob("[!.]*/*/[!.]*")]
    return sum(sizes), len(sizes)
