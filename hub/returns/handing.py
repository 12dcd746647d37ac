"""Gives a return out as files: a folder for each receiver, whole before its mark is there.

OUT/330108/R000013/core.cases.parquet, …, manifest.json, and last DONE, which `sha256sum -c DONE` can check.
"""

from __future__ import annotations

from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING

from hub.backups.files import copy
from hub.export import MANIFEST
from hub.returns.errors import ReturnError
from hub.returns.making import turn
from hub.returns.reading import folder_of
from operations import copies, returns
from operations.failpoints import failpoint
from operations.returns import Return
from operations.store import Store

if TYPE_CHECKING:
    from operations.settings import Settings

MARK = "DONE"


def fetch(settings: Settings, one: Return, *, by: str) -> Path:
    """The folder of a return of which something is about to leave the hub; that is kept first.

    Not while another is made, which would take it for one that never left. Raises GoneError, LockedError.
    """
    store = Store(settings)
    found = returns.find(store, one.receiver, one.number) or one
    if found.fetched_at is None:
        with turn(store, one.receiver):
            found = returns.find(store, one.receiver, one.number) or one
            folder = folder_of(settings, found)
            returns.mark_fetched(store, found, by)
            return folder
    return folder_of(settings, found)


def hand_over(settings: Settings, one: Return, out: Path, *, by: str) -> Path:
    """Copy the files of a return below `out`; the folder. Again it changes nothing, unless it was interrupted.

    Raises ReturnError where the files have gone, a file is not what the ledger says, or the folder cannot be written;
    LockedError.
    """
    from warehouse.landing import sync_folder

    store = Store(settings)
    target = out.expanduser().resolve() / one.receiver / one.name
    source = fetch(settings, one, by=by)
    with turn(store, one.receiver):
        if (target / MARK).is_file():
            return target
        copies.record(store, target, "return")
        draft = target.with_name(f".{one.name}.draft")
        try:
            for left in (draft, target):
                if left.exists():
                    rmtree(left)
            draft.mkdir(mode=0o750, parents=True)
            expected = {file["path"]: file["sha256"] for line in one.lines for file in line.files}
            digests = {}
            for name in (*expected, MANIFEST):
                _, digests[name] = copy(source / name, draft / name, 0o640)
                if digests[name] != expected.get(name, digests[name]):
                    raise ReturnError(f"{source / name} is not what the ledger says; make it again with --all")
            sync_folder(draft)
            draft.rename(target)
            failpoint("return.handed_over")
            mark = target / MARK
            mark.touch(mode=0o640)
            mark.write_text("".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items())), "utf-8")
            sync_folder(target)
            sync_folder(target.parent)
        except OSError as error:
            raise ReturnError(f"{target} cannot be written: {error}; correct that and hand it over again") from error
        finally:
            rmtree(draft, ignore_errors=True)
    return target
