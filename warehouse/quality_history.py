"""Keeps what each build found of the quality, a day at a time, for trends and for what changed since."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from warehouse.statements import run, statements

if TYPE_CHECKING:
    from warehouse.build import Writer

DAYS, RULE_DAYS = 366, 62
"""How long a day is kept: its scores for a year's trend, its rules (many more) for what changed since."""


def keep(writer: Writer, as_of: datetime) -> None:
    """Write the scores and the failing rules of the models just built as those of the day of `as_of`."""
    with writer.transaction() as con:
        for sql in statements("quality_history.sql").values():
            run(con, sql, {"as_of": as_of, "days": DAYS, "rule_days": RULE_DAYS})
