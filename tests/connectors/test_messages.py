"""What a message becomes: rows with its place, or one line that the check finds unreadable. Nothing is dropped."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import msgspec
import pytest
from declarations import declared
from hypothesis import given
from hypothesis import strategies as st
from kafka_cluster import PLAIN, QUEUE

from connectors.queue.messages import Message, PoisonError, rows_of, unreadable
from quality.mend import mend_ndjson
from schemas.declaration import DeclarationError
from schemas.declared.queue import QueueDataset

AT = {"_topic": "events", "_partition": 2, "_offset": 17, "_timestamp": 1}


def dataset(folder: Path, **words: object) -> QueueDataset:
    found = declared(folder, QUEUE, **{**PLAIN, "queue": "events", **words}).datasets["events"]
    assert isinstance(found, QueueDataset)
    return found


def rows(payload: bytes | None, of: QueueDataset, key: bytes | None = None) -> list[dict[str, Any]]:
    message = Message("events[2]@17", key, payload, AT)
    return [msgspec.json.decode(row) for row in rows_of(message, of)]


def test_a_message_is_a_row_that_knows_its_place(tmp_path: Path) -> None:
    payload = json.dumps({"no": "1", "inner": {"a": [1]}}, indent=2).encode()
    assert rows(payload, dataset(tmp_path), b"k") == [
        {"no": "1", "inner": {"a": [1]}, **AT, "_key": "k", "_op": None},
    ]
    assert rows(b" {} ", dataset(tmp_path)) == [{**AT, "_key": None, "_op": None}]


def test_rows_stand_at_a_path_one_or_many(tmp_path: Path) -> None:
    of = dataset(tmp_path, words="rows: data.list")
    assert [row["no"] for row in rows(b'{"data":{"list":[{"no":1},{"no":2}]}}', of)] == [1, 2]
    assert [row["no"] for row in rows(b'{"data":{"list":{"no":1}}}', of)] == [1]
    assert rows(b'{"data":{"list":null}}', of) == []
    for payload in (b'{"data":{}}', b'{"data":3}', b'{"data":{"list":[1]}}', b'{"data":{"list":"x"}}'):
        with pytest.raises(PoisonError):
            rows(payload, of)


def test_an_envelope_gives_the_operation_and_the_deleted_rows_last_state(tmp_path: Path) -> None:
    of = dataset(tmp_path, words="rows: after\n    envelope: {op: op, before: before}")
    changed, deleted = rows(b'{"op":"u","before":{"no":1,"t":"x"},"after":{"no":1,"t":"y"}}', of) + rows(
        b'{"op":"d","before":{"no":1,"t":"y"},"after":null}', of
    )
    assert (changed["t"], changed["_op"]) == ("y", "u")
    assert (deleted["no"], deleted["_op"]) == (1, "d")


def test_a_deletion_without_a_row_is_that_of_its_key_and_never_nothing(tmp_path: Path) -> None:
    of = dataset(tmp_path, words="rows: after\n    envelope: {op: op}")
    [row] = rows(b'{"op":"d","after":null}', of, b'{"no":"E1"}')
    assert (row["no"], row["_op"]) == ("E1", "d")
    with pytest.raises(PoisonError, match="neither its row nor its key names which"):
        rows(b'{"op":"d","after":null}', of)
    assert rows(b'{"op":"heartbeat","after":null}', of) == []


@pytest.mark.parametrize("key", [b"E1", b'"E1"', b'{"no":"E1"}', b'{"schema":{},"payload":{"no":"E1","x":2}}'])
def test_a_message_without_payload_deletes_the_record_of_its_key(key: bytes, tmp_path: Path) -> None:
    [row] = rows(None, dataset(tmp_path), key)
    assert (row["no"], row["_op"]) == ("E1", "delete")


@pytest.mark.parametrize(
    ("formats", "written"),
    [("", "2026-06-30 20:00:00.500000"), (", formats: ['%Y/%m/%d']", "2026/06/30"), (", formats: epoch_s", 1782820800)],
)
def test_a_deletion_is_as_old_as_its_message(formats: str, written: object, tmp_path: Path) -> None:
    fields = f"{{source_updated_at: {{from: at, type: timestamp{formats}}}}}"
    message = Message("events[0]@1", b"E1", None, {"_timestamp": 1782820800500})
    [row] = rows_of(message, dataset(tmp_path, fields=fields))
    assert msgspec.json.decode(row)["at"] == written


@pytest.mark.parametrize("key", [None, b"", b"\xff", b'{"id":"E1"}', b'{"no":null}'])
def test_one_whose_key_names_no_record_is_unreadable(key: bytes | None, tmp_path: Path) -> None:
    with pytest.raises(PoisonError):
        rows(None, dataset(tmp_path), key)


def test_of_several_key_fields_each_must_be_in_the_key(tmp_path: Path) -> None:
    of = dataset(tmp_path, key="[town, no]")
    assert rows(None, of, b'{"no":7,"town":"a"}')[0]["town"] == "a"
    with pytest.raises(PoisonError):
        rows(None, of, b"7")


@given(payload=st.one_of(st.none(), st.binary(max_size=40), st.text(max_size=20).map(lambda text: text.encode())))
def test_what_cannot_be_a_row_is_one_line_that_the_check_cannot_read(payload: bytes | None) -> None:
    message = Message("events[0]@1", None, payload)
    with tempfile.TemporaryDirectory() as folder:
        of = dataset(Path(folder))
        try:
            rows_of(message, of)
        except PoisonError:
            path = Path(folder) / "part.ndjson"
            path.write_bytes(unreadable(message) + b"\n")
            assert path.read_bytes().count(b"\n") == 1
            assert [one.ordinal for one in mend_ndjson(path, Path(folder) / "mended")] == [0]


def test_the_declaration_refuses_what_a_queue_cannot_do(tmp_path: Path) -> None:
    key_compare = 'kind: key_compare, cron: "0 2 * * *", max_delete_share: 1%'
    for change, words in (
        (("sync: {{mode: queue}}", "sync: {{mode: snapshot}}"), "sync: {mode: queue}"),
        (("kind: tombstone, field: _op, equals: [delete, d]", key_compare), "no list of all keys"),
        (("{words}", "envelope: {{op: op, before: before}}"), "give: rows"),
        (("size: {size}", "size: 64MB"), "not a size"),
    ):
        with pytest.raises(DeclarationError, match=words):
            declared(tmp_path, QUEUE.replace(*change), **{**PLAIN, "queue": "events"})
