"""A wire whose answers are counted and timed, for whoever wants to know how a source pages and how fast it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from connectors.json_rows import Reply


@dataclass(frozen=True)
class Asked:
    """One answer: how many rows it had, and after how many seconds, waiting for its turn included."""

    rows: int
    seconds: float


class Watched:
    """Passes everything on to another wire and notes each good answer."""

    def __init__(self, wire: Any, note: Callable[[Asked], None]) -> None:
        self._wire = wire
        self._note = note
        self.system: str = wire.system
        self.in_flight: int = wire.in_flight

    def ask(self, dataset: Any, parameters: dict[str, Any]) -> Reply:
        """A good answer. Raises ConnectorError."""
        return self._timed(lambda: self._wire.ask(dataset, parameters))

    def follow(self, dataset: Any, link: str) -> Reply:
        """A good answer to a link, where the wire can go where one points. Raises ConnectorError."""
        return self._timed(lambda: self._wire.follow(dataset, link))

    def place(self, dataset: Any) -> str:
        """The dataset's address, for messages."""
        return str(self._wire.place(dataset))

    def close(self) -> None:
        """Give back connections."""
        self._wire.close()

    def _timed(self, call: Callable[[], Reply]) -> Reply:
        began = time.monotonic()
        reply = call()
        self._note(Asked(len(reply.rows), time.monotonic() - began))
        return reply
