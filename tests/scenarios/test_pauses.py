"""A matter that waited for an appraisal is due as many days later, and one that waits still is due later every day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import NamedTuple

import chinese_calendar
import duckdb
import pytest
from homes import hub_json, run_hub

pytestmark = pytest.mark.slow
SYSTEMS = ("court_odr", "peoples_mediation")
NOW, LATER = datetime(2026, 6, 30, 20), 3
EXTENDED = {"court_mediation": 30}  # days; 最高人民法院关于人民法院特邀调解的规定 (2016)
LAST_SECOND = time(23, 59, 59)


class Due(NamedTuple):
    """The time for finishing one open report, and what the truth says of it."""

    clock: str
    unit: str
    started: datetime
    limit: int
    due: datetime
    state: str
    paused: datetime | None
    resumed: datetime | None
    extended: datetime | None


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    made = tmp_path_factory.mktemp("pauses")
    run_hub(made, "sandbox", "up", "--cases", "2000", "--today", f"{NOW:%Y-%m-%d}")
    try:
        yield made
    finally:
        run_hub(made, "sandbox", "down", check=False)


def dues(home: Path) -> dict[tuple[str, str], Due]:
    """What is due of the reports that the truth calls held up, but for those with a mistake on them or their steps."""
    assert hub_json(home, "run", *SYSTEMS)["failures"] == {}
    run_hub(home, "sandbox", "truth", "--out", str(home / "truth"))
    with duckdb.connect(home / "published" / "current.duckdb", read_only=True) as published:
        rows = published.execute(
            "SELECT k.system, k.source_id, k.clock_code, k.limit_unit, k.clock_started_at, k.limit_days, k.due_at, "
            "k.state, p.paused_at, p.resumed_at, p.extended_at FROM core.case_clocks AS k "
            f"JOIN '{home}/truth/pauses.parquet' AS p USING (system, source_id) "
            "WHERE k.subject = 'report' AND k.phase = 'finish' AND k.done_at IS NULL AND NOT EXISTS ("
            f"FROM '{home}/truth/dirt.parquet' AS d "
            "WHERE d.system = k.system AND starts_with(d.source_id, k.source_id))"
        ).fetchall()
    return {(row[0], row[1]): Due(*row[2:]) for row in rows}


def days_held(one: Due, now: datetime) -> int:
    """Days of the unit of the limit from the pause to its end, or to now."""
    if one.paused is None:
        return 0
    first, last = one.paused.date(), (one.resumed or now).date()
    between = [first + timedelta(days=number) for number in range(1, (last - first).days + 1)]
    return len([day for day in between if one.unit == "day" or chinese_calendar.is_workday(day)])


def expected(one: Due, now: datetime) -> datetime:
    """The last second of the day on which the limit, what extends it and what it was held up are over."""
    left = one.limit + (EXTENDED.get(one.clock, 0) if one.extended else 0) + days_held(one, now)
    day: date = one.started.date()
    while left:
        day += timedelta(days=1)
        left -= one.unit == "day" or chinese_calendar.is_workday(day)
    return datetime.combine(day, LAST_SECOND)


def test_due_dates_move_by_the_days_of_a_pause(home: Path) -> None:
    found = dues(home)
    assert {one.due - expected(one, NOW) for one in found.values()} == {timedelta(0)}
    held = [one for one in found.values() if days_held(one, NOW) > 0]
    assert {system for system, _ in found} == set(SYSTEMS)
    assert len(held) >= 5
    assert [one for one in found.values() if one.extended and one.clock in EXTENDED], "and by what an extension gives"
    waiting = {key: one for key, one in found.items() if one.paused and not one.resumed}
    assert waiting
    assert {one.state for one in waiting.values()} == {"paused"}
    run_hub(home, "sandbox", "tick", "--days", str(LATER))
    later = dues(home)
    still = {key: later[key] for key in waiting if key in later and not later[key].resumed}
    assert still
    assert {later[key].due - waiting[key].due for key in still if waiting[key].unit == "day"} == {timedelta(days=LATER)}
    gone_on = {key: one for key, one in later.items() if one.resumed}
    assert {one.due - expected(one, NOW) for one in gone_on.values()} == {timedelta(0)}
