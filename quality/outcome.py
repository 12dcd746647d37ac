"""What the check of one load came to; written last, so that its presence means that both files are whole."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from schemas.delivery import FieldChange
from schemas.divisions import DIVISIONS

if TYPE_CHECKING:
    from operations.settings import Settings
    from quality.compiler import Statement
    from schemas.delivery import Manifest


class Outcome(msgspec.Struct, kw_only=True):
    """Rows accepted and rejected, the two Parquet files, and how often each rule fired (rows, by rule id).

    `changes` are the ways in which the delivery's form is not the declared one. `judged_by` and `as_of` say by what and
    when the rows were judged; an outcome of an earlier version has neither.
    """

    load_id: str
    system: str
    dataset: str
    accepted: int
    rejected: int
    staging: Path
    quarantine: Path
    fired: dict[str, int]
    changes: list[FieldChange] = []
    judged_by: str = ""
    as_of: datetime | None = None

    @property
    def reject_share(self) -> float:
        """Rejected rows as a share of all, 0 for an empty load."""
        return self.rejected / max(1, self.accepted + self.rejected)


def judge(statement: Statement) -> str:
    """sha256 of everything that decides what becomes of a row, but for the time: the same judge says the same."""
    parts = [statement.sql.encode(), statement.macros.encode(), DIVISIONS.read_bytes()]  # the ENUM is made of the file
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def outcome_path(settings: Settings, manifest: Manifest) -> Path:
    """staging/<system>/<dataset>/<load_id>.json"""
    return settings.staging / manifest.system / manifest.dataset / f"{manifest.load_id}.json"


def outcome_files(settings: Settings, manifest: Manifest) -> tuple[Path, Path]:
    """(staging, quarantine): the Parquet files of the accepted and the rejected rows."""
    staging = outcome_path(settings, manifest).with_suffix(".parquet")
    return staging, settings.quarantine / manifest.system / manifest.dataset / staging.name


def read_outcome(settings: Settings, manifest: Manifest) -> Outcome | None:
    """The outcome of an earlier check of this load, or None."""
    try:
        body = outcome_path(settings, manifest).read_bytes()
    except FileNotFoundError:
        return None
    outcome = msgspec.json.decode(body, type=Outcome, dec_hook=lambda kind, value: kind(value))
    staging, quarantine = outcome_files(settings, manifest)  # a home may have been moved since
    return msgspec.structs.replace(outcome, staging=staging, quarantine=quarantine)


def encode_outcome(outcome: Outcome) -> bytes:
    return msgspec.json.format(msgspec.json.encode(outcome, enc_hook=str), indent=2)
