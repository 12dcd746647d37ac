"""What a changed form means for whoever runs the hub: what a load that went well should still make somebody look at,
and when a load that was refused has been made up for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

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


def concerns(dataset: Dataset, outcome: Outcome) -> list[str]:
    """A sentence each for new, missing and retyped fields, and for more rejected rows than the declaration expects."""
    names: dict[str, list[str]] = {}
    for change in outcome.changes:
        names.setdefault(change.change, []).append(change.field)
    found = [_SENTENCES[change].format(", ".join(fields)) for change, fields in names.items()]
    if outcome.reject_share > dataset.expect.max_reject_share:
        found.append(
            f"{outcome.rejected} of {outcome.accepted + outcome.rejected} rows were rejected, more than the expected"
            f" {dataset.expect.max_reject_share:.0%}; `hub quarantine list` shows why"
        )
    return found


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
