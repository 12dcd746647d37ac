"""A report says what is wrong, what to do first and by when, and counts against a department only what is its own."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from hub import catalogue
from hub.reading import Reader
from quality.report import gathering, words
from quality.report.gathering import SQL, UnknownDepartmentError, gather, overview


def test_six_dimensions_in_the_order_of_the_standard_with_a_trend_each(source: Reader) -> None:
    report = gather(source, "youth_league")
    assert [score.dimension for score in report.scores] == list(words.DIMENSIONS)
    assert {len(score.trend) for score in report.scores} == {30}
    assert report.days[-1] == report.edition.as_of.date()
    accuracy = report.scores[2]
    assert (accuracy.checked, accuracy.failed, accuracy.tier) == (2400, 80, "needs_work")


def test_the_worst_rules_of_a_dimension_come_first(source: Reader) -> None:
    report = gather(source, "high_court")
    worst = report.worst("accuracy")
    assert len(worst) == 3
    assert [issue.failed for issue in worst] == sorted((issue.failed for issue in worst), reverse=True)


def test_what_is_ours_or_the_transports_is_apart_and_in_no_score(source: Reader) -> None:
    report = gather(source, "youth_league")
    assert {issue.responsibility for issue in report.issues} == {"department"}
    assert {issue.rule_id for issue in report.elsewhere} == {"case_type_code.unmapped", "row.unreadable"}
    conformity = report.scores[0]
    assert (conformity.failed, conformity.elsewhere) == (18, 50)


def test_an_issue_says_what_why_and_how_with_three_examples_found_by_their_own_key(source: Reader) -> None:
    issue = gather(source, "youth_league").issues[0]
    assert (issue.title, issue.failed, issue.rejected) == ("公民身份号码校验位不符", 80, 80)
    assert issue.cause
    assert issue.advice.startswith("请在源系统核对")
    assert issue.field == "公民身份（appl）"
    assert len(issue.examples) == 3
    assert all(one.source_id and one.source_id.startswith("YOUTH_HOTLINE-") for one in issue.examples)
    assert issue.examples[0].place == "第 1 条", "our own part files are no place at the source"


def test_where_nearly_every_row_fails_the_export_is_suspected_and_not_the_typing(source: Reader) -> None:
    rows = source.rows("rules", department="youth_league", system="")
    issue = gathering._issue(rows[0], [], 100, 95, 0, ())
    assert "导出程序或字段对应" in issue.cause


def test_an_order_hangs_from_its_issue(source: Reader, order: Callable[..., dict[str, Any]]) -> None:
    orders = [
        order("GD20260901-0001", "town_code.missing", date(2026, 9, 11), "逾期 2 个工作日"),
        order("GD20260910-0002", "applicant_phone.format", date(2026, 9, 17), "剩余 2 个工作日"),
        order("GD20260901-0005", "town_code.missing", date(2026, 8, 7), "逾期 27 个工作日", system="court_odr"),
    ]
    report = gather(source, "youth_league", orders=orders)
    assert [one.number for one in report.orders] == ["GD20260901-0001", "GD20260910-0002"]
    hanging = {issue.rule_id: issue.order.number for issue in report.issues if issue.order}
    assert hanging == {"town_code.missing": "GD20260901-0001", "applicant_phone.format": "GD20260910-0002"}
    assert report.advice[1].startswith("有 1 张工单逾期，最久的是 GD20260901-0001“乡镇街道未填”，逾期 2 个工作日")


def test_what_to_do_first_begins_with_missing_data_and_blames_nobody_for_what_we_did_not_read(source: Reader) -> None:
    advice = gather(source, "youth_league").advice
    assert "一直没有读到，不计入贵单位" in advice[0]
    assert advice[1].startswith("有 80 行被退回")
    assert advice[-1].startswith("有 50 行的问题出在数据仓或传输")
    assert "迟到" in gather(source, "health_commission").advice[0]


def test_changes_are_against_the_last_day_and_name_the_new_first(source: Reader) -> None:
    report = gather(source, "youth_league")
    assert report.compared_with == report.edition.as_of.date() - timedelta(days=1)
    assert [(one.kind, one.title, one.before, one.now) for one in report.changes] == [
        ("new", "发生时间晚于报送时间", 0, 14),
        ("fewer", "乡镇街道未填", 54, 50),
    ]


def test_a_system_has_its_own_report_inside_its_department(source: Reader) -> None:
    whole, part = gather(source, "high_court"), gather(source, "high_court", "filings")
    assert [system for system, _ in whole.systems] == ["court_odr", "filings"]
    assert part.title == "立案与司法确认"
    assert {issue.system for issue in part.issues} == {"filings"}
    assert 0 < part.failing < whole.failing


@pytest.mark.parametrize(("department", "system"), [("no_such", None), ("high_court", "youth_hotline"), ("", None)])
def test_what_does_not_exist_has_no_report(source: Reader, department: str, system: str | None) -> None:
    with pytest.raises(UnknownDepartmentError):
        gather(source, department, system)


def test_the_overview_has_the_worst_department_first(source: Reader, order: Callable[..., dict[str, Any]]) -> None:
    found = overview(source, [order("GD1", "town_code.missing", date(2026, 9, 11), "逾期 2 个工作日")])
    assert found.lines[0].department == "youth_league"
    assert {line.department for line in found.lines if line.needs_work} == {
        "youth_league", "trade_union", "health_commission"
    }  # fmt: skip
    assert (found.lines[0].orders, found.lines[0].overdue, found.lines[0].late) == (1, 1, 1)


def test_volumes_and_dataset_issues_are_told_where_the_warehouse_has_them(published: Path, tmp_path: Path) -> None:
    copy = tmp_path / "current.duckdb"
    copy.write_bytes(published.read_bytes())
    with duckdb.connect(str(copy)) as connection:
        connection.execute(
            "CREATE TABLE mart.volumes AS SELECT 'youth_hotline' AS system, 'youth_league' AS department, "
            "'reports' AS dataset, DATE '2026-09-14' - CAST(n AS INTEGER) AS day, CAST(n AS BIGINT) AS row_count, "
            "18.0 AS expected, 9.4 AS low, 27.0 AS high, CASE WHEN n = 0 THEN 'zero' ELSE 'ok' END AS verdict "
            "FROM range(40) AS t(n)"
        )
        connection.execute(
            "CREATE TABLE core.dataset_issues AS SELECT 'youth_hotline' AS system, 'reports' AS dataset, "
            "'case_reports' AS contract, 'volume_zero' AS rule_id, '' AS field, 'critical' AS severity, "
            "'2026-09-14（周一）0 行' AS observed, '约 18 行' AS expected, TIMESTAMP '2026-09-14' AS since"
        )
        connection.execute(
            "INSERT INTO ref.rules VALUES ('youth_hotline', 'reports', 'case_reports', 'volume_zero', 'dataset', '', "
            "'数据量为零', 'completeness', 'critical', 'department', '某日没有数据', '请补报', '1')"
        )
        report = gather(Reader(connection, SQL), "youth_league")
    assert (report.issues[0].title, report.issues[0].extent, report.issues[0].weight) == (
        "数据量为零",
        "整个数据集",
        "严重",
    )
    assert "2026-09-14（周一）0 行，应为约 18 行" in report.issues[0].message
    days = report.datasets[0].days
    assert (len(days), days[-1].verdict) == (30, "zero")
    assert report.worst("completeness")[0].title == "乡镇街道未填", "a dataset has no rows to rank by"


def test_every_kind_of_rule_has_a_likely_cause() -> None:
    with (SQL.parent / "causes.csv").open(encoding="utf-8", newline="") as lines:
        known = {row["kind"] for row in csv.DictReader(lines)}
    assert {rule["kind"] for rule in catalogue.rules()} - {"dataset"} <= known


@pytest.mark.parametrize(
    ("rate", "text"), [(1.0, "100.00%"), (0.99999, "99.99%"), (0.29, "29.00%"), (0.995, "99.50%"), (None, "—")]
)
def test_a_rate_is_rounded_down_so_that_all_means_all(rate: float | None, text: str) -> None:
    assert words.passed(rate) == text


def test_lengths_of_time_read_as_people_say_them() -> None:
    assert [words.span(minutes) for minutes in (4320, 180, 90, 2160, 45, None)] == [
        "3 天", "3 小时", "1.5 小时", "1.5 天", "45 分钟", "—"
    ]  # fmt: skip
