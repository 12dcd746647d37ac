"""How values look on a page: thousands separators, percent with one decimal, Chinese units, a dash for nothing."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from operations.order_words import ACTS, CAUSES, CLOSED_AS, SETTLED, STATES, VERDICTS
from quality.report import words

ORDER_STATES, ORDER_ACTS, ORDER_VERDICTS, ORDER_CAUSES = STATES, ACTS, VERDICTS, CAUSES
ORDER_SETTLED, ORDER_CLOSED_AS = SETTLED, CLOSED_AS
NOTHING, DIMENSIONS, TIERS = words.NOTHING, words.DIMENSIONS, words.TIERS
SEVERITIES, RESPONSIBILITIES, FRESHNESS = words.SEVERITIES, words.RESPONSIBILITIES, words.FRESHNESS
count, passed, day, moment = words.count, words.passed, words.day, words.moment

ROLES = {"province": "省级", "county": "地区", "department": "部门", "engineer": "数据工程师", "auditor": "审计"}
COLOURS = {"red": "红", "yellow": "黄", "green": "绿", "grey": "灰"}
LEVELS = {"province": "省", "prefecture": "设区市", "county": "县（市、区）", "town": "乡镇街道", "village": "村社"}
LINKS = {
    "first": "首件",
    "transfer": "转办编号",
    "id_rule": "证件规则",
    "phone_rule": "电话规则",
    "merged": "合并",
    "decided": "人工认定",
}
HOLDS = {
    "sent": "待签收",
    "received": "已签收，待受理",
    "accepted": "已受理",
    "returned": "已退回，待另转",
    "registered": "已登记，待受理",
}
HOPS = {**HOLDS, "received": "已签收", "returned": "已退回"}
GRID_FLAGS = {"silent": "静默", "all_closed": "全部办结"}


def percent(value: Any, digits: int = 1) -> str:
    """A share 0..1 -> 95.2%"""
    return NOTHING if value is None else f"{100 * float(value):.{digits}f}%"


def amount(value: Any) -> str:
    """A number with its decimals, without trailing zeros: 12345.50 -> 12,345.5"""
    if value is None:
        return NOTHING
    text = f"{value:,.2f}"
    return text.rstrip("0").rstrip(".")


def measure(value: Any, unit: str) -> str:
    """A count or a length of time, without its unit word: counts whole, the rest one decimal."""
    if value is None:
        return NOTHING
    number = float(value)
    return f"{number:,.0f}" if number.is_integer() and unit != "工作日" else f"{number:,.1f}"


def lasting(minutes: int | None) -> str:
    """A length of time in its two largest units: 4500 -> 3 天 3 小时; a dash for none or one that runs backwards."""
    if minutes is None or minutes < 0:
        return NOTHING
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} 天" + (f" {hours} 小时" if hours else "")
    if hours:
        return f"{hours} 小时" + (f" {rest} 分钟" if rest else "")
    return f"{rest} 分钟"


def month(period: str) -> str:
    """2026-08 -> 2026年8月; all -> 全部期间"""
    if period == "all":
        return "全部期间"
    year, number = period.split("-")
    return f"{year}年{int(number)}月"


def plain(value: Any) -> str:
    """Any cell of a row list."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, Decimal | float):
        return amount(value)
    return str(value)
