"""What a backup is: a folder named by its moment, with a manifest that names every file and is written last.

A folder without a manifest is no backup. Names are UTC to the microsecond, so they sort by time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import msgspec

from operations.settings import SHANGHAI
from operations.store import revisions
from warehouse.landing import MANIFEST, sync_file, sync_folder

if TYPE_CHECKING:
    import duckdb

FORMAT = 1
BUILD = "build.duckdb"
OPERATIONS = "operations.db"
NAME_FORM = "%Y%m%dT%H%M%S.%fZ"


class BackupError(RuntimeError):
    """A backup or a restore that cannot be; the message names the file and says what to do."""


class File(msgspec.Struct, frozen=True):
    """One file of a backup; `path` is relative to the backup, and to the home that it came from."""

    path: str
    bytes: int
    sha256: str


class Position(msgspec.Struct, frozen=True):
    """How far the warehouse was: the ledger's lines, the newest load in it, the rows landed in all, the cases."""

    loads: int
    last_load: str | None
    landed: int
    cases: int

    def __str__(self) -> str:
        return f"{self.loads} loads up to {self.last_load} with {self.landed} rows, and {self.cases} cases"


class Backup(msgspec.Struct, frozen=True, kw_only=True):
    """A manifest. `keys` are fingerprints, which say of a key whether it is the right one and nothing else.

    `operations_dump` is the command that dumps an operations database which is not in the backup, else None.
    """

    format: int
    name: str
    made_at: datetime  # naive Asia/Shanghai, of the real clock
    home: str
    hub_version: str
    schema_revision: str
    operations_dump: str | None
    published: int  # version, 0: none
    position: Position
    keys: dict[str, str]
    files: list[File]
    erasures: list[str] = []  # legal orders that were carried out in it since it was made

    @property
    def bytes(self) -> int:
        return sum(file.bytes for file in self.files)

    def write(self, folder: Path) -> None:
        """Make it the manifest of `folder`, on disk when this returns and in one step."""
        draft = folder / f".{MANIFEST}.draft"
        draft.touch(mode=0o600)
        draft.write_bytes(msgspec.json.format(msgspec.json.encode(self), indent=2))
        sync_file(draft)
        draft.replace(folder / MANIFEST)
        sync_folder(folder)


@dataclass(frozen=True)
class Listed:
    """A backup as a list shows it; `problem` is empty when every file is there in its size."""

    name: str
    made_at: datetime
    age_hours: float
    files: int
    bytes: int
    whole: bool
    problem: str


def read(folder: Path) -> Backup:
    """The manifest of a backup. Raises BackupError when it has none, or one that this program cannot restore."""
    path = folder / MANIFEST
    try:
        body = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise BackupError(
            f"{path} is missing: this is no backup, or one that was never finished; choose another"
            " (`hub backup --list --out DIR` shows which are whole)"
        ) from None
    try:
        found = msgspec.json.decode(body, type=Backup)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise BackupError(f"{path} is not the manifest of a backup ({error}); choose another backup") from None
    if found.format != FORMAT or found.schema_revision not in revisions():
        raise BackupError(
            f"{path}: made by hub141 {found.hub_version} in format {found.format} at schema {found.schema_revision},"
            f" this program knows format {FORMAT} and schemas up to {revisions()[-1]}: install the newer hub141"
        )
    for file in found.files:
        parts = PurePosixPath(file.path)
        if parts.is_absolute() or ".." in parts.parts:
            raise BackupError(f"{path} names {file.path}, which is outside of a home; do not trust this backup")
    return found


def listing(out: Path) -> list[Listed]:
    """Every backup in a folder, the newest first, and what was left of those that never became one."""
    return [_listed(folder) for folder in sorted(folders(out) + unfinished(out), key=name_of, reverse=True)]


def folders(out: Path) -> list[Path]:
    """The folders that are named as backups, oldest first."""
    return sorted(path for path in out.glob("[0-9]*Z") if path.is_dir())


def unfinished(out: Path) -> list[Path]:
    """What backups that were killed left behind."""
    return [path for path in out.glob(".[0-9]*Z.tmp") if path.is_dir()]


def draft_of(out: Path, name: str) -> Path:
    """Where a backup grows: hidden until it is whole."""
    return out / f".{name}.tmp"


def name_of(folder: Path) -> str:
    return folder.name.removeprefix(".").removesuffix(".tmp")


def position_of(wh: duckdb.DuckDBPyConnection) -> Position:
    """How far the build file that is attached as `wh` is."""
    loads, last, landed, cases = 0, None, 0, 0
    known = wh.execute(
        "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE database_name = 'wh'"
    ).fetchall()
    if ("ops.loads",) in known:
        loads, last, landed = wh.execute(
            "SELECT count(*), max(load_id), coalesce(sum(landed), 0)::BIGINT FROM wh.ops.loads"
        ).fetchall()[0]
    if ("core.cases",) in known:
        cases = wh.execute("SELECT count(*) FROM wh.core.cases").fetchall()[0][0]
    return Position(loads, last, landed, cases)


def _listed(folder: Path) -> Listed:
    moment = datetime.strptime(name_of(folder), NAME_FORM).replace(tzinfo=UTC)
    made_at = moment.astimezone(SHANGHAI).replace(tzinfo=None, microsecond=0)
    age = round((datetime.now(UTC) - moment).total_seconds() / 3600, 1)
    if folder.name.startswith("."):
        return Listed(name_of(folder), made_at, age, 0, 0, False, "being written, or killed while it was")
    try:
        found = read(folder)
    except BackupError as error:
        return Listed(folder.name, made_at, age, 0, 0, False, str(error))
    wrong = [file.path for file in found.files if _bytes(folder / file.path) != file.bytes]
    problem = f"{len(wrong)} files missing or of another size, the first {wrong[0]}" if wrong else ""
    return Listed(folder.name, made_at, age, len(found.files), found.bytes, not wrong, problem)


def _bytes(path: Path) -> int | None:
    return path.stat().st_size if path.is_file() else None
