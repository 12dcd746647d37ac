"""A department that publishes its changes on Kafka: everything once, then what moves, also after a restart."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from confluent_kafka import Consumer, TopicPartition

from sandbox.store import WorldStore

TOPIC = "grid.events"


def messages(province: Any) -> list[tuple[str, dict[str, Any]]]:
    """(key, value) of everything in the topic, partition after partition."""
    servers = province.env()["GRID_EVENTS_URL"]
    consumer = Consumer({"bootstrap.servers": servers, "group.id": "test", "enable.auto.commit": False, "log_level": 0})
    found: list[tuple[str, dict[str, Any]]] = []
    for number in consumer.list_topics(TOPIC, timeout=10).topics[TOPIC].partitions:
        low, high = consumer.get_watermark_offsets(TopicPartition(TOPIC, number), timeout=10)
        consumer.assign([TopicPartition(TOPIC, number, low)])
        for _ in range(high - low):
            message = consumer.poll(10)
            assert message is not None
            assert message.error() is None
            found.append((json.loads(message.key())["eventNo"], json.loads(message.value())))
    consumer.close()
    return found


def served(province: Any) -> dict[str, dict[str, Any]]:
    """What the department shows now: body by number."""
    store = WorldStore(province.home / "sandbox" / "world.db")
    query = "SELECT source_id, body FROM rows WHERE system = 'grid_events'"
    return {key: json.loads(body) for key, body in store.connection.execute(query)}


def state(found: list[tuple[str, dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    """What a reader of all the messages holds in the end."""
    held: dict[str, dict[str, Any]] = {}
    for key, value in found:
        if value["op"] == "d":
            del held[key]
        else:
            held[key] = value["after"]
    return held


def delete(province: Any, key: str, at: str) -> None:
    """Let somebody take an event back at a moment."""
    run = WorldStore(province.home / "sandbox" / "world.db").connection.execute
    (case,) = run("SELECT case_id FROM true_reports WHERE source_id = ?", (key,)).fetchone()
    run("INSERT INTO gone VALUES ('grid_events', ?, ?)", (key, at))
    run("INSERT OR REPLACE INTO agenda VALUES (?, ?)", (int(case[1:]), at))


def test_the_topic_holds_what_the_department_shows_and_how_it_moves(start: Callable[..., Any]) -> None:
    province = start()
    first = messages(province)
    assert state(first) == served(province) != {}
    gone = min(served(province))
    delete(province, gone, "2026-03-11T09:00:00")
    province.run("tick", "--days", "9")
    moved = messages(province)
    assert state(moved) == served(province)
    assert [key for key, value in moved if value["op"] == "d"].count(gone) == 1
    assert len(moved) > len(first)
    province.run("down")
    province.run("up")
    assert sorted(map(str, messages(province))) == sorted(map(str, moved)), "as a cluster would have kept them"
