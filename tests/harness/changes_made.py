"""Why the indicators of a made-up province changed between two publishes."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import duckdb

ROOT = Path(__file__).parents[2]
REPORTED = datetime(2026, 8, 1, 8)
# metric, county, month, cause, by how much above and below the line
CHANGES = [
    ("cases_accepted", "330108", "2026-07", "late", 1, None),
    ("cases_accepted", "330108", "2026-07", "delete", -1, None),
    ("cases_accepted", "330106", "2026-07", "merge", -2, None),
    ("closure_rate", "330108", "2026-07", "late", 1, 1),
    ("closure_rate", "330108", "2026-07", "delete", 0, -1),
]


def insert(connection: duckdb.DuckDBPyConnection, as_of: datetime, version: int) -> None:
    """Two publishes whose sum is mart.centre: the later one brought and took away what CHANGES says."""
    script = (ROOT / "warehouse" / "sql" / "ops.sql").read_text(encoding="utf-8")
    start = script.index("CREATE TABLE IF NOT EXISTS ops.metric_steps")
    connection.execute(script[start : script.index("CREATE TABLE IF NOT EXISTS ops.versions")])
    connection.execute("INSERT INTO ops.metric_steps VALUES (1, 1, ?), (2, ?, ?)", [REPORTED, version, as_of])
    for change in CHANGES:
        connection.execute("INSERT INTO ops.metric_changes VALUES (2, ?, ?, ?, NULL, ?, ?, ?)", list(change))
    connection.execute(
        "INSERT INTO ops.metric_rows BY NAME SELECT 2 AS step, 'cases_accepted' AS metric, '330108' AS area_code,"
        " '2026-07' AS period, 'late' AS cause, min(case_code) AS case_code, 1 AS numerator"
        " FROM core.cases WHERE county_code = '330108' UNION ALL BY NAME SELECT 2 AS step, 'cases_accepted' AS metric,"
        " '330108' AS area_code, '2026-07' AS period, 'delete' AS cause, 'JF3301082026070100001X' AS case_code, -1"
        " AS numerator"
    )
    connection.execute(
        "INSERT INTO ops.metric_changes BY NAME SELECT 1 AS step, c.metric, c.area_code, c.period, 'opening' AS cause,"
        " c.numerator - coalesce(any_value(l.numerator), 0) AS numerator,"
        " c.denominator - coalesce(any_value(l.denominator), 0) AS denominator"
        " FROM mart.centre AS c JOIN ref.metrics AS m ON m.name = c.metric LEFT JOIN (SELECT metric, area_code, period,"
        " sum(numerator) AS numerator, sum(denominator) AS denominator FROM ops.metric_changes GROUP BY ALL) AS l"
        " ON l.metric = c.metric AND l.area_code = c.area_code AND l.period = c.period"
        " WHERE c.area_level = 'county' AND c.period <> 'all' AND m.measure IN ('count', 'share', 'sum')"
        " GROUP BY c.metric, c.area_code, c.period, c.numerator, c.denominator"
    )
