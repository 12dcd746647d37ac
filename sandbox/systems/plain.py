"""A report in the words of a department that shows it as one record of plain values."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sandbox import texts
from sandbox.departments import Department, departments
from sandbox.lifecycle import CODE, STATUS
from sandbox.reports import Report
from sandbox.systems.view import Row, View, choices, stamp

PLATFORM = {"06": "JZ", "11": "JZ", "13": "JZ", "05": "YJ", "07": "GG", "12": "GG"}
"""Which of the four platforms has the disputes of a kind (the first two digits); the others are the first one's."""
LOCAL_PREFIX = {"330522": "CXM", "330108": "BJM", "330483": "TJM"}
"""Counties whose own platforms gave codes before the province's did, and how those begin."""
EPOCH = datetime(1970, 1, 1, 8)  # in Shanghai


def rows(shown: View) -> list[Row]:
    """Return the one record of a report."""
    department = departments()[shown.report.system]
    values = _values(shown, department)
    body = {word: values[name] for name, word in department.words.items()}
    if department.steps is not None:
        body[department.steps.place] = _steps(shown, department.steps.words)
    return [Row(department.dataset, shown.report.source_id, shown.updated, body)]


def _values(shown: View, department: Department) -> dict[str, Any]:
    report, subject, other = shown.report, shown.report.dispute, shown.report.respondent
    yes, no = department.yes_no
    assert subject is not None
    return {
        "key": report.source_id, "matter": shown.code("matter_kind", report.kind), "title": report.title,
        "summary": shown.summary, "type": shown.code("case_type", report.type_code),
        "scale": shown.code("scale", subject.scale), "channel": shown.code("source_channel", report.channel),
        "risk": shown.code("risk_level", str(subject.risk)),
        "occurred": _moment(department, "occurred", report.occurred),
        "reported": _moment(department, "reported", report.reported),
        "accepted": _moment(department, "accepted", shown.accepted),
        "closed": _moment(department, "closed", shown.closed), "status": shown.code("status", shown.status),
        "result": shown.code("result", shown.result), "way": shown.code("resolve_way", shown.way),
        "county": shown.county, "town": shown.town, "village": shown.village, "grid": shown.grid,
        "address": report.address,
        "party": shown.code("party_kind", "person" if report.applicant.person else "organisation"),
        "name": shown.applicant, "id": report.id_no, "phone": report.phone,
        "sex": shown.code("sex", report.applicant.sex),
        "other_party": other and shown.code("party_kind", "person" if other.person else "organisation"),
        "other_name": other and other.name, "other_phone": other.phone if other and report.draw < 0.6 else None,
        "uscc": other and other.uscc, "amount": None if subject.amount is None else f"{subject.amount:.2f}",
        "people": str(subject.people), "org": report.organisation.name, "mediator": report.mediator.name,
        "platform": shown.code("platform", PLATFORM.get(report.type_code[:2], "ZZ")),
        "related_system": shown.code("system", report.related[0]) if report.related else None,
        "related": report.related[1] if report.related else None, "minor": yes if subject.minor else no,
        "local": _local_code(report), "group": yes if subject.group else no, "updated": stamp(shown.updated),
    }  # fmt: skip


def _steps(shown: View, words: dict[str, str]) -> list[dict[str, str | None]]:
    report, rng, made = shown.report, choices(shown.report, "steps"), []
    for step in shown.done:
        values = {
            "step": shown.code("step", CODE[step.name]),
            "status": shown.code("status", STATUS.get(step.name, shown.status)), "happened": stamp(step.at),
            "actor": report.mediator.name,
            "note": texts.note(rng, "rule" if step.name == "reject" else step.name, report.applicant),
        }  # fmt: skip
        made.append({word: values[name] for name, word in words.items()})
    return made


def _local_code(report: Report) -> str | None:
    """Return the code that a county's own platform had given, which the province's goes on showing."""
    prefix = LOCAL_PREFIX.get(report.county)
    return prefix and f"{prefix}{report.reported:%Y%m%d}{report.number % 100_000:05d}"


def _moment(department: Department, name: str, at: datetime | None) -> str | int | dict[str, str] | None:
    form = department.forms.get(name)
    if at is None or form is None:
        return stamp(at)
    if form == "cell":
        return {"date": f"{at:%Y-%m-%d}"}
    return (at - EPOCH) // timedelta(milliseconds=1) if form == "epoch_ms" else f"{at:{form}}"
