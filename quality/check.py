"""Conform and check one load: every landed row becomes an accepted row of the contract or a row in quarantine.

One compiled SELECT writes every row once, judged, to `staging/`; those that are rejected are copied from there to
`quarantine/` with their reasons. Nothing is done to a row in Python.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from operations.failpoints import failpoint
from quality.compiler import compile_statement
from quality.conform import PARQUET, connect, judge_load, landed
from quality.drift import form_changes, refuse, retyped_fields
from quality.errors import CheckError, CountError, named
from quality.outcome import Outcome, encode_outcome, judge, outcome_files, outcome_path, read_outcome
from quality.predicates import literal
from quality.split import fired, rejected_rows
from schemas.declaration import Dataset, System
from schemas.delivery import Manifest

if TYPE_CHECKING:
    import duckdb

    from operations.settings import Settings
    from schemas.codes import Decided
    from schemas.contract import Contract


def check(
    settings: Settings,
    manifest: Manifest,
    system: System,
    dataset: Dataset,
    contract: Contract,
    as_of: datetime,
    decided: Sequence[Decided] = (),
) -> Outcome:
    """Check a complete load, with the mappings that people `decided`, or return what an earlier check of it found,
    unless the contract has got columns since: then its rows lack them, and are judged anew from the landing.

    Raises CompileError for a declaration that does not fit its contract, DriftError for a source whose form has
    changed beyond it, CountError when accepted + rejected is not what landed; then nothing of the load is staged.
    """
    known = read_outcome(settings, manifest)
    if known is not None and _has_columns(known.staging, contract):
        return known
    if manifest.kind in ("deletes", "keys"):
        raise CheckError(f"{named(manifest)} holds keys, not records: there is nothing to check")
    statement = compile_statement(system, dataset, contract, decided)
    settings.staging.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.staging, prefix=".check-") as scratch:
        folder = Path(scratch)
        parts = landed(settings, [manifest], folder)
        changes = form_changes(manifest, dataset, statement, parts.pieces)
        refuse(manifest, dataset, statement, parts.pieces, changes)
        judged, rejected = folder / "judged.parquet", folder / "rejected.parquet"
        with closing(connect(settings, folder)) as con:
            judge_load(con, parts, statement, as_of, judged, manifest.completed_at)
            counts = fired(con, statement)
            changes += retyped_fields(con, statement, counts, changes)
            refuse(manifest, dataset, statement, parts.pieces, changes)
            fields = next((piece.fields for piece in parts.pieces if piece.fields), ())
            query = rejected_rows(statement, contract, manifest, fields)
            [held] = _one(con, f"COPY ({query}) TO {literal(str(rejected))} ({PARQUET})")
            [accepted] = _one(con, "SELECT count(*) FROM checked WHERE NOT rejected")
        if accepted + held != manifest.landed:
            raise CountError(
                f"{named(manifest)}: {manifest.landed} records landed, {accepted} were accepted and {held} rejected;"
                " it is not merged. Compare the manifest with its parts; delete the load's folder and sync again"
            )
        staging, quarantine = outcome_files(settings, manifest)
        outcome_path(settings, manifest).unlink(missing_ok=True)  # it tells of other files than those that follow
        _keep(judged, staging)
        _keep(rejected, quarantine)
        outcome = Outcome(
            load_id=manifest.load_id,
            system=manifest.system,
            dataset=manifest.dataset,
            accepted=accepted,
            rejected=held,
            staging=staging,
            quarantine=quarantine,
            fired=counts,
            changes=changes,
            judged_by=judge(statement),
            as_of=as_of,
        )
        failpoint("check.staged")
        written = folder / "outcome.json"
        written.write_bytes(encode_outcome(outcome))
        _keep(written, outcome_path(settings, manifest))
    return outcome


def _has_columns(staging: Path, contract: Contract) -> bool:
    from pyarrow import parquet

    try:
        present = parquet.read_schema(staging).names
    except FileNotFoundError:
        return True  # whoever opens it says that it is missing
    return {column.name for column in contract.columns} <= set(present)


def _one(con: duckdb.DuckDBPyConnection, sql: str) -> tuple[int, ...]:
    found: tuple[int, ...] = con.execute(sql).fetchall()[0]
    return found


def _keep(written: Path, path: Path) -> None:
    """Give a whole file its name, once it is on disk."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with written.open("rb") as file:
        os.fsync(file.fileno())
    written.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
