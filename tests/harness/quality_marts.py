"""A small world of failing rows with the real quality marts over it, as a published file holds it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from warehouse.runner import FOLDER, parse

SYSTEMS = (
    ("court_odr", "在线矛盾纠纷多元化解平台", "high_court", "省高级人民法院"),
    ("filings", "立案与司法确认", "high_court", "省高级人民法院"),
    ("peoples_mediation", "人民调解大数据管理平台", "justice_department", "省司法厅"),
    ("medical_disputes", "医疗纠纷与人民调解报告", "health_commission", "省卫生健康委"),
    ("union_rights", "12351 职工维权", "trade_union", "省总工会"),
    ("youth_hotline", "12355 青少年服务", "youth_league", "共青团省委"),
)
HOSTILE = "<script>alert(1)</script>"
ROOT = Path(__file__).parents[2]
# field, rule, kind, title, dimension, severity, responsibility, advice, rows per thirds of a system's number
RULES = (
    ("applicant_id_no", "applicant_id_no.checksum", "gb11643", "公民身份号码校验位不符", "accuracy", "critical",
     "department", "请在源系统核对证件原件后更正，再重新报送", 40),
    ("applicant_phone", "applicant_phone.format", "phone_form", "手机号码格式不符", "conformity", "warning",
     "department", "手机号应为 11 位数字", 9),
    ("town_code", "town_code.missing", "required", "乡镇街道未填", "completeness", "warning", "department",
     "请补填乡镇街道代码", 25),
    ("closed_at", "closed_before_accepted", "date_order", "办结时间早于受理时间", "consistency", "critical",
     "department", "请核对受理、办结时间", 12),
    ("occurred_at", "occurred_in_future", "not_future", "发生时间晚于报送时间", "accuracy", "warning", "department",
     "请核对发生时间", 7),
    ("case_type_code", "case_type_code.unmapped", "unmapped", "案由尚无对照", "conformity", "critical", "hub",
     "由省级数据工程师补充代码对照，部门无须处理", 25),
    ("", "row.unreadable", "unreadable", "整行无法读取", "conformity", "critical", "transport",
     "请重新导出文件并附控制文件", 3),
)  # fmt: skip
CHECKED = 2400
MODELS = ("core/record_issues", "mart/quality", "mart/quality_scores", "mart/quality_history", "mart/quality_changes")


def publish(path: Path, as_of: datetime, version: int = 12) -> None:
    """Write a file like published/current.duckdb with the quality of SYSTEMS. One value at the source is HTML."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE SCHEMA ref; CREATE SCHEMA ops")
        connection.execute(
            "CREATE TABLE ref.systems (system VARCHAR, title VARCHAR, department VARCHAR, department_name VARCHAR)"
        )
        connection.executemany("INSERT INTO ref.systems VALUES (?, ?, ?, ?)", SYSTEMS)
        connection.execute(
            "CREATE TABLE ops.versions AS SELECT CAST(? AS INTEGER) AS version, CAST(? AS TIMESTAMP) AS as_of, "
            "CAST(? AS TIMESTAMP) AS published_at",
            [version, as_of, as_of],
        )
        add(connection, as_of, {system: "reports" for system, *_ in SYSTEMS})
        connection.execute("UPDATE core.failing_rows SET shown = ? WHERE position = 2", [HOSTILE])


def add(connection: duckdb.DuckDBPyConnection, as_of: datetime, datasets: Mapping[str, str]) -> None:
    """Make what the quality pages and reports read; `datasets` are those of each system of ref.systems, one each.

    The more to the end a system stands, the more of its rows fail; the last but two is late, the last has stopped.
    """
    run = connection.execute
    run("CREATE SCHEMA IF NOT EXISTS mart; CREATE SCHEMA IF NOT EXISTS core; CREATE SCHEMA IF NOT EXISTS ops")
    _reference(connection, datasets)
    run(
        "CREATE TABLE core.failing_rows (system VARCHAR, dataset VARCHAR, contract VARCHAR, rule_id VARCHAR, "
        "field VARCHAR, source_id VARCHAR, row_key VARCHAR, is_rejected BOOLEAN, load_id VARCHAR, position BIGINT, "
        "file VARCHAR, cell VARCHAR, shown VARCHAR, landed_at TIMESTAMP)"
    )
    for nth, (system, dataset) in enumerate(datasets.items()):
        for field, rule, _, _, _, severity, _, _, thirds in RULES:
            run(
                "INSERT INTO core.failing_rows SELECT $system, $dataset, 'case_reports', $rule, $field, "
                "upper($system) || '-' || n, upper($system) || '-' || n, $rejected, '20260914T210000000001Z-1a2b', "
                "n + 1, 'part-0001.ndjson', NULL, CASE WHEN $field = 'applicant_id_no' THEN '330108********0016' "
                "WHEN n % 5 > 0 THEN '=138****' || n END, $as_of "
                "FROM range($count) AS t(n)",
                {
                    "system": system, "dataset": dataset, "rule": rule, "field": field, "as_of": as_of,
                    "rejected": severity == "critical", "count": thirds * (nth + 1) // 3,
                },
            )  # fmt: skip
    run(f"CREATE TABLE core.checked_rows AS SELECT system, dataset, {CHECKED} AS rows_checked FROM ref.datasets")
    _trust(connection, as_of, datasets)
    _attempts(connection, as_of, datasets)
    run("SET VARIABLE as_of = ?", [as_of])
    for name in MODELS[:3]:
        _build(connection, name)
    for days in range(1, 30):
        run(
            "INSERT INTO ops.quality_history SELECT CAST($as_of AS DATE) - $days, level, department, system, "
            "dimension, rows_checked, least(rows_failed + $days, rows_checked), rows_failed_elsewhere, "
            "rate * (1 - 0.0004 * $days), tier FROM mart.quality_scores WHERE level <> 'dataset'",
            {"as_of": as_of, "days": days},
        )
    run(
        "INSERT INTO ops.rule_history SELECT CAST($as_of AS DATE) - 1, system, dataset, rule_id, '1', "
        "CASE rule_id WHEN 'town_code.missing' THEN rows_failed + 4 WHEN 'occurred_in_future' THEN 0 "
        "ELSE rows_failed END FROM mart.quality",
        {"as_of": as_of},
    )
    for name in MODELS[3:]:
        _build(connection, name)


