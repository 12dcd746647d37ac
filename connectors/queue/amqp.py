"""AMQP 0-9-1 brokers such as RabbitMQ, through pika: messages stay the broker's until they are acknowledged."""

from __future__ import annotations

import ssl
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import pika  # type: ignore[import-untyped]
from pika import exceptions

from connectors.base import address
from connectors.errors import AuthError, ConnectorError, ProtocolError, UnreachableError
from connectors.queue.messages import Message
from operations.credentials import Credentials
from schemas.declared.queue import Amqp, QueueDataset

SECONDS = 10
"""How long the broker may take to connect."""
IDLE = 1.0
"""Seconds without a message after which what was counted at the start has gone to another reader."""
HEARTBEAT = 600
"""Seconds; longer than the landing of a part takes, during which nobody answers the broker."""


class AmqpBroker:
    """One broker on one connection. Every queue has its own channel, because acknowledging is a channel's affair."""

    def __init__(self, system: str, declared: Amqp, credentials: Credentials) -> None:
        self.system = system
        url = address(system, declared.url)
        self._parameters = self._read(url, declared, credentials)
        self._address = f"{self._parameters.host}:{self._parameters.port}{self._parameters.virtual_host}"
        self._connection: Any = None
        self._channels: dict[str, Any] = {}
        self._last: dict[str, int] = {}

    def place(self, dataset: QueueDataset) -> str:
        """Host, virtual host and queue."""
        return f"{self._address} {dataset.queue}"

    def waiting(self, dataset: QueueDataset) -> str:
        """Messages in the queue that no reader holds."""
        with self._errors(dataset):
            return f"{self._count(self._channel(dataset), dataset)} messages"

    def messages(self, dataset: QueueDataset, resume: str | None, deadline: float) -> Generator[Message, None, None]:
        """As many messages as waited when the reading began. They stay unacknowledged."""
        self._last.pop(dataset.name, None)
        with self._errors(dataset):
            channel = self._channel(dataset)
            left = self._count(channel, dataset)
            # Nothing is acknowledged before all is landed, so the broker must hand out that much without it.
            channel.basic_qos(prefetch_count=dataset.drain.messages)
        for method, properties, body in self._consumed(dataset, channel, left):
            self._last[dataset.name] = method.delivery_tag
            left -= 1
            yield _message(dataset, method, properties, body)
            if left <= 0 or time.monotonic() >= deadline:
                break

    def checkpoint(self, dataset: QueueDataset) -> str | None:
        """None: a queue has no places. What was not acknowledged comes again, from the first on."""
        return None

    def confirm(self, dataset: QueueDataset) -> None:
        """Acknowledge the messages handed out."""
        last = self._last.pop(dataset.name, None)
        if last is None:
            return
        with self._errors(dataset):
            self._channels[dataset.name].basic_ack(last, multiple=True)
            self._connection.process_data_events(0)

    def close(self) -> None:
        """Hang up; the broker puts what was not acknowledged back in its place."""
        if self._connection is not None and self._connection.is_open:
            self._connection.close()

    def _consumed(self, dataset: QueueDataset, channel: Any, left: int) -> Iterator[tuple[Any, Any, bytes]]:
        with self._errors(dataset):
            if left == 0:
                return
            for method, properties, body in channel.consume(dataset.queue, inactivity_timeout=IDLE):
                if method is None:
                    return
                yield method, properties, body

    def _channel(self, dataset: QueueDataset) -> Any:
        """A new channel: what an earlier one was given and did not acknowledge goes back first."""
        if self._connection is None or not self._connection.is_open:
            self._connection = pika.BlockingConnection(self._parameters)
        earlier = self._channels.pop(dataset.name, None)
        if earlier is not None and earlier.is_open:
            earlier.close()
        self._channels[dataset.name] = channel = self._connection.channel()
        return channel

    @staticmethod
    def _count(channel: Any, dataset: QueueDataset) -> int:
        return int(channel.queue_declare(dataset.queue, passive=True).method.message_count)

    @contextmanager
    def _errors(self, dataset: QueueDataset) -> Iterator[None]:
        try:
            yield
        except (exceptions.ProbableAuthenticationError, exceptions.ProbableAccessDeniedError):
            raise self._denied(dataset, "the broker refuses login, password or virtual host") from None
        except exceptions.ChannelClosedByBroker as error:
            if error.reply_code == 403:
                raise self._denied(dataset, "this login may not read the queue") from None
            what = "no such queue" if error.reply_code == 404 else f"the broker closes the channel ({error.reply_code})"
            remedy = "correct queue in the declaration, or ask for it"
            raise ProtocolError(self.system, dataset.name, self.place(dataset), what, remedy) from None
        except (exceptions.AMQPError, OSError) as error:
            raise UnreachableError(
                self.system,
                dataset.name,
                self.place(dataset),
                f"no connection ({type(error).__name__})",
                "check the address and the way through the firewall; the next run reads the same messages again",
                retryable=True,
            ) from None

    def _denied(self, dataset: QueueDataset, message: str) -> ConnectorError:
        remedy = f"correct login and password in AIRFLOW_CONN_{self.system.upper()}, or ask for the right to read"
        return AuthError(self.system, dataset.name, self.place(dataset), message, remedy)

    def _read(self, url: str, declared: Amqp, credentials: Credentials) -> Any:
        try:
            parameters = pika.URLParameters(url)
        except (ValueError, TypeError):
            raise ConnectorError(
                self.system, None, "source.broker.url", "is no AMQP URL", "write amqp://host:port/vhost"
            ) from None
        parameters.credentials = pika.PlainCredentials(credentials.login or "", credentials.password or "")
        parameters.heartbeat = HEARTBEAT
        parameters.socket_timeout = parameters.blocked_connection_timeout = parameters.stack_timeout = SECONDS
        if parameters.ssl_options is not None and declared.ca:
            context = ssl.create_default_context(cafile=address(self.system, declared.ca))
            parameters.ssl_options = pika.SSLOptions(context, parameters.host)
        return parameters


def _message(dataset: QueueDataset, method: Any, properties: Any, body: bytes) -> Message:
    carried = {
        "_topic": dataset.queue,
        "_partition": None,
        "_offset": method.delivery_tag,
        "_timestamp": None if properties.timestamp is None else properties.timestamp * 1000,
    }
    name = f" {properties.message_id}" if properties.message_id else ""
    place = f"{dataset.queue}@{method.delivery_tag}{name}"
    return Message(place, str(method.routing_key).encode(), body, carried)
