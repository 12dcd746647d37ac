"""`hub restore`: a home made of a backup and its keys, proven before anybody can take it for one."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from hub.backups import manifest
from hub.backups.files import copy, copy_key, make_folders, told
from hub.backups.manifest import BUILD, OPERATIONS, Backup, BackupError, File
from operations.failpoints import failpoint
from operations.keys import KeyUnusable, fingerprints, variable
from operations.settings import Settings
from warehouse.build import opened
from warehouse.landing import sha256_of, sync_folder
from warehouse.publish import FILES, point

if TYPE_CHECKING:
    from hub.pipeline import Progress

REPEAT = "nothing unfinished was kept. Restore again, or choose another backup (`hub backup --list --out DIR`)"


def restore(settings: Settings, source: Path, keys: Path | None, *, progress: Progress) -> Backup:
    """Make the home of `settings` from the backup `source`: verified, opened and compared first, then there at once.

    `keys` is the folder that `hub backup --keys` wrote; a key may come from HUB_KEY_<NAME> instead. Raises BackupError;
    then there is no such home.
    """
    home = settings.home
    if home.is_mount():
        raise BackupError(f"{home} is a mount point, which no finished home can take the place of: name a folder in it")
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise BackupError(f"{home} is not empty: restore into a new folder, and put it in its place when it is right")
    with told(home):
        home.parent.mkdir(parents=True, exist_ok=True)
    draft = home.with_name(f".{home.name}.restoring")
    with _draft(draft):
        backup = prove(settings, source, keys, draft, progress=progress)
        failpoint("restore.before_rename")
        with told(home):
            draft.rename(home)
            sync_folder(home.parent)
    return backup


def verify(settings: Settings, source: Path, keys: Path | None, *, progress: Progress) -> Backup:
    """All that `restore` does, in a temporary folder that is thrown away. Raises BackupError."""
    with tempfile.TemporaryDirectory(prefix="hub-restore-") as folder:
        return prove(settings, source, keys, Path(folder), progress=progress)


def prove(settings: Settings, source: Path, keys: Path | None, draft: Path, *, progress: Progress) -> Backup:
    """Make a home at `draft`, an empty folder, and prove it: files, keys, build file, operations database."""
    source = source.expanduser().resolve()
    backup = manifest.read(source)
    restored = replace(settings, home=draft, operations_url="")
    restored.prepare()  # first, so that each folder is open to whom it is in any home
    for number, file in enumerate(backup.files, start=1):
        _take(source, draft, file)
        progress("verified", number)
    failpoint("restore.files_written")
    _take_keys(restored, backup, keys)
    _compare(restored, backup, source)
    if backup.published:
        folder = f"v{backup.published:06d}"
        (restored.published / folder).chmod(0o750)
        point(restored.published / "latest", folder)
        for name in FILES:
            point(restored.published / f"{name}.duckdb", f"latest/{name}.duckdb")
    for path in (path for path in draft.rglob("*") if path.is_dir() and not path.is_symlink()):
        sync_folder(path)
    return backup


@contextmanager
def _draft(draft: Path) -> Iterator[None]:
    """A new folder, without what a killed restore left in its place; gone again after a failure."""
    with told(draft):
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir()
    try:
        yield
    except BaseException:
        shutil.rmtree(draft)
        raise


def _take(source: Path, draft: Path, file: File) -> None:
    """Copy one file; what was read of it and what was written must both be what the manifest says."""
    path, target = source / file.path, draft / file.path
    with told(target):
        make_folders(draft, target.parent)
        try:
            found = copy(path, target, _mode(file.path))
        except FileNotFoundError:
            raise BackupError(f"{path} is missing, and the manifest names it; {REPEAT}") from None
        if found != (file.bytes, file.sha256):
            raise BackupError(f"{path} is not what was backed up ({_apart(file, *found)}); {REPEAT}")
        if sha256_of(target) != file.sha256:
            raise BackupError(f"{target} was not written as it was read: look at this disk's health; {REPEAT}")


def _apart(file: File, size: int, digest: str) -> str:
    if size != file.bytes:
        return f"{size} bytes, the manifest says {file.bytes}"
    return f"sha256 {digest[:12]}…, the manifest says {file.sha256[:12]}…"


def _mode(path: str) -> int:
    """As the hub itself makes its files: landing is never written again, published is for analysts of the group."""
    return {"landing": 0o400, "published": 0o640}.get(path.split("/")[0], 0o600)


def _take_keys(restored: Settings, backup: Backup, keys: Path | None) -> None:
    """The keys of this backup, each proven by its fingerprint before anything is tried with it."""
    where = "HUB_KEY_<NAME>" if keys is None else str(keys)
    if keys is not None:
        for name, target in [*((name, restored.keys / name) for name in backup.keys), ("env", restored.home / "env")]:
            path = keys.expanduser() / name
            if path.is_file():
                with told(target):
                    copy_key(path, target)
    try:
        held = fingerprints(restored)
    except KeyUnusable as error:
        raise BackupError(f"a key in {where} cannot be used: {error}") from None
    for name, fingerprint in backup.keys.items():
        if name not in held:
            raise BackupError(
                f"the key `{name}` of this backup is not in {where}: name the folder of its keys with --keys, or set"
                f" {variable(name)}"
            )
        if held[name] != fingerprint:
            raise BackupError(
                f"the key `{name}` in {where} is another than this backup was made with ({backup.home}): name the"
                " folder of its own keys with --keys"
            )


def _compare(restored: Settings, backup: Backup, source: Path) -> None:
    """Open both databases and compare the warehouse with what the manifest says of it."""
    try:
        with opened(restored, restored.build_path) as wh:
            found = manifest.position_of(wh)
    except (duckdb.Error, KeyUnusable) as error:
        raise BackupError(
            f"{source / BUILD} does not open with the key `build` ({type(error).__name__}); name the right folder with"
            " --keys, or choose another backup"
        ) from None
    if found != backup.position:
        raise BackupError(f"{source / BUILD} holds {found}; the manifest says {backup.position}; {REPEAT}")
    if backup.operations_dump is None:
        operations = restored.home / OPERATIONS
        with told(source / OPERATIONS), closing(sqlite3.connect(operations)) as connection:
            state = connection.execute("PRAGMA quick_check").fetchone()[0]
        if state != "ok":
            raise BackupError(f"{source / OPERATIONS} is damaged ({state}); {REPEAT}")
