"""The connector of the family queue: a sync drains what is there, lands it, and only then tells the broker.

At least once: a process that dies before `confirm` reads the same messages again, and the merge finds them unchanged.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Mapping
from typing import Any, Protocol

from connectors.base import PAGE_BYTES, Finding
from connectors.errors import ConnectorError, ProtocolError
from connectors.json_rows import ndjson
from connectors.queue.messages import Message, PoisonError, rows_of, unreadable
from schemas.declaration import Dataset
from schemas.declared.queue import QueueDataset
from schemas.delivery import Page, Window


class Broker(Protocol):
    """How one kind of broker is read; the rest is the same for all."""

    system: str

    def place(self, dataset: QueueDataset) -> str:
        """The queue's address, for messages."""
        ...

    def waiting(self, dataset: QueueDataset) -> str:
        """What is there to read, in words. Raises ConnectorError."""
        ...

    def messages(self, dataset: QueueDataset, resume: str | None, deadline: float) -> Generator[Message, None, None]:
        """The messages that are there when the reading begins, up to `deadline` (time.monotonic).

        `resume` is an earlier checkpoint. Raises ConnectorError.
        """
        ...

    def checkpoint(self, dataset: QueueDataset) -> str | None:
        """Where to read on after the last message that was handed out; None where the broker knows no places."""
        ...

    def confirm(self, dataset: QueueDataset) -> None:
        """Tell the broker that the messages handed out need not come again. Raises ConnectorError."""
        ...

    def close(self) -> None:
        """Give the connection back."""
        ...


class QueueConnector:
    """Reads JSON messages and hands them on as NDJSON parts of about 8 MiB; unreadable ones in a part of their own."""

    def __init__(self, broker: Broker, datasets: Mapping[str, Dataset]) -> None:
        self._broker = broker
        self._datasets = datasets

    def check(self) -> list[Finding]:
        """Looks every queue up, and how much waits in it."""
        return [self._check(_queue(dataset)) for dataset in self._datasets.values()]

    def read(
        self, dataset: Dataset, window: Window, resume: str | None, bookmark: dict[str, Any] | None
    ) -> Iterator[Page]:
        """NDJSON pages of the messages not confirmed yet, up to the declared bound. None when nothing waits."""
        queue = _queue(dataset)
        if window.kind == "backfill":
            raise self._cannot(
                queue, "a queue cannot be read by time", "run without a window; what landed can be replayed"
            )
        part = _Part(queue)
        count = size = 0
        messages = self._broker.messages(queue, resume, time.monotonic() + queue.drain.time.total_seconds())
        try:
            for message in messages:
                part.add(message)
                count += 1
                size += message.size
                full = count >= queue.drain.messages or size >= queue.drain.size
                if full or part.size >= PAGE_BYTES:
                    yield from part.pages(self._broker.checkpoint(queue))
                    part = _Part(queue)
                if full:
                    break
        finally:
            messages.close()
        yield from part.pages(self._broker.checkpoint(queue))

    def keys(self, dataset: Dataset) -> Iterator[Page]:
        """No queue lists all its keys."""
        raise self._cannot(_queue(dataset), "a queue has no list of all keys", "leave deletes by key_compare out")

    def preview(self, dataset: Dataset, limit: int = 20) -> list[Page]:
        """The first rows that wait, and unreadable messages among them; nothing is confirmed, so they come again."""
        queue = _queue(dataset)
        part = _Part(queue)
        messages = self._broker.messages(queue, None, time.monotonic() + queue.drain.time.total_seconds())
        try:
            for message in messages:
                part.add(message)
                if part.count >= limit:
                    break
        finally:
            messages.close()
        return list(part.pages(None))

    def bookmark_after(self, dataset: Dataset) -> dict[str, Any] | None:
        """None: the broker remembers how far we have read."""
        return None

    def confirm(self, dataset: Dataset) -> None:
        """Tell the broker that what was read is durable here."""
        self._broker.confirm(_queue(dataset))

    def close(self) -> None:
        """Give the connection back; what was not confirmed comes again."""
        self._broker.close()

    def _check(self, dataset: QueueDataset) -> Finding:
        try:
            waiting = self._broker.waiting(dataset)
        except ConnectorError as error:
            return Finding(False, dataset.name, str(error))
        return Finding(True, dataset.name, f"{self._broker.system}.{dataset.name}: {waiting}")

    def _cannot(self, dataset: QueueDataset, message: str, remedy: str) -> ConnectorError:
        return ProtocolError(self._broker.system, dataset.name, self._broker.place(dataset), message, remedy)


class _Part:
    """Messages on their way into one part of rows and, where there are such, one of unreadable messages."""

    def __init__(self, dataset: QueueDataset) -> None:
        self._dataset = dataset
        self._rows: list[bytes] = []
        self._poison: list[bytes] = []
        self._places: list[str] = []
        self.size = 0

    def add(self, message: Message) -> None:
        try:
            found = rows_of(message, self._dataset)
            self._rows += found
        except PoisonError:
            found = [unreadable(message)]
            self._poison += found
            self._places.append(message.place)
        self.size += sum(map(len, found))

    @property
    def count(self) -> int:
        """Rows and unreadable messages so far."""
        return len(self._rows) + len(self._poison)

    def pages(self, checkpoint: str | None) -> Iterator[Page]:
        """The pages of what was added. Only the last one may be resumed after: both are of the same messages."""
        name = self._dataset.queue
        if self._rows:
            after = None if self._poison else checkpoint
            yield Page("ndjson", len(self._rows), ndjson(self._rows), None, after, original_name=name)
        if self._poison:
            body = b"".join(line + b"\n" for line in self._poison)
            yield Page("ndjson", len(self._poison), body, None, checkpoint, original_name=name, places=self._places)


def _queue(dataset: Dataset) -> QueueDataset:
    if not isinstance(dataset, QueueDataset):
        raise TypeError(f"{dataset.name} is not a queue")
    return dataset
