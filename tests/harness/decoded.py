"""What the files of a home or of a backup say, each decoded by its own means, searched for texts."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
from court import CourtHome

from warehouse.build import attach, opened


def texts(path: Path, court: CourtHome) -> Iterator[str]:
    """What a file says, decoded by its own means."""
    if path.suffix == ".parquet":
        yield json.dumps(pq.read_table(path).to_pylist(), ensure_ascii=False, default=str)
    elif path.suffix == ".duckdb":
        if path.name == "build.duckdb":
            with opened(court.settings, path) as con:
                yield from cells(con)
        else:
            with duckdb.connect() as con:
                if path.name == "reveal.duckdb":
                    attach(con, court.settings, path, "reveal", read_only=True)
                else:
                    con.execute(f"ATTACH '{path}' AS wh (READ_ONLY)")
                yield from cells(con)
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                for encoding in ("utf-8", "gb18030", "utf-16-le"):
                    yield archive.read(name).decode(encoding, "replace")
    else:
        body = path.read_bytes()
        yield body.decode("utf-8", "replace")
        yield body.decode("unicode_escape", "replace") if path.suffix == ".ndjson" else ""


def cells(con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    tables = con.execute("SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE database_name = 'wh'")
    for (name,) in tables.fetchall():
        yield json.dumps(con.execute(f"SELECT * FROM wh.{name}").fetchall(), ensure_ascii=False, default=str)


def places(folder: Path, court: CourtHome, *sought: str) -> list[str]:
    """The files below a folder in which one of the texts is."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and any(s in text for text in texts(path, court) for s in sought):
            found.append(str(path.relative_to(folder)))
    return found
