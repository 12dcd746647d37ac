"""A contract with the kinds of row rule that no court report meets, its rows, and the rules that each breaks."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from stdnum.cn import ric, uscc

from quality.compiler import compile_statement
from schemas.contract import Check, Column, Contract
from schemas.declaration import load_systems
from schemas.declared.dataset import FieldMap
from schemas.divisions import divisions, today

AS_OF = datetime(2024, 7, 1, 20)
COURT = load_systems()[0]["court_odr"]
PLACES = {one.code for one in divisions()}
REFORM = datetime(2021, 9, 1)  # three platforms ended on this day and three others began


def check(id: str, kind: str, **arguments: Any) -> Check:
    return Check(
        id=id, check=kind, dimension="accuracy", severity="warning", title="一", message="一", advice="一",
        arguments=arguments,
    )  # fmt: skip


CONTRACT = Contract(
    name="samples", title="样本", version="1.0.0", description="样本", event_at="happened_at",
    columns=(
        Column(name="platform_code", title="平台", type="VARCHAR", code_list="platform"),
        Column(name="happened_at", title="时间", type="TIMESTAMP"),
        Column(name="serial_no", title="编号", type="VARCHAR", pattern="[A-Z]{2}[0-9]{3}"),
        Column(name="note", title="说明", type="VARCHAR", min_length=2, max_length=5),
        Column(name="amount", title="金额", type="DECIMAL(18,2)", minimum="0", maximum="100"),
        Column(name="village_code", title="村", type="VARCHAR", division="village"),
        Column(name="grid_code", title="网格", type="VARCHAR", division="grid"),
        Column(name="id_no", title="证件", type="VARCHAR", personal="id_no", classification="L4"),
        Column(name="birth_date", title="生日", type="DATE"),
        Column(
            name="uscc", title="信用代码", type="VARCHAR",
            checks=(check("uscc.checksum", "gb32100"), check("uscc.org_code", "gb11714")),
        ),
        Column(name="is_group", title="群体", type="BOOLEAN"),
        Column(name="party_count", title="人数", type="INTEGER"),
    ),
    checks=(
        check("birth_date.differs_from_id", "id_birth", id_no="id_no", birth="birth_date"),
        check("grid_code.outside_village_code", "division_within", inner="grid_code", outer="village_code"),
        check("party_count.group_too_small", "predicate", sql="is_group AND party_count < 5"),
        check(
            "note.unclear", "predicate",
            sql="contains(note, '未知') OR (NOT is_group AND amount BETWEEN 10 AND 20 AND serial_no IS NULL)",
        ),
        check("happened_at.long_after_birth", "predicate", sql="happened_at > birth_date + INTERVAL 36500 DAY"),
    ),
)  # fmt: skip
DATASET = COURT.datasets["pre_suit_cases"].model_copy(
    update={
        "name": "samples", "contract": "samples", "key": ["key"], "deletes": None,
        "fields": {column.name: FieldMap.model_validate({"from": column.name}) for column in CONTRACT.columns},
    }
)  # fmt: skip
STATEMENT = compile_statement(COURT, DATASET, CONTRACT)
Row = dict[str, str | None]


def org_code_check(body: str) -> str:
    """The check of an organisation code by GB 11714-1997: weights 3 7 9 10 5 8 4 2, modulus 11."""
    total = sum(weight * int(letter, 36) for weight, letter in zip((3, 7, 9, 10, 5, 8, 4, 2), body, strict=True))
    left = 11 - total % 11
    return {10: "X", 11: "0"}.get(left, str(left))


def credit_code(area: str, body: str, org_check: str | None = None) -> str:
    """A credit code whose own check is right, with the right or another check of the organisation code in it."""
    whole = f"91{area}{body}{org_check or org_code_check(body)}"
    return whole + uscc.calc_check_digit(whole)


def identity(born: date, serial: int) -> str:
    body = f"330108{born:%Y%m%d}{serial:03d}"
    return body + ric.calc_check_digit(body + "0")


CLEAN: Row = {
    "key": "1", "platform_code": "ZZ", "happened_at": "2024-06-01 09:00:00", "serial_no": "AB123", "note": "正常",
    "amount": "12.50", "village_code": "330108002001", "grid_code": "330108002001005",
    "id_no": "330522196503072348", "birth_date": "1965-03-07", "uscc": "91330000755918469E", "is_group": "是",
    "party_count": "6",
}  # fmt: skip


usccs = st.builds(
    credit_code,
    st.sampled_from(["330000", "330108", "110105"]),
    st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=8, max_size=8),
    st.one_of(st.none(), st.sampled_from("0123456789X")),
)
rows = st.fixed_dictionaries(
    {
        "key": st.sampled_from(["1", "2", " ", None]),
        "platform_code": st.sampled_from(["ZZ", "SJ", "ZF", "JZ", "GG", "ＪＺ", "KK", "-", None]),
        "happened_at": st.sampled_from(
            ["2024-06-01 09:00:00", "2021-09-01", "2021-08-31 23:59:59", "1999-12-31", "9999-12-31", "昨天", None]
        ),
        "serial_no": st.sampled_from(["AB123", "AB1234", "ab123", "xAB123", "无", None]),
        "note": st.sampled_from(["正常", "短", "比五个字长的", "　正常\t", "状态未知", None]),
        "amount": st.sampled_from(["0", "100", "100.005", "10", "20.00", "20.01", "-0.01", "十元", None]),
        "village_code": st.sampled_from(["330108002001", "330108002998", "330104002998", "330108002", None]),
        "grid_code": st.sampled_from(
            ["330108002001005", "33010800200100512", "330108002002005", "330104002998001", "3301080020010", None]
        ),
        "id_no": st.one_of(
            st.builds(identity, st.dates(date(1901, 1, 1), date(2020, 1, 1)), st.integers(0, 999)),
            st.sampled_from(["330522196503072348", "330522650307234", "E12345678", None]),
        ),
        "birth_date": st.sampled_from(["1965-03-07", "19650307", "1965年3月7日", "1901-01-01", "0000-00-00", None]),
        "uscc": st.one_of(usccs, usccs.map(str.lower), usccs.map(lambda code: code[:-1]), st.none()),
        "is_group": st.sampled_from(["是", "否", "0", "或许", None]),
        "party_count": st.sampled_from(["4", "5", "5.0", "四", "0", None]),
    }
)  # fmt: skip


def text(row: Row, name: str) -> str | None:
    """What is written in a field, without blanks and words for nothing."""
    found = (row[name] or "").strip(" \t\u3000")
    return None if found in {"", "无", "-"} else found


def moment(written: str | None) -> datetime | None:
    for form in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d", "%Y%m%d", "%Y年%m月%d日"):
        try:
            return datetime.strptime(written or "", form)
        except ValueError:
            continue
    return None


def broken(row: Row) -> set[str]:
    """The rules that a row breaks, by plain Python from the words of the contract."""
    out: set[str] = set()
    if text(row, "key") is None:
        out.add("source_id.required")
    happened, born = moment(row["happened_at"]), moment(row["birth_date"])
    if happened and happened.year == 9999:
        out.add("happened_at.sentinel")
        happened = None
    elif row["happened_at"] == "昨天":
        out.add("happened_at.unreadable")
    if row["birth_date"] == "0000-00-00":
        out.add("birth_date.sentinel")
    platform = {"ＪＺ": "JZ"}.get(row["platform_code"] or "", text(row, "platform_code"))
    if platform == "KK":
        out.add("platform_code.code")
    elif platform and happened:
        began = {"ZZ": datetime(2000, 1, 1), "SJ": datetime(2000, 1, 1), "ZF": datetime(2000, 1, 1)}.get(
            platform, REFORM
        )
        ended = REFORM if platform in {"SJ", "ZF"} else datetime(9999, 1, 1)
        if not began <= happened < ended:
            out.add("platform_code.not_in_force")
    serial, note = text(row, "serial_no"), text(row, "note")
    if serial and not re.fullmatch("[A-Z]{2}[0-9]{3}", serial):
        out.add("serial_no.pattern")
    if note and not 2 <= len(note) <= 5:
        out.add("note.length")
    amount = None if row["amount"] in {None, "十元"} else round(float(row["amount"] or 0) + 1e-9, 2)
    if row["amount"] == "十元":
        out.add("amount.unreadable")
    if amount is not None and not 0 <= amount <= 100:
        out.add("amount.range")
    broken_by_places(row, out)
    broken_by_numbers(row, born, happened, out)
    group = {"是": True, "否": False, "0": False}.get(row["is_group"] or "")
    if row["is_group"] == "或许":
        out.add("is_group.unreadable")
    if row["party_count"] == "四":
        out.add("party_count.unreadable")
    if group and row["party_count"] in {"4", "0"}:
        out.add("party_count.group_too_small")
    if (note and "未知" in note) or (group is False and amount is not None and 10 <= amount <= 20 and not serial):
        out.add("note.unclear")
    return out


def county_today(place: str) -> str:
    return today().get(place[:9], today().get(place[:6], place))[:6]


def broken_by_places(row: Row, out: set[str]) -> None:
    village, grid = row["village_code"], row["grid_code"]
    for name, code, lengths in (("village_code", village, {12}), ("grid_code", grid, {15, 17})):
        known = code and (code[:12] in PLACES or code[:6] in today() or code[:9] in today())
        if code and not (len(code) in lengths and known):
            out.add(f"{name}.division")
    apart = village and grid and not grid.startswith(village)
    if apart and (village[:6] == grid[:6] or county_today(village) != county_today(grid)):
        out.add("grid_code.outside_village_code")


def broken_by_numbers(row: Row, born: datetime | None, happened: datetime | None, out: set[str]) -> None:
    number = row["id_no"] or ""
    if len(number) == 15:
        number = number[:6] + "19" + number[6:] + "?"
    if born and len(number) == 18 and number[6:14] != f"{born:%Y%m%d}":
        out.add("birth_date.differs_from_id")
    if born and happened and happened > born + timedelta(days=36500):
        out.add("happened_at.long_after_birth")
    code = (row["uscc"] or "").upper()
    if code and not uscc.is_valid(code):
        out.add("uscc.checksum")
    elif code and org_code_check(code[8:16]) != code[16]:
        out.add("uscc.org_code")
