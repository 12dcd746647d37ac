"""What is wrong with a dataset as a whole, one row an issue, with who has to act and what is to be seen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

AS_OF = datetime(2026, 9, 15, 8)
COURT = ("court_odr", "pre_suit_cases")
MODELS = (
    "core/drifts", "core/record_counts", "mart/trust", "mart/volumes", "mart/other_shares", "core/dataset_issues",
)  # fmt: skip
Issue = dict[str, Any]


@pytest.fixture
def land(world: Any) -> Callable[..., str]:
    """A load in the ledger, the later call the later load; returns its id."""
    count = 0

    def read(at: datetime = AS_OF, landed: int = 1, rejected: int = 0, deleted: int = 0) -> str:
        nonlocal count
        count += 1
        load_id = f"2026{count:04d}"
        world.rows(
            "INSERT INTO ops.loads (load_id, kind, system, dataset, landed, rejected, deleted, files, landed_at)"
            " VALUES (?, 'sync', ?, ?, ?, ?, ?, [], ?)",
            *(load_id, *COURT, landed, rejected, deleted, at),
        )
        return load_id

    return read


@pytest.fixture
def drift(world: Any) -> Callable[..., None]:
    def find(load_id: str, field: str, change: str, detail: str = "", at: datetime = AS_OF) -> None:
        world.rows("INSERT INTO ops.drift VALUES (?, ?, ?, ?, ?, ?, ?)", load_id, *COURT, field, change, detail, at)

    return find


@pytest.fixture
def issues(world: Any) -> Callable[[], dict[str, Issue]]:
    """The issues of the court's reports by rule, and by field where there is one. They came in time."""

    def found() -> dict[str, Issue]:
        if not world.rows("SELECT 1 FROM record.case_reports WHERE system = 'court_odr'"):
            world.report(*COURT[:1], dataset=COURT[1], source_updated_at=AS_OF)
        world.build_only(*MODELS)
        names = ("rule_id", "field", "severity", "observed", "expected", "since")
        rows = world.rows(
            f"SELECT {', '.join(names)} FROM core.dataset_issues WHERE system = ? AND dataset = ? ORDER BY ALL", *COURT
        )
        return {f"{row[0]}:{row[1]}".removesuffix(":"): dict(zip(names, row, strict=True)) for row in rows}

    return found


def test_a_dataset_without_fault_has_no_issue(issues: Any, land: Any) -> None:
    land()
    assert issues() == {}


def test_a_new_field_stands_until_it_is_declared_or_has_stayed_away(issues: Any, land: Any, drift: Any) -> None:
    drift(land(AS_OF - timedelta(days=3)), "xzd", "new", at=AS_OF - timedelta(days=3))
    drift(land(AS_OF - timedelta(days=31)), "old", "new", at=AS_OF - timedelta(days=31))
    drift(land(), "iconUrl", "new")  # declared as ignored by now
    land()  # brings rows without it, which says nothing
    found = issues()
    assert set(found) == {"new_field:xzd"}
    assert found["new_field:xzd"]["severity"] == "warning"
    assert found["new_field:xzd"]["since"] == AS_OF - timedelta(days=3)


@pytest.mark.parametrize(
    ("change", "rule", "detail", "observed"),
    [
        ("missing", "missing_field", "数据表 T_AJ", "数据表 T_AJ 中没有此字段"),
        ("missing", "missing_field", "", "来文中没有此字段"),
        ("retyped", "retyped_field", "见第 7 条", "见第 7 条"),
    ],
)
def test_a_missing_or_retyped_field_stands_until_a_delivery_with_rows_is_right(
    change: str, rule: str, detail: str, observed: str, issues: Any, land: Any, drift: Any
) -> None:
    first = AS_OF - timedelta(days=2)
    drift(land(first), "bdje", change, "见第 1 条", first)
    drift(land(), "bdje", change, detail)
    land(landed=0)
    land(landed=2, deleted=2)
    found = issues()
    assert set(found) == {f"{rule}:bdje"}
    assert (found[f"{rule}:bdje"]["observed"], found[f"{rule}:bdje"]["since"]) == (observed, first)
    land()
    assert issues() == {}


