"""What every family of connectors offers, and the few things that all of them need."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from connectors.errors import ConnectorError
from schemas.declaration import Dataset
from schemas.declared.words import fill_environment
from schemas.delivery import Page, Window

PAGE_BYTES = 8 * 1024 * 1024
"""About how much NDJSON makes one landed part: enough for a fast read, little to repeat after a crash."""


@dataclass(frozen=True)
class Finding:
    """One result of a check: of the system itself (`dataset` is None) or of one of its datasets."""

    ok: bool
    dataset: str | None
    message: str


class Connector(Protocol):
    """An open way to one system. Reading changes nothing at the source."""

    def check(self) -> list[Finding]:
        """Whether the system is reachable, lets us in, and has the declared datasets. Never raises for a
        fault of the source."""
        ...

    def read(
        self, dataset: Dataset, window: Window, resume: str | None, bookmark: dict[str, Any] | None
    ) -> Iterator[Page]:
        """The pages of one delivery. `resume` is the checkpoint of the last page that is already durable.

        Raises ConnectorError. Only an iteration that ends by itself is a whole delivery.
        """
        ...

    def keys(self, dataset: Dataset) -> Iterator[Page]:
        """Every key the source holds now, as NDJSON `{"source_id": …}`. Raises ConnectorError."""
        ...

    def preview(self, dataset: Dataset, limit: int = 20) -> list[Page]:
        """Pages with the first `limit` records in the form in which they land, unreadable ones too; of a file all that
        it holds. Nothing of the source is confirmed. Raises ConnectorError."""
        ...

    def bookmark_after(self, dataset: Dataset) -> dict[str, Any] | None:
        """What a source that is not read by a cursor wants to remember once the delivery just read is durable."""
        ...

    def confirm(self, dataset: Dataset) -> None:
        """The delivery just read is durable: a source that remembers for us how far we have read is told so.

        Raises ConnectorError; then the source gives the same records again, and they change nothing."""
        ...

    def close(self) -> None:
        """Give back connections and temporary files."""
        ...


def address(system: str, text: str) -> str:
    """An address of the declaration with its `${NAME}` filled from the environment.

    Raises ConnectorError naming the variable that is not set.
    """
    try:
        return fill_environment(text, dict(os.environ))
    except KeyError as missing:
        name = str(missing.args[0])
        raise ConnectorError(
            system, None, "its declaration", f"{name} is not set", f"set {name} in the environment or HUB_HOME/env"
        ) from None
