"""AMQP against a real RabbitMQ: messages stay the broker's until they are landed."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pika  # type: ignore[import-untyped]
import pytest
from declarations import declared
from kafka_cluster import PLAIN, QUEUE
from previewed import previewed
from sources import lines

from connectors.base import Connector
from connectors.errors import AuthError, ConnectorError, ProtocolError, UnreachableError
from schemas.declaration import System
from schemas.delivery import Page, Window

RABBITMQ = os.environ.get("HUB_TEST_RABBITMQ", "amqp://guest:guest@127.0.0.1:5672/%2F")
AMQP = "{kind: amqp, url: '${TRIAL_URL}'}"
ALL = Window(None, None)


class Mailbox:
    """A queue of its own on the running broker."""

    def __init__(self) -> None:
        parameters = pika.URLParameters(RABBITMQ)
        self.login, self.password = parameters.credentials.username, parameters.credentials.password
        self.url = f"amqp://{parameters.host}:{parameters.port}/%2F"
        self.name = f"hub-test-{uuid.uuid4().hex[:8]}"
        self.connection = pika.BlockingConnection(parameters)
        self.channel = self.connection.channel()
        self.channel.confirm_delivery()
        self.channel.queue_declare(self.name)

    def send(self, *payloads: bytes, **properties: Any) -> None:
        for payload in payloads:
            self.channel.basic_publish("", self.name, payload, pika.BasicProperties(**properties))

    def waiting(self) -> int:
        return int(self.channel.queue_declare(self.name, passive=True).method.message_count)


@pytest.fixture
def mailbox(require: Callable[[str, bool, str], None], monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    try:
        found: Mailbox | None = Mailbox()
    except pika.exceptions.AMQPError:
        found = None
    require("rabbitmq", found is not None, "apt-get install rabbitmq-server, or set HUB_TEST_RABBITMQ to its URL")
    assert found is not None
    monkeypatch.setenv("TRIAL_URL", found.url)
    yield found
    found.channel.queue_delete(found.name)
    found.connection.close()


@pytest.fixture
def trial(mailbox: Mailbox, tmp_path: Path) -> System:
    return declared(tmp_path / "systems", QUEUE, **{**PLAIN, "broker": AMQP}, queue=mailbox.name)


def read(connector: Connector, trial: System) -> list[Page]:
    return list(connector.read(trial.datasets["events"], ALL, None, None))


def numbers(pages: list[Page]) -> list[int]:
    return [msgspec.json.decode(line)["no"] for line in lines(pages)]


def test_messages_come_again_in_order_until_they_are_confirmed(
    mailbox: Mailbox, trial: System, connect: Callable[..., Connector]
) -> None:
    mailbox.send(b'{"no":1}', b'{"no":2}', b'{"no":3}', timestamp=1_780_000_000)
    died = connect(trial, mailbox.login, mailbox.password)
    assert numbers(read(died, trial)) == [1, 2, 3]
    died.close()
    connector = connect(trial, mailbox.login, mailbox.password)
    [page] = read(connector, trial)
    assert numbers([page]) == [1, 2, 3]
    row = msgspec.json.decode(lines([page])[0])
    assert (row["_topic"], row["_key"], row["_timestamp"]) == (mailbox.name, mailbox.name, 1_780_000_000_000)
    assert page.checkpoint is None
    connector.confirm(trial.datasets["events"])
    connector.close()
    assert mailbox.waiting() == 0


def test_only_what_was_handed_out_is_acknowledged(
    mailbox: Mailbox, tmp_path: Path, connect: Callable[..., Connector]
) -> None:
    words = {**PLAIN, "broker": AMQP, "messages": 2}
    trial = declared(tmp_path, QUEUE, **words, queue=mailbox.name)
    mailbox.send(*[b'{"no":%d}' % number for number in range(5)])
    for wanted in ([0, 1], [2, 3], [4], []):
        connector = connect(trial, mailbox.login, mailbox.password)
        assert numbers(read(connector, trial)) == wanted
        connector.confirm(trial.datasets["events"])
        connector.close()


def test_one_connector_reads_again_what_it_did_not_confirm(
    mailbox: Mailbox, trial: System, connect: Callable[..., Connector]
) -> None:
    mailbox.send(b'{"no":1}', b'{"no":2}')
    connector = connect(trial, mailbox.login, mailbox.password)
    assert [row["no"] for row in previewed(connector, trial.datasets["events"], 1)] == [1]
    assert numbers(read(connector, trial)) == [1, 2]


def test_poison_has_its_place_and_blocks_nothing(
    mailbox: Mailbox, trial: System, connect: Callable[..., Connector]
) -> None:
    mailbox.send(b'{"no":1}', b"\xff\xfe", message_id="M7")
    mailbox.send(b"", b'{"no":2}')
    connector = connect(trial, mailbox.login, mailbox.password)
    good, bad = read(connector, trial)
    assert numbers([good]) == [1, 2]
    assert bad.places == [f"{mailbox.name}@2 M7", f"{mailbox.name}@3"]
    connector.confirm(trial.datasets["events"])
    connector.close()
    assert mailbox.waiting() == 0


def test_a_deletion_that_names_no_record_is_no_row_of_its_routing_key(
    mailbox: Mailbox, tmp_path: Path, connect: Callable[..., Connector]
) -> None:
    words = "rows: data\n    envelope: {op: op}"
    trial = declared(tmp_path, QUEUE, **{**PLAIN, "broker": AMQP, "words": words}, queue=mailbox.name)
    mailbox.send(b'{"op":"c","data":{"no":1}}', b'{"op":"d","data":null}', b'{"op":"d","data":{"no":1}}')
    good, bad = read(connect(trial, mailbox.login, mailbox.password), trial)
    assert numbers([good]) == [1, 1]
    assert bad.places == [f"{mailbox.name}@2"]


def test_check_counts_what_waits(mailbox: Mailbox, trial: System, connect: Callable[..., Connector]) -> None:
    mailbox.send(b"{}", b"{}")
    [finding] = connect(trial, mailbox.login, mailbox.password).check()
    assert finding.ok
    assert finding.message == "trial.events: 2 messages"


@pytest.mark.parametrize(
    ("queue", "password", "port", "kind", "words"),
    [
        ("nowhere", None, None, ProtocolError, "nowhere: no such queue"),
        (None, "not-the-secret", None, AuthError, "AIRFLOW_CONN_TRIAL"),
        (None, None, 9, UnreachableError, "no connection"),
    ],
)
def test_what_is_wrong_is_named(
    mailbox: Mailbox,
    tmp_path: Path,
    connect: Callable[..., Connector],
    monkeypatch: pytest.MonkeyPatch,
    queue: str | None,
    password: str | None,
    port: int | None,
    kind: type[ConnectorError],
    words: str,
) -> None:
    if port:
        monkeypatch.setenv("TRIAL_URL", f"amqp://127.0.0.1:{port}/%2F")
    trial = declared(tmp_path, QUEUE, **{**PLAIN, "broker": AMQP}, queue=queue or mailbox.name)
    with pytest.raises(kind, match=words) as raised:
        read(connect(trial, mailbox.login, password or mailbox.password), trial)
    assert "not-the-secret" not in str(raised.value)
