"""Conform and check one load: every landed row becomes an accepted row of the contract or a row in quarantine.

One compiled SELECT is materialised once, in a DuckDB of its own that lives in memory and spills under the home;
the result is copied twice, to `staging/` and to `quarantine/`. Nothing is done to a row in Python.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from operations.failpoints import failpoint
from quality.compiler import RUN_VALUES, Statement, compile_statement
from quality.drift import form_changes, refuse, retyped_fields
from quality.errors import CheckError, CountError, named
from quality.landed import Piece, define_landed, piece_of
from quality.mend import BadRecord, holds_nul, mend_csv, mend_ndjson
from quality.outcome import Outcome, encode_outcome, judge, outcome_files, outcome_path, read_outcome
from quality.predicates import literal
from quality.split import accepted_rows, fired, rejected_rows
from schemas.declaration import Dataset, System
from schemas.delivery import FieldChange, Manifest
from schemas.divisions import DIVISIONS

if TYPE_CHECKING:
    import duckdb

    from operations.settings import Settings
    from schemas.codes import Decided
    from schemas.contract import Contract


PARQUET = "FORMAT parquet, COMPRESSION lz4_raw, DICTIONARY_SIZE_LIMIT 1"
"""How checked rows are written: they are read once or twice, so that dictionaries cost more than they save."""


@dataclass(frozen=True)
class _Load:
    """What the steps of one check share."""

    manifest: Manifest
    statement: Statement
    folder: Path
    con: duckdb.DuckDBPyConnection
    pieces: list[Piece]  # in the order of the parts; a mended one takes the place of its part


def check(
    settings: Settings,
    manifest: Manifest,
    system: System,
    dataset: Dataset,
    contract: Contract,
    as_of: datetime,
    decided: Sequence[Decided] = (),
) -> Outcome:
    """Check a complete load, with the mappings that people `decided`, or return what an earlier check of it found.

    Raises CompileError for a declaration that does not fit its contract, DriftError for a source whose form has
    changed beyond it, CountError when accepted + rejected is not what landed; then nothing of the load is staged.
    """
    known = read_outcome(settings, manifest)
    if known is not None:
        return known
    if manifest.kind in ("deletes", "keys"):
        raise CheckError(f"{named(manifest)} holds keys, not records: there is nothing to check")
    statement = compile_statement(system, dataset, contract, decided)
    folder = manifest.folder(settings)
    pieces = [piece_of(folder / part.path, part.format) for part in manifest.parts]
    changes = form_changes(manifest, dataset, statement, pieces)
    refuse(manifest, dataset, pieces, changes)
    settings.staging.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=settings.staging, prefix=".check-") as scratch,
        closing(_connect(settings, Path(scratch))) as con,
    ):
        load = _Load(manifest, statement, Path(scratch), con, pieces)
        bad = _materialise(load, as_of)
        _name_parts(load, bad)
        counts = fired(con, statement)
        changes += retyped_fields(con, statement, counts, changes)
        refuse(manifest, dataset, pieces, changes)
        outcome = _split(settings, load, contract, as_of, counts, changes)
    failpoint("check.staged")
    with _durable(outcome_path(settings, manifest)) as target:
        target.write_bytes(encode_outcome(outcome))
    return outcome


def _connect(settings: Settings, scratch: Path) -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory that keeps landing order, with every division code as the type `division_code`."""
    import duckdb

    con = duckdb.connect(
        config={
            "memory_limit": settings.memory_limit,
            "threads": settings.threads,
            "temp_directory": str(scratch / "spill"),
            "preserve_insertion_order": True,
            "autoinstall_known_extensions": False,
        }
    )
    codes = f"SELECT code FROM read_csv({literal(str(DIVISIONS))}, header=true, all_varchar=true)"
    con.execute(f"CREATE TYPE division_code AS ENUM ({codes})")
    return con


def _materialise(load: _Load, as_of: datetime) -> list[tuple[int, BadRecord]]:
    """Run the statement into the table `checked`. Returns the bad records with their part's index.

    The fast path reads the parts as they are; where DuckDB refuses one, it is mended and read again.
    """
    import duckdb

    bad: list[tuple[int, BadRecord]] = []
    for index, piece in enumerate(load.pieces):
        if piece.format == "ndjson" and holds_nul(piece.path):
            bad += _mend(load, index)
    load.con.execute(load.statement.macros)
    try:
        _run(load, as_of)
    except (duckdb.InvalidInputException, duckdb.ConversionException):
        mended = {index for index, _ in bad}
        refused = [index for index in range(len(load.pieces)) if index not in mended and not _readable(load, index)]
        if not refused:
            raise
        for index in refused:
            bad += _mend(load, index)
        _run(load, as_of)
    return bad


