"""What a load that went well should still make somebody look at: changed fields, many rejected rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from quality.errors import DriftError

if TYPE_CHECKING:
    from quality.outcome import Outcome
    from schemas.declaration import Dataset
    from schemas.delivery import Manifest
    from warehouse.build import Writer


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
