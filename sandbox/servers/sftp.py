"""The departments' file server: SFTP with a password or a key, an Ed25519 host key, and a home that nobody leaves."""

from __future__ import annotations

import asyncio
import hmac
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import asyncssh

from sandbox.departments import of_carrier
from sandbox.faults import Faults

SYSTEM = "medical_disputes"
NAMES = {one.system.encode(): one.drop.names for one in of_carrier("files") if one.drop.names != "utf-8"}
"""The encoding of names in each folder where it is another one."""


def host_key(path: Path) -> asyncssh.SSHKey:
    """Return the server's key, made once (0600)."""
    if not path.exists():
        path.touch(mode=0o600)
        asyncssh.generate_private_key("ssh-ed25519").write_private_key(str(path))
        path.chmod(0o600)
    return asyncssh.read_private_key(str(path))


def public_line(key: asyncssh.SSHKey) -> str:
    """Return `ssh-ed25519 AAAA…` of a key."""
    exported: bytes = key.export_public_key("openssh")
    return " ".join(exported.decode().split()[:2])


class SftpServer:
    """An SFTP server in its own thread and event loop."""

    def __init__(self, root: Path, key: asyncssh.SSHKey, sign_ins: dict[str, str], faults: Faults) -> None:
        self.root, self.key, self.faults = root, key, faults
        self.sign_ins = sign_ins
        self.known = asyncssh.import_private_key(sign_ins["sftp_private_key"]).public_data
        self.port = 0

    def start(self, port: int) -> int:
        """Listen on a loopback port (0 = any free one); return it."""
        ready = threading.Event()
        problem: list[Exception] = []

        async def main() -> None:
            try:
                server = await asyncssh.listen(
                    "127.0.0.1", port, server_host_keys=[self.key], server_factory=lambda: _Doorkeeper(self),
                    sftp_factory=lambda channel: _Folders(channel, chroot=bytes(self.root)),
                    encoding=None)  # fmt: skip
                self.port = server.get_port()
            except OSError as error:
                problem.append(error)
                return
            finally:
                ready.set()
            await server.wait_closed()

        threading.Thread(target=lambda: asyncio.run(main()), daemon=True).start()
        ready.wait(10)
        if problem:
            raise problem[0]
        return self.port


class _Folders(asyncssh.SFTPServer):
    """The folders of departments; in some, names are not in UTF-8 for those who come from outside."""

    def map_path(self, path: bytes) -> bytes:
        folder, slash, name = path.lstrip(b"/").partition(b"/")
        if name and folder in NAMES:
            path = folder + slash + name.decode(NAMES[folder]).encode()
        return super().map_path(path)

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        encoding = NAMES.get(path.strip(b"/"))
        async for found in super().scandir(path):
            if encoding:
                assert isinstance(found.filename, bytes)
                found.filename = found.filename.decode().encode(encoding)
            yield found


class _Doorkeeper(asyncssh.SSHServer):
    def __init__(self, server: SftpServer) -> None:
        self._server = server

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        if self._server.faults.take(SYSTEM, "unreachable"):
            conn.abort()

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        if self._server.faults.take(SYSTEM, "wrong_password"):
            return False
        known = self._server.sign_ins
        right = hmac.compare_digest(password.encode(), known["sftp_password"].encode())
        return username == known["sftp_login"] and right

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        known = self._server.sign_ins["sftp_key_login"], self._server.known
        return (username, key.public_data) == known
