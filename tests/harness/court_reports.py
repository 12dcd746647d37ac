"""Court reports with every kind of dirt, and by plain Python the rules that each breaks."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from stdnum.cn import ric, uscc

from schemas.codes import crosswalk
from schemas.divisions import divisions, today

AS_OF = datetime(2024, 7, 1, 20)
PLACES = {one.code for one in divisions()}
NOTHING = {None, "", "无", "-", "NULL"}

# A written date, what it means, and whether it stands for "unknown".
DATES: dict[Any, tuple[datetime | None, bool]] = {
    "2024-06-01 09:12:44": (datetime(2024, 6, 1, 9, 12, 44), False),
    "2024-06-01": (datetime(2024, 6, 1), False),
    "2024/5/20 8:05": (datetime(2024, 5, 20, 8, 5), False),
    "20240603080000": (datetime(2024, 6, 3, 8), False),
    "2024年6月2日": (datetime(2024, 6, 2), False),
    "1717205400000": (datetime(2024, 6, 1, 9, 30), False),
    "2024-02-30 10:00:00": (None, False),
    "昨天": (None, False),
    "9999-12-31 23:59:59": (None, True),
    "1900-01-01": (None, True),
    "0000-00-00 00:00:00": (None, True),
    "2031-01-01 00:00:00": (datetime(2031, 1, 1), False),
    "2024-07-02 19:00:00": (datetime(2024, 7, 2, 19), False),
    "0000/1/1": (None, True),
    "无": (None, False),
    None: (None, False),
}


def identity(area: str, born: str, serial: str) -> str:
    body = area + born + serial
    return body + ric.calc_check_digit(body + "0")


identities = st.builds(
    identity,
    st.sampled_from(["330108", "330104", "110105"]),
    st.dates(date(1930, 1, 1), date(2020, 1, 1)).map(lambda day: day.strftime("%Y%m%d")),
    st.integers(0, 999).map(lambda number: f"{number:03d}"),
)
spoilt_identities = st.one_of(
    identities.map(lambda number: number[:17] + ("0" if number[17] != "0" else "1")),
    identities.map(lambda number: number[:10] + "1332" + number[14:]),
    identities.map(lambda number: number[:6] + "********" + number[14:]),
    identities.map(str.lower),
    identities.map(lambda number: number + "\t"),
    st.sampled_from(
        [
            "3.30108E+17",
            "3.30522196503072E+17",
            "3.30108e+17",
            "330522650307234",
            "33010819",
            "E12345678",
            "军字第1234567号",
            "不详",
            "0",
        ]
    ),
)
rows = st.fixed_dictionaries(
    {
        "sqdj_bh": st.one_of(
            st.integers(1, 9999).map(lambda number: f"SQ{number}"), st.sampled_from([None, " ", "SQ1"])
        ),
        "ajmc": st.sampled_from(["楼道漏水纠纷", "测试数据请忽略", "长" * 201, "无", None, "　标题　"]),
        "ay": st.sampled_from(["9130", "９１３０", "8888", "", None]),
        "fxdj": st.sampled_from(["H", "N", "X", None]),
        "fssj": st.sampled_from(list(DATES)),
        "sqsj": st.sampled_from(list(DATES)),
        "slsj": st.sampled_from(list(DATES)),
        "jasj": st.sampled_from(list(DATES)),
        "ajzt": st.sampled_from(["05", "16", "77", None]),
        "jafs": st.sampled_from(["1", "4", None]),
        "tjfs": st.sampled_from(["SF", None, "-"]),
        "qxdm": st.sampled_from(["330108", "330104", "330114", "330108000000", "330999", "3301", "无", None]),
        "jddm": st.sampled_from(
            ["330108002", "330104001", "330104010", "330106001", "330108999", "330108002000", None]
        ),
        "sqr": st.sampled_from(["陈大文", "匿名", "测试员", "阿依古丽•买买提", "张某", "热心市民", None]),
        "sqrzjhm": st.one_of(identities, spoilt_identities, st.just("330522650307234"), st.none()),
        "sqrlxdh": st.sampled_from(
            ["13800000000", "0571-8888 8888", "86888888", "13800000000、13900000000", "12345", "1.38001E+10", "0", None]
        ),
        "sqrxb": st.sampled_from(["男", "女", "未知", None]),
        "bsqr_tyxydm": st.sampled_from(
            ["91330000755918469E", "91330000755918469e", "91330000755918469F", "330000000000001", None]
        ),
        "bdje": st.sampled_from([12000.5, "12,000.00", -1, "约五百", "1e20", None]),
        "dsrs": st.sampled_from([2, "3.0", 0, "两人", "2.5", None]),
        "sfqt": st.sampled_from(["1", "0", "是", "或许", None]),
        "gxsj": st.sampled_from(list(DATES)),
    }
)


def mapped(name: str, text: str | None) -> tuple[str | None, bool]:
    """The shared code, and whether the department's code has none."""
    if text in NOTHING:
        return None, False
    found = {row.from_code: row.to_code for row in crosswalk(name)}.get(text.replace("９１３０", "9130"))
    return found, found is None


