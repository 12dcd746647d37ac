"""Secret keys of this home: 32 bytes for each purpose, so that one key says nothing of another; and their versions.

Purposes: `build` (the warehouse file), `token_*` (one per kind of token), `session` (portal sign-in), `secrets`,
`lookups` (answers that have not landed), `reveal` (the file that reveals are read from), `returns` (names of the rows
that are returned).

The first key of a purpose is named like it. One that a rotation made is named `<purpose>.<moment>`, the moment in UTC
(`build.20261127T014500Z`), so names sort by age and two homes of one origin never make the same. The newest is the one
in use for what is written; the others open what was written before. No key ever changes.

A key comes from `<home>/keys/<name>`, where the first is made on first use, or from HUB_KEY_<PURPOSE> or
HUB_KEY_<PURPOSE>_<MOMENT> (64 hex digits).
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path

from operations.failpoints import failpoint
from operations.settings import SHANGHAI, Settings

KEY_BYTES = 32
VARIABLE = "HUB_KEY_"
MOMENT = "%Y%m%dT%H%M%SZ"
_NAME = re.compile(r"[a-z][a-z0-9_]*(\.\d{8}T\d{6}Z)?")
_DOOMED = ".destroying."


class KeyUnusable(RuntimeError):
    """A key that is lost or malformed; the message names where it belongs, never its value."""


def key(settings: Settings, purpose: str) -> bytes:
    """The 32 bytes of the newest key of a purpose; the first is made on first use (mode 0600, exactly once however many
    processes ask).

    Raises KeyUnusable when the key is malformed, or when every `build` is gone while the file that it opens exists.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", purpose):
        raise ValueError(f"key name {purpose!r}: use lower_snake")
    found = versions(settings, purpose)
    if not found:
        if purpose == "build" and settings.build_path.exists():
            raise KeyUnusable(
                f"{settings.keys / purpose} is missing but {settings.build_path} exists: restore the key from its"
                f" backup or set {variable(purpose)}"
            )
        make(settings, purpose)
    return secret(settings, found[-1] if found else purpose)


def secret(settings: Settings, name: str) -> bytes:
    """The 32 bytes of one version. Raises KeyUnusable when it is malformed or not there."""
    if variable(name) in os.environ:
        return _decoded(os.environ[variable(name)], variable(name))
    path = settings.keys / name
    try:
        text = path.read_text(encoding="ascii", errors="replace")
    except FileNotFoundError:
        raise KeyUnusable(f"{path} is missing: restore it from its backup or set {variable(name)}") from None
    return _decoded(text, str(path))


def versions(settings: Settings, purpose: str) -> list[str]:
    """The names of the keys of a purpose that this home has, the oldest first; none is made."""
    return [name for name in names(settings) if purpose_of(name) == purpose]


def names(settings: Settings) -> list[str]:
    """Every key that this home has, in its folder or from the environment; those of a purpose by age."""
    held = {path.name for path in settings.keys.glob("[a-z]*") if _NAME.fullmatch(path.name)}
    held |= {_named(given) for given in os.environ if given.startswith(VARIABLE)}
    return sorted(held)


def purpose_of(name: str) -> str:
    return name.partition(".")[0]


def variable(name: str) -> str:
    """The environment variable that a key may come from."""
    purpose, _, moment = name.partition(".")
    return f"{VARIABLE}{purpose.upper()}" + (f"_{moment}" if moment else "")


def made_at(settings: Settings, name: str) -> datetime | None:
    """When a key was made, naive Asia/Shanghai; of a first key the time of its file, None where it has none."""
    moment = name.partition(".")[2]
    if moment:
        made = datetime.strptime(moment, MOMENT).replace(tzinfo=UTC)
    elif variable(name) in os.environ:
        return None
    else:
        made = datetime.fromtimestamp(int((settings.keys / name).stat().st_mtime), UTC)
    return made.astimezone(SHANGHAI).replace(tzinfo=None)


def age_days(settings: Settings, name: str) -> int | None:
    """Whole days since a key was made, by the real clock; None where that is not known."""
    made = made_at(settings, name)
    return None if made is None else (datetime.now(SHANGHAI).replace(tzinfo=None) - made).days


def fingerprints(settings: Settings) -> dict[str, str]:
    """The fingerprint of every key that this home has, by name; none is made.

    A fingerprint is the start of the key's sha256: enough to know the key again, and nothing to guess it from.
    Raises KeyUnusable.
    """
    return {name: hashlib.sha256(secret(settings, name)).hexdigest()[:16] for name in names(settings)}


def next_name(settings: Settings, purpose: str) -> str:
    """The name of a key that is newer than every one of its purpose, whatever the clock says."""
    now = datetime.now(UTC)
    newest = versions(settings, purpose)[-1].partition(".")[2]
    if newest:
        now = max(now, datetime.strptime(newest, MOMENT).replace(tzinfo=UTC) + timedelta(seconds=1))
    return f"{purpose}.{now.strftime(MOMENT)}"


def make(settings: Settings, name: str) -> None:
    """Make a key where there is none of that name yet, on disk when this returns."""
    path = settings.keys / name
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
    _flush(path.parent)


def destroy(folder: Path, name: str) -> None:
    """Overwrite and remove a key in a folder of keys, and what a destruction of it that was killed has left there.

    It is no key any more from the first moment on, so that nothing is tried with half of one.
    """
    doomed = folder / f"{_DOOMED}{name}"
    if (folder / name).exists():
        (folder / name).replace(doomed)
        _flush(folder)
        failpoint("destroy.hidden")
    if doomed.exists():
        with doomed.open("r+b", buffering=0) as file:
            file.write(os.urandom(doomed.stat().st_size))
            os.fsync(file.fileno())
        doomed.unlink()
        _flush(folder)


def _named(given: str) -> str:
    name = given.removeprefix(VARIABLE)
    purpose, _, moment = name.rpartition("_")
    return f"{purpose.lower()}.{moment}" if re.fullmatch(r"\d{8}T\d{6}Z", moment) else name.lower()


def _decoded(text: str, place: str) -> bytes:
    if not re.fullmatch(r"[0-9a-fA-F]{64}", text.strip()):
        raise KeyUnusable(f"{place} must hold {KEY_BYTES * 2} hex digits: restore it from its backup")
    return bytes.fromhex(text.strip())


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
