"""Conform and check one load: every landed row becomes an accepted row of the contract or a row in quarantine.

One compiled SELECT is materialised once, in a DuckDB of its own that lives in memory and spills under the home;
the result is copied twice, to `staging/` and to `quarantine/`. Nothing is done to a row in Python.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from operations.failpoints import failpoint
from quality.compiler import Statement, compile_statement
from quality.conform import Landed, connect, landed, materialise
from quality.drift import form_changes, refuse, retyped_fields
from quality.errors import CheckError, CountError, named
from quality.outcome import Outcome, encode_outcome, judge, outcome_files, outcome_path, read_outcome
from quality.predicates import literal
from quality.split import accepted_rows, fired, rejected_rows
from schemas.declaration import Dataset, System
from schemas.delivery import FieldChange, Manifest

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
    con: duckdb.DuckDBPyConnection
    landed: Landed


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
    settings.staging.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.staging, prefix=".check-") as scratch:
        parts = landed(settings, [manifest], Path(scratch))
        changes = form_changes(manifest, dataset, statement, parts.pieces)
        refuse(manifest, dataset, parts.pieces, changes)
        with closing(connect(settings, Path(scratch))) as con:
            load = _Load(manifest, statement, con, parts)
            materialise(con, parts, statement, as_of, manifest.load_id, manifest.completed_at)
            counts = fired(con, statement)
            changes += retyped_fields(con, statement, counts, changes)
            refuse(manifest, dataset, parts.pieces, changes)
            outcome = _split(settings, load, contract, as_of, counts, changes)
    failpoint("check.staged")
    with _durable(outcome_path(settings, manifest)) as target:
        target.write_bytes(encode_outcome(outcome))
    return outcome


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
    fields = next((piece.fields for piece in load.landed.pieces if piece.fields), ())
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
