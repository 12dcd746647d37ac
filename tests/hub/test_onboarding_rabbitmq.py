"""What `hub new --kind queue --broker amqp` begins is filled in from the messages that wait on a real broker."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Callable
from pathlib import Path

import pika  # type: ignore[import-untyped]
from homes import hub_json, run_hub

RABBITMQ = os.environ.get("HUB_TEST_RABBITMQ", "amqp://guest:guest@127.0.0.1:5672/%2F")


def test_a_wrapped_message_is_seen_and_its_wrapper_named(
    tmp_path: Path, require: Callable[[str, bool, str], None]
) -> None:
    parameters = pika.URLParameters(RABBITMQ)
    try:
        connection = pika.BlockingConnection(parameters)
    except pika.exceptions.AMQPError:
        connection = None
    require("rabbitmq", connection is not None, "apt-get install rabbitmq-server, or set HUB_TEST_RABBITMQ to its URL")
    channel, queue = connection.channel(), f"hub-test-{uuid.uuid4().hex[:8]}"
    channel.queue_declare(queue)
    for n in range(8):
        row = {"sjbh": f"SJ{n}", "sbsj": f"2026-06-0{n + 1} 08:00:00", "sbrxm": "甲"}
        channel.basic_publish("", queue, json.dumps({"ts": 1782820800000 + n, "op": "c", "data": row}).encode())
    channel.basic_publish("", queue, b"\xff{half")
    account = {"login": parameters.credentials.username, "password": parameters.credentials.password}
    given = {
        "HUB_SYSTEMS": str(tmp_path),
        "TRIAL_URL": f"amqp://{parameters.host}:{parameters.port}/%2F",
        "AIRFLOW_CONN_TRIAL": json.dumps(account),
    }
    run_hub(
        tmp_path / "home", "new", "trial", "--kind", "queue", "--broker", "amqp", "--department", "high_court", **given
    )
    path = tmp_path / "trial.yml"
    path.write_text(path.read_text(encoding="utf-8").replace("queue: FILL_IN", f"queue: {queue}"), encoding="utf-8")
    found = hub_json(tmp_path / "home", "discover", "trial", "records", **given)
    told = "data holds an object: if that is the row, write rows: data and envelope: {op: op}, and discover again"
    assert told in found["remarks"]
    assert len(found["left_out"]) == 1
    wrapped = f"queue: {queue}\n    rows: data\n    envelope: {{op: op}}"
    path.write_text(path.read_text(encoding="utf-8").replace(f"queue: {queue}", wrapped), encoding="utf-8")
    run_hub(tmp_path / "home", "discover", "trial", "records", "--write", **given)
    assert "key: [sjbh]" in path.read_text(encoding="utf-8")
    assert channel.queue_declare(queue, passive=True).method.message_count == 9, "a look takes no message away"
    channel.queue_delete(queue)
    connection.close()
