"""Ways to a folder of files: this machine, or an SFTP server. Both only list and fetch."""

from __future__ import annotations

import asyncio
import shutil
import stat
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

import asyncssh

from connectors.base import address
from connectors.errors import AuthError, ConnectorError, IncompleteDeliveryError, UnreachableError
from operations.credentials import Credentials
from schemas.declared.files import FilesSource, LocalFolder, Sftp

T = TypeVar("T")

CONNECT_SECONDS = 15


@dataclass(frozen=True)
class Found:
    """A file at the source: bytes, and Unix time of its last change in whole seconds."""

    name: str
    size: int
    mtime: int


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
    """The declared way. Nothing is contacted yet."""
    match source.transport:
        case LocalFolder(folder=folder):
            return Local(system, Path(address(system, folder)))
        case Sftp(url=url):
            return SftpFolder(system, address(system, url), credentials)


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


class SftpFolder:
    """A folder on an SFTP server, by password, whose host key must be the one in the connection."""

    def __init__(self, system: str, url: str, credentials: Credentials) -> None:
        parts = urlsplit(url)
        self._system = system
        self._host = parts.hostname or ""
        self._port = parts.port or 22
        self._folder = parts.path or "."
        self._credentials = credentials
        self._loop = asyncio.new_event_loop()
        self._client: tuple[asyncssh.SSHClientConnection, asyncssh.SFTPClient] | None = None
        self.place = f"sftp://{self._host}:{self._port}{parts.path}"
        if not credentials.extra.get("host_key"):
            raise AuthError(
                system,
                None,
                self.place,
                "the connection has no host_key",
                f'ask the department for it and set it in AIRFLOW_CONN_{system.upper()} under "extra"',
            )

    def files(self) -> list[Found]:
        """Regular files of the folder."""
        return sorted(self._run(self._files()), key=lambda found: found.name)

    def fetch(self, found: Found, to: Path) -> None:
        """A copy of one file, checked against its listing before and after."""
        now = self._run(self._fetch(found, to))
        if now != found or to.stat().st_size != found.size:
            raise changed(self._system, self.place, found.name)

    def close(self) -> None:
        """Close the connection and its loop."""
        if self._client is not None:
            connection, _ = self._client
            connection.close()
            self._loop.run_until_complete(connection.wait_closed())
            self._client = None
        self._loop.close()

    async def _files(self) -> list[Found]:
        client = await self._opened()
        return [
            Found(str(entry.filename), entry.attrs.size or 0, entry.attrs.mtime or 0)
            async for entry in client.scandir(self._folder)
            if entry.attrs.permissions is None or stat.S_ISREG(entry.attrs.permissions)
        ]

    async def _fetch(self, found: Found, to: Path) -> Found:
        client = await self._opened()
        path = f"{self._folder}/{found.name}"
        await client.get(path, to)
        attributes = await client.stat(path)
        return Found(found.name, attributes.size or 0, attributes.mtime or 0)

    async def _opened(self) -> asyncssh.SFTPClient:
        if self._client is None:
            host_key = asyncssh.import_public_key(self._credentials.extra["host_key"])
            connection = await asyncssh.connect(
                self._host,
                self._port,
                username=self._credentials.login,
                password=self._credentials.password,
                known_hosts=([host_key], [], []),
                client_keys=None,
                agent_path=None,
                config=None,
                connect_timeout=CONNECT_SECONDS,
            )
            self._client = (connection, await connection.start_sftp_client())
        return self._client[1]

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        try:
            return self._loop.run_until_complete(work)
        except asyncssh.KeyImportError:
            raise self._refused("the connection's host_key is no public key") from None
        except asyncssh.HostKeyNotVerifiable:
            raise self._refused("the server shows another host key than the connection's") from None
        except asyncssh.PermissionDenied:
            raise self._refused("the server refuses login or password") from None
        except asyncssh.SFTPPermissionDenied:
            raise self._refused("the account may not read the folder") from None
        except asyncssh.SFTPNoSuchFile:
            raise UnreachableError(
                self._system, None, self.place, "no such folder or file", "correct the address of the folder"
            ) from None
        except (OSError, asyncssh.Error, TimeoutError) as error:
            raise UnreachableError(
                self._system,
                None,
                self.place,
                f"no connection ({type(error).__name__})",
                "check the address and the way through the firewall; the next run reads it again",
                retryable=True,
            ) from None

    def _refused(self, message: str) -> AuthError:
        remedy = f"correct AIRFLOW_CONN_{self._system.upper()}, or ask the department what changed"
        return AuthError(self._system, None, self.place, message, remedy)


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
