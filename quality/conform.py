"""From landed parts to judged rows: one compiled SELECT, written once as a Parquet file, by a DuckDB of its own.

Nothing is done to a row in Python, except to those of a part that DuckDB refuses: it is read again record by record.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

from quality.compiler import RUN_VALUES
from quality.errors import CheckError
from quality.landed import Piece, define_landed, piece_of
from quality.mend import BadRecord, holds_nul, mend_csv, mend_ndjson
from quality.predicates import literal
from schemas.delivery import Manifest, Part
from schemas.divisions import COLUMNS, DIVISIONS

if TYPE_CHECKING:
    import duckdb

    from operations.settings import Settings
    from quality.compiler import Statement


PARQUET = "FORMAT parquet, COMPRESSION lz4_raw, DICTIONARY_SIZE_LIMIT 1"
"""How checked rows are written: they are read once or twice, so that dictionaries cost more than they save."""

_COLUMNS = ", ".join(f"'{name}': 'VARCHAR'" for name in COLUMNS)
DIVISION_CODES = (
    f"SELECT code FROM read_csv({literal(str(DIVISIONS))}, header=true, auto_detect=false, columns={{{_COLUMNS}}})"
)
"""Every division, with the file's columns written out: to find them out takes DuckDB longer than to read it."""

SMALL = 150_000
"""Rows up to which finding common parts of the statement costs more than it saves."""


@dataclass(frozen=True)
class Landed:
    """Parts in landing order, of one load or of several of one dataset, as they are read.

    `folder` takes mended copies; a piece that was mended takes the place of its part. A row's position is its ordinal
    over all parts, from 1.
    """

    named: str
    folder: Path
    parts: list[Part]
    pieces: list[Piece]


def landed(settings: Settings, manifests: Sequence[Manifest], folder: Path) -> Landed:
    """The parts of complete loads of one dataset; `folder` is a private one that the caller removes."""
    parts = [(manifest.folder(settings) / part.path, part) for manifest in manifests for part in manifest.parts]
    return Landed(
        named=" ".join([f"{manifests[0].system}.{manifests[0].dataset} load", *(one.load_id for one in manifests)]),
        folder=folder,
        parts=[part for _, part in parts],
        pieces=[piece_of(path, part.format) for path, part in parts],
    )


def connect(settings: Settings, folder: Path, database: str = ":memory:") -> duckdb.DuckDBPyConnection:
    """A DuckDB that keeps landing order and spills into `folder`, with every division as the type `division_code`.

    It has one thread: with two, of which one waits for the order of the other, three million rows took half as much
    CPU again and three times the memory. Many datasets are checked side by side in processes.
    """
    import duckdb

    con = duckdb.connect(
        database,
        config={
            "memory_limit": settings.memory_limit,
            "threads": 1,
            "temp_directory": str(folder / "spill"),
            "preserve_insertion_order": True,
            "autoinstall_known_extensions": False,
        },
    )
    # A process of `--parallel` counts as a notebook to DuckDB, which then draws its bar into what others read as JSON.
    con.execute("SET enable_progress_bar = false")
    con.execute(f"CREATE TYPE division_code AS ENUM ({DIVISION_CODES})")
    return con


