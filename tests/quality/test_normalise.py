"""What departments write, and what the hub makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from quality.compiler import MACROS


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        for path in MACROS:
            connection.execute(path.read_text(encoding="utf-8"))
        yield connection


def value(con: duckdb.DuckDBPyConnection, macro: str, text: str | None) -> Any:
    row = con.execute(f"SELECT {macro} FROM (SELECT $1::VARCHAR AS v)", [text]).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize("nothing", ["", " ", "无", "/", "-", "不详", "暂无", "null", "NULL", "\\N", "　无\t", None])
def test_words_for_nothing_are_null(con: duckdb.DuckDBPyConnection, nothing: str | None) -> None:
    assert value(con, "tidy_text(v)", nothing) is None
    assert value(con, "tidy_code(v)", nothing) is None
    assert value(con, "tidy_nonzero(v)", nothing) is None


def test_zero_is_a_code_but_no_name_and_no_date(con: duckdb.DuckDBPyConnection) -> None:
    assert value(con, "tidy_code(v)", "0") == "0"
    assert value(con, "tidy_text(v)", "0") is None
    assert value(con, "tidy_nonzero(v)", " 0 ") is None


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("３３０１０８", "330108"),
        ("330522196503072348\t", "330522196503072348"),
        ("\ufeffＡ1", "A1"),
        ("01\u00a0", "01"),
        ("（个人）", "(个人)"),
        ("男", "男"),
        ("民政与应急_婚姻家庭_婚姻关系", "民政与应急_婚姻家庭_婚姻关系"),
    ],
)
def test_codes_become_half_width_without_blanks(con: duckdb.DuckDBPyConnection, written: str, meant: str) -> None:
    assert value(con, "tidy_code(v)", written) == meant


@pytest.mark.parametrize("dot", ["\u2022", "\u30fb", "\u2027", "\uff0e", "\u00b7"])
def test_the_dots_of_minority_names_are_one(con: duckdb.DuckDBPyConnection, dot: str) -> None:
    assert value(con, "unify_dots(v)", f"阿依古丽{dot}买买提") == "阿依古丽·买买提"


@pytest.mark.parametrize(
    "written",
    [
        "2023-06-01 08:00:00",
        "2023-06-01 08:00:00.0",
        "2023-06-01 08:00:00.000000",
        "20230601080000",
        "1685577600000",
        "2023/6/1 8:00",
        "2023年6月1日 08:00",
        "2023年6月1日 8时0分",
        "2023.6.1 08:00",
        "2023-06-01T08:00:00",
        "2023-06-01T08:00:00+08:00",
        "2023-06-01T00:00:00Z",
        "2023-06-01T02:00:00+02:00",
        "202306010800",
    ],
)
def test_the_same_moment_in_every_usual_form(con: duckdb.DuckDBPyConnection, written: str) -> None:
    assert value(con, "moment_usual(v)", written) == datetime(2023, 6, 1, 8)


@pytest.mark.parametrize("written", ["2023-06-01", "2023/6/1", "20230601", "2023年6月1日", "2023.6.1"])
def test_a_day_is_its_midnight(con: duckdb.DuckDBPyConnection, written: str) -> None:
    assert value(con, "moment_usual(v)", written) == datetime(2023, 6, 1)


@pytest.mark.parametrize("written", ["2023-02-30", "20231301", "昨天", "infinity", "now", "45078", "2023-06", "1e13"])
def test_what_is_no_moment_is_not_guessed(con: duckdb.DuckDBPyConnection, written: str) -> None:
    assert value(con, "moment_usual(v)", written) is None


def test_a_spreadsheet_serial_only_where_declared(con: duckdb.DuckDBPyConnection) -> None:
    assert value(con, "moment_excel(v)", "45078") == datetime(2023, 6, 1)
    assert value(con, "moment_excel(v)", "45078.333333333") == datetime(2023, 6, 1, 8)
    assert value(con, "moment_excel(v)", "7") is None


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("13800000000", "13800000000"),
        ("86-13800000000", "13800000000"),
        ("+86 138 0000 0000", "13800000000"),
        ("008613800000000", "13800000000"),
        ("0571-8888 8888", "057188888888"),
        ("(0571)88888888", "057188888888"),
        ("13800000000、13900000000", "13800000000"),
        ("13800000000;0571-88888888", "13800000000"),
        ("86888888", "86888888"),
        ("0", None),
    ],
)
def test_phones(con: duckdb.DuckDBPyConnection, written: str, meant: str | None) -> None:
    assert value(con, "phone_of(v)", written) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("12,000.00", Decimal("12000.00")),
        ("12000.5", Decimal("12000.50")),
        ("￥1,200元", Decimal("1200.00")),
        ("-3", Decimal("-3.00")),
        ("5万元", None),
        ("1,23", None),
        ("约500", None),
    ],
)
def test_amounts(con: duckdb.DuckDBPyConnection, written: str, meant: Decimal | None) -> None:
    assert value(con, "decimal_of(v)", written) == meant


@pytest.mark.parametrize(("written", "meant"), [("3", 3), ("3.0", 3), ("3.7", None), ("三", None), ("1e3", 1000)])
def test_a_whole_number_is_never_rounded(con: duckdb.DuckDBPyConnection, written: str, meant: int | None) -> None:
    assert value(con, "whole_of(v)", written) == meant


def test_an_old_identity_number_gets_century_and_check_digit(con: duckdb.DuckDBPyConnection) -> None:
    assert value(con, "upgrade_id(v)", "330522650307234") == "330522196503072348"
    assert value(con, "tidy_id(v)", "11010519491231002x") == "11010519491231002X"
    assert value(con, "tidy_id(v)", "330522 19650307 2348") == "330522196503072348"
