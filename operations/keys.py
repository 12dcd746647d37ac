"""Secret keys of this home: 32 bytes for each purpose, so that one key says nothing of another.

A key comes from HUB_KEY_<NAME> (64 hex digits) or from `<home>/keys/<name>`, which is made on first use.
Names in use: `build` (the warehouse file), `token_*` (one per kind of token), `session` (portal sign-in),
`secrets`, `lookups` (answers that have not landed), `reveal` (the file that reveals are read from), `returns` (names of
the rows that are returned).
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from pathlib import Path

from operations.settings import Settings

KEY_BYTES = 32
VARIABLE = "HUB_KEY_"


class KeyUnusable(RuntimeError):
    """A key that is lost or malformed; the message names where it belongs, never its value."""


def key(settings: Settings, name: str) -> bytes:
    """The 32 bytes of key `name`, made on first use (mode 0600, exactly once however many processes ask).

    Raises KeyUnusable when the key is malformed, or when `build` is gone while the file that it opens exists.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ValueError(f"key name {name!r}: use lower_snake")
    variable = f"{VARIABLE}{name.upper()}"
    if variable in os.environ:
        return _decoded(os.environ[variable], variable)
    path = settings.keys / name
    if not path.exists():
        if name == "build" and settings.build_path.exists():
            raise KeyUnusable(
                f"{path} is missing but {settings.build_path} exists: restore the key from its backup or set {variable}"
            )
        _make(path)
    return _decoded(path.read_text(encoding="ascii", errors="replace"), str(path))


def fingerprints(settings: Settings) -> dict[str, str]:
    """Every key that this home has, in its folder or from the environment, by name; none is made.

    A fingerprint is the start of the key's sha256: enough to know the key again, and nothing to guess it from.
    Raises KeyUnusable.
    """
    names = {path.name for path in settings.keys.glob("[a-z]*")}
    names |= {name.removeprefix(VARIABLE).lower() for name in os.environ if name.startswith(VARIABLE)}
    return {name: hashlib.sha256(key(settings, name)).hexdigest()[:16] for name in sorted(names)}


def _decoded(text: str, place: str) -> bytes:
    if not re.fullmatch(r"[0-9a-fA-F]{64}", text.strip()):
        raise KeyUnusable(f"{place} must hold {KEY_BYTES * 2} hex digits: restore it from its backup")
    return bytes.fromhex(text.strip())


def _make(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)  # unlike a rename it never replaces the key that another process made first
        except FileExistsError:
            return
    finally:
        draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
