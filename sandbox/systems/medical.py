"""medical_disputes: Chinese column headings of a GB18030 CSV."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sandbox.systems.view import Row, View, slashed, stamp


def rows(shown: View) -> list[Row]:
    """Return the one row of a medical dispute."""
    return [Row("disputes", shown.report.source_id, shown.updated, _row(shown))]


def _time(shown: View, at: datetime | None) -> str | None:
    if at is None:
        return None
    return stamp(at) if shown.report.draw < 0.3 else f"{slashed(at)} {at.hour}:{at.minute:02d}"


def _row(shown: View) -> dict[str, Any]:
    report, subject, other = shown.report, shown.report.dispute, shown.report.respondent
    assert subject is not None
    assert other is not None
    draw = report.draw
    amount = None if subject.amount is None else f"{subject.amount:,.2f}" if draw < 0.4 else f"{subject.amount:.2f}"
    guard = "\t" if 0.2 < draw < 0.3 else ""
    return {
        "报案编号": report.source_id, "纠纷名称": report.title,
        "纠纷经过": shown.summary.replace("。", "。\n", 1) if draw > 0.9 else shown.summary,
        "纠纷类别": shown.code("case_type", report.type_code), "事件规模": shown.code("scale", subject.scale),
        "受理来源": shown.code("source_channel", report.channel), "风险等级": "红橙黄蓝"[subject.risk - 1],
        "发生日期": slashed(report.occurred), "报案时间": _time(shown, report.reported),
        "受理时间": _time(shown, shown.accepted), "结案时间": _time(shown, shown.closed),
        "案件状态": shown.code("status", shown.status), "处理结果": shown.code("result", shown.result),
        "化解方式": shown.code("resolve_way", shown.way), "区县代码": shown.county, "乡镇代码": shown.town,
        "患方住址": report.address, "患方姓名": shown.applicant,
        "患方证件号码": report.id_no + guard if report.id_no else None, "患方联系电话": report.phone,
        "患方性别": shown.code("sex", report.applicant.sex), "医疗机构名称": other.name, "机构信用代码": other.uscc,
        "机构联系电话": other.phone, "索赔金额": amount, "涉及人数": str(subject.people),
        "调解组织": report.organisation.name, "调解员": report.mediator.name,
        "来源系统": shown.code("system", report.related[0]) if report.related else None,
        "来源编号": report.related[1] if report.related else None, "是否未成年": "是" if subject.minor else "否",
        "是否群体": "是" if subject.group else "否", "更新时间": stamp(shown.updated),
    }  # fmt: skip