def _reference(connection: duckdb.DuckDBPyConnection, datasets: Mapping[str, str]) -> None:
    run = connection.execute
    schemas = ROOT / "schemas"
    run(f"CREATE TABLE ref.tiers AS FROM read_csv('{schemas}/tiers.csv')")
    run(f"CREATE TABLE ref.departments AS FROM read_csv('{schemas}/departments.csv')")
    run(
        "CREATE TABLE ref.rules (system VARCHAR, dataset VARCHAR, contract VARCHAR, rule_id VARCHAR, kind VARCHAR, "
        "field VARCHAR, title VARCHAR, dimension VARCHAR, severity VARCHAR, responsibility VARCHAR, message VARCHAR, "
        "advice VARCHAR, version VARCHAR)"
    )
    run(
        "CREATE TABLE ref.origins (system VARCHAR, dataset VARCHAR, field VARCHAR, title VARCHAR, source_field VARCHAR)"
    )
    run(
        "CREATE TABLE ref.datasets (system VARCHAR, dataset VARCHAR, contract VARCHAR, mode VARCHAR, "
        "warn_minutes INTEGER, fail_minutes INTEGER, title VARCHAR)"
    )
    for system, dataset in datasets.items():
        run(
            "INSERT INTO ref.datasets VALUES (?, ?, 'case_reports', 'incremental', 180, 1440, '来件')",
            [system, dataset],
        )
        for field, rule, kind, title, dimension, severity, responsibility, advice, _ in RULES:
            told = [title, dimension, severity, responsibility, title, advice]
            run(
                "INSERT INTO ref.rules VALUES (?, ?, 'case_reports', ?, ?, ?, ?, ?, ?, ?, ?, ?, '1')",
                [system, dataset, rule, kind, field, *told],
            )
            if field:
                run("INSERT INTO ref.origins VALUES (?, ?, ?, ?, ?)", [system, dataset, field, title[:4], field[:4]])


def _trust(connection: duckdb.DuckDBPyConnection, as_of: datetime, datasets: Mapping[str, str]) -> None:
    connection.execute(
        "CREATE TABLE mart.trust (system VARCHAR, system_title VARCHAR, department VARCHAR, department_name VARCHAR, "
        "dataset VARCHAR, contract VARCHAR, newest_source_at TIMESTAMP, last_landed_at TIMESTAMP, fresh_at TIMESTAMP, "
        "freshness_state VARCHAR, rows_current BIGINT, rows_rejected_open BIGINT, pending_corrections BIGINT, "
        "unmapped_codes BIGINT, rejected_share DOUBLE, as_of TIMESTAMP)"
    )
    for nth, (system, dataset) in enumerate(datasets.items()):
        state = {3: "late", 5: "failed"}.get(nth, "ok")
        connection.execute(
            "INSERT INTO mart.trust SELECT system, title, department, department_name, ?, 'case_reports', ?, ?, ?, ?, "
            "?, 20, ?, 2, 0.0083, ? FROM ref.systems WHERE system = ?",
            [
                dataset, as_of - timedelta(hours=9 * nth), as_of - timedelta(hours=8 * nth),
                as_of - timedelta(hours=9 * nth), state,
                CHECKED - 100 * nth, nth * 3, as_of, system,
            ],
        )  # fmt: skip


def _attempts(connection: duckdb.DuckDBPyConnection, as_of: datetime, datasets: Mapping[str, str]) -> None:
    ledger = (
        "system VARCHAR, dataset VARCHAR, load_id VARCHAR, kind VARCHAR, declared BIGINT, landed BIGINT, "
        "landed_at TIMESTAMP"
    )
    connection.execute(f"CREATE TABLE IF NOT EXISTS ops.loads ({ledger})")
    script = (ROOT / "warehouse" / "sql" / "ops.sql").read_text(encoding="utf-8")
    for table in ("attempts", "quality_history", "rule_history"):
        start = script.index(f"CREATE TABLE IF NOT EXISTS ops.{table}")
        connection.execute(script[start : script.index(";", start)])
    for nth, (system, dataset) in enumerate(datasets.items()):
        day = as_of.date() - timedelta(days=nth)
        connection.execute("INSERT INTO ops.attempts VALUES (?, ?, ?, 240, ?)", [system, dataset, day, nth])


def _build(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    model = parse(FOLDER / f"{name}.sql")
    connection.execute(f"CREATE TABLE {model.table} AS {model.sql}")
