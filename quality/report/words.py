"""The Chinese words of quality and how its values look, on every page, sheet and report."""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import Any

NOTHING = "—"
DIMENSIONS = {
    "conformity": "规范性",
    "completeness": "完整性",
    "accuracy": "准确性",
    "consistency": "一致性",
    "timeliness": "时效性",
    "accessibility": "可访问性",
}
"""The six of GB/T 36344-2018, in its order."""
TIERS = {"needs_work": "待整改", "no_data": "无数据", "usable": "可用", "trustworthy": "可信"}
"""From the worst to the best; the bounds are ref.tiers."""
SEVERITIES = {"critical": "退回", "warning": "提醒", "info": "计数"}
RESPONSIBILITIES = {"department": "部门", "hub": "数据仓", "transport": "传输"}
FRESHNESS = {"ok": "正常", "late": "迟到", "failed": "中断"}
CHANGES = {"new": "新出现", "more": "增加", "fewer": "减少", "cleared": "已消除"}
VOLUMES = {"ok": "正常", "low": "偏少", "zero": "为零", "high": "偏多", "unknown": "无从判断"}


def count(value: Any) -> str:
    """12345 -> 12,345"""
    return NOTHING if value is None else f"{int(value):,}"


def passed(rate: float | None) -> str:
    """A pass rate with two decimals, rounded down, so that 100 % means no failure at all."""
    # The first rounding takes out what binary fractions add: 0.29 * 10 000 is 2899.99….
    return NOTHING if rate is None else f"{math.floor(round(10_000 * rate, 6)) / 100:.2f}%"


def share(value: float | None) -> str:
    """A share of failures 0..1 in percent; what is there is never shown as 0."""
    if value is None:
        return NOTHING
    return "不到 0.01%" if 0 < value < 0.0001 else f"{100 * value:.2f}%"


def day(value: Any) -> str:
    return value.strftime("%Y-%m-%d") if isinstance(value, date) else NOTHING


def moment(value: Any) -> str:
    return value.strftime("%Y-%m-%d %H:%M") if isinstance(value, datetime) else NOTHING


def span(minutes: int | None) -> str:
    """A length of time in its largest whole unit: 4320 -> 3 天, 90 -> 1.5 小时"""
    if minutes is None:
        return NOTHING
    for unit, size in (("天", 1440), ("小时", 60)):
        if minutes >= size and minutes % (size // 2) == 0:
            return f"{minutes / size:g} {unit}"
    return f"{minutes} 分钟"
