"""A plain count of lines is taken for the number of records only where the parser would count the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.files import delimited
from connectors.files.text import DecodeError
from schemas.declared.file_formats import CsvFormat

CANONICAL = CsvFormat(kind="csv", encoding="utf-8")
VALUES = st.sampled_from(["a", "", "张", '"a"', '"a""b"', '"\n"', '"a\r\n,"', '""', '"a"x', 'x"', '"'])
ENDS = st.sampled_from(["\n", "\n", "\r\n", "\r", "\n\n"])


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(st.lists(VALUES, max_size=3), ENDS)), cut=st.integers(0, 3), chunk=st.integers(1, 9))
def test_certain_lines_are_the_records_of_the_parser(
    rows: list[tuple[list[str], str]], cut: int, chunk: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "".join(",".join(values) + end for values, end in rows)
    path = tmp_path / "rows.csv"
    path.write_bytes(text[: len(text) - cut].encode())
    monkeypatch.setattr(delimited, "CHUNK", chunk)
    lines, certain = delimited._lines(path)
    if certain:
        assert lines - 1 == delimited._count(path, CANONICAL)


@pytest.mark.parametrize(
    ("text", "lines", "certain"),
    [
        ("a,b\n1,2\n", 2, True),
        ('a,b\r\n"1\n1","2""2"\r\n"",\r\n', 3, True),
        ("a,b\n1,2", 2, False),
        ("a,b\n\n1,2\n", 3, False),
        ("a,b\r1,2\n", 1, False),
        ('a,b\n1"1,2"\n', 2, False),
        ('a,b\n"1\n', 1, False),
    ],
)
def test_a_line_is_certain_where_nothing_is_odd(text: str, lines: int, certain: bool, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(text.encode())
    assert delimited._lines(path) == (lines, certain)


def test_a_file_that_is_not_certain_is_still_judged_by_the_parser(tmp_path: Path) -> None:
    source, target = tmp_path / "source.csv", tmp_path / "target.csv"
    source.write_bytes(b'a,b\n1,2\n"3\n')
    with pytest.raises(DecodeError, match="never closed"):
        delimited.decode_csv(source, target, CANONICAL, {"a"}, None)
