"""Every word of the declaration's vocabulary has a system that uses it."""

from __future__ import annotations

from declared_words import said, vocabulary

from schemas.declaration import DatabaseSystem, FilesSystem, QueueSystem, RestSystem, SoapSystem, load_systems

FAMILIES = (RestSystem, DatabaseSystem, FilesSystem, SoapSystem, QueueSystem)
NO_HANDSHAKE = "librdkafka's cluster for tests, the sandbox's broker, speaks neither SASL nor TLS; see test_kafka.py"
NO_RABBIT = "RabbitMQ is a server that pip does not bring, so no demo has it; test_amqp.py proves it against a real one"
PEOPLE = "every system of the province holds at least names of people, which are L3"
NOT_HERE = {
    "Kafka.sasl": NO_HANDSHAKE,
    "Kafka.sasl=PLAIN": NO_HANDSHAKE,
    "Kafka.sasl=SCRAM-SHA-256": NO_HANDSHAKE,
    "Kafka.sasl=SCRAM-SHA-512": NO_HANDSHAKE,
    "Kafka.tls": NO_HANDSHAKE,
    "Kafka.ca": NO_HANDSHAKE,
    "Amqp.kind": NO_RABBIT,
    "Amqp.kind=amqp": NO_RABBIT,
    "Amqp.url": NO_RABBIT,
    "Amqp.ca": NO_RABBIT,
    "System.classification=L1": PEOPLE,
    "System.classification=L2": PEOPLE,
    "S3.addressing=virtual": "a bucket as part of a host name needs a name server that knows it; see test_s3.py",
}
"""The words that this sandbox cannot prove, each with the reason."""


def test_every_word_has_a_system_that_uses_it() -> None:
    systems, errors = load_systems()
    assert errors == []
    used, words = said(list(systems.values())), vocabulary(*FAMILIES)
    assert used <= words, "a word that is said is one of the vocabulary"
    assert sorted(words - used) == sorted(NOT_HERE)
