"""The words of a system that puts its records on a message queue."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, model_validator

from schemas.declared.dataset import Dataset, KeyCompare
from schemas.declared.words import Model, Size, Span


class Kafka(Model):
    """A Kafka cluster by its bootstrap servers, `host:port,host:port`.

    `group` begins the name of the consumer group under which the cluster keeps how far a home has read; what follows
    it, `.` and eight digits, is the home's own. `sasl` signs in with the connection's login and password. `ca` is the
    file of the authority that signed the brokers' certificates, where it is none that this machine trusts.
    """

    kind: Literal["kafka"]
    servers: str
    group: str
    sasl: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = None
    tls: bool = False
    ca: str | None = None

    @model_validator(mode="after")
    def _authority_of_tls(self) -> Kafka:
        if self.ca is not None and not self.tls:
            raise ValueError("ca belongs to: tls: true")
        return self


class Amqp(Model):
    """An AMQP 0-9-1 broker, `amqp://host:port/vhost` or `amqps://…`; login and password are the connection's."""

    kind: Literal["amqp"]
    url: str = Field(pattern=r"^(amqps?://|\$\{)")
    ca: str | None = None


class QueueSource(Model):
    """A message broker. Nothing is written to it but how far we have read, and that only after landing."""

    kind: Literal["queue"]
    broker: Annotated[Kafka | Amqp, Field(discriminator="kind")]


class Drain(Model):
    """Where one sync ends although more may wait: after so many messages, so many bytes of them, or so long."""

    messages: int = Field(default=10_000, ge=1, le=65_000)
    size: Size = 64 * 1024 * 1024
    time: Span = timedelta(minutes=5)


class Envelope(Model):
    """A message of change-data capture: `op` is the path of its operation's code, landed as `_op`.

    Where a message has nothing at `rows`, its row is what stands at `before`: the last state of a deleted record.
    """

    op: str
    before: str | None = None


class QueueDataset(Dataset):
    """The messages of one Kafka topic or AMQP queue, each a JSON object.

    A message is one row, or holds one row or a list of them at the dotted path `rows`. Beside its own fields a row
    has `_topic`, `_partition`, `_offset`, `_timestamp` (epoch ms), `_key` and `_op`. A message without a payload
    deletes the record of its key: its row has the key's fields and `_op` is `delete`.
    """

    queue: str = Field(min_length=1)
    rows: str | None = None
    envelope: Envelope | None = None
    drain: Drain = Drain()

    @model_validator(mode="after")
    def _fits_a_queue(self) -> QueueDataset:
        if self.sync.mode != "queue":
            raise ValueError("a queue is read by: sync: {mode: queue}")
        if isinstance(self.deletes, KeyCompare):
            raise ValueError("a queue has no list of all keys; deletes may be: tombstone")
        if self.envelope is not None and self.envelope.before is not None and self.rows is None:
            raise ValueError("envelope.before stands in for rows; give: rows")
        return self
