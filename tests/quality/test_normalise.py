"""What departments write for nothing, codes, names and dates, and what the hub makes of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

Normalise = Callable[..., Any]


@pytest.mark.parametrize(
    "nothing",
    ["", " ", "无", "/", "-", "不详", "暂无", "null", "NULL", "\\N", "None", "－", "／", "—",
     "　无\t", "\ufeff", "\u00a0", " \u200b", "\u00a0不详\u3000", "\ufeffnull\r", None],
)  # fmt: skip
def test_words_for_nothing_are_null(normalise: Normalise, nothing: str | None) -> None:
    assert normalise(nothing, "tidy_text") is None
    assert normalise(nothing, "tidy_code") is None
    assert normalise(nothing, "tidy_nonzero") is None


def test_zero_is_a_code_but_no_name_and_no_date(normalise: Normalise) -> None:
    assert normalise("0", "tidy_code") == "0"
    assert normalise("0", "tidy_text") is None
    assert normalise(" 0 ", "tidy_nonzero") is None


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("３３０１０８", "330108"),
        ("330522196503072348\t", "330522196503072348"),
        ("\ufeffＡ1", "A1"),
        ("01\u00a0", "01"),
        ("\t01\r\n", "01"),
        ("\u200b01\u3000", "01"),
        ("Ａ－０１　Ｂ", "A-01 B"),
        ("（个人）", "(个人)"),
        ("男", "男"),
        ("民政与应急_婚姻家庭_婚姻关系", "民政与应急_婚姻家庭_婚姻关系"),
    ],
)
def test_codes_become_half_width_without_blanks(normalise: Normalise, written: str, meant: str) -> None:
    assert normalise(written, "tidy_code") == meant


EDGES = st.text(" \t\n\r\u00a0\u3000\ufeff\u200b", max_size=3)


@settings(max_examples=40, deadline=None)
@given(
    code=st.from_regex("[A-Za-z0-9][A-Za-z0-9/.:_-]{6,20}", fullmatch=True), left=EDGES, right=EDGES, wide=st.booleans()
)
def test_a_code_is_the_same_however_it_is_wrapped(
    normalise: Normalise, code: str, left: str, right: str, wide: bool
) -> None:
    written = "".join(chr(ord(letter) + 0xFEE0) for letter in code) if wide else code
    assert unicodedata.normalize("NFKC", written) == code
    assert normalise(left + written + right, "tidy_code") == code


@settings(max_examples=40, deadline=None)
@given(text=st.text(st.characters(min_codepoint=0xFF01, max_codepoint=0xFF5E), min_size=1))
def test_full_width_becomes_what_unicode_says(normalise: Normalise, text: str) -> None:
    assert normalise(text, "half_width") == unicodedata.normalize("NFKC", text)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("　张三\u00a0", "张三"),
        ("\ufeff张三\u200b", "张三"),
        ("张三(代)", "张三(代)"),
        ("㛃𬭎", "㛃𬭎"),
        ("𬭎·买买提", "𬭎·买买提"),
        ("Ｔｏｍ", "Ｔｏｍ"),
    ],
)
def test_of_names_only_the_edges_and_the_dots_are_touched(normalise: Normalise, written: str, meant: str) -> None:
    assert normalise(written, "tidy_text", "unify_dots") == meant


@pytest.mark.parametrize(
    "name", ["匿名", "群众", "热心市民", "市民", "来电人", "张某", "张某某", "欧阳某", "先生", "女士"]
)
def test_a_name_of_nobody_is_known(normalise: Normalise, name: str) -> None:
    assert normalise(name, "is_placeholder") is True


@pytest.mark.parametrize("name", ["张三", "张三(代)", "某市某公司", "市民中心", "热心", "测试", "欧阳某某"])
def test_a_name_of_somebody_is_no_placeholder(normalise: Normalise, name: str) -> None:
    assert normalise(name, "is_placeholder") is False


@pytest.mark.parametrize("dot", ["\u2022", "\u30fb", "\u2027", "\uff0e", "\uff65", "\u00b7"])
def test_the_dots_of_minority_names_are_one(normalise: Normalise, dot: str) -> None:
    assert normalise(f"阿依古丽{dot}买买提", "unify_dots") == "阿依古丽·买买提"


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
        "2023/06/01 08:00:00",
        "2023-6-1 8:00",
        "2023年06月01日 08时00分00秒",
        "2023年6月1日8:00",
        "2023.06.01 08:00:00",
        "20230601 08:00:00",
        "２０２３－０６－０１　０８：００：００",
        "２０２３年６月１日　８时０分",
        "2023-06-01\u00a008:00:00",
        "\ufeff2023-06-01 08:00:00\t",
    ],
)
def test_the_same_moment_in_every_usual_form(normalise: Normalise, written: str) -> None:
    assert normalise(written, "tidy_nonzero", "moment_usual") == datetime(2023, 6, 1, 8)


@pytest.mark.parametrize("written", ["2023-06-01", "2023/6/1", "20230601", "2023年6月1日", "2023.6.1"])
def test_a_day_is_its_midnight(normalise: Normalise, written: str) -> None:
    assert normalise(written, "moment_usual") == datetime(2023, 6, 1)


@pytest.mark.parametrize("written", ["2023-02-30", "20231301", "昨天", "infinity", "now", "45078", "2023-06", "1e13"])
def test_what_is_no_moment_is_not_guessed(normalise: Normalise, written: str) -> None:
    assert normalise(written, "moment_usual") is None


@pytest.mark.parametrize("written", ["0000-00-00", "0000-00-00 00:00:00", "0000/00/00", "00000000"])
def test_a_zero_date_is_no_date_and_not_unreadable(normalise: Normalise, written: str) -> None:
    assert normalise(written, "is_zero_date") is True
    assert normalise(written, "moment_usual") is None


@pytest.mark.parametrize(
    "written",
    [
        "1900-01-01",
        "1900-01-01 00:00:00.0",
        "1900/1/1",
        "19000101000000",
        "9999-12-31",
        "9999-12-31 23:59:59",
        "99991231",
    ],
)
def test_a_date_that_stands_for_unknown_is_no_value(normalise: Normalise, written: str) -> None:
    assert normalise(written, "moment_usual", "is_sentinel") is True
    assert normalise(written, "moment_usual", "within_years") is None


def test_a_spreadsheet_serial_only_where_declared(normalise: Normalise) -> None:
    assert normalise("45078", "moment_excel") == datetime(2023, 6, 1)
    assert normalise("45078.333333333", "moment_excel") == datetime(2023, 6, 1, 8)
    assert normalise("7", "moment_excel") is None
