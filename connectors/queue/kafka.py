"""Kafka, through librdkafka: partitions are assigned outright, the cluster keeps the offsets of the home's own group.

There is one reader per dataset (the hub's own lock), so no consumer group has to be joined and balanced; the group is
only the name under which offsets are committed.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka import Message as Record

from connectors.base import address
from connectors.errors import AuthError, ConnectorError, IncompleteDeliveryError, ProtocolError, UnreachableError
from connectors.queue.messages import Message
from operations.credentials import Credentials
from schemas.declared.queue import Kafka, QueueDataset

SECONDS = 10.0
"""How long the cluster may take to answer, and how long it may be silent while it has messages for us."""
BATCH, PAUSE = 500, 0.1
"""Messages taken from librdkafka at once, and seconds to wait for so many."""

_DENIED = {
    KafkaError.SASL_AUTHENTICATION_FAILED,
    KafkaError._AUTHENTICATION,
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError.GROUP_AUTHORIZATION_FAILED,
    KafkaError.CLUSTER_AUTHORIZATION_FAILED,
    KafkaError._SSL,
}
_NO_TOPIC = {KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC, KafkaError._UNKNOWN_PARTITION}
T = TypeVar("T")


def group_of(declared: Kafka, home: Path) -> str:
    """The consumer group of one home: the declared name and eight hexadecimal digits that stand for where the home is.

    The cluster keeps one place for a group, so two homes under one name would each miss what the other had read.
    """
    return f"{declared.group}.{hashlib.sha256(str(home).encode()).hexdigest()[:8]}"


class KafkaBroker:
    """One cluster, read by one consumer."""

    def __init__(self, system: str, declared: Kafka, credentials: Credentials, home: Path) -> None:
        self.system = system
        self._servers = address(system, declared.servers)
        self._group = group_of(declared, home)
        self._trouble: KafkaError | None = None
        self._next: dict[str, dict[int, int]] = {}
        self._consumer = Consumer(self._options(declared, credentials))

    def place(self, dataset: QueueDataset) -> str:
        """Servers and topic."""
        return f"{self._servers} {dataset.queue}"

    def waiting(self, dataset: QueueDataset) -> str:
        """Partitions, and messages that this home has not read."""
        starts, ends = self._bounds(dataset, None)
        left = sum(max(0, ends[number] - start) for number, start in starts.items())
        return f"{len(starts)} partitions, {left} messages not read yet by group {self._group}"

    def messages(self, dataset: QueueDataset, resume: str | None, deadline: float) -> Generator[Message, None, None]:
        """The messages up to each partition's end as it was when the reading began."""
        starts, ends = self._bounds(dataset, resume)
        self._next[dataset.name] = dict(starts)
        left = {number for number, start in starts.items() if start < ends[number]}
        if not left:
            return
        self._ask(dataset, lambda: self._consumer.assign([_at(dataset, number, starts[number]) for number in left]))
        heard = time.monotonic()
        try:
            while left and time.monotonic() < deadline:
                records = self._ask(dataset, lambda: self._consumer.consume(BATCH, PAUSE))
                if records:
                    heard = time.monotonic()
                elif time.monotonic() - heard > SECONDS:
                    raise self._explained(dataset, self._trouble)
                for record in records:
                    number, offset = int(record.partition() or 0), int(record.offset() or 0)
                    error = record.error()
                    if error is not None and error.code() != KafkaError._PARTITION_EOF:
                        raise self._explained(dataset, error)
                    if error is None and offset < ends[number]:
                        self._next[dataset.name][number] = offset + 1
                        yield _message(dataset, record, number, offset)
                    # The end also comes without a message there: markers of transactions and compaction leave gaps.
                    if error is not None or offset + 1 >= ends[number]:
                        left.discard(number)
        finally:
            self._consumer.unassign()

    def checkpoint(self, dataset: QueueDataset) -> str | None:
        """The next offset of every partition, as JSON."""
        return json.dumps({str(number): offset for number, offset in self._next[dataset.name].items()})

    def confirm(self, dataset: QueueDataset) -> None:
        """Commit the offsets after the messages handed out, and wait for the cluster to say that it has them."""
        offsets = [_at(dataset, number, offset) for number, offset in self._next.get(dataset.name, {}).items()]
        if not offsets:
            return
        committed = self._ask(dataset, lambda: self._consumer.commit(offsets=offsets, asynchronous=False))
        for one in committed or []:
            if one.error is not None:
                raise self._explained(dataset, one.error)

    def close(self) -> None:
        """Leave the cluster. Offsets that were not committed stay where they were."""
        self._consumer.close()

    def _bounds(self, dataset: QueueDataset, resume: str | None) -> tuple[dict[int, int], dict[int, int]]:
        """For each partition where to begin, and where it ends now. Raises ConnectorError also for a gap: messages
        that the cluster has thrown away before we read them."""
        topic = self._ask(dataset, lambda: self._consumer.list_topics(dataset.queue, SECONDS)).topics[dataset.queue]
        if topic.error is not None:
            raise self._explained(dataset, topic.error)
        asked = [TopicPartition(dataset.queue, number) for number in sorted(topic.partitions)]
        committed = self._ask(dataset, lambda: self._consumer.committed(asked, SECONDS))
        held = {int(number): int(offset) for number, offset in json.loads(resume or "{}").items()}
        starts: dict[int, int] = {}
        ends: dict[int, int] = {}
        for one in committed:
            low, high = self._ask(dataset, lambda one=one: self._consumer.get_watermark_offsets(one, SECONDS))  # type: ignore[misc]
            start = held.get(one.partition, one.offset)
            if 0 <= start < low or start > high:
                raise self._lost(dataset, one.partition, start, low, high)
            starts[one.partition] = low if start < 0 else start
            ends[one.partition] = high
        return starts, ends

    def _lost(self, dataset: QueueDataset, number: int, start: int, low: int, high: int) -> ConnectorError:
        """The place to read from is not there: messages were thrown away before we read them, or the topic is a new one
        of the same name. Reading on from elsewhere would hide what is missing."""
        gone = f"no longer has the {low - start} messages up to offset {low}"
        return IncompleteDeliveryError(
            self.system,
            dataset.name,
            f"{self.place(dataset)}[{number}]@{start}",
            f"the cluster {gone if start < low else f'has messages only up to offset {high}: the topic was made anew'}",
            "ask the department to send again what is missing, then move the group's offset to the earliest there is"
            f" (kafka-consumer-groups --group {self._group} --reset-offsets --to-earliest)",
            restart=True,
        )

    def _ask(self, dataset: QueueDataset, call: Callable[[], T]) -> T:
        try:
            return call()
        except KafkaException as error:
            raise self._explained(dataset, error.args[0]) from None

    def _explained(self, dataset: QueueDataset, error: KafkaError | None) -> ConnectorError:
        """What librdkafka says, by its code; its text is left out. What it says of a connection comes separately."""
        denied = next((one for one in (error, self._trouble) if one is not None and one.code() in _DENIED), None)
        place = self.place(dataset)
        if denied is not None:
            return AuthError(
                self.system,
                dataset.name,
                place,
                f"the cluster refuses us ({denied.name()})",
                f"correct login and password in AIRFLOW_CONN_{self.system.upper()}, sasl and tls in the declaration,"
                f" or ask for the right to read the topic as group {self._group}",
            )
        name = error.name() if error is not None else "silence"
        if error is not None and error.code() in _NO_TOPIC:
            remedy = "correct queue in the declaration, or ask for it"
            return ProtocolError(self.system, dataset.name, place, f"no such topic ({name})", remedy)
        return UnreachableError(
            self.system,
            dataset.name,
            place,
            f"no answer from the cluster ({name})",
            "check servers, sasl and tls, and the way through the firewall; the next run reads on from here",
            retryable=True,
        )

    def _options(self, declared: Kafka, credentials: Credentials) -> dict[str, Any]:
        protocol = ("sasl_" if declared.sasl else "") + ("ssl" if declared.tls else "plaintext")
        options: dict[str, Any] = {
            "bootstrap.servers": self._servers,
            "group.id": self._group,
            "client.id": "hub141",
            "security.protocol": protocol,
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "error",
            "isolation.level": "read_committed",
            "allow.auto.create.topics": False,
            "log_level": 0,  # what it would write to stderr comes as errors
            "error_cb": self._remember,
        }
        if declared.sasl:
            options |= {
                "sasl.mechanism": declared.sasl,
                "sasl.username": credentials.login or "",
                "sasl.password": credentials.password or "",
            }
        if declared.ca:
            options["ssl.ca.location"] = address(self.system, declared.ca)
        return options

    def _remember(self, error: KafkaError) -> None:
        if self._trouble is None or self._trouble.code() not in _DENIED:
            self._trouble = error


def _at(dataset: QueueDataset, number: int, offset: int) -> TopicPartition:
    return TopicPartition(dataset.queue, number, offset)


def _message(dataset: QueueDataset, record: Record, number: int, offset: int) -> Message:
    _, milliseconds = record.timestamp()
    carried = {"_topic": dataset.queue, "_partition": number, "_offset": offset, "_timestamp": milliseconds}
    key, value = record.key(), record.value()
    return Message(
        place=f"{dataset.queue}[{number}]@{offset}",
        key=key.encode() if isinstance(key, str) else key,
        payload=value.encode() if isinstance(value, str) else value,
        carried=carried,
    )
