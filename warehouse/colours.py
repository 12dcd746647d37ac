"""Keeps since when each case has had its colour, why, and in whose hands it was then."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from warehouse.statements import run, statements

if TYPE_CHECKING:
    from warehouse.build import Writer


def keep(writer: Writer, as_of: datetime) -> None:
    """Add the colours that core.colour_history, just built, saw for the first time. A build of the same moment, or of
    an earlier one, replaces what it finds from then on."""
    with writer.transaction() as con:
        for sql in statements("colours.sql").values():
            run(con, sql, {"as_of": as_of})
