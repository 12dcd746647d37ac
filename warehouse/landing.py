"""Landing: every delivery as it came, durable and immutable, one folder per load with a manifest.

A manifest is `open` while its parts arrive. Each part is written to a temporary name, flushed and renamed before
the manifest names it, so whatever moment a process dies at, the manifest never claims what is not on disk. A
`complete` manifest is never touched again; everything after landing starts from it.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from operations.failpoints import failpoint
from operations.settings import Settings
from schemas.delivery import Kind, Manifest, Page, Part, Window

if TYPE_CHECKING:
    import pyarrow as pa

MANIFEST = "manifest.json"
_READ_WHOLE = ("keys", "deletes")


class LandingError(Exception):
    """A load that must not become complete; the message names system, dataset, load and what to do."""

    def __init__(self, manifest: Manifest, problem: str, remedy: str) -> None:
        super().__init__(f"{manifest.system}.{manifest.dataset} load {manifest.load_id}: {problem}; {remedy}")


class OpenLoad:
    """A load that is being landed. `resume` is the checkpoint to read on from, None at the beginning."""

    def __init__(self, settings: Settings, manifest: Manifest) -> None:
        self._settings = settings
        self.manifest = manifest
        self.folder = manifest.folder(settings)

    @property
    def load_id(self) -> str:
        return self.manifest.load_id

    @property
    def window(self) -> Window:
        """What this load covers; a resumed load keeps the window it was opened with."""
        kind: Any = self.manifest.kind if self.manifest.kind in ("backfill", "keys") else "sync"
        return Window(self.manifest.since, self.manifest.until, kind)

    @property
    def resume(self) -> str | None:
        return self.manifest.checkpoint

    def add(self, page: Page) -> Part:
        """Make one page durable and name it in the manifest. Raises LandingError on an unusable body."""
        number = len(self.manifest.parts) + 1
        path = self.folder / f"part-{number:05d}.{page.format}"
        digest, size = self._write_body(page, path)
        part = Part(
            path=path.name,
            format=page.format,
            rows=page.rows,
            sha256=digest,
            bytes=size,
            first_position=self.manifest.landed + 1,
            original_name=page.original_name,
            places=page.places,
            replays=page.replays,
        )
        if page.original is not None:
            part.original, part.original_sha256 = self._keep_original(page.original, number)
            part.original_name = page.original_name or page.original.name
        sync_folder(self.folder)
        failpoint("landing.part_written")
        self.manifest.parts.append(part)
        self.manifest.landed += page.rows
        self.manifest.checkpoint = page.checkpoint
        if page.declared is not None:
            self.manifest.declared = page.declared
        if page.cursor_high is not None:
            self.manifest.cursor_high = max(page.cursor_high, self.manifest.cursor_high or "")
        write_manifest(self.manifest, self.folder)
        return part

    def complete(self, bookmark: dict[str, Any] | None) -> Manifest:
        """Count, seal and return the manifest.

        Raises LandingError, and drops what was landed, when the source declared another number of records: such
        a delivery is truncated or changed while it was read, and only a fresh read can mend it.
        """
        manifest = self.manifest
        if manifest.declared is not None and manifest.declared != manifest.landed:
            self.abandon()
            raise LandingError(
                manifest,
                f"the source declared {manifest.declared} records, {manifest.landed} arrived",
                "nothing of it was kept and no bookmark moved; sync the dataset again",
            )
        for path in self.folder.iterdir():
            if path.name != MANIFEST:
                path.chmod(0o400)
        failpoint("landing.before_complete")
        manifest.state = "complete"
        manifest.completed_at = self._settings.clock()
        manifest.bookmark = bookmark
        write_manifest(manifest, self.folder, mode=0o400)
        failpoint("landing.completed")
        return manifest

    def abandon(self) -> None:
        """Forget this load. No bookmark has moved, so the next read fetches the same records again."""
        (self.folder / MANIFEST).unlink(missing_ok=True)  # first, so that no half-removed load can be resumed
        shutil.rmtree(self.folder)
        sync_folder(self.folder.parent)

    def _write_body(self, page: Page, path: Path) -> tuple[str, int]:
        temporary = path.with_name(f".{path.name}.tmp")
        temporary.unlink(missing_ok=True)
        if page.format == "ndjson" and isinstance(page.body, bytes):
            temporary.write_bytes(page.body)
        elif page.format in ("csv", "ndjson") and isinstance(page.body, Path):
            shutil.move(page.body, temporary)
        elif page.format == "parquet" and not isinstance(page.body, bytes | Path):
            _write_parquet(page.body, temporary)
        else:
            raise LandingError(
                self.manifest,
                f"a {page.format} page came with a {type(page.body).__name__} body",
                "the connector must hand over bytes or a Path for ndjson, a Table for parquet, a Path for csv",
            )
        return _settle(temporary, path)

    def _keep_original(self, source: Path, number: int) -> tuple[str, str]:
        """A copy, never a move: the original may be the department's own file in a shared folder."""
        before = self.manifest.parts[-1] if self.manifest.parts else None
        if before and before.original and (self.folder / before.original).stat().st_size == source.stat().st_size:
            digest = sha256_of(source)  # the members of one archive share it: it is not copied for each
            if digest == before.original_sha256:
                return before.original, digest
        path = self.folder / f"original-{number:05d}{source.suffix}"
        temporary = path.with_name(f".{path.name}.tmp")
        shutil.copyfile(source, temporary)
        digest, _ = _settle(temporary, path)
        for earlier in self.manifest.parts:
            if earlier.original is not None and earlier.original_sha256 == digest:
                path.unlink()
                return earlier.original, digest
        return path.name, digest


