"""The one writer of the warehouse: build.duckdb, encrypted, open in a single process at a time.

While the writer holds the file nobody else can even read it, so everything else reads `published/`. The connection
itself is an in-memory database and the build file is attached as `wh`: the same statements then work on any other
catalog that can be attached under that name.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType

import duckdb

from operations.keys import key, secret, versions
from operations.locks import writer_lock
from operations.settings import Settings

SCHEMAS = ("ref", "record", "history", "vault", "link", "core", "mart", "ops")
WRONG_KEY = "Wrong encryption key"
STORAGE_VERSION = "v1.5.0"  # older readers of the 1.5 line open it; newer engines keep it readable


class Writer:
    """Context manager: takes the writer lock, opens the build file and makes its schemas.

    `con` has `wh` as its current catalog. Raises what `operations.locks.writer_lock` raises while another process
    writes, and duckdb.IOException when the key does not open the file.
    """

    con: duckdb.DuckDBPyConnection

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._open = ExitStack()

    def __enter__(self) -> Writer:
        self.settings.prepare()
        with ExitStack() as opening:
            opening.enter_context(writer_lock(self.settings))
            self.con = connect(self.settings)
            opening.callback(self.con.close)
            attach(self.con, self.settings, self.settings.build_path, "build")
            self.settings.build_path.chmod(0o600)
            self.con.execute("USE wh")
            for schema in SCHEMAS:
                self.con.execute(f"CREATE SCHEMA IF NOT EXISTS wh.{schema}")
            self._open = opening.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    @contextmanager
    def transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Everything inside, or nothing of it."""
        self.con.execute("BEGIN TRANSACTION")
        try:
            yield self.con
        except BaseException:
            self.con.execute("ROLLBACK")
            raise
        self.con.execute("COMMIT")


@contextmanager
def opened(settings: Settings, path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy of the build file, read-only and attached as `wh`, with a key of this home; hold its writer lock.

    Raises duckdb.Error when no key opens it, or what is read of it is damaged.
    """
    con = connect(settings)
    try:
        attach(con, settings, path, "build", read_only=True)
        yield con
    finally:
        con.close()


def attach(
    con: duckdb.DuckDBPyConnection,
    settings: Settings,
    path: Path,
    purpose: str,
    alias: str = "wh",
    *,
    read_only: bool = False,
) -> str:
    """Attach an encrypted file with whichever key of a purpose opens it, the newest first; a new file gets the newest.

    Returns the name of the key. Raises KeyUnusable, and duckdb.Error when no key opens it.
    """
    key(settings, purpose)  # made on first use, or refused where it is lost
    options = "READ_ONLY" if read_only else f"STORAGE_VERSION '{STORAGE_VERSION}'"
    *older, newest = versions(settings, purpose)
    for name in (newest, *reversed(older)):
        opening = f"ENCRYPTION_KEY '{secret(settings, name).hex()}'"
        try:
            con.execute(f"ATTACH {literal(path)} AS {alias} ({opening}, {options})")
            return name
        except duckdb.InvalidInputException as error:
            if WRONG_KEY not in str(error):
                raise
            refused = error
    raise refused


def connect(settings: Settings) -> duckdb.DuckDBPyConnection:
    """An in-memory connection bounded by the settings, which spills encrypted and never reaches for the network."""
    spill = settings.private / "tmp" / "writer"
    shutil.rmtree(spill, ignore_errors=True)  # what a killed writer spilled is encrypted with a key that died with it
    spill.mkdir(mode=0o700, parents=True)
    con = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "memory_limit": settings.memory_limit,
            "threads": str(settings.threads),
            "temp_directory": str(spill),
            "temp_file_encryption": "true",
        },
    )
    con.execute("SET enable_progress_bar = false")
    # One checkpoint when the file is closed instead of one per load: a checkpoint costs more than a merge of 50 000.
    con.execute("SET wal_autocheckpoint = '128MiB'")
    con.execute(f"LOAD {literal(_httpfs())}")  # its OpenSSL is what writes encrypted files
    return con


def literal(value: object) -> str:
    """A SQL text literal."""
    return "'" + str(value).replace("'", "''") + "'"


def _httpfs() -> Path:
    packages = Path(duckdb.__file__).parent.parent
    pattern = f"duckdb_extension_httpfs/extensions/v{duckdb.__version__}/httpfs.duckdb_extension"
    for path in packages.glob(pattern):
        return path
    raise RuntimeError(
        f"{packages} has no httpfs extension for duckdb {duckdb.__version__}, without which the build file cannot be "
        f"written: install duckdb-extension-httpfs=={duckdb.__version__} (make install)"
    )
