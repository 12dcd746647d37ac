"""petition_hotline: camelCase, ISO update times, tombstones, transfers, evaluations and visits."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sandbox.systems.view import Row, View, choices, slashed, stamp

RETURN_REASONS = ("R01", "R02", "R03", "R04", "R99")


def iso(at: datetime) -> str:
    """Return the ISO form with the zone of Shanghai."""
    return f"{at:%Y-%m-%dT%H:%M:%S}+08:00"


def rows(shown: View) -> list[Row]:
    """Return the rows of one order: itself, its transfers, evaluation and visits."""
    order = Row("work_orders", shown.report.source_id, shown.updated, _order(shown))
    return [order, *_transfers(shown), *_evaluations(shown), *_visits(shown)]


def tombstone(dataset_key: str, source_id: str, at: datetime) -> dict[str, Any]:
    """Return the body that a deleted row leaves behind."""
    return {dataset_key: source_id, "deleted": True, "updatedAt": iso(at)}


def _order(shown: View) -> dict[str, Any]:
    report, subject, other = shown.report, shown.report.dispute, shown.report.respondent
    platform = "P2" if report.type_code in {"0505", "0601", "1103", "1301"} else "P4" if subject is None else "P1"
    return {
        "orderNo": report.source_id, "orderKind": shown.code("matter_kind", report.kind), "title": report.title,
        "content": shown.summary, "categoryPath": shown.code("case_type", report.type_code),
        "scale": shown.code("scale", subject.scale if subject else "01"),
        "channel": shown.code("source_channel", report.channel), "riskLevel": subject.risk if subject else 4,
        "happenTime": slashed(report.occurred), "createTime": stamp(report.reported),
        "acceptTime": stamp(shown.accepted), "finishTime": stamp(shown.closed),
        "orderStatus": shown.code("status", shown.status), "closeResult": shown.code("result", shown.result),
        "handleWay": shown.code("resolve_way", shown.way), "countyCode": shown.county, "townCode": shown.town,
        "villageCode": shown.village, "gridCode": shown.grid, "address": report.address,
        "callerType": "P" if report.applicant.person else "E", "callerName": shown.applicant,
        "callerIdNo": report.id_no, "callerPhone": report.phone,
        "callerGender": shown.code("sex", report.applicant.sex),
        "targetType": None if other is None else "P" if other.person else "E",
        "targetName": other.name if other else None, "targetIdNo": None,
        "targetPhone": other.phone if other and report.draw < 0.6 else None,
        "targetUscc": other.uscc if other else None,
        "amount": None if subject is None or subject.amount is None else f"{subject.amount:.2f}",
        "partyCount": subject.people if subject else 1, "dealOrg": report.organisation.name,
        "dealer": report.mediator.name, "fourPlatform": platform,
        "relatedSource": shown.code("system", report.related[0]) if report.related else None,
        "relatedNo": report.related[1] if report.related else None,
        "hasMinor": bool(subject and subject.minor), "groupFlag": bool(subject and subject.group), "deleted": False,
        "updatedAt": iso(shown.updated),
    }  # fmt: skip


def _transfers(shown: View) -> list[Row]:
    report = shown.report
    assigned = next((step for step in shown.done if step.name == "assign"), None)
    if assigned is None:
        return []
    rng = choices(report, "transfers")
    made: list[Row] = []
    sent, sender = assigned.at, "市政务热线受理中心"
    hops = rng.choices((1, 2, 3), (82, 14, 4))[0]
    targets = ["人力资源和社会保障局", "综合行政执法局", "住房和城乡建设局", "市场监督管理局"]
    for hop in range(1, hops + 1):
        last = hop == hops
        target = report.organisation.name if last else report.organisation.name[:3] + rng.choice(targets)
        received = sent + timedelta(minutes=rng.randrange(5, 600))
        ended = received + timedelta(minutes=rng.randrange(20, 1800))
        lost = last and rng.random() < 0.04  # sent, and never signed for
        if sent > shown.at:
            break
        seen = [t for t in (sent, received, ended) if t <= shown.at and not (lost and t > sent)]
        updated = max(seen[-1], report.seen)
        number = f"TF{report.source_id[2:]}{hop}"
        shown_at = set(seen)
        returned = not last and ended in shown_at
        made.append(Row("transfers", number, updated, {
            "transferId": number, "orderNo": report.source_id, "fromOrg": sender, "toOrg": target,
            "sentAt": stamp(sent),
            "receivedAt": stamp(received) if received in shown_at else None,
            "acceptedAt": stamp(ended) if last and ended in shown_at else None,
            "returnedAt": stamp(ended) if returned else None,
            "returnReason": rng.choice(RETURN_REASONS) if returned else None, "deleted": False,
            "updatedAt": iso(updated)}))  # fmt: skip
        if not last:
            sent, sender = ended + timedelta(minutes=rng.randrange(5, 240)), "市政务热线受理中心"
    return made


def _evaluations(shown: View) -> list[Row]:
    report = shown.report
    rng = choices(report, "evaluation")
    if shown.closed is None or rng.random() > 0.7:
        return []
    invited = shown.closed + timedelta(minutes=rng.randrange(10, 2000))
    replied = invited + timedelta(minutes=rng.randrange(3, 4000))
    answers = rng.random() < 0.55
    good = shown.result in {"01", "02", "03"} or report.dispute is None
    score = rng.choices((1, 2, 3, 4, 5), (2, 3, 8, 27, 60) if good else (22, 22, 24, 18, 14))[0]
    channel = rng.choice(("SMS", "SMS", "TEL", "APP", "ONSITE"))
    if invited > shown.at:
        return []
    answered = answers and replied <= shown.at
    updated = max(replied if answered else invited, report.seen)
    number = "EV" + report.source_id[2:]
    return [Row("evaluations", number, updated, {
        "evalId": number, "orderNo": report.source_id, "channel": channel, "score": score if answered else None,
        "invitedAt": stamp(invited), "repliedAt": stamp(replied) if answered else None, "deleted": False,
        "updatedAt": iso(updated)})]  # fmt: skip


def _visits(shown: View) -> list[Row]:
    """Return the visits to the county's centre; four visits go with each accepted matter, most without a number."""
    report = shown.report
    rng = choices(report, "visits")
    made: list[Row] = []
    for index in range(1, 1 + rng.choices((0, 1, 2, 3), (40, 30, 20, 10))[0]):
        at = report.reported + timedelta(days=rng.randrange(0, 30), minutes=rng.randrange(0, 300))
        persons = rng.choices((1, 2, 3, 8, 15), (60, 25, 10, 4, 1))[0]
        purpose, own = rng.choice(("V1", "V2", "V3", "V4", "V9")), rng.random() < 0.6
        if at > shown.at:
            continue
        updated = max(at, report.seen)
        number = f"VS{report.source_id[2:]}{index}"
        made.append(Row("visits", number, updated, {
            "visitNo": number, "orderNo": report.source_id if own else None, "countyCode": report.county,
            "visitAt": stamp(at), "persons": persons, "purpose": purpose, "deleted": False,
            "updatedAt": iso(updated)}))  # fmt: skip
    return made