class Landing:
    """The landing zone of one home."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def open(self, system: str, dataset: str, kind: Kind, window: Window | None, declaration_sha256: str) -> OpenLoad:
        """Go on with the open load of this dataset and kind, or begin a new one.

        Call it under the dataset's reader lock. An open load is resumed only if it covers the same window under
        the same declaration and its last page said where to go on; otherwise it begins anew. A list of keys
        always begins anew: it proves something only about the moment it was read.
        """
        window = window or Window(None, None)
        newest = ""
        for manifest in self._manifests(system, dataset, clean=True):
            newest = max(newest, manifest.load_id)
            if manifest.state == "complete" or manifest.kind != kind:
                continue
            load = OpenLoad(self._settings, manifest)
            same_window = manifest.since == window.since and (kind == "sync" or manifest.until == window.until)
            resumable = same_window and manifest.checkpoint and kind not in _READ_WHOLE
            if resumable and manifest.declaration_sha256 == declaration_sha256:
                _drop_unnamed(manifest, load.folder)
                return load
            load.abandon()
        manifest = Manifest(
            load_id=_mint(newest),
            kind=kind,
            system=system,
            dataset=dataset,
            state="open",
            opened_at=self._settings.clock(),
            since=window.since,
            until=window.until,
            declaration_sha256=declaration_sha256,
        )
        folder = manifest.folder(self._settings)
        folder.mkdir(parents=True, mode=0o700)
        write_manifest(manifest, folder)
        sync_folder(folder.parent)
        return OpenLoad(self._settings, manifest)

    def complete_manifests(self, known: Collection[str] = ()) -> list[Manifest]:
        """Every complete manifest of every dataset, in landing order; loads in `known` are not even looked at."""
        complete = [
            manifest
            for system in _folders(self._settings.landing)
            for dataset in _folders(system)
            for manifest in self._manifests(system.name, dataset.name, known)
            if manifest.state == "complete"
        ]
        return sorted(complete, key=lambda manifest: manifest.load_id)

    def complete_of(self, system: str, dataset: str, after: str = "") -> list[Manifest]:
        """The complete manifests of one dataset that landed after the load `after`, in landing order."""
        found = self._manifests(system, dataset)
        return [one for one in found if one.state == "complete" and one.load_id > after]

    def _manifests(
        self, system: str, dataset: str, known: Collection[str] = (), clean: bool = False
    ) -> Iterator[Manifest]:
        for folder in _folders(self._settings.landing / system / dataset):
            if folder.name in known:
                continue
            try:
                yield read_manifest(folder / MANIFEST)
            except FileNotFoundError:
                if clean:
                    shutil.rmtree(folder)  # its process died before naming the load, or while abandoning it


def read_manifest(path: Path) -> Manifest:
    """One manifest. Raises ValueError naming the file when it is not a manifest."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Manifest)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise ValueError(f"{path} is not a manifest ({error}); restore it from the backup") from error


def write_manifest(manifest: Manifest, folder: Path, mode: int = 0o600) -> None:
    """Replace the manifest of `folder` in one step."""
    temporary = folder / f".{MANIFEST}.tmp"
    temporary.unlink(missing_ok=True)
    temporary.write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=2))
    temporary.chmod(mode)
    _settle(temporary, folder / MANIFEST)
    sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries: a renamed file survives a power loss only when its folder was flushed too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_file(path: Path) -> None:
    """Flush a file's content to the disk."""
    with path.open("rb") as stream:
        os.fsync(stream.fileno())


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _settle(temporary: Path, path: Path) -> tuple[str, int]:
    with temporary.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        size = os.fstat(stream.fileno()).st_size
        os.fsync(stream.fileno())
    temporary.replace(path)
    return digest, size


def _write_parquet(table: pa.Table, path: Path) -> None:
    import pyarrow.parquet as pq  # only database loads need Arrow; a REST load starts without it

    pq.write_table(table, path, compression="zstd", compression_level=1)


def _drop_unnamed(manifest: Manifest, folder: Path) -> None:
    named = {MANIFEST} | {part.path for part in manifest.parts} | {part.original for part in manifest.parts}
    for path in folder.iterdir():
        if path.name not in named:
            path.unlink()


def _folders(parent: Path) -> list[Path]:
    return sorted(path for path in parent.iterdir() if path.is_dir()) if parent.is_dir() else []


def _mint(newest: str) -> str:
    """UTC time to the microsecond and four random hex digits; after `newest` even if the clock went back."""
    moment = datetime.now(UTC)
    if newest and moment <= (last := datetime.strptime(newest[:22], "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC)):
        moment = last + timedelta(microseconds=1)
    return f"{moment:%Y%m%dT%H%M%S.%f}Z-{secrets.token_hex(2)}"
