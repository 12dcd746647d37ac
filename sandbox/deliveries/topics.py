"""Kafka topics in which departments publish every change of their reports, as change-data capture writes them.

The cluster is the one that librdkafka carries for tests: the real protocol on a free port, its messages in memory. What
was published is kept in the world's store and published again at a start, as a cluster would have kept it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from confluent_kafka import Producer

from sandbox.departments import Department, of_carrier
from sandbox.store import WorldStore
from sandbox.systems.view import stamp

PATIENCE = 30
"""Seconds within which the cluster, which is in this process, has to have everything."""
Change = tuple[str, int, str]
"""(source_id, 1 if it is gone, the record as JSON text)."""

CHANGED = """
SELECT source_id, 0, body FROM rows WHERE system = ? AND dataset = ? AND updated > ? ORDER BY updated, source_id, copy
"""
GONE = """
SELECT source_id, 1, body FROM messages AS m
WHERE NOT gone AND number IN (SELECT max(number) FROM messages WHERE system = ? GROUP BY source_id)
AND NOT EXISTS (
    SELECT 1 FROM rows AS r WHERE (r.system, r.dataset, r.source_id) = (m.system, ?, m.source_id))
ORDER BY number
"""
KEPT = "SELECT source_id, gone, body FROM messages WHERE system = ? ORDER BY number"


class Topics:
    """One cluster of one broker, with a topic for each department that publishes."""

    def __init__(self) -> None:
        self._producer = Producer({"test.mock.num.brokers": 1, "linger.ms": 5, "log_level": 0})
        (broker,) = self._producer.list_topics(timeout=PATIENCE).brokers.values()
        self.address = f"{broker.host}:{broker.port}"

    def replay(self, store: WorldStore) -> None:
        """Publish what an earlier cluster of this world had."""
        for department in of_carrier("queue"):
            self._producer.list_topics(department.place, timeout=PATIENCE)  # makes the topic, also an empty one
            self._publish(department, store.connection.execute(KEPT, (department.system,)))

    def follow(self, store: WorldStore, since: datetime | None) -> None:
        """Publish what changed after `since` (None: everything), and what is gone."""
        for department in of_carrier("queue"):
            where = department.system, department.dataset
            changes: list[Change] = store.connection.execute(CHANGED, (*where, stamp(since) or "")).fetchall()
            changes += store.connection.execute(GONE, where).fetchall()
            store.connection.executemany(
                "INSERT INTO messages (system, source_id, gone, body) VALUES (?, ?, ?, ?)",
                ((department.system, *change) for change in changes),
            )
            self._publish(department, changes)

    def _publish(self, department: Department, changes: Iterable[Change]) -> None:
        for source_id, gone, body in changes:
            key = json.dumps({department.words["key"]: source_id})
            states = f'"before":{body},"after":null' if gone else f'"before":null,"after":{body}'
            self._producer.produce(department.place, f'{{"op":"{"d" if gone else "u"}",{states}}}', key=key)
            self._producer.poll(0)
        if self._producer.flush(PATIENCE):
            raise RuntimeError(f"the sandbox's cluster does not take the messages of {department.system}")