def broken_by_dates(row: dict[str, Any], out: set[str]) -> dict[str, datetime | None]:
    moments: dict[str, datetime | None] = {}
    for column, field in {
        "occurred_at": "fssj",
        "reported_at": "sqsj",
        "accepted_at": "slsj",
        "closed_at": "jasj",
        "source_updated_at": "gxsj",
    }.items():
        moment, sentinel = DATES[row[field]]
        moments[column] = moment
        empty = row[field] in NOTHING
        if column == "reported_at" and (empty or sentinel):
            out.add("reported_at.required")
        elif sentinel:
            out.add(f"{column}.sentinel")
        if not empty and not sentinel and moment is None:
            out.add(f"{column}.unreadable")
        if column != "source_updated_at" and moment is not None and moment > AS_OF + timedelta(days=1):
            out.add(f"{column}.future")
    for early, late in [
        ("occurred_at", "reported_at"),
        ("reported_at", "accepted_at"),
        ("reported_at", "closed_at"),
        ("accepted_at", "closed_at"),
    ]:
        one, two = moments[early], moments[late]
        if one and two and two < one and (two.date() < one.date() or two.time() != datetime.min.time()):
            out.add(f"{late}.before_{early}")
    return moments


def broken_by_people(row: dict[str, Any], out: set[str]) -> None:
    name = row["sqr"]
    if name and "测试" in name:
        out.add("applicant_name.test_entry")
    if name in {"匿名", "热心市民", "张某"}:
        out.add("applicant_name.placeholder")
    phone = row["sqrlxdh"]
    if phone in {"86888888", "12345", "1.38001E+10"}:
        out.add("applicant_phone.form")
    if phone and "、" in phone:
        out.add("applicant_phone.several")
    number = (row["sqrzjhm"] or "").strip().upper()
    if number in {"", "0", "不详"}:
        return
    if re.fullmatch(r"\d(\.\d+)?E\+?\d+", number):
        out.add("applicant_id_no.scientific")
        return
    if re.fullmatch(r"\d{15}", number):
        out.add("applicant_id_no.upgraded")
        number = number[:6] + "19" + number[6:]
        number += ric.calc_check_digit(number + "0")
    if not re.fullmatch(r"[1-9]\d{16}[\dX]", number):
        if not re.fullmatch(r"[A-Z\u4e00-\u9fff][^*]{4,29}", number):
            out.add("applicant_id_no.form")
        return
    try:
        datetime.strptime(number[6:14], "%Y%m%d")
        real_day = True
    except ValueError:
        real_day = False
    if not real_day or ric.calc_check_digit(number) != number[17]:
        out.add("applicant_id_no.checksum")
    if (row["sqrxb"] == "男" and int(number[16]) % 2 == 0) or (row["sqrxb"] == "女" and int(number[16]) % 2 == 1):
        out.add("applicant_sex_code.differs_from_id")


def broken_by_places(row: dict[str, Any], out: set[str]) -> None:
    county = None if row["qxdm"] in NOTHING else row["qxdm"]
    town = None if row["jddm"] in NOTHING else row["jddm"]
    county = county[:6] if county and len(county) in (9, 12) else county
    town = town[:9] if town and len(town) == 12 else town
    if county is None:
        out.add("county_code.filled")
    elif len(county) != 6 or county not in PLACES:
        out.add("county_code.division")
    if town and town not in PLACES and town[:6] not in today():
        out.add("town_code.division")
    if town and county and not town.startswith(county):
        now = today()
        town_county = now.get(town, now.get(town[:6], town))[:6]
        same_today = town_county == now.get(county[:6], county[:6])
        if town[:6] == county[:6] or not same_today:
            out.add("town_code.outside_county_code")


def broken(row: dict[str, Any]) -> set[str]:
    """The rules that a court report breaks, by plain Python from the words of the contract."""
    out: set[str] = set()
    if row["sqdj_bh"] in {None, " "}:
        out.add("source_id.required")
    title = None if row["ajmc"] in NOTHING else row["ajmc"].strip("　")
    if title is None:
        out.add("title.filled")
    elif len(title) > 200:
        out.add("title.length")
    elif "测试" in title:
        out.add("title.test_entry")
    codes = {}
    for column, field, name in [
        ("case_type_code", "ay", "court_odr_case_type"),
        ("risk_level", "fxdj", "court_odr_risk_level"),
        ("stage_code", "ajzt", "court_odr_stage"),
        ("status_code", "ajzt", "court_odr_status"),
        ("result_code", "jafs", "court_odr_result"),
        ("resolve_way_code", "tjfs", "court_odr_resolve_way"),
        ("applicant_sex_code", "sqrxb", "court_odr_sex"),
    ]:
        codes[column], unmapped = mapped(name, row[field])
        if unmapped:
            out.add(f"{column}.unmapped")
    if row["ay"] in NOTHING:
        out.add("case_type_code.filled")
    if row["ajzt"] in NOTHING:
        out.add("status_code.filled")
    moments = broken_by_dates(row, out)
    if codes["status_code"] in {"90", "91"} and moments["closed_at"] is None:
        out.add("closed_at.missing_when_status_code")
    if codes["result_code"] in {"01", "02", "03"} and codes["resolve_way_code"] is None:
        out.add("resolve_way_code.missing_when_result_code")
    broken_by_people(row, out)
    broken_by_places(row, out)
    if row["bsqr_tyxydm"] and not uscc.is_valid(row["bsqr_tyxydm"]):
        out.add("respondent_uscc.checksum")
    if row["bdje"] in {"约五百", "1e20"}:
        out.add("amount_involved.unreadable")
    if row["bdje"] == -1:
        out.add("amount_involved.range")
    if row["dsrs"] in {"两人", "2.5"}:
        out.add("party_count.unreadable")
    if row["dsrs"] == 0:
        out.add("party_count.range")
    if row["sfqt"] in {"1", "是"} and row["dsrs"] in {2, "3.0", 0}:
        out.add("party_count.group_too_small")
    if row["sfqt"] == "或许":
        out.add("is_group.unreadable")
    return out
