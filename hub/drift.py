"""What a load that went well should still make somebody look at: changed fields, many rejected rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from quality.outcome import Outcome
    from schemas.declaration import Dataset


def concerns(dataset: Dataset, outcome: Outcome) -> list[str]:
    """A sentence each for new fields, missing fields, and more rejected rows than the declaration expects."""
    found = []
    if outcome.new_fields:
        found.append(f"new fields {', '.join(outcome.new_fields)}: map them in `fields`, or list them in `ignore`")
    if outcome.missing_fields:
        found.append(f"fields that no longer come: {', '.join(outcome.missing_fields)}; ask the department")
    if outcome.reject_share > dataset.expect.max_reject_share:
        found.append(
            f"{outcome.rejected} of {outcome.accepted + outcome.rejected} rows were rejected, more than the expected"
            f" {dataset.expect.max_reject_share:.0%}; `hub quarantine list` shows why"
        )
    return found
