"""The sandbox's folder in a home: what it keeps there, and the `env` file that the hub reads."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from sandbox.departments import Department, of_carrier
from sandbox.registers import RegisterSystem


@dataclass
class Home:
    """Paths and credentials of one home's sandbox."""

    root: Path

    @classmethod
    def from_env(cls) -> Home:
        """Return the home that HUB_HOME names (default ./.hub)."""
        return cls(Path(os.environ.get("HUB_HOME") or ".hub").resolve())

    @property
    def folder(self) -> Path:
        return self.root / "sandbox"

    @property
    def world(self) -> Path:
        return self.folder / "world.db"

    @property
    def outbox_root(self) -> Path:
        return self.folder / "sftp"

    @property
    def store_root(self) -> Path:
        return self.folder / "store"

    @property
    def outbox(self) -> Path:
        return self.outbox_root / "outbox"

    def outbox_of(self, department: Department) -> Path:
        """The folder into which a department puts its files: a share, a bucket, or one of the SFTP server."""
        roots = {"share": self.folder / "shares", "store": self.store_root}
        return roots.get(department.drop.at, self.outbox_root) / department.system

    def database_url(self, department: Department | RegisterSystem) -> str:
        """The exchange database of a department."""
        return f"sqlite:///{self.folder / department.system}.db"

    @property
    def workbooks(self) -> Path:
        return self.folder / "union_rights"

    @property
    def host_key(self) -> Path:
        return self.folder / "ssh_host_key"

    @property
    def state_file(self) -> Path:
        return self.folder / "daemon.json"

    @property
    def log_file(self) -> Path:
        return self.folder / "daemon.log"

    @property
    def exchange_url(self) -> str:
        return f"sqlite:///{self.folder / 'exchange.db'}"

    def prepare(self) -> None:
        """Make the folders, private to their owner."""
        self.root.mkdir(parents=True, exist_ok=True)
        for folder in (self.folder, self.outbox, self.workbooks, *map(self.outbox_of, of_carrier("files"))):
            folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)

    @cached_property
    def credentials(self) -> dict[str, str]:
        """Return the sign-ins and keys of this home's departments, made once at random."""
        path = self.folder / "credentials.json"
        if not path.exists():
            import asyncssh  # here, since the command line does without it

            from sandbox.deliveries.files.sealing import sm2_pair

            signer, sign_in = sm2_pair(), asyncssh.generate_private_key("ssh-ed25519")
            made = {
                "app_key": f"A33{secrets.randbelow(10**25):025d}", "app_secret": secrets.token_hex(16),
                "client_id": "hub141", "client_secret": secrets.token_urlsafe(18),
                "sftp_login": "hub141", "sftp_password": secrets.token_urlsafe(12),
                "sftp_key_login": "hub141-key", "sftp_private_key": sign_in.export_private_key().decode(),
                "store_login": f"LTAI{secrets.token_hex(8)}", "store_password": secrets.token_urlsafe(24),
                "sm4_key": secrets.token_hex(16), "sm2_private_key": signer[0], "sm2_public_key": signer[1],
                "soap_login": "hub141", "soap_password": secrets.token_urlsafe(12),
            }  # fmt: skip
            write_private(path, json.dumps(made, indent=1))
        found: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        return found

    def address_of(self, department: Department, ports: dict[str, int]) -> str:
        """Return where the files of a department are read: a folder here, one of the SFTP server, or our store."""
        match department.drop.at:
            case "share":
                return str(self.outbox_of(department))
            case "store":
                return f"http://127.0.0.1:{ports['store']}"
        return f"sftp://127.0.0.1:{ports['medical_disputes']}/{department.system}"

    def sign_in(self, department: Department, host_key: str) -> dict[str, Any]:
        """Return the connection of a department that sends files: login, password, and keys in its extra."""
        made, drop = self.credentials, department.drop
        extra = {"sm4_key": made["sm4_key"]} if "sm4_cbc" in drop.pack else {}
        if "sm4_gcm" in drop.pack:
            extra["complaint_key"] = made["sm4_key"]
        if drop.proof == "signature":
            extra["regulator_key"] = made["sm2_public_key"]
        if drop.at == "share":
            return {"conn_type": "fs", "extra": extra}
        if drop.at == "store":
            login, password = made["store_login"], made["store_password"]
            return {"conn_type": "aws", "login": login, "password": password, "extra": extra}
        extra["host_key"] = host_key
        if drop.at == "password":
            return {"conn_type": "sftp", "login": made["sftp_login"], "password": made["sftp_password"], "extra": extra}
        extra["private_key"] = made["sftp_private_key"]
        return {"conn_type": "sftp", "login": made["sftp_key_login"], "password": "", "extra": extra}

    def state(self) -> dict[str, Any]:
        """Return the daemon's note about itself (pid, ports, clock); empty when there is none."""
        try:
            found: dict[str, Any] = json.loads(self.state_file.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        return found

    def write_env(self, values: dict[str, str]) -> None:
        """Merge values into `<home>/env` (0600), keeping the lines of others."""
        path = self.root / "env"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        kept = [line for line in lines if line.partition("=")[0].strip() not in values]
        write_private(path, "\n".join([*kept, *(f"{name}={value}" for name, value in values.items())]) + "\n")


def write_private(path: Path, text: str) -> None:
    """Replace a file that only its owner may read, at once."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.touch(mode=0o600)
    part.write_text(text, encoding="utf-8")
    part.replace(path)
