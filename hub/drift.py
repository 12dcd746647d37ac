"""What a changed form means for whoever runs the hub: what a load that went well should still make somebody look at,
and when a load that was refused has been made up for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from connectors.cursors import grain
from quality.errors import DriftError

if TYPE_CHECKING:
    from quality.outcome import Outcome
    from schemas.declaration import Dataset
    from schemas.delivery import Manifest
    from warehouse.build import Writer


_BEGINNING = datetime(1900, 1, 1)
"""Before any record of any source: what a read that had no lower bound has read from."""
_SENTENCES = {
    "new": "new fields {}: map them in `fields`, or list them in `ignore`",
    "missing": "fields that no longer come: {}; ask the department",
    "retyped": "fields whose values are of another kind: {}; ask the department, then correct their type or formats",
}


def concerns(dataset: Dataset, manifest: Manifest, outcome: Outcome) -> list[str]:
    """A sentence each for new, missing and retyped fields, for more rejected rows than the declaration expects, and for
    a source that gives more than was asked for."""
    names: dict[str, list[str]] = {}
    for change in outcome.changes:
        names.setdefault(change.change, []).append(change.field)
    found = [_SENTENCES[change].format(", ".join(fields)) for change, fields in names.items()]
    if outcome.reject_share > dataset.expect.max_reject_share:
        found.append(
            f"{outcome.rejected} of {outcome.accepted + outcome.rejected} rows were rejected, more than the expected"
            f" {dataset.expect.max_reject_share:.0%}; `hub quarantine list` shows why"
        )
    if early := _before_window(dataset, manifest, outcome):
        found.append(
            f"{early} of {outcome.accepted} rows were changed before {manifest.since}, from which the source was asked"
            f" for changes: each read may bring all that it has; `hub probe {manifest.system}` shows what it makes of"
            " the filter"
        )
    return found


def _before_window(dataset: Dataset, manifest: Manifest, outcome: Outcome) -> int:
    """Accepted rows that were changed before the moment from which the source was asked, as precisely as it was asked.
    Unknown, so 0, where the cursor is mapped to no time of change."""
    changed = dataset.fields.get("source_updated_at")
    if manifest.since is None or changed is None or changed.source != dataset.sync.cursor:
        return 0
    times = pq.read_table(outcome.staging, columns=["source_updated_at"])["source_updated_at"]
    early = pc.less(times, pa.scalar(manifest.since - grain(dataset.sync.format), times.type))
    return int(pc.sum(early).as_py() or 0)


@contextmanager
def refusal_kept(writer: Writer, manifest: Manifest) -> Iterator[None]:
    """Where the check inside refuses a delivery for its form, the warehouse remembers how that differs: nothing of
    the delivery is merged, but its department must hear of it."""
    from warehouse.drift import keep_drift

    try:
        yield
    except DriftError as error:
        keep_drift(writer.con, manifest, error.changes)
        raise


def read_again(dataset: Dataset, refused: Manifest, landed: Iterable[Manifest]) -> bool:
    """Whether a load that landed later has read again all that a refused one had: the same stretch of time or a longer
    one, the whole of a snapshot, files of the same names. What a queue or a parent handed over comes only once, and a
    load without rows has read nothing again."""
    later = (
        one
        for one in landed
        if one.load_id > refused.load_id
        and (one.system, one.dataset) == (refused.system, refused.dataset)
        and one.kind in ("sync", "backfill")
        and one.landed > 0
    )
    match dataset.sync.mode:
        case "incremental":
            return any(_covers(one, refused) for one in later)
        case "snapshot":
            return any(one.kind == "sync" for one in later)
        case "files":
            files = _files(refused)
            return bool(files) and any(files <= _files(one) for one in later)
        case _:
            return False


def _covers(later: Manifest, refused: Manifest) -> bool:
    until = refused.until or refused.opened_at
    return (later.since or _BEGINNING) <= (refused.since or _BEGINNING) and (later.until or until) >= until


def _files(manifest: Manifest) -> set[str]:
    return {part.original_name for part in manifest.parts if part.original_name}
