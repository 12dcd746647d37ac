"""`hub keys destroy`: the end of a key that nothing needs any more, in the home and in a folder of key backups."""

from __future__ import annotations

import os
from pathlib import Path

from hub.rotation import inventory, register
from hub.rotation.register import KeyOrderError
from hub.steps import step
from operations import keys
from operations.failpoints import failpoint
from operations.locks import keys_lock, writer_lock
from operations.settings import Settings
from operations.store import Store


def destroy(settings: Settings, name: str, *, by: str, reason: str, kept: Path | None = None) -> list[Path]:
    """Overwrite and remove one key for ever; `kept` is a folder that `hub backup --keys` wrote. The files removed.

    Raises KeyOrderError while anything needs it, and KeyUnusable; then nothing is removed. One that was killed is gone
    on with by the same call.
    """
    store = Store(settings)
    with keys_lock(settings), step(store, "", "", "destroy key", refusals=(KeyOrderError,)), writer_lock(settings):
        begun = register.lives(store).get(name, register.Life()).last == "destroying"
        if not begun:
            _refuse(settings, store, name)
            register.note(store, "destroying", {name: (by, reason)})
            failpoint("destroy.begun")
        folders = [settings.keys] if kept is None else [_same(settings, name, kept.expanduser()), settings.keys]
        removed = [folder / name for folder in folders if (folder / name).exists()]
        for folder in folders:
            keys.destroy(folder, name)
        failpoint("destroy.removed")
        register.note(store, "destroyed", register.said(store, [name]))
    return removed


def _refuse(settings: Settings, store: Store, name: str) -> None:
    held = keys.versions(settings, keys.purpose_of(name))
    if name not in held:
        raise KeyOrderError(f"there is no key {name}; `hub keys` lists those that there are")
    if name == held[-1]:
        raise KeyOrderError(
            f"{name} is in use for whatever is written: `hub keys rotate {keys.purpose_of(name)}` puts another in its"
            " place, then it can go"
        )
    if keys.purpose_of(name) in register.unfinished(store):
        raise KeyOrderError(
            f"a rotation is not finished: `hub keys rotate {keys.purpose_of(name)}` goes on with it, then this can go"
        )
    if keys.variable(name) in os.environ:
        raise KeyOrderError(
            f"{name} comes from the environment: remove {keys.variable(name)} where it is set, when `hub keys` says"
            " that nothing uses it"
        )
    if needed := inventory.look(settings, store).of(name):
        raise KeyOrderError(
            f"{name} is still needed, by {'; '.join(needed)}. A backup goes by removing its folder when it is past its"
            " time; a disk that is not reached must be mounted, or its folder made empty if it is lost"
        )


def _same(settings: Settings, name: str, folder: Path) -> Path:
    """A folder of key backups, where what has the name is the same key or is not there."""
    path, own = folder / name, settings.keys / name
    if not folder.is_dir():
        raise KeyOrderError(f"{folder} is no folder; name the one that `hub backup --keys` wrote")
    if path.exists() and own.exists() and path.read_bytes() != own.read_bytes():
        raise KeyOrderError(f"{path} is the key of another home: nothing was removed, choose another folder")
    return folder
