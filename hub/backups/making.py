"""`hub backup`: one moment of a home in a folder of its own, while readers and reads go on.

The order is what makes it consistent. Under the writer's lock the build file, what is published and the operations
database are taken, so that they are of one moment between two writes; then landing, staging and quarantine, whose
files are immutable once complete. So landing holds every load that the ledger knows, and every load that a bookmark
has passed. What landed later is in it too, and the first build of the restored home merges it.
"""

from __future__ import annotations

import os
import secrets
import shlex
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
from sqlalchemy import URL

from hub.backups import manifest
from hub.backups.files import Shelf, copy_key, told
from hub.backups.manifest import BUILD, FORMAT, NAME_FORM, OPERATIONS, Backup, BackupError, Position
from hub.rotation.inventory import needed
from hub.steps import step
from operations import copies
from operations.failpoints import failpoint
from operations.locks import WRITER_SECONDS, backup_lock, writer_lock
from operations.settings import SHANGHAI, Settings
from operations.store import Store, revisions
from warehouse.build import opened
from warehouse.landing import MANIFEST, Landing, sha256_of, sync_folder
from warehouse.publish import latest_version

if TYPE_CHECKING:
    from hub.pipeline import Progress


@dataclass(frozen=True)
class Made:
    """A backup that is whole: where it is, and how many of its files take no space of their own."""

    folder: Path
    linked: int
    backup: Backup


def backup(
    settings: Settings, out: Path, keys: Path | None, *, wait: float = WRITER_SECONDS, progress: Progress
) -> Made:
    """Write a backup into a new folder of `out`, and the keys and the home's `env` into `keys` where that is given.

    Waits up to `wait` seconds for a build that is going on. Raises BackupError and LockedError; then no backup of this
    attempt is in `out`.
    """
    out, keys = out.expanduser().resolve(), keys and keys.expanduser().resolve()
    _refuse(settings, out, keys)
    store = Store(settings)
    with step(store, "", "", "backup"), told(out):
        out.mkdir(mode=0o700, parents=True, exist_ok=True)
        with backup_lock(out):
            for left in manifest.unfinished(out):
                shutil.rmtree(left)
            moment = datetime.now(UTC)
            draft = manifest.draft_of(out, moment.strftime(NAME_FORM))
            draft.mkdir(mode=0o700)
            try:
                copies.record(store, out / moment.strftime(NAME_FORM), "backup")
                made, linked = _write(settings, store, draft, keys, moment, wait, progress)
                failpoint("backup.before_rename")
                final = draft.rename(out / made.name)
            except BaseException:
                shutil.rmtree(draft)
                raise
            sync_folder(out)
    return Made(final, linked, made)


def _refuse(settings: Settings, out: Path, keys: Path | None) -> None:
    if not settings.build_path.exists():
        raise BackupError(f"{settings.build_path} does not exist: there is nothing to back up; run `hub run` first")
    for name, folder in (("--out", out), ("--keys", keys)):
        if folder is not None and folder.is_relative_to(settings.home):
            raise BackupError(f"{name} {folder} is inside the home that it is to outlive: choose a folder elsewhere")
    if keys is not None and (keys.is_relative_to(out) or out.is_relative_to(keys)):
        raise BackupError(
            f"--keys {keys} and --out {out} lie in each other: who finds the one would have the other; choose folders"
            " apart, best on different media"
        )


def _write(
    settings: Settings,
    store: Store,
    draft: Path,
    keys: Path | None,
    moment: datetime,
    wait: float,
    progress: Progress,
) -> tuple[Backup, int]:
    earlier = _newest(draft.parent)
    shelf = Shelf(settings.home, draft, *earlier)
    with writer_lock(settings, wait):
        published, position = _take_moment(settings, store, shelf, progress)
        fingerprints = needed(settings, store)
    failpoint("backup.build_copied")
    for path in _landed(settings):
        _present(shelf.keep, path)
        progress("landing", len(shelf.files))
    for path in _checked(settings):
        try:
            shelf.keep(path)
        except FileNotFoundError:  # pruned since it was listed
            continue
        progress("staging and quarantine", len(shelf.files))
    if keys is not None:
        _keep_keys(settings, keys)
    made = Backup(
        format=FORMAT,
        name=moment.strftime(NAME_FORM),
        made_at=moment.astimezone(SHANGHAI).replace(tzinfo=None, microsecond=0),
        home=str(settings.home),
        hub_version=version("hub141"),
        schema_revision=revisions()[-1],
        operations_dump=_dump_command(store),
        published=published,
        position=position,
        keys=fingerprints,
        files=sorted(shelf.files, key=lambda file: file.path),
    )
    for folder, _, _ in os.walk(draft):
        sync_folder(Path(folder))
    failpoint("backup.before_manifest")
    made.write(draft)
    return made, shelf.linked


