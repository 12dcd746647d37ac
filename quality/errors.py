"""What a check may end with instead of an outcome."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.delivery import FieldChange, Manifest


class CheckError(RuntimeError):
    """A load that cannot be checked; the text names system, dataset, load and remedy."""


class DriftError(CheckError):
    """A source whose form is no longer the declared one, where the declaration says that this fails the load.

    `changes` are all that were found, also those that alone would have let the load go on.
    """

    def __init__(self, message: str, changes: Sequence[FieldChange]) -> None:
        super().__init__(message)
        self.changes = tuple(changes)


class CountError(CheckError):
    """Accepted and rejected rows are not the landed ones."""


def named(manifest: Manifest) -> str:
    """How messages name a load."""
    return f"{manifest.system}.{manifest.dataset} load {manifest.load_id}"
