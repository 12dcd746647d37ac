"""The dirt of real exchanges, put on single rows at a stated rate, each kind known to the truth."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

from sandbox.identity import ID_CHECKS, old_id_number
from sandbox.lifecycle import Step
from sandbox.names import DOTS
from sandbox.reports import Report
from sandbox.systems.view import Row

# The department's own words for the fields that dirt sits on.
FIELDS: dict[str, dict[str, str]] = {
    "court_odr": {"id": "sqrzjhm", "phone": "sqrlxdh", "name": "sqr", "type": "ay", "occurred": "fssj",
                  "reported": "sqsj", "address": "dz", "title": "ajmc", "other_phone": "bsqrlxdh"},
    "petition_hotline": {"id": "callerIdNo", "phone": "callerPhone", "name": "callerName", "type": "categoryPath",
                         "occurred": "happenTime", "reported": "createTime", "accepted": "acceptTime",
                         "closed": "finishTime", "address": "address", "title": "title", "other_phone": "targetPhone"},
    "peoples_mediation": {"id": "APPLICANT_CERT_NUM", "phone": "APPLICANT_PHONE", "name": "APPLICANT_NAME",
                          "type": "DISPUTE_TYPE", "occurred": "HAPPEN_DATE", "reported": "REGISTER_TIME",
                          "accepted": "ACCEPT_TIME", "closed": "CLOSE_TIME", "address": "HAPPEN_PLACE",
                          "title": "CASE_NAME", "other_phone": "RESPONDENT_PHONE"},
    "medical_disputes": {"id": "患方证件号码", "phone": "患方联系电话", "name": "患方姓名", "type": "纠纷类别",
                         "occurred": "发生日期", "reported": "报案时间", "accepted": "受理时间", "closed": "结案时间",
                         "address": "患方住址", "title": "纠纷名称", "other_phone": "机构联系电话"},
    "union_rights": {"id": "身份证号", "phone": "联系电话", "name": "职工姓名", "type": "纠纷类型",
                     "occurred": "发生日期", "reported": "登记日期", "accepted": "受理日期", "closed": "办结日期",
                     "address": "住址", "title": "案件名称", "other_phone": "单位电话"},
    "youth_hotline": {"id": "CallerIdNo", "phone": "CallerPhone", "name": "CallerName", "type": "CategoryCode",
                      "occurred": "HappenDate", "reported": "CallTime", "accepted": "AcceptTime", "closed": "CloseTime",
                      "address": "Address", "title": "Subject", "other_phone": "TargetPhone"},
}  # fmt: skip
UNKNOWN_TYPES = {"court_odr": "9777", "petition_hotline": "数字经济_平台用工_算法争议", "peoples_mediation": "1888",
                 "medical_disputes": "互联网诊疗", "union_rights": "新业态用工", "youth_hotline": "Q77"}  # fmt: skip
NULL_TOKENS = ("无", "/", "-", "不详", "暂无", "null", "NULL", "\\N")
COMMON = ("unmapped_code", "bad_id_checksum", "impossible_date", "year_9999", "missing_required", "full_width",
          "null_token", "several_phones", "old_id", "closed_before_accepted", "placeholder_name", "padded")  # fmt: skip
EXTRA = {
    "court_odr": ("duplicate_key", "lone_surrogate", "nul", "extra_field"),
    "petition_hotline": ("duplicate_key", "nul", "extra_field", "lone_surrogate"),
    "medical_disputes": ("duplicate_key", "scientific_id", "scientific_id"),
    "union_rights": ("duplicate_key", "scientific_id", "scientific_id", "scientific_id"),
}
NEEDS_ID = {"bad_id_checksum", "old_id", "scientific_id"}
FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")


def choose(rng: Random, report: Report, rate: float) -> None:
    """Mark a report as dirty, or leave it clean; a seventh of the dirty ones are corrected within weeks."""
    if rng.random() >= rate:
        return
    kinds = COMMON + EXTRA.get(report.system, ())
    if report.system == "court_odr":
        kinds = tuple(kind for kind in kinds if kind != "closed_before_accepted")
    kind = rng.choice(kinds)
    who = report.applicant.person
    if kind in NEEDS_ID:
        if who is None or (kind == "old_id" and (who.born.year >= 2000 or report.dispute is None)):
            kind = "full_width"
        else:
            report.id_no = who.id_no
    if kind in {"several_phones", "full_width"}:
        report.phone = report.applicant.phone
    report.dirt = kind
    if rng.random() < 0.15:
        report.fixed = (report.steps[-1].at + timedelta(days=rng.randrange(2, 30))).replace(microsecond=0)
        report.steps.append(Step("fix", report.fixed))


def soil(report: Report, row: Row) -> list[tuple[str, str]]:
    """Change the report's own row in place; return (kind, source_id) of what is wrong with it now."""
    found: list[tuple[str, str]] = []
    body, field = row.body, FIELDS[report.system]
    if "·" in report.applicant.name and int(report.draw * 60) % 3:
        body[field["name"]] = report.applicant.name.replace("·", DOTS[int(report.draw * 60) % 3])
        found.append(("minority_dot", row.source_id))
    fixed = report.fixed is not None and report.fixed <= row.updated
    if report.dirt and not fixed and _apply(report.dirt, report, body, field):
        found.append((report.dirt, row.source_id))
    return found


def _apply(kind: str, report: Report, body: dict[str, Any], field: dict[str, str]) -> bool:
    """Put one kind of dirt on a row; return False when the row has nowhere to put it yet."""
    system, draw = report.system, report.draw
    number = report.id_no or ""
    if kind == "unmapped_code":
        body[field["type"]] = UNKNOWN_TYPES[system]
    elif kind == "bad_id_checksum":
        wrong = ID_CHECKS[(ID_CHECKS.index(number[17]) + 3) % 11]
        body[field["id"]] = number[:17] + wrong
    elif kind == "old_id":
        body[field["id"]] = old_id_number(number)
    elif kind == "scientific_id":
        value = float(number.replace("X", "0"))
        body[field["id"]] = value if system == "union_rights" else f"{value:.5E}"
    elif kind == "impossible_date":
        body[field["reported"]] = "0000-00-00 00:00:00" if draw < 0.5 else "2023-02-30 10:00:00"
    elif kind == "year_9999":
        body[field["occurred"]] = "9999-12-31"
    elif kind == "missing_required":
        body[field["reported"]] = None
    elif kind == "full_width":
        body[field["phone"]] = report.applicant.phone.translate(FULL_WIDTH)
    elif kind == "null_token":
        token = NULL_TOKENS[int(draw * len(NULL_TOKENS))]
        body[field["other_phone"]] = token
        body[field["address"]] = token
    elif kind == "several_phones":
        body[field["phone"]] = f"{report.applicant.phone}、0571-8888 8888"
    elif kind == "closed_before_accepted":
        if not body.get(field["closed"]) or not body.get(field["accepted"]):
            return False
        body[field["closed"]], body[field["accepted"]] = body[field["accepted"]], body[field["closed"]]
    elif kind == "placeholder_name":
        body[field["name"]] = ("匿名", "群众", "热心市民", "测试")[int(draw * 4)]
    elif kind == "padded":
        body[field["title"]] = f"\u00a0{body[field['title']]}\u3000"
    elif kind == "lone_surrogate":
        body[field["title"]] += "\ud83d"
    elif kind == "nul":
        body[field["title"]] += "\x00"
    elif kind == "extra_field":
        body["ext_note1"] = "补录"
    return True
