"""union_rights: the columns of the trade union's workbook; dates stay dates until the sheet is written."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sandbox.systems.view import Row, View, chinese, slashed, stamp

COLUMNS: tuple[str, ...] = (
    "序号",
    "编号",
    "案件名称",
    "案情简介",
    "纠纷类型",
    "规模",
    "来源",
    "风险",
    "发生日期",
    "登记日期",
    "受理日期",
    "办结日期",
    "县区代码",
    "乡镇代码",
    "职工姓名",
    "身份证号",
    "联系电话",
    "性别",
    "住址",
    "用人单位",
    "统一社会信用代码",
    "单位电话",
    "办理状态",
    "办理结果",
    "化解方式",
    "承办单位",
    "承办人",
    "涉及金额（元）",
    "涉及人数",
    "来源系统",
    "来源编号",
    "是否群体",
    "更新时间",
)
GROUPS = (
    ("职工信息", "职工姓名", "住址"),
    ("用人单位信息", "用人单位", "单位电话"),
    ("办理情况", "办理状态", "承办人"),
)


def rows(shown: View) -> list[Row]:
    """Return the one row of a workers' rights case."""
    return [Row("rights_cases", shown.report.source_id, shown.updated, _row(shown))]


def _cell(at: datetime | None, style: float) -> str | dict[str, str] | None:
    """Return a date as this cell holds it: a real Excel date (`{"date": …}`) or one of three text forms."""
    if at is None:
        return None
    if style < 0.45:
        return {"date": at.isoformat(sep=" ")}
    if style < 0.65:
        return f"{at:%Y-%m-%d %H:%M}"
    if style < 0.85:
        return f"{slashed(at)} {at:%H:%M:%S}"
    return chinese(at)


def _row(shown: View) -> dict[str, Any]:
    report, subject, other = shown.report, shown.report.dispute, shown.report.respondent
    assert subject is not None
    assert other is not None
    style = report.draw
    return {
        "编号": report.source_id, "案件名称": report.title, "案情简介": shown.summary,
        "纠纷类型": shown.code("case_type", report.type_code), "规模": shown.code("scale", subject.scale),
        "来源": shown.code("source_channel", report.channel), "风险": f"{subject.risk}级",
        "发生日期": _cell(report.occurred.replace(hour=0, minute=0, second=0), style * 7 % 1),
        "登记日期": _cell(report.reported, style), "受理日期": _cell(shown.accepted, style),
        "办结日期": _cell(shown.closed, style), "县区代码": int(shown.county) if style < 0.2 else shown.county,
        "乡镇代码": shown.town, "职工姓名": shown.applicant, "身份证号": report.id_no, "联系电话": report.phone,
        "性别": shown.code("sex", report.applicant.sex), "住址": report.address, "用人单位": other.name,
        "统一社会信用代码": other.uscc, "单位电话": other.phone, "办理状态": shown.code("status", shown.status),
        "办理结果": shown.code("result", shown.result), "化解方式": shown.code("resolve_way", shown.way),
        "承办单位": report.organisation.name, "承办人": report.mediator.name, "涉及金额（元）": subject.amount,
        "涉及人数": subject.people, "来源系统": shown.code("system", report.related[0]) if report.related else None,
        "来源编号": report.related[1] if report.related else None, "是否群体": "是" if subject.group else "否",
        "更新时间": stamp(shown.updated),
    }  # fmt: skip
