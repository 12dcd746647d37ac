"""What keeps a return from being made, handed over or acknowledged; each message says what to do."""

from __future__ import annotations

from collections.abc import Sequence


class ReturnError(RuntimeError):
    """A return that cannot be made, handed over or acknowledged as asked."""


class UnknownReturnError(ReturnError):
    """No return of this number."""


class GoneError(ReturnError):
    """A return whose files are no longer there."""


class SupersededError(ReturnError):
    """A later return stands for this one, so that it cannot be acknowledged any more."""


class NotFetchedError(ReturnError):
    """A return that never left the hub, so that nobody can have applied it."""


class CountsDifferError(ReturnError):
    """The receiver counts other rows than it would hold; `unlike` is (dataset, rows there, rows here)."""

    def __init__(self, message: str, unlike: Sequence[tuple[str, int, int]]) -> None:
        super().__init__(message)
        self.unlike = tuple(unlike)
