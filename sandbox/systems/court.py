"""court_odr: pinyin initials, mixed epoch and text times, steps, confirmations and referrals."""

from __future__ import annotations

from datetime import datetime, timedelta

from sandbox import texts
from sandbox.lifecycle import STATUS
from sandbox.reports import Report
from sandbox.systems.view import Row, View, choices, stamp

STEPS = {"register": "B01", "accept": "B02", "refuse": "B03", "assign": "B04", "sign": "B05", "inquire": "B06",
         "mediate": "B07", "agree": "B08", "fail": "B09", "stop": "B10", "withdraw": "B11", "apply": "B12",
         "rule": "B13", "reject": "B13", "from_court": "B14", "to_court": "B16",
         "callback": "B17", "close": "B18", "suspend": "B19", "resume": "B20", "extend": "B21"}  # fmt: skip
EPOCH = datetime(1970, 1, 1, 8)  # naive Asia/Shanghai


def epoch_ms(at: datetime | None) -> int | None:
    """Return the 13-digit milliseconds of a Shanghai wall clock time."""
    return None if at is None else int((at - EPOCH) / timedelta(milliseconds=1))


def rows(shown: View) -> list[Row]:
    """Return the rows of one report: itself, its steps, confirmation and referrals."""
    report = shown.report
    case = Row("pre_suit_cases", report.source_id, shown.updated, _case(shown))
    return [case, *_steps(shown), *_confirmations(shown), *_referrals(shown)]


def _case(shown: View) -> dict[str, object]:
    report, subject = shown.report, shown.report.dispute
    assert subject is not None
    assert report.respondent is not None
    other = report.respondent
    return {
        "sqdj_bh": report.source_id, "ajmc": report.title, "jfms": shown.summary,
        "ay": shown.code("case_type", report.type_code), "gmdm": shown.code("scale", subject.scale),
        "lydm": shown.code("source_channel", report.channel), "fxdj": "HMLN"[subject.risk - 1],
        "fssj": f"{report.occurred:%Y-%m-%d}", "sqsj": stamp(report.reported), "slsj": epoch_ms(shown.accepted),
        "jasj": epoch_ms(shown.closed), "ajzt": shown.code("status", shown.status),
        "jafs": shown.code("result", shown.result), "tjfs": shown.code("resolve_way", shown.way),
        "qxdm": shown.county, "jddm": shown.town, "dz": report.address,
        "sqrlx": "1" if report.applicant.person else "2", "sqr": shown.applicant, "sqrzjhm": report.id_no,
        "sqrlxdh": report.phone, "sqrxb": shown.code("sex", report.applicant.sex),
        "bsqrlx": "1" if other.person else "2", "bsqr": other.name, "bsqrzjhm": other.id_no, "bsqrlxdh": other.phone,
        "bsqr_tyxydm": other.uscc, "bdje": subject.amount, "dsrs": subject.people, "tjjg": report.organisation.name,
        "tjy": report.mediator.name, "wbxt": shown.code("system", report.related[0]) if report.related else None,
        "wbbh": report.related[1] if report.related else None, "sfqt": "1" if subject.group else "0",
        "sfwcn": "1" if subject.minor else "0", "gxsj": stamp(shown.updated), "iconUrl": "/static/ajlx.png",
        "_links": {"self": f"/sqdj/{report.source_id}"},
    }  # fmt: skip


def _steps(shown: View) -> list[Row]:
    report = shown.report
    rng = choices(report, "steps")
    made = []
    for ordinal, step in enumerate(shown.done, 1):
        status = STATUS.get(step.name, shown.status)
        recorded = max(step.at + timedelta(seconds=rng.randrange(0, 30)), report.seen)
        note = texts.note(rng, "rule" if step.name == "reject" else step.name, report.applicant)
        made.append(Row("pre_suit_steps", f"{report.source_id}|{ordinal}", recorded, {
            "sqdj_bh": report.source_id, "bzxh": ordinal, "bzdm": STEPS[step.name],
            "ajzt": shown.code("status", status),
            "fssj": f"{step.at:%Y%m%d%H%M%S}", "lrsj": stamp(recorded), "cljg": report.organisation.name,
            "clr": report.mediator.name, "bz": note, "gxsj": stamp(recorded)}))  # fmt: skip
    return made


def _confirmations(shown: View) -> list[Row]:
    report = shown.report
    applied = next((step for step in shown.done if step.name == "apply"), None)
    if applied is None:
        return []
    ruled = next((step for step in shown.done if step.name in {"rule", "reject"}), None)
    number = "QR" + report.source_id[2:]
    updated = shown.visible(ruled or applied)
    return [Row("confirmations", number, updated, {
        "qr_bh": number, "sqdj_bh": report.source_id, "fymc": court_name(report), "sqsj": stamp(applied.at),
        "cdsj": stamp(ruled.at) if ruled else None,
        "cdjg": None if ruled is None else "1" if ruled.name == "rule" else "2",
        "cdwsh": f"（{ruled.at.year}）浙{report.county[2:]}诉前调确{report.source_id[-5:]}号" if ruled else None,
        "gxsj": stamp(updated)})]  # fmt: skip


def _referrals(shown: View) -> list[Row]:
    report = shown.report
    made = []
    for index, step in enumerate(step for step in shown.done if step.name in {"from_court", "to_court"}):
        inward = step.name == "from_court"
        end = next((s for s in shown.done if s.name in {"agree", "fail", "withdraw", "stop"}), None) if inward else step
        number = f"YD{report.source_id[2:]}-{index + 1}"
        updated = shown.visible(end or step)
        result = "7" if not inward else None if end is None else {"agree": "1", "withdraw": "5"}.get(end.name, "4")
        made.append(Row("referrals", number, updated, {
            "yd_bh": number, "sqdj_bh": report.source_id, "fx": "1" if inward else "2", "fymc": court_name(report),
            "tjh": f"（{step.at.year}）浙{report.county[2:]}诉前调{report.source_id[-5:]}号", "ydsj": stamp(step.at),
            "bjsj": stamp(end.at) if end else None, "jg": result, "gxsj": stamp(updated)}))  # fmt: skip
    return made


def court_name(report: Report) -> str:
    """Return the name of the county's court."""
    return report.organisation.name.removesuffix("社会矛盾纠纷调处化解中心") + "人民法院"
