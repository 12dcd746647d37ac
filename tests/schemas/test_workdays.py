"""Working days follow the State Council's calendar; what it does not say yet is provisional."""

from __future__ import annotations

from datetime import date

import pytest

from schemas.declaration import load_systems
from schemas.departments import departments
from schemas.workdays import CalendarError, workday_after, workdays_between

TODAY = date(2026, 9, 15)


@pytest.mark.parametrize(
    ("start", "count", "expected"),
    [
        (date(2026, 6, 30), 1, date(2026, 7, 1)),
        (date(2026, 6, 30), 5, date(2026, 7, 7)),
        (date(2026, 7, 3), 1, date(2026, 7, 6)),  # a Friday
        (date(2026, 9, 15), 5, date(2026, 9, 21)),  # Sunday the 20th is worked for the Mid-Autumn days off
        (date(2026, 9, 30), 1, date(2026, 10, 8)),  # after National Day
    ],
)
def test_the_nth_working_day_after_a_day(start: date, count: int, expected: date) -> None:
    found = workday_after(start, count, today=TODAY)
    assert (found.day, found.provisional) == (expected, False)
    assert workdays_between(start, expected, today=TODAY) == count
    assert workdays_between(expected, start, today=TODAY) == -count


def test_a_year_that_is_not_published_counts_weekdays_and_says_so() -> None:
    found = workday_after(date(2029, 12, 28), 5, today=TODAY)
    assert (found.day, found.provisional) == (date(2030, 1, 4), True)


def test_a_year_that_must_be_known_and_is_not_is_an_error() -> None:
    with pytest.raises(CalendarError, match="chinesecalendar"):
        workday_after(date(2039, 5, 1), 1, today=date(2039, 5, 1))


def test_every_department_of_a_system_has_a_leader_to_tell() -> None:
    for system in load_systems()[0].values():
        assert departments()[system.department].leader_email.endswith("@example.org")


def test_each_word_for_who_gets_mails_is_used_by_a_system() -> None:
    assert {system.contact.notify for system in load_systems()[0].values()} == {"always", "on_error", "never"}