def _run(load: _Load, as_of: datetime) -> None:
    define_landed(load.con, load.pieces, load.statement.fields)
    landed_at = f"TIMESTAMP '{load.manifest.completed_at}'" if load.manifest.completed_at else "CAST(NULL AS TIMESTAMP)"
    # Written out and not bound: to bind a value DuckDB imports pandas, which costs a small load more than its check.
    values = {"as_of": f"TIMESTAMP '{as_of}'", "load_id": literal(load.manifest.load_id), "landed_at": landed_at}
    sql = re.sub(rf"\$({'|'.join(RUN_VALUES)})\b", lambda found: values[found[1]], load.statement.sql)
    load.con.execute(f"CREATE OR REPLACE TABLE checked AS\n{sql}")


def _readable(load: _Load, index: int) -> bool:
    import duckdb

    define_landed(load.con, [load.pieces[index]], load.statement.fields)
    first = load.statement.fields[0].replace('"', '""')
    try:
        load.con.execute(f'SELECT count("{first}") FROM landed')
    except (duckdb.InvalidInputException, duckdb.ConversionException):
        return False
    return True


def _mend(load: _Load, index: int) -> list[tuple[int, BadRecord]]:
    """Put a mended copy in the place of a part. Parquet cannot be mended: it is whole or it is not."""
    piece = load.pieces[index]
    if piece.format == "parquet":
        raise CheckError(
            f"{named(load.manifest)}: {piece.path.name} is no whole Parquet file; delete the load's folder under"
            " landing and sync the dataset again"
        )
    target = load.folder / f"{index:05d}.{piece.format}"
    bad = (mend_ndjson if piece.format == "ndjson" else mend_csv)(piece.path, target)
    load.pieces[index] = replace(piece, path=target)
    return [(index, record) for record in bad]


def _name_parts(load: _Load, bad: Sequence[tuple[int, BadRecord]]) -> None:
    """Tables `parts` (whose file a row came from) and `unreadable` (bad records by position)."""
    load.con.execute("CREATE TABLE parts (filename VARCHAR, file VARCHAR, delivery_sha256 VARCHAR)")
    load.con.execute("CREATE TABLE unreadable (position BIGINT, text VARCHAR, problem VARCHAR)")
    parts = load.manifest.parts
    for piece, part in zip(load.pieces, parts, strict=True):
        named = (str(piece.path), part.original_name or part.path, part.original_sha256 or part.sha256)
        load.con.execute(f"INSERT INTO parts VALUES ({', '.join(map(literal, named))})")
    for index, record in bad:
        position = parts[index].first_position + record.ordinal
        row = f"{position}, {literal(record.text)}, {literal(record.problem)}"
        load.con.execute(f"INSERT INTO unreadable VALUES ({row})")


def _split(
    settings: Settings,
    load: _Load,
    contract: Contract,
    as_of: datetime,
    counts: dict[str, int],
    changes: list[FieldChange],
) -> Outcome:
    """Copy the accepted and the rejected rows out of `checked`, and count them."""
    manifest = load.manifest
    staging, quarantine = outcome_files(settings, manifest)
    fields = next((piece.fields for piece in load.pieces if piece.fields), ())
    accepted = _copy(load, staging, accepted_rows(load.statement, contract))
    rejected = _copy(load, quarantine, rejected_rows(load.statement, contract, manifest, fields))
    if accepted + rejected != manifest.landed:
        raise CountError(
            f"{named(manifest)}: {manifest.landed} records landed, {accepted} were accepted and {rejected} rejected;"
            " it is not merged. Compare the manifest with its parts; delete the load's folder and sync again"
        )
    return Outcome(
        load_id=manifest.load_id,
        system=manifest.system,
        dataset=manifest.dataset,
        accepted=accepted,
        rejected=rejected,
        staging=staging,
        quarantine=quarantine,
        fired=counts,
        changes=changes,
        judged_by=judge(load.statement),
        as_of=as_of,
    )


def _copy(load: _Load, path: Path, query: str) -> int:
    """Write a query as a Parquet file, whole or not at all. Returns its rows."""
    with _durable(path) as target:
        done = load.con.execute(f"COPY ({query}) TO {literal(str(target))} ({PARQUET})").fetchone()
    return int(done[0]) if done else 0


@contextmanager
def _durable(path: Path) -> Iterator[Path]:
    """A temporary file that takes its name only when it is whole and on disk."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = path.with_name(f".{path.name}.tmp")
    yield target
    with target.open("rb") as file:
        os.fsync(file.fileno())
    target.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
