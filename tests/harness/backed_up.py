"""Back a home up, restore it, and harm a backup, all in this process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from court import CourtHome

from hub.backups.making import Made, backup
from hub.backups.restoring import restore
from hub.pipeline import silent
from operations.settings import Settings

ENV = "AIRFLOW_CONN_COURT_ODR=http://user:a-password@court\n"


def make(court: CourtHome, tmp_path: Path, **more: Any) -> Made:
    """A backup in `backups`, its keys in `keys`."""
    return backup(court.settings, tmp_path / "backups", tmp_path / "keys", progress=silent, **more)


def restored(made: Made, tmp_path: Path, name: str = "restored") -> Settings:
    """A home that was made of it."""
    settings = Settings(home=tmp_path / name, memory_limit="512MiB")
    restore(settings, made.folder, tmp_path / "keys", progress=silent)
    return settings


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, with its content."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def flip(path: Path) -> None:
    """Change one bit of a file."""
    body = bytearray(path.read_bytes())
    body[len(body) // 2] ^= 1
    path.chmod(0o600)
    path.write_bytes(body)


def named(made: Made, start: str) -> Path:
    """The first file of a backup whose path starts so."""
    return next(made.folder / file.path for file in made.backup.files if file.path.startswith(start))
