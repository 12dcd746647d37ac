"""A folder on an SFTP server."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import asyncssh

from connectors.errors import AuthError, ProtocolError, UnreachableError
from connectors.files.transports import Found, changed
from connectors.retry import retried
from operations.credentials import Credentials

T = TypeVar("T")

CONNECT_SECONDS = 15
KEEPALIVE_SECONDS = 20
ATTEMPTS = 3


class SftpFolder:
    """A folder on an SFTP server, by key or password, whose host key must be the one in the connection."""

    def __init__(self, system: str, url: str, credentials: Credentials, names: str = "utf-8") -> None:
        parts = urlsplit(url)
        self._system = system
        self._host = parts.hostname or ""
        self._port = parts.port or 22
        self._folder = parts.path or "."
        self._credentials = credentials
        self._names = names
        self._loop = asyncio.new_event_loop()
        self._client: tuple[asyncssh.SSHClientConnection, asyncssh.SFTPClient] | None = None
        self._shown: str | None = None  # fingerprint of a host key that is not the connection's
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
        listed = retried(lambda: self._run(self._files()), ATTEMPTS)
        return sorted(listed, key=lambda found: found.name)

    def fetch(self, found: Found, to: Path) -> None:
        """A copy of one file, checked against its listing before and after."""
        now = retried(lambda: self._run(self._fetch(found, to)), ATTEMPTS)
        if now != found or to.stat().st_size != found.size:
            raise changed(self._system, self.place, found.name)

    def close(self) -> None:
        """Close the connection and its loop."""
        self._hang_up()
        self._loop.close()

    def _hang_up(self) -> None:
        if self._client is not None:
            connection, _ = self._client
            self._client = None
            connection.abort()  # not close, which would wait for the other side
            self._loop.run_until_complete(connection.wait_closed())

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
            host_key = asyncssh.import_public_key(str(self._credentials.extra["host_key"]))
            own_key = self._own_key()
            connection = await asyncssh.connect(
                self._host,
                self._port,
                username=self._credentials.login,
                password=None if own_key else self._credentials.password,
                client_keys=[own_key] if own_key else None,
                client_factory=self._watch,
                known_hosts=([host_key], [], []),
                agent_path=None,
                config=None,
                connect_timeout=CONNECT_SECONDS,
                keepalive_interval=KEEPALIVE_SECONDS,  # a line that is dead without a word ends after three of them
            )
            self._client = (connection, await connection.start_sftp_client(path_encoding=self._names))
        return self._client[1]

    def _own_key(self) -> asyncssh.SSHKey | None:
        extra = self._credentials.extra
        if not extra.get("private_key"):
            return None
        try:
            return asyncssh.import_private_key(str(extra["private_key"]), extra.get("private_key_passphrase"))
        except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError):
            raise self._refused(
                "the connection's private_key, or its passphrase, is not good (PKCS #8 PEM if it has one)"
            ) from None

    def _watch(self) -> asyncssh.SSHClient:
        """Notes the fingerprint of a host key that asyncssh does not find among the known ones, and trusts none."""
        folder = self

        class Watch(asyncssh.SSHClient):
            def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
                folder._shown = key.get_fingerprint()
                return False

        return Watch()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        try:
            return self._loop.run_until_complete(work)
        except asyncssh.KeyImportError:
            raise self._refused("the connection's host_key is no public key") from None
        except (asyncssh.HostKeyNotVerifiable, asyncssh.KeyExchangeFailed):
            raise self._other_host() from None
        except asyncssh.PermissionDenied:
            means = "key" if self._credentials.extra.get("private_key") else "password"
            raise self._refused(f"the server refuses login or {means}") from None
        except asyncssh.SFTPPermissionDenied:
            raise self._refused("the account may not read the folder") from None
        except asyncssh.SFTPNoSuchFile:
            raise UnreachableError(
                self._system, None, self.place, "no such folder or file", "correct the address of the folder"
            ) from None
        except asyncssh.SFTPBadMessage:
            raise ProtocolError(
                self._system,
                None,
                self.place,
                f"a name in it is not {self._names}",
                "declare names, the encoding of the server's file names: gb18030 on many Chinese servers",
            ) from None
        except (OSError, asyncssh.Error, TimeoutError) as error:
            self._hang_up()  # so that another attempt begins with another connection
            raise UnreachableError(
                self._system,
                None,
                self.place,
                f"no connection ({type(error).__name__})",
                "check the address and the way through the firewall; the next run reads it again",
                retryable=True,
            ) from None

    def _other_host(self) -> AuthError:
        known = asyncssh.import_public_key(str(self._credentials.extra["host_key"])).get_fingerprint()
        shown = f"{self._shown}" if self._shown else "of another kind"
        return AuthError(
            self._system,
            None,
            self.place,
            f"the server shows another host key ({shown}) than the connection's ({known}); nothing was sent to it",
            "its machine was replaced, or another one answers in its place: ask the department by telephone for the"
            f" fingerprint of its key, and only then change host_key in AIRFLOW_CONN_{self._system.upper()}",
        )

    def _refused(self, message: str) -> AuthError:
        remedy = f"correct AIRFLOW_CONN_{self._system.upper()}, or ask the department what changed"
        return AuthError(self._system, None, self.place, message, remedy)
