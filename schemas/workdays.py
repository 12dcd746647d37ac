"""Working days of the State Council's holiday calendar, with moved weekends (调休).

The calendar of a year is published in the autumn before it. Until then its weekdays count and are marked
provisional; a past year that is missing means that `chinesecalendar` is too old, and is an error.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache


class CalendarError(ValueError):
    """A year that must be known and is not; the text says how to get it."""


@dataclass(frozen=True)
class Workday:
    """A day and whether it is worked; `provisional` until the calendar of its year is published."""

    day: date
    is_workday: bool
    provisional: bool


def workdays(first: date, last: date, *, today: date) -> Iterator[Workday]:
    """Every day from `first` to `last`, both included.

    Raises CalendarError for a year up to that of `today` that the installed calendar does not have.
    """
    day = first
    while day <= last:
        worked = _published(day)
        if worked is None and day.year <= today.year:
            raise CalendarError(f"the holiday calendar has no year {day.year}; update the package chinesecalendar")
        yield Workday(day, day.weekday() < 5 if worked is None else worked, worked is None)
        day += timedelta(days=1)


@cache
def _published(day: date) -> bool | None:
    """Whether a day is worked, None while the calendar does not have its year; it looks through all of its days."""
    from chinese_calendar import is_workday  # loads all years: only where days are counted

    try:
        return bool(is_workday(day))
    except NotImplementedError:
        return None


def workday_after(start: date, count: int, *, today: date) -> Workday:
    """The `count`-th working day after `start`, provisional when any day up to it is. Raises CalendarError."""
    provisional, left = False, count
    for one in workdays(start + timedelta(days=1), start + timedelta(days=20 + 3 * count), today=today):
        provisional = provisional or one.provisional
        left -= one.is_workday
        if left == 0:
            return Workday(one.day, True, provisional)
    raise CalendarError(f"there are no {count} working days in the {20 + 3 * count} days after {start}")


def workdays_between(start: date, end: date, *, today: date) -> int:
    """How many working days lie after `start` up to and with `end`; negative when `end` is earlier."""
    if end < start:
        return -workdays_between(end, start, today=today)
    return sum(one.is_workday for one in workdays(start + timedelta(days=1), end, today=today))
