"""Zero is not normal: a day is judged against the days that are like it, and only when it is over and was read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

AS_OF = datetime(2026, 9, 15, 8)  # a Tuesday
TODAY = AS_OF.date()
COURT = ("court_odr", "pre_suit_cases")
MEDICAL = ("medical_disputes", "disputes")
GRIDS = ("peoples_mediation", "grid_units")
GO_LIVE = date(2026, 3, 1)
Days = Mapping[date, int]


@pytest.fixture
def land(world: Any) -> Callable[..., None]:
    """A read of a dataset that ended on a day, with the rows and files that it brought."""

    def read(dataset: tuple[str, str], day: date, rows: int = 0, files: tuple[str, ...] = ()) -> None:
        world.rows(
            "INSERT INTO ops.loads (load_id, kind, system, dataset, landed, rejected, deleted, files, landed_at)"
            " VALUES (?, 'sync', ?, ?, ?, 0, 0, ?, ?)",
            *(f"{day}-{rows}", *dataset, rows, list(files), datetime.combine(day, time(7))),
        )

    return read


@pytest.fixture
def made(world: Any, land: Callable[..., None]) -> Callable[..., None]:
    """Versions of court reports by the day on which their source made them, read until `last` (yesterday's rows in
    the morning)."""

    def write(days: Days, first: date = GO_LIVE, last: date = TODAY) -> None:
        world.rows(
            "INSERT INTO history.case_reports (op, valid_from, system, dataset, source_id, landed_at)"
            " SELECT 'I', d.day + INTERVAL 10 HOUR, ?, ?, d.day || '/' || d.n, ?"
            " FROM (SELECT day, unnest(range(rows)) AS n FROM (SELECT unnest(?) AS day, unnest(?) AS rows)) AS d",
            *(*COURT, datetime.combine(last, time(7)), list(days), list(days.values())),
        )
        land(COURT, first)
        land(COURT, last)

    return write


def usual(until: date, rows: int = 40, weeks: int = 14) -> dict[date, int]:
    """Working days that differ by a few rows, days off with a tenth."""
    days = [until - timedelta(days=back) for back in range(7 * weeks, 0, -1)]
    return {day: rows // 10 if day.isoweekday() > 5 else rows + day.day % 5 - 2 for day in days}


def verdicts(world: Any, dataset: tuple[str, str] = COURT) -> dict[date, str]:
    world.build_only("mart/volumes")
    found = world.rows("SELECT day, verdict FROM mart.volumes WHERE system = ? AND dataset = ? ORDER BY day", *dataset)
    return dict(found)


TUESDAY, SUNDAY = date(2026, 9, 8), date(2026, 9, 13)


def test_a_day_like_its_likes_is_ok_and_too_little_history_is_no_verdict(world: Any, made: Any) -> None:
    made(usual(TODAY))
    found = verdicts(world)
    assert found[TUESDAY] == found[SUNDAY] == "ok"
    assert found[TODAY - timedelta(days=7 * 14 - 1)] == "unknown"
    assert set(found.values()) == {"ok", "unknown"}


@pytest.mark.parametrize(
    ("rows", "verdict"), [(0, "zero"), (12, "low"), (40, "ok"), (90, "high")], ids=["none", "few", "usual", "many"]
)
def test_a_working_day_is_judged_by_its_rows(world: Any, made: Any, rows: int, verdict: str) -> None:
    made(usual(TODAY) | {TUESDAY: rows})
    assert verdicts(world)[TUESDAY] == verdict


def test_empty_days_in_a_row_add_up_where_few_rows_are_usual(world: Any, made: Any) -> None:
    monday = TUESDAY - timedelta(days=1)
    empty = [monday + timedelta(days=on) for on in range(4)]
    made(dict.fromkeys(usual(TODAY), 4) | dict.fromkeys(empty, 0))
    found = verdicts(world)
    assert [found[day] for day in empty] == ["ok", "ok", "zero", "zero"]
    assert found[empty[-1] + timedelta(days=1)] == "ok", "rows came again"
    last = world.one("SELECT empty_since, empty_expected FROM mart.volumes WHERE day = ?", empty[-1])
    assert last == {"empty_since": monday, "empty_expected": 16}


def test_an_empty_day_off_is_normal_where_few_rows_are_usual(world: Any, made: Any) -> None:
    made(usual(TODAY) | {SUNDAY: 0})
    assert verdicts(world)[SUNDAY] == "ok"


def test_a_public_holiday_is_no_weekday(world: Any, made: Any) -> None:
    holiday = date(2026, 6, 19)  # the Dragon Boat Festival, a Friday
    made(usual(TODAY, weeks=30) | {holiday: 3})
    assert verdicts(world)[holiday] == "ok"
    assert world.one("SELECT day_class FROM mart.volumes WHERE day = ? AND system = 'court_odr'", holiday) == {
        "day_class": "holiday"
    }


def test_the_band_is_three_times_the_usual_distance_from_the_median_or_chance(world: Any, made: Any) -> None:
    days = dict.fromkeys(usual(TODAY), 0) | {TODAY - timedelta(days=98): 1}
    tuesdays = [TUESDAY - timedelta(weeks=back) for back in range(9)]
    days |= dict(zip(tuesdays, (100, 100, 100, 100, 60, 140, 60, 140, 100), strict=True))
    made(days)
    world.build_only("mart/volumes")
    found = world.one("SELECT expected, low, high FROM mart.volumes WHERE day = ? AND system = 'court_odr'", TUESDAY)
    assert found["expected"] == 100
    assert found["high"] - 100 == pytest.approx(3 * 1.4826 * 20)  # of 0 0 0 0 40 40 40 40 the median is 20
    assert found["low"] == pytest.approx(100 - 3 * 1.4826 * 20)
    world.clear()
    made(days | dict.fromkeys(tuesdays, 100))
    world.build_only("mart/volumes")
    found = world.one("SELECT low, high FROM mart.volumes WHERE day = ? AND system = 'court_odr'", TUESDAY)
    assert (found["low"], found["high"]) == (70, 130), "eight equal days: chance alone, 3 times the root of 100"


def test_days_after_the_last_landing_are_late_and_not_empty(world: Any, made: Any) -> None:
    made(usual(TUESDAY), last=TUESDAY)
    assert max(verdicts(world)) == TUESDAY - timedelta(days=1), "nor is the day of the landing, which is not over"


def test_an_empty_read_says_that_the_day_was_empty(world: Any, made: Any, land: Any) -> None:
    made(usual(TUESDAY), last=TUESDAY)
    land(COURT, TUESDAY + timedelta(days=1))
    assert verdicts(world)[TUESDAY] == "zero"


def test_the_first_day_on_record_is_not_judged(world: Any, made: Any) -> None:
    days = usual(TODAY)
    made(days)
    assert min(verdicts(world)) == min(days) + timedelta(days=1)


def test_days_known_by_last_versions_alone_never_make_a_day_look_high(world: Any, made: Any) -> None:
    days = usual(TODAY) | {TUESDAY: 400}
    made(days, first=TUESDAY - timedelta(days=3))
    assert verdicts(world)[TUESDAY] == "ok"


def test_rows_that_wait_in_quarantine_have_come(world: Any, made: Any) -> None:
    made(usual(TODAY) | {TUESDAY: 0})
    world.rows(
        "INSERT INTO ops.rejected_rows (load_id, system, dataset, contract, position, source_id, source_updated_at,"
        " rule_ids, fields, landed_at) SELECT ?, ?, ?, 'case_reports', n, 'bad' || n, ?, [], [], ?"
        " FROM range(40) AS made(n)",
        *(f"{TODAY}-0", *COURT, datetime.combine(TUESDAY, time(10)), AS_OF),
    )
    assert verdicts(world)[TUESDAY] == "ok"


def test_a_file_is_judged_on_the_day_it_comes(world: Any, land: Any) -> None:
    tuesdays = [TUESDAY - timedelta(weeks=back) for back in range(10, -1, -1)]
    for number, day in enumerate(tuesdays):
        land(MEDICAL, day, rows=300 if number == 0 else 30, files=(f"YLJF_{day}.csv",))
        land(MEDICAL, day + timedelta(days=1))
    land(MEDICAL, TODAY, rows=0, files=("YLJF_20260915.csv",))
    found = verdicts(world, MEDICAL)
    assert found[TUESDAY] == "ok"
    assert found[TODAY] == "zero", "a header without rows"
    assert sorted(found) == [*tuesdays[1:], TODAY], "the first delivery was the history, a day without is none"


def test_a_list_of_everything_is_compared_with_the_list_before(world: Any, land: Any) -> None:
    for back, rows in ((4, 1000), (3, 1010), (2, 880), (1, 0)):
        land(GRIDS, TODAY - timedelta(days=back), rows=rows)
    assert list(verdicts(world, GRIDS).values()) == ["unknown", "ok", "low", "zero"]
