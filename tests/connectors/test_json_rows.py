"""Replies are cut into raw rows; one bad row costs no other row, and no digit is lost."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.json_rows import BrokenJsonError, cut, key_lines, ndjson

PLAIN = b'{"code":"00","datas":{"total":2,"records":[%b]}}'


def test_rows_are_the_bytes_that_came() -> None:
    reply = cut(PLAIN % b'{"a": 1.50 ,"b":"\xe7\xba\xa0"},{"a":null}', "datas.records")
    assert reply.rows == [b'{"a": 1.50 ,"b":"\xe7\xba\xa0"}', b'{"a":null}']
    assert reply.envelope == {"code": "00", "datas": {"total": 2}}


def test_a_reply_printed_over_many_lines_gives_rows_of_one_line() -> None:
    reply = cut(json.dumps({"rows": [{"a": 1, "b": [1, 2]}], "n": 1}, indent=2).encode(), "rows")
    assert reply.rows == [b'{"a":1,"b":[1,2]}']


@pytest.mark.parametrize(
    "bad",
    [
        b'{"a":"\\ud800"}',
        b'{"a":"x\x00y"}',
        b'{"a":"\\q"}',
        b'{"a":NaN}',
        b'{"a":1,}',
        b'{"a":007}',
        b'{"a":"x\xffy"}',
        b'{"a":"brackets ] } in \\" text"}',
    ],
)
def test_a_bad_row_goes_on_as_it_is_and_the_others_are_saved(bad: bytes) -> None:
    reply = cut(PLAIN % (b'{"ok":1},' + bad + b',{"ok":2}'), "datas.records")
    assert reply.rows == [b'{"ok":1}', bad, b'{"ok":2}']
    assert reply.at("datas.total") == 2


def test_a_raw_line_end_within_text_does_not_split_the_row() -> None:
    assert cut(b'{"rows":[{"a":"x\ny"}]}', "rows").rows == [b'{"a":"x\\ny"}']


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html></html>",
        b"[1,2]",
        b'{"rows":[{"a":1},{"a"',
        b'{"rows":[{"a":1}]',
        b'{"rows":[{"a":"\\ud800"},{"b":1}',
    ],
)
def test_what_is_truncated_or_no_object_is_broken(body: bytes) -> None:
    with pytest.raises(BrokenJsonError):
        cut(body, "rows")


@pytest.mark.parametrize("body", [b'{"datas":null,"code":"01"}', b'{"code":"01"}', b'{"datas":{"records":null}}'])
def test_no_rows_is_no_fault(body: bytes) -> None:
    assert cut(body, "datas.records").rows == []


@pytest.mark.parametrize(
    ("row", "safe"),
    [
        (b'{"id":330108200001010016}', b'{"id":"330108200001010016"}'),
        (b'{"v":-12345678901234.567890}', b'{"v":"-12345678901234.567890"}'),
        (b'{"v":[1234567890123456,2]}', b'{"v":["1234567890123456",2]}'),
        (b'{"v":123456789012345}', b'{"v":123456789012345}'),
        (b'{"t":"x:1234567890123456789","v":1}', b'{"t":"x:1234567890123456789","v":1}'),
        (
            b'{"t":"\\",:1234567890123456","v":1234567890123456}',
            b'{"t":"\\",:1234567890123456","v":"1234567890123456"}',
        ),
    ],
)
def test_a_number_too_long_for_a_double_becomes_text(row: bytes, safe: bytes) -> None:
    assert ndjson([row]) == safe + b"\n"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(st.dictionaries(st.text(), json_values, max_size=4), max_size=6), st.booleans(), st.integers(0, 2))
def test_any_rows_come_through_any_way_of_writing_them(
    rows: list[dict[str, object]], ascii_only: bool, indent: int
) -> None:
    body = json.dumps({"c": "00", "d": {"r": rows, "n": len(rows)}}, ensure_ascii=ascii_only, indent=indent or None)
    try:
        raw = body.encode()
    except UnicodeEncodeError:
        return
    reply = cut(raw, "d.r")
    assert [json.loads(row) for row in reply.rows] == rows
    assert reply.at("d.n") == len(rows)
    text = ndjson(reply.rows)
    assert text.count(b"\n") == len(rows)

    def quoted(number: str) -> object:
        digits = sum(character.isdigit() for character in number.split("e")[0])
        return number if digits > 15 else float(number)

    expected = [json.loads(row, parse_int=quoted, parse_float=quoted) for row in reply.rows]
    assert [json.loads(line, parse_int=float) for line in text.split(b"\n")[:-1]] == expected


def test_key_values_are_joined_as_the_source_id() -> None:
    assert key_lines(b'{"a":"C1","b":2,"c":0}\n', ["a", "b"]) == b'{"source_id":"C1|2"}\n'


def test_a_bad_character_in_a_text_does_not_hide_the_key_of_its_row() -> None:
    assert key_lines(b'{"a":"C1","t":"\\ud800"}\n', ["a"]) == b'{"source_id":"C1"}\n'


def test_a_key_list_with_an_unreadable_key_is_none() -> None:
    with pytest.raises(BrokenJsonError, match="row 2"):
        key_lines(b'{"a":"C1"}\n{"a":"\\ud800"}\n', ["a"])