def _take_moment(settings: Settings, store: Store, shelf: Shelf, progress: Progress) -> tuple[int, Position]:
    """What changes with every build. The copy of the build file is opened, so that it is known to open."""
    log = settings.build_path.with_name(f"{BUILD}.wal")  # left by a writer that was killed
    for path in (settings.build_path, log):
        if path.exists():
            progress(BUILD, len(shelf.files))
            shelf.add(path)
    try:
        with opened(settings, shelf.place(BUILD)) as wh:
            position = manifest.position_of(wh)
    except duckdb.Error as error:
        raise BackupError(
            f"{settings.build_path} does not open with the key `build` of this home ({type(error).__name__}): restore"
            " the home from the last whole backup"
        ) from None
    published = latest_version(settings)
    if published:
        for path in sorted((settings.published / "latest").resolve().iterdir()):
            _present(lambda one: shelf.keep(one, private=False), path)
    if store.dialect == "sqlite":
        target = shelf.place(OPERATIONS)
        with told(target):
            store.copy(target)
            shelf.made(target)
    return published, position


def _landed(settings: Settings) -> Iterator[Path]:
    """The files of every complete load."""
    for load in Landing(settings).complete_manifests():
        folder = load.folder(settings)
        names = {part.path for part in load.parts} | {part.original for part in load.parts if part.original}
        yield from (folder / name for name in (*sorted(names), MANIFEST))


def _checked(settings: Settings) -> list[Path]:
    """Files of staging and quarantine, whole loads of them: a check writes the outcome last, so outcomes are listed
    first; `hub quarantine prune` removes the outcome first, so outcomes are taken last."""
    outcomes = sorted(settings.staging.glob("[!.]*/*/[!.]*.json"))
    judged = sorted(settings.staging.glob("[!.]*/*/[!.]*.parquet"))
    rejected = sorted(settings.quarantine.glob("[!.]*/*/[!.]*.parquet"))
    return [*rejected, *judged, *outcomes]


def _present(keep: Callable[[Path], None], path: Path) -> None:
    try:
        keep(path)
    except FileNotFoundError:
        raise BackupError(
            f"{path} is missing, though a complete load or the published version names it: restore it from the last"
            " whole backup (its manifest has the same path), then back up again"
        ) from None


def _newest(out: Path) -> tuple[Path | None, list[manifest.File]]:
    """The newest backup in a folder that can be read, and what it holds."""
    for folder in reversed(manifest.folders(out)):
        try:
            return folder, manifest.read(folder).files
        except BackupError:
            continue
    return None, []


def _keep_keys(settings: Settings, keys: Path) -> None:
    """Keys stay as they are for ever, so a key of the same name that is another belongs to another home."""
    with told(keys):
        keys.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in [*sorted(settings.keys.glob("[a-z]*")), settings.home / "env"]:
            target = keys / path.name
            if not path.exists() or (target.exists() and sha256_of(target) == sha256_of(path)):
                continue
            if target.exists() and path.name != "env":
                raise BackupError(f"{target} is the key of another home: choose another folder for --keys")
            draft = keys / f".{path.name}.{secrets.token_hex(4)}"
            copy_key(path, draft)
            draft.replace(target)
        sync_folder(keys)


def _dump_command(store: Store) -> str | None:
    """Run before the backup, so that no bookmark in the dump has passed what the backup's landing holds."""
    if store.dialect == "sqlite":
        return None
    url = store.engine.url
    plain = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
    plain = plain.difference_update_query(["password"])
    return f"pg_dump --format=custom --file=operations.dump {shlex.quote(plain.render_as_string())}"
