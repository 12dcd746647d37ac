"""SFTP against a real server: password, host key, files that change while they are fetched."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncssh
import pytest
from declarations import FILES, declared

from connectors.base import Connector
from connectors.errors import AuthError, IncompleteDeliveryError, ProtocolError, UnreachableError
from connectors.files.sftp import SftpFolder
from connectors.files.transports import Found
from operations.credentials import Credentials
from schemas.declaration import System
from schemas.delivery import Window


class Server:
    """An SFTP server in a thread, with one account, serving one folder."""

    def __init__(self, root: Path, client_key: asyncssh.SSHKey | None = None) -> None:
        key = asyncssh.generate_private_key("ssh-ed25519")
        self.host_key = key.export_public_key().decode().strip()
        self._loop = asyncio.new_event_loop()
        ready = threading.Event()

        self.connections: list[asyncssh.SSHServerConnection] = []
        connections = self.connections

        class Account(asyncssh.SSHServer):
            def connection_made(self, connection: asyncssh.SSHServerConnection) -> None:
                connections.append(connection)

            def begin_auth(self, username: str) -> bool:
                return True

            def password_auth_supported(self) -> bool:
                return True

            def validate_password(self, username: str, password: str) -> bool:
                return (username, password) == ("client", "secret")

            def public_key_auth_supported(self) -> bool:
                return client_key is not None

            def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
                return username == "client" and key.public_data == client_key.public_data

        async def listen() -> None:
            self._listener = await asyncssh.listen(
                "127.0.0.1",
                0,
                server_host_keys=[key],
                server_factory=Account,
                sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=str(root).encode()),
            )
            self.port = self._listener.get_port()
            ready.set()

        def run() -> None:
            self._loop.run_until_complete(listen())
            self._loop.run_forever()

        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()
        ready.wait(10)

    def drop(self) -> None:
        """Break every connection, as a firewall does."""
        for connection in self.connections:
            self._loop.call_soon_threadsafe(connection.abort)

    def stop(self) -> None:
        if not self._thread.is_alive():
            return

        async def close() -> None:
            self._listener.close()
            await self._listener.wait_closed()
            for connection in self.connections:
                connection.abort()
                await connection.wait_closed()

        asyncio.run_coroutine_threadsafe(close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "root" / "outbox").mkdir(parents=True)
    return tmp_path / "root"


@pytest.fixture
def server(root: Path) -> Iterator[Server]:
    started = Server(root)
    yield started
    started.stop()


@pytest.fixture
def trial(tmp_path: Path, server: Server) -> System:
    return of_server(tmp_path, server)


def of_server(tmp_path: Path, server: Server) -> System:
    return declared(
        tmp_path / "systems",
        FILES,
        transport=f'{{kind: sftp, url: "sftp://127.0.0.1:{server.port}/outbox"}}',
        control="",
        pattern="a*.csv",
        format="{kind: csv, encoding: gb18030}",
    )


def read(connector: Connector, trial: System) -> list[str | None]:
    pages = connector.read(trial.datasets["cases"], Window(None, None), None, None)
    return [page.original_name for page in pages]


def test_files_are_fetched_and_left_where_they_are(
    root: Path, server: Server, trial: System, connect: Callable
) -> None:
    path = root / "outbox" / "a.csv"
    path.write_bytes("编号,名称\r\nA1,纠纷\r\n".encode("gb18030"))
    (root / "outbox" / "a_folder.csv").mkdir()
    assert read(connect(trial, "client", "secret", host_key=server.host_key), trial) == ["a.csv"]
    assert path.exists()


def test_a_wrong_password_names_the_variable(server: Server, trial: System, connect: Callable) -> None:
    with pytest.raises(AuthError, match="AIRFLOW_CONN_TRIAL") as raised:
        read(connect(trial, "client", "not-the-secret", host_key=server.host_key), trial)
    assert "not-the-secret" not in str(raised.value)


def test_a_changed_host_key_is_refused_before_the_password_is_sent(
    server: Server, trial: System, connect: Callable
) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    with pytest.raises(AuthError, match="another host key") as raised:
        read(connect(trial, "client", "secret", host_key=other), trial)
    for key in (server.host_key, other):  # both fingerprints, so that the two can be compared by telephone
        assert asyncssh.import_public_key(key).get_fingerprint() in str(raised.value)
    assert "by telephone" in str(raised.value)


def test_a_host_key_of_another_kind_is_refused(trial: System, connect: Callable) -> None:
    other = asyncssh.generate_private_key("ecdsa-sha2-nistp256").export_public_key().decode()
    with pytest.raises(AuthError, match="another host key"):
        read(connect(trial, "client", "secret", host_key=other), trial)


@pytest.mark.parametrize("passphrase", [None, "open sesame"])
def test_a_key_of_the_account_opens_the_folder(
    root: Path, tmp_path: Path, connect: Callable, passphrase: str | None
) -> None:
    (root / "outbox" / "a.csv").write_bytes("编号,名称\r\nA1,纠纷\r\n".encode("gb18030"))
    key = asyncssh.generate_private_key("ssh-ed25519")
    server = Server(root, key)
    try:
        system = of_server(tmp_path, server)
        extra = {
            "host_key": server.host_key,
            "private_key": key.export_private_key("pkcs8-pem", passphrase=passphrase).decode(),
        }
        if passphrase:
            extra["private_key_passphrase"] = passphrase
        assert read(connect(system, "client", None, **extra), system) == ["a.csv"]
        stranger = asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()
        with pytest.raises(AuthError, match="refuses login or key"):
            read(connect(system, "client", "secret", **extra | {"private_key": stranger}), system)
        if passphrase:
            with pytest.raises(AuthError, match="private_key, or its passphrase, is not good") as raised:
                read(connect(system, "client", None, **extra | {"private_key_passphrase": "shut"}), system)
            assert "shut" not in str(raised.value)
    finally:
        server.stop()


@pytest.mark.parametrize(("extra", "words"), [({}, "has no host_key"), ({"host_key": "x"}, "no public key")])
def test_a_connection_without_host_key_is_refused(
    trial: System, connect: Callable, extra: dict[str, str], words: str
) -> None:
    with pytest.raises(AuthError, match=words):
        read(connect(trial, "client", "secret", **extra), trial)


def test_a_server_that_is_down_is_named(server: Server, trial: System, connect: Callable) -> None:
    connector = connect(trial, "client", "secret", host_key=server.host_key)
    server.stop()
    with pytest.raises(UnreachableError, match=f"sftp://127.0.0.1:{server.port}/outbox"):
        read(connector, trial)


def test_a_connection_that_breaks_is_made_anew(root: Path, server: Server, tmp_path: Path) -> None:
    (root / "outbox" / "a.csv").write_bytes(b"12345")
    credentials = Credentials(login="client", password="secret", extra={"host_key": server.host_key})
    folder = SftpFolder("trial", f"sftp://127.0.0.1:{server.port}/outbox", credentials)
    [found] = folder.files()
    server.drop()
    folder.fetch(found, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"12345"
    assert len(server.connections) == 2
    folder.close()


def test_names_are_read_in_the_declared_encoding(root: Path, server: Server, tmp_path: Path) -> None:
    (root / "outbox" / os.fsdecode("纠纷.csv".encode("gb18030"))).write_bytes(b"12345")
    credentials = Credentials(login="client", password="secret", extra={"host_key": server.host_key})
    url = f"sftp://127.0.0.1:{server.port}/outbox"
    folder = SftpFolder("trial", url, credentials, "gb18030")
    [found] = folder.files()
    assert found.name == "纠纷.csv"
    folder.fetch(found, tmp_path / "copy")
    folder.close()
    assert (tmp_path / "copy").read_bytes() == b"12345"
    folder = SftpFolder("trial", url, credentials)
    with pytest.raises(ProtocolError, match="a name in it is not utf-8; declare names"):
        folder.files()
    folder.close()


def test_a_missing_folder_is_named(root: Path, server: Server, trial: System, connect: Callable) -> None:
    (root / "outbox").rmdir()
    with pytest.raises(UnreachableError, match="no such folder"):
        read(connect(trial, "client", "secret", host_key=server.host_key), trial)


def test_a_file_that_grew_since_it_was_listed_is_still_being_written(
    root: Path, server: Server, tmp_path: Path
) -> None:
    (root / "outbox" / "a.csv").write_bytes(b"12345")
    credentials = Credentials(login="client", password="secret", extra={"host_key": server.host_key})
    folder = SftpFolder("trial", f"sftp://127.0.0.1:{server.port}/outbox", credentials)
    [found] = folder.files()
    with pytest.raises(IncompleteDeliveryError, match="changed while it was fetched"):
        folder.fetch(Found(found.name, found.size - 1, found.mtime), tmp_path / "copy")
    folder.fetch(found, tmp_path / "copy")
    folder.close()
    assert (tmp_path / "copy").read_bytes() == b"12345"
