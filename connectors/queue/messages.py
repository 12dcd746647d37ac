"""What a message is, and how it becomes rows: raw JSON objects with the message's place added, or one unreadable line.

A message that cannot be understood is never dropped and never holds up the rest: it becomes a line that the check
finds unreadable, with its place beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from operations.settings import SHANGHAI
from schemas.declaration import Tombstone
from schemas.declared.queue import QueueDataset

DELETE = "delete"
"""The `_op` of a message without a payload, which deletes the record of its key."""

_object = msgspec.json.Decoder(dict[str, msgspec.Raw])
_list = msgspec.json.Decoder(list[msgspec.Raw])


@dataclass(frozen=True)
class Message:
    """One message as the broker gave it. `place` names it for people: `topic[partition]@offset`.

    `payload` is None where the message says that the record of its key is gone. `carried` are those fields of
    MESSAGE_FIELDS that the broker knows.
    """

    place: str
    key: bytes | None
    payload: bytes | None
    carried: dict[str, Any] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes of key and payload."""
        return len(self.key or b"") + len(self.payload or b"")


class PoisonError(ValueError):
    """A message that cannot be understood; the text says why and quotes nothing."""


def rows_of(message: Message, dataset: QueueDataset) -> list[bytes]:
    """The rows of a message as JSON objects of one line each; a message with null at `rows` has none, unless its
    operation deletes: then it has that of its key.

    Raises PoisonError.
    """
    carried = message.carried | {"_key": _text(message.key), "_op": None}
    if message.payload is None:
        return [_deletion(message, message.key, dataset, carried | {"_op": DELETE})]
    decoded = _decoded(message.payload)
    if dataset.envelope is not None:
        carried["_op"] = _at(decoded, dataset.envelope.op)
    rows = _rows(message.payload, dataset)
    if not rows and _deletes(carried["_op"], dataset):
        is_kafka = carried.get("_partition") is not None  # AMQP's routing key is the same for every record
        return [_deletion(message, message.key if is_kafka else None, dataset, carried)]
    return [_joined(row, msgspec.json.encode(carried)) for row in rows]


def unreadable(message: Message) -> bytes:
    """A message as one line that no reader takes for a JSON object, with everything that came in it."""
    payload = b"null" if message.payload is None else message.payload
    line = payload.replace(b"\n", b"\\n").replace(b"\r", b"\\r")
    try:
        _decoded(line)
    except PoisonError:
        return line if line.strip() else b'""'  # a line of blanks would not count as one
    return msgspec.json.encode(line.decode())


def _deletes(op: str | None, dataset: QueueDataset) -> bool:
    mark = dataset.deletes
    return isinstance(mark, Tombstone) and mark.field == "_op" and op in mark.equals


def _deletion(message: Message, key: bytes | None, dataset: QueueDataset, carried: dict[str, Any]) -> bytes:
    return msgspec.json.encode(_updated(message, dataset) | _fields_of_key(key, dataset.key) | carried)


def _updated(message: Message, dataset: QueueDataset) -> dict[str, Any]:
    """The field from which records know when they were changed, filled with the message's time: a record's deletion
    would otherwise be taken for older than the record, when both come in one delivery."""
    mapped = dataset.fields.get("source_updated_at")
    milliseconds = message.carried.get("_timestamp")
    if mapped is None or mapped.source is None or milliseconds is None:
        return {}
    form = mapped.formats[0] if mapped.formats else "%Y-%m-%d %H:%M:%S.%f"
    if form in ("epoch_ms", "epoch_s"):
        return {mapped.source: milliseconds // (1 if form == "epoch_ms" else 1000)}
    return {mapped.source: datetime.fromtimestamp(milliseconds / 1000, SHANGHAI).strftime(form)}


def _decoded(payload: bytes) -> dict[str, Any]:
    if b"\x00" in payload or b"\\u0000" in payload:
        raise PoisonError("a NUL character")
    try:
        decoded = msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise PoisonError("not JSON in UTF-8") from None
    if not isinstance(decoded, dict):
        raise PoisonError("not a JSON object")
    return decoded


def _rows(payload: bytes, dataset: QueueDataset) -> list[bytes]:
    if dataset.rows is None:
        return [_one_line(payload)]
    before = dataset.envelope.before if dataset.envelope else None
    found = [_raw_at(payload, path) for path in (dataset.rows, before) if path is not None]
    if all(raw is None for raw in found):
        raise PoisonError(f"nothing at {dataset.rows}")
    raw = next((raw for raw in found if raw not in (None, b"null")), b"null")
    rows = [bytes(one) for one in _list.decode(raw)] if raw.startswith(b"[") else [raw]
    rows = [] if raw == b"null" else rows
    if not all(row.startswith(b"{") for row in rows):
        raise PoisonError(f"something at {dataset.rows} that is no row")
    return [_one_line(row) for row in rows]


def _raw_at(payload: bytes, path: str) -> bytes | None:
    """The raw value at a dotted path; None where there is no such place."""
    raw = payload.strip()
    for step in path.split("."):
        if not raw.startswith(b"{"):
            return None
        level = _object.decode(raw)
        if step not in level:
            return None
        raw = bytes(level[step])
    return raw


def _at(decoded: dict[str, Any], path: str) -> str | None:
    value: Any = decoded
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value if value is None or isinstance(value, str) else msgspec.json.encode(value).decode()


def _joined(row: bytes, carried: bytes) -> bytes:
    """Two JSON objects as one; the second one's fields come last, so that they count where a name is in both."""
    inside = row[1:-1].strip()
    return b"{" + inside + b"," + carried[1:] if inside else carried


def _one_line(row: bytes) -> bytes:
    row = row.strip()
    return msgspec.json.format(row, indent=-1) if b"\n" in row or b"\r" in row else row


def _text(key: bytes | None) -> str | None:
    return None if key is None else key.decode("utf-8", "backslashreplace")


def _fields_of_key(key: bytes | None, names: list[str]) -> dict[str, Any]:
    """The key fields of a record from a message's key: a JSON object with them, or the text of the only one."""
    try:
        decoded = msgspec.json.decode(key or b"")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        decoded = None
    if isinstance(decoded, dict):
        inside = decoded.get("payload", decoded)  # Kafka Connect wraps a key in its schema
        if isinstance(inside, dict) and all(inside.get(name) is not None for name in names):
            return {name: inside[name] for name in names}
    elif key and len(names) == 1:
        try:
            return {names[0]: decoded if isinstance(decoded, str) else key.decode()}
        except UnicodeDecodeError:
            pass
    raise PoisonError("it deletes a record, and neither its row nor its key names which")
