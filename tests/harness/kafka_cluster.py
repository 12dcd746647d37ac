"""A Kafka cluster in this process: the mock that librdkafka carries, which speaks the real protocol on a free port."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka import Consumer, Producer, TopicPartition

from connectors.queue.kafka import group_of
from schemas.declared.queue import Kafka

QUEUE = """
title: 试验
title_en: Trial
department: political_legal_commission
contact: {{name: 联络员, email: trial@example.org}}
classification: L3
schedule: "*/5 * * * *"
source:
  kind: queue
  broker: {broker}
datasets:
  events:
    queue: {queue}
    {words}
    drain: {{messages: {messages}, size: {size}, time: {time}}}
    key: {key}
    sync: {{mode: queue}}
    deletes: {{kind: tombstone, field: _op, equals: [delete, d]}}
    drift: {{missing_field: warn}}
    freshness: {{warn: 3h, fail: 24h}}
    contract: case_reports
    fields: {fields}
"""
KAFKA = "{kind: kafka, servers: '${TRIAL_URL}', group: hub141}"
BOUNDS = {"messages": 1000, "size": "64MiB", "time": "1m"}
PLAIN = {"broker": KAFKA, "key": "[no]", "words": "", "fields": "{title: t}", **BOUNDS}


@dataclass(frozen=True)
class Cluster:
    """A running cluster; `send` waits until it has the messages."""

    servers: str
    producer: Producer

    def send(self, topic: str, *messages: tuple[str | bytes | None, bytes | None], partition: int = 0) -> None:
        for key, payload in messages:
            self.producer.produce(topic, payload, key=key, partition=partition)
        assert self.producer.flush(10) == 0

    def topic(self) -> str:
        """A fresh topic of four empty partitions."""
        name = f"events-{uuid.uuid4().hex[:8]}"
        self.producer.list_topics(name, timeout=10)
        return name

    def committed(self, topic: str, home: Path) -> list[int]:
        """The offset of a home's group in each partition; negative where it has none."""
        group = group_of(Kafka(kind="kafka", servers=self.servers, group="hub141"), home)
        consumer = Consumer({"bootstrap.servers": self.servers, "group.id": group, "log_level": 0})
        asked = [TopicPartition(topic, number) for number in range(4)]
        found = [one.offset for one in consumer.committed(asked, timeout=10)]
        consumer.close()
        return found


@contextmanager
def running() -> Iterator[Cluster]:
    """A cluster of one broker that lives as long as its producer."""
    producer = Producer({"test.mock.num.brokers": 1, "log_level": 0, "linger.ms": 0})
    [broker] = producer.list_topics(timeout=10).brokers.values()
    yield Cluster(f"{broker.host}:{broker.port}", producer)
