"""A delivery becomes accepted rows and rejected rows: all of it, once, whatever is in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from pyarrow import parquet

from quality.compiler import CompileError
from quality.errors import CheckError, CountError
from quality.outcome import Outcome
from quality.parquet import accepted, reader

Rows = Callable[[Outcome], list[dict[str, Any]]]


def reasons(row: dict[str, Any]) -> set[str]:
    return {reason["rule"] for reason in row["reasons"] if reason["severity"] == "critical"}


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"ay": "ZZ99"}, "case_type_code.unmapped"),
        ({"sqrzjhm": "330522196503072347"}, "applicant_id_no.checksum"),
        ({"sqrzjhm": "3.30522E+17"}, "applicant_id_no.scientific"),
        ({"sqrzjhm": 3.30522e17}, "applicant_id_no.scientific"),
        ({"sqsj": "2024-02-30 10:00:00"}, "reported_at.unreadable"),
        ({"sqsj": "9999-12-31 00:00:00"}, "reported_at.required"),
        ({"sqsj": "2025-01-01 00:00:00"}, "reported_at.future"),
        ({"sqdj_bh": None}, "source_id.required"),
        ({"qxdm": "330199"}, "county_code.division"),
        ({"jasj": "2024-01-01 00:00:00"}, "closed_at.before_reported_at"),
        ({"bdje": "三万"}, "amount_involved.unreadable"),
    ],
)
def test_a_bad_value_sends_its_row_to_quarantine_with_the_reason(
    desk: Any, quarantined: Rows, change: dict[str, Any], rule: str
) -> None:
    outcome = desk.court({}, change, {})
    assert (outcome.accepted, outcome.rejected) == (2, 1)
    [row] = quarantined(outcome)
    assert row["position"] == 2
    assert reasons(row) == {rule}
    assert row["raw"] is not None


def test_the_reason_of_an_unmapped_code_is_ours_and_shows_the_code(desk: Any, quarantined: Rows) -> None:
    [row] = quarantined(desk.court({"ay": "ZZ99"}))
    [reason] = row["reasons"]
    assert (reason["responsibility"], reason["value"]) == ("hub", "ZZ99")


def test_a_cursor_of_the_year_9999_is_no_time_but_the_row_counts(desk: Any, staged: Rows) -> None:
    [row] = staged(desk.court({"gxsj": "9999-12-31 23:59:59"}))
    assert row["source_updated_at"] is None
    assert row["warnings"] == ["source_updated_at.sentinel"]


def test_a_retired_county_is_history_not_a_fault(desk: Any, staged: Rows) -> None:
    [row] = staged(desk.court({"qxdm": "330104", "jddm": "330104001"}))
    assert (row["county_code"], row["warnings"]) == ("330104", [])


def test_both_rows_of_a_duplicate_key_are_accepted_for_the_merge_to_classify(desk: Any) -> None:
    assert desk.court({"sqdj_bh": "SQ1"}, {"sqdj_bh": "SQ1"}).accepted == 2


@pytest.mark.parametrize(
    "line",
    [
        b'{"sqdj_bh": "SQ2", "ajmc": "\\ud83d"}',
        b'{"sqdj_bh": "SQ2", "ajmc": "a\\u0000b"}',
        b'{"sqdj_bh": "SQ2", "ajmc": "a',
        b'{"sqdj_bh": "SQ2", "ajmc": "\xff\xfe"}',
        b'{"sqdj_bh": "SQ2"} trailing',
        b'["SQ2"]',
        b'{"sqdj_bh": "SQ2", "ajmc": "a\tb"}',
    ],
    ids=["lone surrogate", "NUL", "truncated", "not UTF-8", "trailing text", "no object", "control character"],
)
def test_a_broken_line_is_one_rejected_row_and_the_others_are_saved(
    desk: Any, lines: Callable[..., bytes], court_row: dict[str, Any], staged: Rows, quarantined: Rows, line: bytes
) -> None:
    good = lines(court_row), lines({**court_row, "sqdj_bh": "SQ3"})
    outcome = desk.check(desk.land(good[0] + line + b"\n" + good[1], lines({**court_row, "sqdj_bh": "SQ4"})))
    assert [row["position"] for row in staged(outcome)] == [1, 3, 4]
    [row] = quarantined(outcome)
    assert (row["position"], reasons(row)) == (2, {"row.unreadable"})
    assert row["reasons"][0]["responsibility"] == "transport"
    assert "SQ2" in row["raw"]
    assert outcome.fired["row.unreadable"] == 1


CSV_HEAD = (
    "报案编号,纠纷名称,纠纷经过,纠纷类别,事件规模,受理来源,风险等级,发生日期,报案时间,受理时间,结案时间,案件状态,处理结果,化解方式,"
    "区县代码,乡镇代码,患方住址,患方姓名,患方证件号码,患方联系电话,患方性别,医疗机构名称,机构信用代码,机构联系电话,索赔金额,"
    "涉及人数,调解组织,调解员,来源系统,来源编号,是否未成年,是否群体,更新时间"
)
CSV_ROW = (
    '{key},手术纠纷,"经过，\r\n分两行",诊疗损害,个体,来访,黄,2024/5/1,2024/5/2 9:05,2024/5/2 10:00,,调解中,,,'
    "330108,330108002,某小区,陈大文,330522196503072348\t,13800000000,女,某医院,,0571-88888888,"
    '"12,000.00",2,医调委,李调解,,,否,否,2024-05-03 10:00:00'
)


def csv_body(*records: str) -> bytes:
    return "".join(line + "\r\n" for line in (CSV_HEAD, *records)).encode()


def test_csv_with_quoted_newlines_tabs_and_thousands(desk: Any, staged: Rows) -> None:
    body = csv_body(CSV_ROW.format(key="YJ1"), CSV_ROW.format(key="YJ2"))
    outcome = desk.check(desk.land(body, system="medical_disputes", dataset="disputes", form="csv", rows=[2]))
    rows = staged(outcome)
    assert [(row["source_id"], row["position"]) for row in rows] == [("YJ1", 1), ("YJ2", 2)]
    assert rows[0]["applicant_id_no"] == "330522196503072348"
    assert str(rows[0]["amount_involved"]) == "12000.00"
    assert rows[0]["reported_at"] == datetime(2024, 5, 2, 9, 5)
    assert rows[0]["has_minor"] is False
    assert rows[0]["warnings"] == []


@pytest.mark.parametrize("bad", ["YJ2,只有两列", 'YJ2,"没有结束的引号,x'], ids=["ragged", "open quote"])
def test_a_broken_csv_record_spoils_itself_alone(desk: Any, staged: Rows, quarantined: Rows, bad: str) -> None:
    body = csv_body(CSV_ROW.format(key="YJ1"), bad, CSV_ROW.format(key="YJ3"))
    outcome = desk.check(desk.land(body, system="medical_disputes", dataset="disputes", form="csv", rows=[3]))
    assert [row["source_id"] for row in staged(outcome)] == ["YJ1", "YJ3"]
    [row] = quarantined(outcome)
    assert (row["position"], reasons(row)) == (2, {"row.unreadable"})
    assert "YJ2" in row["raw"]


def test_rows_of_a_database_are_read_as_texts(desk: Any, staged: Rows) -> None:
    columns = {field: pa.array([None, None], pa.string()) for field in desk_fields("peoples_mediation", "agreements")}
    columns |= {
        "AGREEMENT_NO": pa.array(["A1", "A2"]),
        "CASE_NO": pa.array(["RT1", "RT2"]),
        "SIGN_DATE": pa.array(["2024-06-01", "0000-00-00"]),
        "AMOUNT": pa.array([1, None], pa.decimal128(18, 2)),
        "UPDATE_TIME": pa.array([datetime(2024, 6, 2, 8), datetime(2024, 6, 2, 9)], pa.timestamp("us")),
    }
    sink = pa.BufferOutputStream()
    parquet.write_table(pa.table(columns), sink)
    body = sink.getvalue().to_pybytes()
    manifest = desk.land(body, system="peoples_mediation", dataset="agreements", form="parquet", rows=[2])
    rows = staged(desk.check(manifest))
    assert [str(row["amount"]) for row in rows] == ["1.00", "None"]
    assert rows[0]["source_updated_at"] == datetime(2024, 6, 2, 8)
    assert (rows[1]["signed_at"], rows[1]["warnings"]) == (None, ["signed_at.sentinel"])


def desk_fields(system: str, dataset: str) -> tuple[str, ...]:
    from quality.compiler import compile_statement
    from schemas.contract import load_contracts
    from schemas.declaration import load_systems

    declared = load_systems()[0][system]
    wanted = declared.datasets[dataset]
    return compile_statement(declared, wanted, load_contracts()[wanted.contract]).fields


def test_of_a_deleted_record_only_the_key_is_asked(desk: Any, lines: Callable[..., bytes], staged: Rows) -> None:
    row = dict.fromkeys(desk_fields("petition_hotline", "transfers"))
    gone = {**row, "transferId": "TF1", "deleted": True, "updatedAt": "2024-06-01T08:00:00+08:00"}
    kept = {**row, "transferId": "TF2", "orderNo": "WO1", "sentAt": "2024-06-01 08:00:00", "deleted": False}
    outcome = desk.check(desk.land(lines(gone, kept), system="petition_hotline", dataset="transfers"))
    assert [(row["source_id"], row["is_tombstone"]) for row in staged(outcome)] == [("TF1", True), ("TF2", False)]


@pytest.mark.parametrize(
    ("system", "dataset", "place"),
    [
        ("peoples_mediation", "agreements", "数据表 T_AGREEMENT"),
        ("youth_hotline", "calls", "接口 QueryCalls"),
        ("petition_hotline", "transfers", "接口 /api/v2/transfers"),
        ("legal_aid", "steps", "接口 /api/applications"),
    ],
)
def test_a_row_without_a_file_comes_from_what_its_department_calls_so(
    desk: Any, lines: Callable[..., bytes], quarantined: Rows, system: str, dataset: str, place: str
) -> None:
    row = dict.fromkeys(desk_fields(system, dataset))
    [rejected] = quarantined(desk.check(desk.land(lines(row), system=system, dataset=dataset)))
    assert rejected["file"] == place


def test_the_cell_of_a_spreadsheet_is_named(desk: Any, lines: Callable[..., bytes], quarantined: Rows) -> None:
    fields = desk_fields("union_rights", "rights_cases")
    row = {"_sheet": "维权案件", "_row": 17, "序号": "1", **dict.fromkeys(fields, "")}
    row |= {"编号": "GH202406-00001", "登记日期": "45450", "身份证号": "3.30108E+17"}
    [rejected] = quarantined(desk.check(desk.land(lines(row), system="union_rights", dataset="rights_cases")))
    column = ["序号", *fields].index("身份证号")
    assert rejected["sheet"] == "维权案件"
    assert rejected["cell"] == (chr(65 + column) if column < 26 else "A" + chr(39 + column)) + "17"
    assert reasons(rejected) == {"applicant_id_no.scientific"}


def test_an_empty_delivery_is_an_empty_outcome(desk: Any, lines: Callable[..., bytes]) -> None:
    for bodies in ((), (b"",)):
        outcome = desk.check(desk.land(*bodies))
        assert (outcome.accepted, outcome.rejected, outcome.fired) == (0, 0, {})
    header_only = desk.land(csv_body(), system="medical_disputes", dataset="disputes", form="csv", rows=[0])
    assert desk.check(header_only).accepted == 0


def test_a_manifest_that_counts_wrong_is_refused(
    desk: Any, lines: Callable[..., bytes], court_row: dict[str, Any]
) -> None:
    with pytest.raises(CountError, match="2 records landed, 1 were accepted and 0 rejected"):
        desk.check(desk.land(lines(court_row), rows=[2]))
    assert not list(desk.settings.staging.rglob("*.json"))


def test_the_hash_is_of_the_content_alone(desk: Any, staged: Rows) -> None:
    one, same, other = staged(
        desk.court({"gxsj": "2024-06-03 10:00:01"}, {"gxsj": "2024-06-04 10:00:01"}, {"sqr": "李四"})
    )
    assert one["record_hash"] == same["record_hash"] != other["record_hash"]


def test_a_list_of_keys_is_not_checked(desk: Any, lines: Callable[..., bytes], court_row: dict[str, Any]) -> None:
    manifest = desk.land(lines(court_row))
    manifest.kind = "keys"
    with pytest.raises(CheckError, match="holds keys"):
        desk.check(manifest)


def test_a_declaration_that_does_not_fit_its_contract_is_refused(
    desk: Any, lines: Callable[..., bytes], court_row: dict[str, Any]
) -> None:
    from schemas.declaration import FieldMap, load_systems

    declared = load_systems()[0]["court_odr"].datasets["pre_suit_cases"]
    manifest = desk.land(lines(court_row))
    for change, word, complaint in [
        ({"titel": FieldMap(source="ajmc")}, (), r"field 'titel' is no column of contract case_reports"),
        (
            {"case_type_code": FieldMap(source="ay", crosswalk="nowhere")},
            ("crosswalk",),
            r"there is no crosswalk nowhere\.csv",
        ),
        (
            {"amount_involved": FieldMap(source="bdje", type="integer")},
            ("type",),
            r"its contract column is DECIMAL.*: write type decimal",
        ),
    ]:
        dataset = declared.model_copy(update={"fields": {**declared.fields, **change}})
        with pytest.raises(CompileError, match=complaint) as refused:
            desk.check(manifest, dataset)
        assert refused.value.place == ("datasets", "pre_suit_cases", "fields", *change, *word)
    with pytest.raises(CompileError, match=r"key sqrzjhm is what field applicant_id_no holds of a person") as refused:
        desk.check(manifest, declared.model_copy(update={"key": ("sqdj_bh", "sqrzjhm")}))
    assert refused.value.place == ("datasets", "pre_suit_cases", "key")
    without = {name: field for name, field in declared.fields.items() if name != "reported_at"}
    with pytest.raises(CompileError, match="requires reported_at"):
        desk.check(manifest, declared.model_copy(update={"fields": without}))


def test_positions_stay_right_over_many_parts_and_threads(desk: Any, staged: Rows) -> None:
    """Enough rows that DuckDB reads with both threads; the key holds the position it must get."""
    bodies = []
    for part in range(3):
        path = desk.settings.home / f"made-{part}.ndjson"
        with duckdb.connect() as con:
            con.execute(
                "COPY (SELECT (i + $first)::VARCHAR AS qr_bh, 'SQ' || i AS sqdj_bh, '某法院' AS fymc,"
                " '2024-06-01 08:00:00' AS sqsj, NULL AS cdsj, CASE WHEN i % 10 = 0 THEN '8' END AS cdjg,"
                " NULL AS cdwsh, '2024-06-01 09:00:00' AS gxsj FROM range(70000) AS made(i))"
                f" TO '{path}' (FORMAT json)",
                {"first": part * 70000 + 1},
            )
        bodies.append(path.read_bytes())
    outcome = desk.check(desk.land(*bodies, dataset="confirmations"))
    assert (outcome.accepted, outcome.rejected) == (189000, 21000)
    with duckdb.connect() as con:
        for rows, expected in ((accepted([outcome.staging]), 189000), (reader([outcome.quarantine]), 21000)):
            found = con.execute(f"SELECT count(*), count_if(source_id::BIGINT = position) FROM {rows}").fetchone()
            assert found == (expected, expected)
