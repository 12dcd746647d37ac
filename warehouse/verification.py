"""Whom a query-only source may have to be asked about: subjects of recent reports, with their ID numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from warehouse.build import Writer
from warehouse.statements import run, statements


@dataclass(frozen=True)
class Question:
    """A subject and the newest report that names it. Its text form does not show the ID number."""

    system: str
    source_id: str
    token: str
    value: str = field(repr=False)


def questions(writer: Writer, subject: str, systems: list[str], since: datetime) -> list[Question]:
    """One question for each ID number in the column `subject` of the reports of `systems` from `since` on, those of
    the newest reports first."""
    sql = statements("verification.sql")["questions"].replace("{subject}", subject)
    rows = run(writer.con, sql, {"systems": systems, "since": since}).fetchall()
    return [Question(*row) for row in rows]
