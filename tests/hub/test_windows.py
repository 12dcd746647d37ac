"""A cursor never passes the read's start, never goes back, and an unread source starts at its declared start."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hub.windows import CLOCK_SKEW, capped_cursor

STARTED = datetime(2026, 6, 30, 8, 0, 0)
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(9999, 12, 31)).map(lambda at: at.replace(microsecond=0))


@given(MOMENTS)
def test_a_cursor_never_passes_the_start_of_the_read_less_the_skew(high: datetime) -> None:
    cursor = capped_cursor(STARTED, high.isoformat(sep=" "), None)
    assert cursor is not None
    assert datetime.fromisoformat(cursor) == min(high, STARTED - CLOCK_SKEW)


@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=900)))
def test_a_cursor_never_goes_back(high: datetime, before: timedelta) -> None:
    previous = (STARTED - before).isoformat(sep=" ")
    cursor = capped_cursor(STARTED, high.isoformat(sep=" "), {"cursor": previous})
    assert cursor is not None
    assert datetime.fromisoformat(cursor) >= datetime.fromisoformat(previous)


def test_a_read_without_rows_keeps_the_cursor() -> None:
    assert capped_cursor(STARTED, None, {"cursor": "2026-06-01 00:00:00"}) == "2026-06-01 00:00:00"
    assert capped_cursor(STARTED, None, None) is None