def judge_load(
    con: duckdb.DuckDBPyConnection,
    load: Landed,
    statement: Statement,
    as_of: datetime,
    target: Path,
    landed_at: datetime | None = None,
) -> None:
    """Write the judged rows to `target`, in landing order, a row per record.

    Makes the view `checked` of them, with each record's position (from 1), and the tables `parts` (what a row came
    from, as its department calls it) and `unreadable` (which positions hold no readable record; the row there is empty,
    hence rejected for want of a key).

    The fast path reads the parts as they are; where DuckDB refuses one, it is mended and read again. Raises CheckError
    for a Parquet part that is not whole.
    """
    import duckdb

    bad: list[tuple[int, BadRecord]] = []
    for index, piece in enumerate(load.pieces):
        if piece.format == "ndjson" and (piece.fields is None or holds_nul(piece.path)):
            bad += _mend(load, index)
    con.execute(statement.macros)
    # Written out and not bound: to bind a value DuckDB imports pandas, which costs a small load more than its check.
    landed = f"TIMESTAMP '{landed_at}'" if landed_at else "CAST(NULL AS TIMESTAMP)"
    values = {"as_of": f"TIMESTAMP '{as_of}'", "landed_at": landed}
    sql = re.sub(rf"\$({'|'.join(RUN_VALUES)})\b", lambda found: values[found[1]], statement.sql)
    if sum(part.rows for part in load.parts) < SMALL:
        con.execute("SET disabled_optimizers = 'common_subexpressions'")
    try:
        _run(con, load, statement.fields, sql, target)
    except (duckdb.InvalidInputException, duckdb.ConversionException):
        mended = {index for index, _ in bad}
        refused = [
            index
            for index in range(len(load.pieces))
            if index not in mended and not _readable(con, load.pieces[index], statement.fields)
        ]
        if not refused:
            raise
        for index in refused:
            bad += _mend(load, index)
        _run(con, load, statement.fields, sql, target)
    _name_parts(con, load, bad, statement.delivered_as)


def _run(con: duckdb.DuckDBPyConnection, load: Landed, fields: Sequence[str], sql: str, target: Path) -> None:
    define_landed(con, load.pieces, fields)
    write_judged(con, sql, target)


def write_judged(con: duckdb.DuckDBPyConnection, sql: str, target: Path) -> None:
    """Write a query as a Parquet file, and make the view `checked` of it with each row's `position`, from 1."""
    con.execute(f"COPY (\n{sql}\n) TO {literal(str(target))} ({PARQUET})")
    con.execute(
        "CREATE OR REPLACE VIEW checked AS SELECT file_row_number + 1 AS position, * EXCLUDE (file_row_number)"
        f" FROM read_parquet({literal(str(target))}, file_row_number=true)"
    )


def _readable(con: duckdb.DuckDBPyConnection, piece: Piece, fields: Sequence[str]) -> bool:
    import duckdb

    define_landed(con, [piece], fields)
    first = fields[0].replace('"', '""')
    try:
        con.execute(f'SELECT count("{first}") FROM landed')
    except (duckdb.InvalidInputException, duckdb.ConversionException):
        return False
    return True


def _mend(load: Landed, index: int) -> list[tuple[int, BadRecord]]:
    """Put a mended copy in the place of a part. Parquet cannot be mended: it is whole or it is not."""
    piece = load.pieces[index]
    if piece.format == "parquet":
        raise CheckError(
            f"{load.named}: {piece.path.name} is no whole Parquet file; delete the load's folder under"
            " landing and sync the dataset again"
        )
    target = load.folder / f"{index:05d}.{piece.format}"
    bad = (mend_ndjson if piece.format == "ndjson" else mend_csv)(piece.path, target)
    load.pieces[index] = replace(piece, path=target)
    return [(index, record) for record in bad]


def _name_parts(
    con: duckdb.DuckDBPyConnection, load: Landed, bad: Iterable[tuple[int, BadRecord]], delivered_as: str
) -> None:
    con.execute("CREATE TABLE parts (part UINTEGER, file VARCHAR)")
    con.execute("CREATE TABLE unreadable (position BIGINT, text VARCHAR, problem VARCHAR, place VARCHAR)")
    for index, part in enumerate(load.parts):
        con.execute(f"INSERT INTO parts VALUES ({index}, {literal(part.original_name or delivered_as or part.path)})")
    first = list(accumulate((part.rows for part in load.parts), initial=1))
    for index, record in bad:
        place = first[index] + record.ordinal
        places = load.parts[index].places
        stood = literal(places[record.ordinal]) if places else "NULL"
        texts = f"{literal(record.text)}, {literal(record.problem)}, {stood}"
        con.execute(f"INSERT INTO unreadable VALUES ({place}, {texts})")
