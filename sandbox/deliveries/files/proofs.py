"""What lies beside a file and says that it is whole, in the ways of the departments."""

from __future__ import annotations

from hashlib import md5, sha256
from pathlib import Path

from sandbox.deliveries.files.sealing import signature
from sandbox.departments import Drop

BATCH = "_SUCCESS"


def put(folder: Path, name: str, body: bytes, count: int, drop: Drop, keys: dict[str, str]) -> None:
    """Put a file where its department sends it, then what proves it."""
    beside = None if drop.proof == "none" else folder / _name(name, drop)
    if beside:
        beside.unlink(missing_ok=True)  # an old proof must not vouch for a new body
    part = folder / f".{name}.part"
    part.write_bytes(body)
    part.replace(folder / name)
    if beside:
        beside.write_text(_text(name, body, count, drop, keys), encoding="utf-8")


def _name(name: str, drop: Drop) -> str:
    match drop.proof:
        case "batch":
            return BATCH
        case "marker":
            return f"{name.rpartition('.')[0]}.end"
        case proof:
            return name + {"control": ".ok", "digest": ".sha256", "signature": ".sig"}[proof]


def _text(name: str, body: bytes, count: int, drop: Drop, keys: dict[str, str]) -> str:
    match drop.proof:
        case "control":
            return f"file={name}\nmd5={md5(body).hexdigest()}\nbytes={len(body)}\nrows={count}\n"
        case "digest":
            return f"{sha256(body).hexdigest()}  {name}\n"
        case "signature":
            return signature(body, keys)
    return ""