def test_a_field_that_is_declared_no_longer_is_not_missed(issues: Any, land: Any, drift: Any) -> None:
    drift(land(), "no_such_field", "missing")
    assert issues() == {}


def test_a_refused_delivery_is_critical_until_it_is_merged(issues: Any, land: Any, drift: Any, world: Any) -> None:
    drift("refused", "bdje", "retyped", "见第 1 条")
    land()
    found = issues()["retyped_field:bdje"]
    assert (found["severity"], found["observed"]) == ("critical", "见第 1 条；整批来文被拒绝")
    world.rows("DELETE FROM ops.drift WHERE load_id = 'refused'")  # the declaration was changed, and it is merged
    assert issues() == {}


@pytest.fixture
def stale(world: Any) -> Callable[[timedelta], None]:
    """The newest report of the court is this old; declared are 24 hours until late and 72 until failed."""
    return lambda age: world.report("court_odr", dataset=COURT[1], source_updated_at=AS_OF - age)


@pytest.mark.parametrize(("hours", "rule", "limit"), [(25, "freshness_late", "1 天"), (73, "freshness_failed", "3 天")])
def test_a_dataset_that_is_read_and_brings_nothing_new_is_late(
    hours: int, rule: str, limit: str, issues: Any, land: Any, stale: Any
) -> None:
    stale(timedelta(hours=hours))
    land(landed=0)
    found = issues()
    assert set(found) == {rule}
    newest = AS_OF - timedelta(hours=hours)
    assert found[rule]["observed"] == f"最新一条 {newest:%Y-%m-%d %H:%M}"
    assert found[rule]["expected"] == f"不早于 {limit}前"
    assert found[rule]["since"] == newest + timedelta(hours=24)


def test_late_data_that_nobody_could_look_for_is_no_fault_of_the_department(issues: Any, land: Any, stale: Any) -> None:
    stale(timedelta(hours=80))
    land(AS_OF - timedelta(hours=79))
    found = issues()
    assert set(found) == {"reads_failing"}
    assert found["reads_failing"]["since"] == AS_OF - timedelta(hours=79)


@pytest.mark.parametrize(("failed", "expected"), [(4, {"reads_failing"}), (3, set())])
def test_reads_fail_when_none_of_the_last_day_went_well(
    failed: int, expected: set[str], issues: Any, land: Any, world: Any
) -> None:
    land()
    for day, attempts, wrong in ((date(2026, 9, 14), 4, failed), (date(2026, 9, 13), 2, 2)):
        world.rows("INSERT INTO ops.attempts VALUES (?, ?, ?, ?, ?)", *COURT, day, attempts, wrong)
    found = issues()
    assert set(found) == expected
    if expected:
        assert found["reads_failing"]["observed"].startswith("2026-09-14 读取 4 次全部失败")


@pytest.fixture
def arrive(world: Any) -> Callable[..., None]:
    """Rows of the court that arrive together, accepted and rejected ones; the same `first` gives the same rows."""

    def come(accepted: int, rejected: int, at: datetime = AS_OF, first: int = 0) -> None:
        keys = [f"A{first + n}" for n in range(accepted)]
        world.rows(
            "INSERT INTO history.case_reports (system, dataset, source_id, op, landed_at)"
            " SELECT ?, ?, unnest(?::VARCHAR[]), 'I', ?",
            *(*COURT, keys, at),
        )
        world.rows(
            "INSERT INTO ops.rejected_rows (system, dataset, contract, source_id, rule_ids, fields, landed_at)"
            " SELECT ?, ?, 'case_reports', 'R' || n, ['closed_at.future'], ['closed_at'], ? FROM range(?, ?) AS bad(n)",
            *(*COURT, at, first, first + rejected),
        )

    return come


