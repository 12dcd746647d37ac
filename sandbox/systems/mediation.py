"""peoples_mediation: UPPER_SNAKE columns of an exchange database, one dict per table row."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sandbox import texts
from sandbox.lifecycle import STATUS
from sandbox.places import Province
from sandbox.systems.view import Row, View, choices, stamp

STEPS = {"register": "01", "accept": "02", "refuse": "03", "assign": "04", "sign": "05", "inquire": "06",
         "mediate": "07", "agree": "08", "fail": "09", "stop": "10", "withdraw": "11", "apply": "12", "rule": "13",
         "reject": "13", "from_court": "14", "to_court": "16", "callback": "17", "close": "18", "suspend": "19",
         "resume": "20", "extend": "21"}  # fmt: skip


def rows(shown: View) -> list[Row]:
    """Return the rows of one case: itself, its steps and its agreement."""
    case = Row("mediation_cases", shown.report.source_id, shown.updated, _case(shown))
    return [case, *_steps(shown), *_agreements(shown)]


def _dumped(shown: View, at: datetime | None) -> str | None:
    """Return a time as this system exports it: a third of the rows come from an older dump with `.0`."""
    text = stamp(at)
    return f"{text}.0" if text and shown.report.draw < 0.33 else text


def _case(shown: View) -> dict[str, Any]:
    report, subject, other = shown.report, shown.report.dispute, shown.report.respondent
    assert subject is not None
    assert other is not None
    platform = "监管执法" if report.type_code in {"0505", "0601", "1103", "1301"} else "综治工作"
    return {
        "CASE_NO": report.source_id, "CASE_NAME": report.title, "CASE_DESC": shown.summary,
        "DISPUTE_TYPE": shown.code("case_type", report.type_code), "CASE_SCALE": shown.code("scale", subject.scale),
        "CASE_SOURCE": shown.code("source_channel", report.channel), "RISK_GRADE": "ABCD"[subject.risk - 1],
        "HAPPEN_DATE": f"{report.occurred:%Y%m%d}", "REGISTER_TIME": _dumped(shown, report.reported),
        "ACCEPT_TIME": _dumped(shown, shown.accepted), "CLOSE_TIME": _dumped(shown, shown.closed),
        "CASE_STATUS": shown.code("status", shown.status), "CLOSE_RESULT": shown.code("result", shown.result),
        "MEDIATE_WAY": shown.code("resolve_way", shown.way), "COUNTY_CODE": shown.county, "TOWN_CODE": shown.town,
        "VILLAGE_CODE": shown.village, "GRID_NUM": shown.grid, "HAPPEN_PLACE": report.address,
        "APPLICANT_TYPE": "1" if report.applicant.person else "2", "APPLICANT_NAME": shown.applicant,
        "APPLICANT_CERT_NUM": report.id_no, "APPLICANT_PHONE": report.phone,
        "APPLICANT_SEX": shown.code("sex", report.applicant.sex), "RESPONDENT_TYPE": "1" if other.person else "2",
        "RESPONDENT_NAME": other.name, "RESPONDENT_CERT_NUM": other.id_no, "RESPONDENT_PHONE": other.phone,
        "RESPONDENT_USCC": other.uscc, "INVOLVED_AMOUNT": subject.amount, "INVOLVED_NUM": subject.people,
        "COMMITTEE_NAME": report.organisation.name, "MEDIATOR_NAME": report.mediator.name, "PLATFORM": platform,
        "RELATED_SYS": shown.code("system", report.related[0]) if report.related else None,
        "RELATED_NO": report.related[1] if report.related else None, "MINOR_FLAG": "Y" if subject.minor else "N",
        "GROUP_FLAG": "Y" if subject.group else "N", "ADD_TIME": stamp(report.seen),
        "UPDATE_TIME": stamp(shown.updated),
    }  # fmt: skip


def _steps(shown: View) -> list[Row]:
    report = shown.report
    rng = choices(report, "steps")
    made = []
    for ordinal, step in enumerate(shown.done, 1):
        status = STATUS.get(step.name, shown.status)
        recorded = max(step.at + timedelta(seconds=rng.randrange(0, 40)), report.seen)
        note = texts.note(rng, "rule" if step.name == "reject" else step.name, report.applicant)
        number = f"{report.source_id}-{ordinal:02d}"
        made.append(Row("mediation_steps", number, recorded, {
            "STEP_ID": number, "CASE_NO": report.source_id, "STEP_TYPE": STEPS[step.name],
            "CASE_STATUS": shown.code("status", status), "HAPPEN_TIME": stamp(step.at), "RECORD_TIME": stamp(recorded),
            "ORG_NAME": report.organisation.name, "ACTOR_NAME": report.mediator.name, "STEP_NOTE": note,
            "ADD_TIME": stamp(recorded), "UPDATE_TIME": stamp(recorded)}))  # fmt: skip
    return made


def _agreements(shown: View) -> list[Row]:
    report, subject = shown.report, shown.report.dispute
    agreed = next((step for step in shown.done if step.name == "agree"), None)
    if agreed is None or subject is None:
        return []
    rng = choices(report, "agreement")
    written = rng.random() < 0.8 or any(step.name == "apply" for step in report.steps)
    performed = agreed.at + timedelta(days=rng.randrange(1, 60)) if rng.random() < 0.8 else None
    amount = None if subject.amount is None else f"{subject.amount * rng.uniform(0.3, 1.0):.2f}"
    done = performed is not None and performed <= shown.at
    updated = shown.visible(agreed) if not done or performed is None else max(performed, report.seen)
    number = "XY" + report.source_id[2:]
    return [Row("agreements", number, updated, {
        "AGREEMENT_NO": number, "CASE_NO": report.source_id, "AGREEMENT_FORM": "SM" if written else "KT",
        "SIGN_DATE": f"{agreed.at:%Y-%m-%d}", "EFFECT_DATE": f"{agreed.at:%Y-%m-%d}", "AMOUNT": amount,
        "PERFORM_FLAG": "Y" if done else "N", "ADD_TIME": stamp(shown.visible(agreed)),
        "UPDATE_TIME": stamp(updated)})]  # fmt: skip


def registers(province: Province) -> dict[str, list[dict[str, Any]]]:
    """Return the snapshot tables: committees, mediators and grid units."""
    at = {"ADD_TIME": stamp(province.founded), "UPDATE_TIME": stamp(province.founded)}
    committees = [
        {"COMMITTEE_ID": o.number, "COMMITTEE_NAME": o.name, "USCC": o.uscc, "COMMITTEE_TYPE": o.kind,
         "COUNTY_CODE": o.county, "TOWN_CODE": o.town, "ACTIVE_FLAG": "Y", **at}
        for o in province.organisations]  # fmt: skip
    mediators = [
        {"MEDIATOR_ID": m.number, "MEDIATOR_NAME": m.name, "COMMITTEE_ID": m.organisation,
         "MEDIATOR_KIND": "ZZ" if m.full_time else "JZ", "COUNTY_CODE": m.county, "OFFICE_PHONE": m.phone,
         "ACTIVE_FLAG": "Y", **at} for o in province.organisations for m in o.mediators]  # fmt: skip
    grids = [
        {"GRID_NUM": g.code, "GRID_NAME": g.name, "VILLAGE_CODE": g.village, "TOWN_CODE": g.town,
         "COUNTY_CODE": g.county, "GRID_KIND": g.kind, "HOUSEHOLD_AMOUNT": str(g.households),
         "PERSON_AMOUNT": str(g.people), "CAPTAIN_NAME": g.leader, **at} for g in province.grids]  # fmt: skip
    return {"committees": committees, "mediators": mediators, "grid_units": grids}
