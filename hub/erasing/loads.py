"""One load without a person: the next generation of its landing, then its staging and its quarantine.

New files are written and flushed before the manifest names them, and the old ones go after it. So whatever moment the
process dies at, the manifest names files that are there; going on drops the files that it does not name.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from hub.erasing import originals
from hub.erasing.parts import Taken, count, rewrite, rows_with
from hub.erasing.traces import Traces
from operations.failpoints import failpoint
from operations.locks import erasure_lock
from operations.settings import Settings
from schemas.delivery import Erasure, Manifest, Part
from warehouse.landing import MANIFEST, read_manifest, sha256_of, sync_file, sync_folder, write_manifest


@dataclass
class Gone:
    """What was taken out of the loads of a home or of a backup, in records by place."""

    records: dict[str, int] = field(default_factory=dict)
    removed: list[Path] = field(default_factory=list)  # originals that could not be rewritten

    def add(self, place: str, taken: Taken) -> None:
        if taken.records:
            self.records[place] = self.records.get(place, 0) + taken.records


def manifests(settings: Settings) -> Iterator[Manifest]:
    """Every load, open ones too, in landing order within its dataset."""
    for path in sorted(settings.landing.glob(f"*/*/[!.]*/{MANIFEST}")):
        yield read_manifest(path)


def erase_load(settings: Settings, manifest: Manifest, order_no: str, traces: Traces, gone: Gone) -> Manifest:
    """Take the person out of one load wherever it is kept, and return its manifest as it is then.

    Nothing is written where the person is not in it. A load that is still open must not be read meanwhile; it is
    dropped when the person is in it: its bookmark has not moved, so the next read fetches it again, and what then lands
    is kept clean.
    """
    folder = manifest.folder(settings)
    with erasure_lock(settings, manifest.system, manifest.dataset):
        manifest = read_manifest(folder / MANIFEST)
        _drop_unnamed(folder, manifest)
        if manifest.state == "open":
            if any(count(folder / part.path, traces) for part in manifest.parts):
                (folder / MANIFEST).unlink()
                shutil.rmtree(folder)
                gone.records["landing"] = gone.records.get("landing", 0) + manifest.landed
            return manifest
        manifest = _next_generation(settings, manifest, order_no, traces, gone)
        for name, path in _checked(settings, manifest).items():
            gone.add(name, rewrite_in_place(path, traces))
    failpoint("erase.load_done")
    return manifest


def rejected(settings: Settings, traces: Traces) -> list[dict[str, Any]]:
    """The rows of quarantine in which the person is."""
    return [
        row for path in sorted(settings.quarantine.glob("[!.]*/*/[!.]*.parquet")) for row in rows_with(path, traces)
    ]


def holds(settings: Settings, manifest: Manifest, traces: Traces) -> bool:
    """Whether the person is in a load, wherever it is kept."""
    parts = [manifest.folder(settings) / part.path for part in manifest.parts]
    return any(count(path, traces) for path in (*parts, *_checked(settings, manifest).values()))


def _checked(settings: Settings, manifest: Manifest) -> dict[str, Path]:
    """What a check of the load has left, by zone."""
    name = Path(manifest.system, manifest.dataset, f"{manifest.load_id}.parquet")
    zones = {"staging": settings.staging / name, "quarantine": settings.quarantine / name}
    return {zone: path for zone, path in zones.items() if path.exists()}


def rewrite_in_place(path: Path, traces: Traces) -> Taken:
    """Replace a file by itself without the person, in one step."""
    draft = path.with_name(f".{path.stem}.erasing{path.suffix}")
    draft.unlink(missing_ok=True)
    draft.touch(mode=0o600)
    taken = rewrite(path, draft, traces)
    if taken.records:
        draft.chmod(path.stat().st_mode & 0o777)
        sync_file(draft)
        draft.replace(path)
        sync_folder(path.parent)
    else:
        draft.unlink()
    return taken


def _drop_unnamed(folder: Path, manifest: Manifest) -> None:
    """What an erasure that was killed left: files that no manifest names yet, or no longer."""
    named = {MANIFEST} | {part.path for part in manifest.parts} | {part.original for part in manifest.parts}
    for path in folder.iterdir():
        if path.name not in named and manifest.state == "complete":
            path.unlink()


def _next_generation(settings: Settings, manifest: Manifest, order_no: str, traces: Traces, gone: Gone) -> Manifest:
    """Write the parts in which the person is anew, and what they were made of, and name them in the manifest."""
    folder, now = manifest.folder(settings), settings.clock()
    generation = manifest.generation + 1
    forms: dict[str, set[str]] = {}  # by original
    parts, notes = list[Part](), list[Erasure]()
    for part in manifest.parts:
        path = folder / part.path
        target = path.with_name(f"{path.name.partition('.')[0].partition('-g')[0]}-g{generation}{path.suffix}")
        taken = rewrite(path, target, traces)
        gone.add("landing", taken)
        if taken.records:
            digest = _settle(target)
            notes.append(Erasure(order_no, now, part.path, part.sha256, target.name, digest))
            part = msgspec.structs.replace(part, path=target.name, sha256=digest, bytes=target.stat().st_size)
            if part.original is not None:
                forms.setdefault(part.original, set()).update(taken.forms)
            failpoint("erase.part_written")
        parts.append(part)
    if not notes:
        return manifest
    for name, texts in forms.items():
        note = _original(folder, name, generation, texts, order_no, now, gone)
        notes.append(note)
        parts = [
            msgspec.structs.replace(part, original=note.file, original_sha256=note.sha256 or part.original_sha256)
            if part.original == name else part
            for part in parts
        ]  # fmt: skip
    sync_folder(folder)
    new = msgspec.structs.replace(manifest, parts=parts, generation=generation, erasures=[*manifest.erasures, *notes])
    write_manifest(new, folder, mode=0o400)
    failpoint("erase.generation_written")
    _drop_unnamed(folder, new)
    sync_folder(folder)
    return new


def _original(
    folder: Path, name: str, generation: int, texts: set[str], order_no: str, now: datetime, gone: Gone
) -> Erasure:
    path = folder / name
    before = sha256_of(path)
    target = path.with_name(f"{path.stem.partition('-g')[0]}-g{generation}{path.suffix}")
    if originals.overwrite(path, target, texts):
        return Erasure(order_no, now, name, before, target.name, _settle(target))
    gone.removed.append(path)
    return Erasure(order_no, now, name, before, None, None)


def _settle(path: Path) -> str:
    sync_file(path)
    path.chmod(0o400)
    return sha256_of(path)
