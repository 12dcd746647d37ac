"""Kafka on the wire: what is there arrives once it is confirmed, and again until then."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from declarations import declared
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kafka_cluster import PLAIN, QUEUE, Cluster, running
from previewed import previewed
from sources import lines

from connectors.base import Connector
from connectors.errors import AuthError, IncompleteDeliveryError, ProtocolError, UnreachableError
from connectors.queue.kafka import KafkaBroker
from connectors.registry import open_connector
from hub.onboarding.rows import look
from operations.credentials import Credentials
from operations.settings import Settings
from operations.store import Store
from schemas.declaration import System
from schemas.declared.queue import Kafka
from schemas.delivery import Page, Window

ALL = Window(None, None)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with running() as found:
        yield found


@pytest.fixture
def topic(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("TRIAL_URL", cluster.servers)
    return cluster.topic()


@pytest.fixture
def trial(topic: str, tmp_path: Path) -> System:
    return declared(tmp_path / "systems", QUEUE, **PLAIN, queue=topic)


def read(connector: Connector, trial: System, resume: str | None = None) -> list[Page]:
    return list(connector.read(trial.datasets["events"], ALL, resume, None))


def numbers(pages: list[Page]) -> list[int]:
    return [msgspec.json.decode(line)["no"] for line in lines(pages)]


def numbered(*wanted: int) -> list[tuple[str, bytes]]:
    return [(str(number), json.dumps({"no": number, "t": "纠纷"}).encode()) for number in wanted]


def test_what_is_there_is_read_with_its_place(
    cluster: Cluster, topic: str, trial: System, connect: Callable[..., Connector]
) -> None:
    cluster.send(topic, *numbered(1, 2), partition=0)
    cluster.send(topic, *numbered(3), partition=3)
    cluster.send(topic, ("3", None), partition=3)
    [page] = read(connect(trial), trial)
    rows = {(row["_partition"], row["_offset"]): row for row in map(msgspec.json.decode, lines([page]))}
    assert {place: (row["no"], row["_op"]) for place, row in rows.items()} == {
        (0, 0): (1, None),
        (0, 1): (2, None),
        (3, 0): (3, None),
        (3, 1): ("3", "delete"),
    }
    first = rows[0, 0]
    assert (first["_topic"], first["_key"], first["t"]) == (topic, "1", "纠纷")
    assert abs(first["_timestamp"] / 1000 - time.time()) < 60


def test_only_what_was_confirmed_is_not_read_again(
    cluster: Cluster, topic: str, trial: System, connect: Callable[..., Connector], tmp_path: Path
) -> None:
    cluster.send(topic, *numbered(1, 2))
    assert numbers(read(connect(trial), trial)) == [1, 2]
    assert cluster.committed(topic, tmp_path / "home") == [-1001] * 4, "reading alone commits nothing"
    connector = connect(trial)
    assert numbers(read(connector, trial)) == [1, 2]
    connector.confirm(trial.datasets["events"])
    assert cluster.committed(topic, tmp_path / "home")[0] == 2
    cluster.send(topic, *numbered(3))
    assert numbers(read(connect(trial), trial)) == [3]


def test_two_homes_each_read_every_message(
    cluster: Cluster, topic: str, trial: System, connect: Callable[..., Connector], tmp_path: Path
) -> None:
    cluster.send(topic, *numbered(1, 2))
    first = connect(trial)
    assert numbers(read(first, trial)) == [1, 2]
    first.confirm(trial.datasets["events"])
    other = Settings(home=tmp_path / "other")
    other.prepare()
    second = open_connector(trial, credentials=Credentials(), store=Store(other), workdir=other.private)
    assert numbers(read(second, trial)) == [1, 2], "what another home has confirmed"
    [finding] = second.check()
    assert "2 messages not read yet by group hub141." in finding.message
    second.confirm(trial.datasets["events"])
    second.close()
    homes = (tmp_path / "home", tmp_path / "other")
    assert [cluster.committed(topic, home)[0] for home in homes] == [2, 2]


def test_a_read_that_broke_off_goes_on_from_its_checkpoint(
    cluster: Cluster,
    topic: str,
    trial: System,
    connect: Callable[..., Connector],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr("connectors.queue.connector.PAGE_BYTES", 1)
    cluster.send(topic, *numbered(1, 2, 3))
    pages = connect(trial).read(trial.datasets["events"], ALL, None, None)
    first = next(pages)
    connector = connect(trial)
    assert numbers(read(connector, trial, first.checkpoint)) == [2, 3]
    assert read(connector, trial, json.dumps({"0": 3})) == []
    connector.confirm(trial.datasets["events"])
    assert cluster.committed(topic, tmp_path / "home")[0] == 3


def test_a_sync_takes_no_more_than_declared_and_the_next_one_goes_on(
    cluster: Cluster, topic: str, tmp_path: Path, connect: Callable[..., Connector]
) -> None:
    cluster.send(topic, *numbered(*range(5)))
    trial = declared(tmp_path, QUEUE, **{**PLAIN, "messages": 2}, queue=topic)
    connector = connect(trial)
    for wanted in ([0, 1], [2, 3], [4], []):
        assert numbers(read(connector, trial)) == wanted
        connector.confirm(trial.datasets["events"])
    cluster.send(topic, *[("9", b'{"no": 9, "t": "%s"}' % (b"x" * 900))] * 3)
    trial = declared(tmp_path, QUEUE, **{**PLAIN, "size": "1KiB"}, queue=topic)
    assert numbers(read(connect(trial), trial)) == [9, 9]
    trial = declared(tmp_path, QUEUE, **{**PLAIN, "time": "0s"}, queue=topic)
    assert read(connect(trial), trial) == []


def test_poison_comes_in_a_part_of_its_own_with_its_places(
    cluster: Cluster, topic: str, trial: System, connect: Callable[..., Connector]
) -> None:
    cluster.send(topic, *numbered(1), ("x", b"{not json"), ("y", b'"\xb2\xe2"'), (None, None), *numbered(2))
    good, bad = read(connect(trial), trial)
    assert numbers([good]) == [1, 2]
    assert (bad.rows, bad.places) == (3, [f"{topic}[0]@{offset}" for offset in (1, 2, 3)])
    assert lines([bad]) == [b"{not json", b'"\xb2\xe2"', b"null"]
    assert good.checkpoint is None, "a resume between the two would lose the second"


def test_nothing_there_is_no_page(trial: System, connect: Callable[..., Connector]) -> None:
    connector = connect(trial)
    assert read(connector, trial) == []
    connector.confirm(trial.datasets["events"])
    [finding] = connector.check()
    assert finding.ok
    assert "4 partitions, 0 messages not read yet" in finding.message


def test_a_preview_reads_and_leaves(
    cluster: Cluster, topic: str, trial: System, connect: Callable[..., Connector]
) -> None:
    cluster.send(topic, *numbered(1, 2, 3), ("x", b"{"))
    connector = connect(trial)
    assert [row["no"] for row in previewed(connector, trial.datasets["events"], 2)] == [1, 2]
    found = look(connector.preview(trial.datasets["events"], 9), 9)
    assert [(one.position, one.place) for one in found.left_out] == [(4, f"{topic}[0]@3")]
    assert "truncated" in found.left_out[0].reason
    assert len(numbers(read(connector, trial)[:1])) == 3


def test_messages_that_the_cluster_threw_away_are_told_and_not_stepped_over(
    cluster: Cluster, topic: str, trial: System, connect: Callable[..., Connector], monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.send(topic, *numbered(1, 2))
    connector = connect(trial)
    resume = json.dumps({"0": 1})
    consumer = connector._broker._consumer  # type: ignore[attr-defined]

    class Shortened:
        """The mock keeps all it got, so what its retention left is told in its place."""

        def __getattr__(self, name: str) -> Any:
            return getattr(consumer, name)

        def get_watermark_offsets(self, *_: Any) -> tuple[int, int]:
            return (2, 2)

    monkeypatch.setattr(connector._broker, "_consumer", Shortened())  # type: ignore[attr-defined]
    with pytest.raises(IncompleteDeliveryError, match=r"\[0\]@1: the cluster no longer has the 1 messages up to"):
        read(connector, trial, resume)
    with pytest.raises(IncompleteDeliveryError, match=r"\[0\]@9: .* only up to offset 2: the topic was made anew"):
        read(connector, trial, json.dumps({"0": 9}))


def test_what_a_queue_cannot_do_is_said(trial: System, connect: Callable[..., Connector]) -> None:
    connector = connect(trial)
    dataset = trial.datasets["events"]
    with pytest.raises(ProtocolError, match="cannot be read by time"):
        list(connector.read(dataset, Window(None, None, "backfill"), None, None))
    with pytest.raises(ProtocolError, match="no list of all keys"):
        list(connector.keys(dataset))


def test_a_topic_that_is_not_there_is_named(
    cluster: Cluster, topic: str, tmp_path: Path, connect: Callable[..., Connector]
) -> None:
    trial = declared(tmp_path, QUEUE, **PLAIN, queue="nowhere")
    with pytest.raises(ProtocolError, match=r"trial\.events at .* nowhere: no such topic"):
        read(connect(trial), trial)
    [finding] = connect(trial).check()
    assert not finding.ok


def test_a_dead_cluster_and_a_refused_login_are_told_apart(
    topic: str, tmp_path: Path, connect: Callable[..., Connector], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.queue.kafka.SECONDS", 0.5)
    signed = str(PLAIN["broker"]).replace("group:", "sasl: PLAIN, group:")
    trial = declared(tmp_path, QUEUE, **{**PLAIN, "broker": signed}, queue=topic)
    with pytest.raises((AuthError, UnreachableError)) as raised:
        read(connect(trial, "hub", "not-the-secret"), trial)
    assert "not-the-secret" not in str(raised.value)
    monkeypatch.setenv("TRIAL_URL", "127.0.0.1:9")
    trial = declared(tmp_path, QUEUE, **PLAIN, queue=topic)
    with pytest.raises(UnreachableError, match=r"no answer from the cluster \(_TRANSPORT\)"):
        read(connect(trial), trial)


def test_how_to_sign_in_is_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CA", "/no/such.pem")
    broker = KafkaBroker(
        "trial", Kafka(kind="kafka", servers="127.0.0.1:9", group="g"), Credentials(), Path("/srv/hub")
    )
    signed = Kafka(kind="kafka", servers="127.0.0.1:9", group="g", sasl="SCRAM-SHA-512", tls=True, ca="${CA}")
    options = broker._options(signed, Credentials(login="hub", password="secret"))
    assert options["security.protocol"] == "sasl_ssl"
    assert (options["sasl.mechanism"], options["sasl.username"]) == ("SCRAM-SHA-512", "hub")
    assert options["ssl.ca.location"] == "/no/such.pem"
    broker.close()


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sent=st.lists(st.integers(0, 3), max_size=30),
    bound=st.integers(1, 12),
    deaths=st.lists(st.integers(0, 5), max_size=4),
)
def test_whenever_a_reader_dies_each_message_lands_and_in_order(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, sent: list[int], bound: int, deaths: list[int]
) -> None:
    """`sent`: the partition of each message. `deaths`: after how many pages a read dies before it confirms."""
    monkeypatch.setenv("TRIAL_URL", cluster.servers)
    monkeypatch.setattr("connectors.queue.connector.PAGE_BYTES", 300)
    topic = cluster.topic()
    for number, partition in enumerate(sent):
        cluster.producer.produce(topic, json.dumps({"no": number}).encode(), partition=partition)
    cluster.producer.flush(10)
    landed: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        home = Settings(home=Path(folder) / "home")
        home.prepare()
        store = Store(home)
        trial = declared(Path(folder), QUEUE, **{**PLAIN, "messages": bound}, queue=topic)
        dataset = trial.datasets["events"]
        for death in [*deaths, *[None] * (len(sent) // bound + 1)]:
            connector = open_connector(trial, credentials=Credentials(), store=store, workdir=Path(folder) / "work")
            for number, page in enumerate(connector.read(dataset, ALL, None, None)):
                if number == death:
                    break
                landed += [msgspec.json.decode(line) for line in lines([page])]
            else:
                connector.confirm(dataset)
            connector.close()
    first_seen = {(row["_partition"], row["_offset"]): row["no"] for row in landed}
    for partition in range(4):
        wanted = [number for number, one in enumerate(sent) if one == partition]
        assert [first_seen.get((partition, offset)) for offset in range(len(wanted))] == wanted
