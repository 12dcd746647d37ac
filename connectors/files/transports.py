"""Ways to a folder of files: this machine, an SFTP server, an S3 bucket. All only list and fetch."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from connectors.base import address
from connectors.errors import AuthError, ConnectorError, IncompleteDeliveryError, UnreachableError
from operations.credentials import Credentials
from schemas.declared.files import S3, FilesSource, LocalFolder, Sftp


@dataclass(frozen=True)
class Found:
    """A file at the source: bytes, Unix time of its last change in whole seconds, and its ETag where there is one."""

    name: str
    size: int
    mtime: int
    etag: str | None = None


class Transport(Protocol):
    """A folder that can be listed and fetched from. Its methods raise ConnectorError."""

    place: str

    def files(self) -> list[Found]:
        """The files directly in the folder, in order of their names."""
        ...

    def fetch(self, found: Found, to: Path) -> None:
        """A copy of one file. Raises IncompleteDeliveryError if it changed since it was listed."""
        ...

    def close(self) -> None:
        """Give back the connection."""
        ...


def open_transport(system: str, source: FilesSource, credentials: Credentials) -> Transport:
    """The declared way. Nothing is contacted yet. Modules are imported on use: boto3 costs more than the rest."""
    match source.transport:
        case LocalFolder(folder=folder):
            return Local(system, Path(address(system, folder)))
        case Sftp(url=url, names=names):
            from connectors.files.sftp import SftpFolder

            return SftpFolder(system, address(system, url), credentials, names)
        case S3() as s3:
            from connectors.files.s3 import S3Folder

            endpoint = address(system, s3.endpoint) if s3.endpoint else None
            return S3Folder(system, s3, address(system, s3.bucket), endpoint, credentials)


class Local:
    """A folder of this machine."""

    def __init__(self, system: str, folder: Path) -> None:
        self._system = system
        self._folder = folder
        self.place = str(folder)

    def files(self) -> list[Found]:
        """Regular files; what links and folders hold is not a delivery."""
        try:
            entries = sorted(self._folder.iterdir())
            return [_found(path.name, path.stat()) for path in entries if path.is_file()]
        except OSError as error:
            raise _unreadable(self._system, self.place, error) from None

    def fetch(self, found: Found, to: Path) -> None:
        """A copy; the source's file is never moved."""
        path = self._folder / found.name
        try:
            shutil.copyfile(path, to)
            now = _found(found.name, path.stat())
        except OSError as error:
            raise _unreadable(self._system, f"{self.place}/{found.name}", error) from None
        if now != found or to.stat().st_size != found.size:
            raise changed(self._system, self.place, found.name)

    def close(self) -> None:
        """Nothing to give back."""


def changed(system: str, place: str, name: str) -> IncompleteDeliveryError:
    """A file that is still being written."""
    return IncompleteDeliveryError(
        system,
        None,
        f"{place}/{name}",
        "the file changed while it was fetched",
        "it is still being written; the next run fetches it again",
        retryable=True,
    )


def _found(name: str, status: Any) -> Found:
    return Found(name, status.st_size, int(status.st_mtime))


def _unreadable(system: str, place: str, error: OSError) -> ConnectorError:
    kind: type[ConnectorError] = AuthError if isinstance(error, PermissionError) else UnreachableError
    remedy = "mount or correct the folder, and give the hub's account the right to read it"
    return kind(system, None, place, str(error.strerror or type(error).__name__), remedy)
