"""Files on their way into a backup and out of it: copied with their digest, or linked where nothing changes them."""

from __future__ import annotations

import errno
import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hub.backups.manifest import BackupError, File
from warehouse.landing import sha256_of

BLOCK = 1 << 20
REMEDIES = {
    errno.ENOSPC: "free some space there or choose another folder",
    errno.EDQUOT: "raise the quota or choose another folder",
    errno.EFBIG: "raise the limit on the size of a file (ulimit -f) or choose another folder",
    errno.EACCES: "run it as the owner of the home and of the folder",
    errno.EPERM: "run it as the owner of the home and of the folder",
    errno.EROFS: "choose a folder that can be written",
    errno.EIO: "the disk fails: choose another, and look at the first one's health",
}


@contextmanager
def told(path: Path) -> Iterator[None]:
    """What the disk refuses becomes a BackupError that names `path` and what to do; FileNotFoundError stays one."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        remedy = REMEDIES.get(error.errno or 0, "correct that and begin again")
        raise BackupError(f"{path}: {error.strerror or error}; nothing unfinished was kept, {remedy}") from None
    except sqlite3.Error as error:
        raise BackupError(f"{path}: {error}; nothing unfinished was kept, correct that and begin again") from None


def make_folders(root: Path, folder: Path) -> None:
    """Make the folders between `root` and `folder`, each 0700."""
    for parent in (*reversed(folder.relative_to(root).parents), folder.relative_to(root)):
        (root / parent).mkdir(mode=0o700, exist_ok=True)


def copy(source: Path, target: Path, mode: int = 0o600) -> tuple[int, str]:
    """Copy a file to a new one that is on disk when this returns: (bytes, sha256) of what was read."""
    digest, size = hashlib.sha256(), 0
    with (
        source.open("rb") as reading,
        os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as (writing),
    ):
        while block := reading.read(BLOCK):
            digest.update(block)
            size += len(block)
            writing.write(block)
        writing.flush()
        os.fsync(writing.fileno())
    return size, digest.hexdigest()


def copy_key(source: Path, target: Path) -> None:
    """Copy a key with the time of its file, which tells the age of a first key."""
    copy(source, target)
    made = source.stat().st_mtime_ns
    os.utime(target, ns=(made, made))


class Shelf:
    """The files of a backup that is being written. `linked` counts those that took no space of their own."""

    def __init__(self, home: Path, draft: Path, earlier: Path | None, held: list[File]) -> None:
        """`earlier` is an earlier backup beside it, and `held` what that one holds."""
        self._home, self._draft, self._earlier = home, draft, earlier
        self._held = {file.path: file for file in held}
        self.files: list[File] = []
        self.linked = 0

    def add(self, path: Path) -> None:
        """A file that its owner may change later: a copy."""
        target = self._place(path)
        with told(target):
            self._name(target, *copy(path, target))

    def keep(self, path: Path, *, private: bool = True) -> None:
        """A file that never changes: linked where that can be, to the home or to the earlier backup, else copied.

        One that is not `private` is open to others in the home; it is not linked to, so that its copy is not.
        """
        target = self._place(path)
        with told(path):
            size, digest = path.stat().st_size, sha256_of(path)
        with told(target):
            if not ((private and _link(path, target)) or self._link_earlier(target, size, digest)):
                size, digest = copy(path, target)
            else:
                self.linked += 1
        self._name(target, size, digest)

    def place(self, name: str) -> Path:
        """Where a file is to be written that is made for the backup; `made` names it once it is whole."""
        return self._draft / name

    def made(self, target: Path) -> None:
        self._name(target, target.stat().st_size, sha256_of(target))

    def _place(self, path: Path) -> Path:
        target = self._draft / path.relative_to(self._home)
        with told(target):
            make_folders(self._draft, target.parent)
        return target

    def _name(self, target: Path, size: int, digest: str) -> None:
        self.files.append(File(target.relative_to(self._draft).as_posix(), size, digest))

    def _link_earlier(self, target: Path, size: int, digest: str) -> bool:
        """The earlier backup's file is read again first: what went bad there must not go on into this one."""
        path = target.relative_to(self._draft).as_posix()
        if self._earlier is None or self._held.get(path) != File(path, size, digest):
            return False
        same = self._earlier / path
        return same.is_file() and sha256_of(same) == digest and _link(same, target)


def _link(source: Path, target: Path) -> bool:
    """Whether the file system has made one file of both; then it is open to its owner alone."""
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP):
            return False
        raise
    mode = target.stat().st_mode & 0o777
    if mode & 0o077:
        target.chmod(mode & 0o700)
    return True
