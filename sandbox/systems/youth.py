"""youth_hotline: the elements of a SOAP call record, all text."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sandbox.systems.view import Row, View, chinese, stamp

ELEMENTS = ("CallId", "KindCode", "Subject", "Content", "CategoryCode", "ScaleCode", "ChannelCode", "RiskLevel",
            "HappenDate", "CallTime", "AcceptTime", "CloseTime", "StatusCode", "ResultCode", "WayCode", "CountyCode",
            "TownCode", "VillageCode", "Address", "CallerType", "CallerName", "CallerIdNo", "CallerPhone", "CallerSex",
            "TargetType", "TargetName", "TargetIdNo", "TargetPhone", "TargetUscc", "Amount", "PartyCount", "HandleOrg",
            "Handler", "FromSystem", "FromNo", "IsMinor", "IsGroup", "UpdateTime")  # fmt: skip


def rows(shown: View) -> list[Row]:
    """Return the one record of a call."""
    return [Row("calls", shown.report.source_id, shown.updated, _row(shown))]


def _iso(at: datetime | None) -> str | None:
    return None if at is None else f"{at:%Y-%m-%dT%H:%M:%S}"


def _row(shown: View) -> dict[str, Any]:
    report, subject, other = shown.report, shown.report.dispute, shown.report.respondent
    return {
        "CallId": report.source_id, "KindCode": shown.code("matter_kind", report.kind), "Subject": report.title,
        "Content": shown.summary, "CategoryCode": shown.code("case_type", report.type_code),
        "ScaleCode": shown.code("scale", subject.scale if subject else "01"),
        "ChannelCode": shown.code("source_channel", report.channel), "RiskLevel": f"R{subject.risk if subject else 4}",
        "HappenDate": chinese(report.occurred), "CallTime": _iso(report.reported), "AcceptTime": _iso(shown.accepted),
        "CloseTime": _iso(shown.closed), "StatusCode": shown.code("status", shown.status),
        "ResultCode": shown.code("result", shown.result), "WayCode": shown.code("resolve_way", shown.way),
        "CountyCode": shown.county, "TownCode": shown.town, "VillageCode": shown.village, "Address": report.address,
        "CallerType": "PERSON" if report.applicant.person else "ORG", "CallerName": shown.applicant,
        "CallerIdNo": report.id_no, "CallerPhone": report.phone, "CallerSex": shown.code("sex", report.applicant.sex),
        "TargetType": None if other is None else "PERSON" if other.person else "ORG",
        "TargetName": other.name if other else None, "TargetIdNo": None, "TargetPhone": other.phone if other else None,
        "TargetUscc": other.uscc if other else None,
        "Amount": None if subject is None or subject.amount is None else f"{subject.amount:.2f}",
        "PartyCount": str(subject.people if subject else 1), "HandleOrg": report.organisation.name,
        "Handler": report.mediator.name,
        "FromSystem": shown.code("system", report.related[0]) if report.related else None,
        "FromNo": report.related[1] if report.related else None,
        "IsMinor": "true" if (subject.minor if subject else report.applicant.person and _is_child(shown)) else "false",
        "IsGroup": "true" if subject and subject.group else "false", "UpdateTime": stamp(shown.updated),
    }  # fmt: skip


def _is_child(shown: View) -> bool:
    who = shown.report.applicant.person
    return who is not None and (shown.report.reported.date() - who.born).days < 18 * 365