@pytest.mark.parametrize(("rejected", "accepted", "expected"), [(6, 94, True), (5, 95, False), (9, 1, False)])
def test_more_rejected_rows_than_declared_are_an_issue(
    rejected: int, accepted: int, expected: bool, issues: Any, land: Any, arrive: Any
) -> None:
    land()
    arrive(accepted, rejected)
    arrive(50, 50, AS_OF - timedelta(days=8), first=1000)
    arrive(0, rejected)  # the same rows, read again
    arrive(0, 50, first=1000)
    found = issues()
    assert set(found) == ({"rejects_over_expectation"} if expected else set())
    if expected:
        assert found["rejects_over_expectation"]["observed"] == "近 7 天 6.0%（6 / 100）"
        assert found["rejects_over_expectation"]["expected"] == "不超过 5.0%"


def codes(world: Any, days_ago: int, **by_code: int) -> None:
    """Reports with each code, `_0601=3` of 0601, which happened so long ago and came in time."""
    times = {"reported_at": AS_OF - timedelta(days=days_ago), "source_updated_at": AS_OF}
    for code, reports in by_code.items():
        first = world.report("court_odr", dataset=COURT[1], case_type_code=code.strip("_"), **times)
        world.rows(
            "INSERT INTO record.case_reports SELECT r.* REPLACE (source_id || '-' || n AS source_id)"
            " FROM record.case_reports AS r, range(?) AS more(n) WHERE source_id = ?",
            *(reports - 1, first),
        )


@pytest.mark.parametrize(
    ("before", "recent", "expected"),
    [
        ({"_0601": 36, "_0199": 4}, {"_0601": 24, "_99": 6}, False),
        ({"_0601": 36, "_0199": 4}, {"_0601": 23, "_99": 4, "_0299": 3}, True),
        ({"_0601": 36, "_0199": 4}, {"_0601": 9, "_99": 20}, False),
        ({"_0601": 20}, {"_99": 40}, False),
    ],
    ids=["by 10 points", "by more", "of too few records", "of an unknown share"],
)
def test_a_rising_share_of_others_is_an_issue(
    before: dict[str, int], recent: dict[str, int], expected: bool, world: Any, issues: Any, land: Any
) -> None:
    land()
    codes(world, 100, **before)
    codes(world, 5, **recent)
    codes(world, 300, _99=99)
    found = issues()
    assert set(found) == ({"other_rising:case_type_code"} if expected else set())
    if expected:
        assert found["other_rising:case_type_code"]["observed"] == "近 30 天 23.3%（7 / 30）"
        assert found["other_rising:case_type_code"]["expected"] == "此前 180 天 10.0%"


def test_an_odd_day_stays_an_issue_for_a_week(world: Any, issues: Any, land: Any) -> None:
    land(AS_OF - timedelta(days=99))
    world.rows(
        "INSERT INTO history.case_reports (op, valid_from, system, dataset, source_id, landed_at)"
        " SELECT 'I', day, ?, ?, day || '/' || n, day FROM range(?, ?, INTERVAL 1 DAY) AS days(day), range(40) AS r(n)"
        " WHERE CAST(day AS DATE) <> DATE '2026-09-10'",
        *(*COURT, AS_OF - timedelta(days=98), AS_OF),
    )
    land()
    found = issues()
    assert set(found) == {"volume_zero"}
    assert found["volume_zero"]["observed"] == "2026-09-10（周四）0 行"
    assert found["volume_zero"]["expected"] == "约 40 行，22 至 58 行"
    assert found["volume_zero"]["severity"] == "critical"


def test_rules_on_datasets_are_declared_and_check_no_rows(world: Any) -> None:
    counts = ("core/record_counts", "core/failing_rows", "core/record_issues", "core/checked_rows")
    world.build_only(*counts, "mart/quality")
    assert world.rows("SELECT DISTINCT rule_id FROM ref.rules WHERE kind = 'dataset' AND rule_id = 'volume_zero'")
    assert world.rows("SELECT 1 FROM mart.quality WHERE rule_id = 'volume_zero'") == []
