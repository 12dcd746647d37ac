"""Publish: a masked copy of one build as two plain DuckDB files of one version, swapped in as one.

    published/v000123/current.duckdb   for analysts: ref, record, core, mart, ops
    published/v000123/marts.duckdb     small, for pages: what they show and need to explain it
    published/v000123/manifest.json    sha256 and row counts
    published/latest -> v000123        the one thing that changes; current.duckdb and marts.duckdb point through it

A reader that resolves `latest` once has both files of one version for as long as it keeps them open.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import duckdb
import msgspec

from operations.failpoints import failpoint
from operations.locks import publish_lock
from operations.settings import Settings
from warehouse.build import Writer
from warehouse.copying import copy_tables
from warehouse.landing import sha256_of, sync_file, sync_folder
from warehouse.statements import script

FILES = ("current", "marts")
VERIFYING = "256MiB"
"""What reading a version back may take, beside the writer, which is still open: no block is needed twice."""
CURRENT_SCHEMAS = ("ref", "record", "core", "mart", "ops")
MARTS_SCHEMAS = ("ref", "mart")
# What may differ between two publishes of the same sources and as-of time, as schema.table.column patterns
# (fnmatch): which run it was, and when. Everything else is equal.
RUN_COLUMNS = (
    "ops.*.*",
    "*.*.as_of",
    "*.*.load_id",
    "core.failing_rows.position",  # in the load that last brought the rejected row
    "core.failing_rows.file",
    "*.*.landed_at",
    "*.*.first_landed_at",
    "*.*.last_landed_at",
    "*.*.pending_correction_since",
    "mart.quality_history.*",  # the days on which a build ran
    "mart.quality_changes.*",
    "mart.trust.fresh_at",
    "core.colour_history.*",  # the days on which a build saw a colour first
    "core.drifts.since",
    "core.dataset_issues.since",
    "core.dataset_issues.observed",  # shares of deliveries and reads, of which a run that was killed made more
    "mart.quality_scores.r*",  # the score of accessibility counts reads; mart.quality has the counts of every rule
    "mart.quality_scores.tier",
)


class PublishError(Exception):
    """A copy that must not be published. The last published version stays in place."""


class Table(NamedTuple):
    file: str  # "current" or "marts"
    name: str  # schema.table
    rows: int  # in the build


@dataclass
class Candidate:
    """A version that is written but not visible: gate it, then `commit` or `discard`."""

    settings: Settings
    version: int
    as_of: datetime
    published_at: datetime
    folder: Path
    tables: list[Table] = field(default_factory=list)

    @property
    def current(self) -> Path:
        return self.folder / "current.duckdb"

    @property
    def marts(self) -> Path:
        return self.folder / "marts.duckdb"

    def commit(self) -> int:
        """Verify, flush, make visible in one step, drop old versions; return the version.

        Raises PublishError when a file does not hold what the build held, or another build was faster.
        """
        published = self.settings.published
        verify(self)
        self._write_manifest()
        final = published / _folder_name(self.version)
        with publish_lock(self.settings):
            if final.exists() or not self.folder.exists():
                raise PublishError(f"another build published version {self.version} meanwhile; build again")
            self.folder.rename(final)
            self.folder = final
            sync_folder(published)
            failpoint("publish.before_swap")
            point(published / "latest", final.name)
            for file in FILES:
                if not (published / f"{file}.duckdb").is_symlink():
                    point(published / f"{file}.duckdb", f"latest/{file}.duckdb")
            failpoint("publish.swapped")
            _prune(self.settings)
        return self.version

    def discard(self) -> None:
        """Remove it. What is published does not change."""
        shutil.rmtree(self.folder)

    def _write_manifest(self) -> None:
        manifest = {
            "version": self.version,
            "as_of": self.as_of,
            "published_at": self.published_at,
            "files": [
                {
                    "name": f"{file}.duckdb",
                    "sha256": sha256_of(self.folder / f"{file}.duckdb"),
                    "bytes": (self.folder / f"{file}.duckdb").stat().st_size,
                    "rows": {table.name: table.rows for table in self.tables if table.file == file},
                }
                for file in FILES
            ],
        }
        path = self.folder / "manifest.json"
        path.write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=2))
        path.chmod(0o640)
        sync_file(path)
        sync_folder(self.folder)


def prepare(writer: Writer, as_of: datetime) -> Candidate:
    """Write both files of the next version beside the published ones and close them.

    Clears what a killed publish left behind. Raises PublishError when a table to be published has a column of
    unmasked personal values.
    """
    settings = writer.settings
    published = settings.published
    with publish_lock(settings):
        latest = latest_version(settings)
        _clear_leftovers(published, latest)
        version = latest + 1
        folder = published / f".{_folder_name(version)}.tmp"
        folder.mkdir(mode=0o750)
    candidate = Candidate(settings, version, as_of, settings.clock(), folder)
    writer.con.execute("DELETE FROM ops.versions")
    writer.con.execute("INSERT INTO ops.versions VALUES (?, ?, ?)", [version, as_of, candidate.published_at])
    tables = _published_tables(writer)
    _refuse_personal_columns(writer, tables)
    marts = [name for name in tables if name.split(".")[0] in MARTS_SCHEMAS]
    for file, names in {"current": tables, "marts": [*marts, "ops.versions"]}.items():
        copied = copy_tables(writer, names, folder / f"{file}.duckdb")
        candidate.tables += [Table(file, name, rows) for name, rows in copied]
    failpoint("publish.files_written")
    return candidate


def verify(candidate: Candidate) -> None:
    """Read every column of every table of both files back from disk; raise PublishError unless all is there.

    Reading checks each block's checksum. Both files must carry the candidate's version.
    """
    for file in FILES:
        path = candidate.folder / f"{file}.duckdb"
        with duckdb.connect(str(path), read_only=True, config={"memory_limit": VERIFYING, "threads": 1}) as con:
            found = con.execute("SELECT version FROM ops.versions").fetchall()
            if found != [(candidate.version,)]:
                raise PublishError(f"{path} says version {found}, not {candidate.version}; publish again")
            for table in candidate.tables:
                if table.file != file:
                    continue
                rows, _ = con.execute(f"SELECT count(*), bit_xor(hash(t)) FROM {table.name} AS t").fetchall()[0]
                if rows != table.rows:
                    raise PublishError(
                        f"{path}: {table.name} has {rows} rows, the build has {table.rows}; the published"
                        " version stays. Check the disk's free space, then publish again"
                    )


def drop_versions_before(settings: Settings, version: int) -> int:
    """Remove every version before this one, whose tokens and masks must not stay; how many. Readers keep what they have
    open."""
    dropped = 0
    with publish_lock(settings):
        for folder in sorted(settings.published.glob("v[0-9]*")):
            if int(folder.name.removeprefix("v")) < version:
                shutil.rmtree(folder)
                dropped += 1
        sync_folder(settings.published)
    return dropped


def latest_version(settings: Settings) -> int:
    """The number of the published version, 0 before the first."""
    link = settings.published / "latest"
    return int(link.readlink().name.removeprefix("v")) if link.is_symlink() else 0


def point(link: Path, target: str) -> None:
    """Make the symbolic link `link` point at `target`, replacing the old one in one step."""
    draft = link.with_name(f".{link.name}.next")
    draft.unlink(missing_ok=True)
    draft.symlink_to(target)
    draft.replace(link)
    sync_folder(link.parent)


def _published_tables(writer: Writer) -> list[str]:
    """Tables and views of the schemas that leave the private zone, as schema.table."""
    rows = writer.con.execute(
        "SELECT table_schema || '.' || table_name FROM information_schema.tables"
        " WHERE table_catalog = 'wh' AND table_schema IN (SELECT unnest(?)) ORDER BY ALL",
        [list(CURRENT_SCHEMAS)],
    ).fetchall()
    return [name for (name,) in rows]


def _refuse_personal_columns(writer: Writer, tables: list[str]) -> None:
    """A column of record or core with the name of a tokenised or vaulted column would hold its values."""
    found = writer.con.execute(script("personal_columns.sql")).fetchall()
    for name, column in found:
        if name in tables:
            raise PublishError(
                f"{name}.{column} would publish personal values; publish {column}_mask or {column}_token instead"
            )


def _folder_name(version: int) -> str:
    return f"v{version:06d}"


def _clear_leftovers(published: Path, latest: int) -> None:
    """Remove what a killed publish left: unfinished folders, and a finished one that was never made visible."""
    for folder in published.glob(".v*.tmp"):
        shutil.rmtree(folder)
    for folder in published.glob("v[0-9]*"):
        if int(folder.name.removeprefix("v")) > latest:
            shutil.rmtree(folder)


def _prune(settings: Settings) -> None:
    latest = latest_version(settings)
    versions = sorted(int(folder.name.removeprefix("v")) for folder in settings.published.glob("v[0-9]*"))
    for version in versions[: -settings.keep_versions]:
        if version != latest:
            shutil.rmtree(settings.published / _folder_name(version))
