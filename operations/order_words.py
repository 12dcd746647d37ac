"""The Chinese words for what an order says: pages, mails and reports use the same ones."""

from __future__ import annotations

STATES = {
    "found": "已发现",
    "sent": "已派发",
    "signed": "已签收",
    "answered": "已答复",
    "fixed": "已申报整改",
    "verified": "已复核",
    "closed": "已销号",
    "reopened": "复发重开",
}
ACTS = {
    "find": "发现",
    "send": "派发",
    "sign": "签收",
    "answer": "答复",
    "fix": "申报整改完成",
    "return": "退回答复",
    "waive": "人工销号",
    "redate": "重算期限",
    "escalate": "逾期通报",
    "verify": "复核通过",
    "close": "销号",
    "reopen": "复发重开",
}
VERDICTS = {"true": "属实", "untrue": "不属实（申诉）", "wrong_rule": "规则有误"}
CAUSES = {
    "entry": "源头录入",
    "source_logic": "源系统逻辑",
    "transport": "交换传输",
    "mapping": "代码对照",
    "rule": "校验规则",
}
SETTLED = {
    "corrected": "已更正",
    "deleted": "来源已删除",
    "rule_changed": "数据仓调整",
    "redelivered": "已重报",
    "cleared": "已恢复",
    "by_hand": "人工销号",
}
CLOSED_AS = {"department": "部门整改", "hub": "数据仓调整", "person": "人工销号"}
