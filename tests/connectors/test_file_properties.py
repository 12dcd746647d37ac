"""For random rows, dialects and encodings: what an independent writer wrote is what quality reads; half of it is not.

Canonical files are read back by quality's own view of them, so the way is proven to its end.
"""

from __future__ import annotations

import gzip
import io
import json
import tempfile
import zipfile
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import duckdb
import pytest
import xlsxwriter
from file_drops import dbf, delimited
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.files.decoding import DecodeError, decode, landed_as
from connectors.files.unpacking import unpack
from quality.landed import define_landed, piece_of
from schemas.declared.file_formats import (
    Column,
    CsvFormat,
    DbfFormat,
    FileFormat,
    FixedWidthFormat,
    JsonArrayFormat,
    JsonLinesFormat,
    XlsxFormat,
    XmlFormat,
)
from schemas.declared.file_packing import Gzip, Zip

quick = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])

LETTERS = "aZ09 ,;|\t'\"\\#N/-\u00b7\u3000（张纠纷Ａ１㛃𬭎é\r\n"
PLAIN = "".join(one for one in LETTERS if one not in "\r\n\t")
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030", "cp936", "big5", "shift_jis", "latin-1"]


def letters(encoding: str, of: str = LETTERS, without: str = "") -> str:
    """The letters that an encoding has."""
    return "".join(one for one in of if one not in without and one.encode(encoding, "ignore").decode(encoding) == one)


@cache
def reader() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("SET threads = 1")
    return con


def landed(body: bytes, form: FileFormat, columns: list[str]) -> list[list[str]]:
    """The rows that quality sees of a file; an empty value and none are one."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "a.dat"), Path(folder, "part")
        source.write_bytes(body)
        rows = decode(source, target, form, set(columns), None)
        con = reader()
        define_landed(con, [piece_of(target, landed_as(form))], columns)
        listed = ", ".join('"' + name.replace('"', '""') + '"' for name in columns)
        found = [[value or "" for value in row] for row in con.execute(f"SELECT {listed} FROM landed").fetchall()]
    assert rows == len(found)
    return found


@st.composite
def tables(draw: st.DrawFn, alphabet: str, width: int = 3) -> list[list[str]]:
    value = st.text(alphabet=alphabet, max_size=8)
    return draw(st.lists(st.lists(value, min_size=width, max_size=width), max_size=6))


@given(st.data())
@quick
def test_delimited_text_of_any_dialect_and_encoding(drawn: st.DataObject) -> None:
    encoding = drawn.draw(st.sampled_from(ENCODINGS))
    delimiter = drawn.draw(st.sampled_from([",", ";", "|", "\t", "\x01"]))
    quote = drawn.draw(st.sampled_from(['"', "'", None]))
    escape = drawn.draw(st.sampled_from([None, "\\"])) if quote else None
    rows = drawn.draw(tables(letters(encoding, without="" if quote else f"{delimiter}\r\n\\")))
    text = delimited([["id", "b", "c"], *rows], delimiter, quote, escape, drawn.draw(st.sampled_from(["\n", "\r\n"])))
    form = CsvFormat(kind="csv", encoding=encoding, delimiter=delimiter, quote=quote or "none", escape=escape)
    assert landed(text.encode(encoding), form, ["id", "b", "c"]) == rows


@given(st.data())
@quick
def test_xml_of_any_encoding(drawn: st.DataObject) -> None:
    encoding = drawn.draw(st.sampled_from(["utf-8", "utf-16", "gb18030", "big5"]))
    rows = drawn.draw(tables(letters(encoding, without="\r")))
    root = ElementTree.Element("{urn:z}r")
    for row in rows:
        record = ElementTree.SubElement(root, "c", {"id": row[0]})
        ElementTree.SubElement(record, "b").text = row[1]
        ElementTree.SubElement(ElementTree.SubElement(record, "d"), "c").text = row[2]
    body = ElementTree.tostring(root, encoding="unicode").encode(encoding)
    form = XmlFormat(kind="xml", rows="r/c", encoding=encoding)
    assert landed(body, form, ["@id", "b", "d/c"]) == rows
    own = ElementTree.tostring(root, encoding="utf-16")
    assert landed(own, XmlFormat(kind="xml", rows="r/c"), ["@id", "b", "d/c"]) == rows


@given(st.data())
@quick
def test_json_lines_and_arrays_of_any_encoding(drawn: st.DataObject) -> None:
    encoding = drawn.draw(st.sampled_from(["utf-8", "utf-16", "gb18030"]))
    rows = drawn.draw(tables(letters(encoding)))
    names = ["id", "b", "c"]
    ascii_only, indent = drawn.draw(st.booleans()), drawn.draw(st.sampled_from([None, 2]))
    listed = [dict(zip(names, row, strict=True)) for row in rows]
    lines = "".join(json.dumps(one, ensure_ascii=ascii_only) + "\n" for one in listed)
    assert landed(lines.encode(encoding), JsonLinesFormat(kind="json_lines", encoding=encoding), names) == rows
    whole = {"x": {"rows": 1}, "d": {"n": "rows", "rows": listed}, "rows": []}
    array = json.dumps(whole, ensure_ascii=ascii_only, indent=indent).encode(encoding)
    form = JsonArrayFormat(kind="json_array", rows="d.rows", encoding=encoding)
    assert landed(array, form, names) == rows


@given(st.data())
@quick
def test_fixed_width_of_any_encoding(drawn: st.DataObject) -> None:
    encoding = drawn.draw(st.sampled_from(["utf-8", "gb18030", "big5", "latin-1"]))
    unit = drawn.draw(st.sampled_from(["bytes", "characters"]))
    drawn_rows = drawn.draw(tables(letters(encoding, PLAIN)))
    rows = [[value.strip(" ") for value in row] for row in drawn_rows]
    rows = [row for row in rows if any(value.strip() for value in row)]
    width = 32
    lines = (
        b"".join(
            value.encode(encoding).ljust(width) if unit == "bytes" else value.ljust(width).encode(encoding)
            for value in row
        )
        for row in rows
    )
    columns = [Column(name=name, width=width) for name in ("id", "b", "c")]
    form = FixedWidthFormat(kind="fixed_width", encoding=encoding, unit=unit, columns=columns)
    assert landed(b"".join(line + b"\r\n" for line in lines), form, ["id", "b", "c"]) == rows


@given(st.data())
@quick
def test_dbf_of_any_encoding(drawn: st.DataObject) -> None:
    encoding = drawn.draw(st.sampled_from(["cp936", "gb18030", "big5", "latin-1"]))
    rows = [[value.rstrip(" \0") for value in row] for row in drawn.draw(tables(letters(encoding, PLAIN)))]
    marks = drawn.draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows)))
    stored = [(gone, [v.encode(encoding) for v in row]) for gone, row in zip(marks, rows, strict=True)]
    with tempfile.TemporaryDirectory() as folder:
        dbf(Path(folder, "a.dbf"), [("id", "C", 40), ("b", "C", 40), ("c", "C", 40)], stored)
        body = Path(folder, "a.dbf").read_bytes()
    live = [row for gone, row in zip(marks, rows, strict=True) if not gone]
    gone = [row for gone, row in zip(marks, rows, strict=True) if gone]
    assert landed(body, DbfFormat(kind="dbf", encoding=encoding), ["id", "b", "c"]) == live
    marked = DbfFormat(kind="dbf", encoding=encoding, deleted_field="x")
    assert landed(body, marked, ["id", "b", "c", "x"]) == [
        *([*row, "false"] for row in live),
        *([*row, "true"] for row in gone),
    ]


def workbook(rows: list[list[Any]]) -> bytes:
    body = io.BytesIO()
    with xlsxwriter.Workbook(body, {"in_memory": True, "strings_to_numbers": False}) as book:
        sheet = book.add_worksheet("表")
        for number, row in enumerate([["id", "b", "c"], *rows]):
            for column, value in enumerate(row):
                if isinstance(value, int):
                    sheet.write_number(number, column, value)
                else:
                    sheet.write_string(number, column, value)
    return body.getvalue()


@given(st.data())
@settings(quick, max_examples=25)
def test_workbooks(drawn: st.DataObject) -> None:
    value = st.text(alphabet=LETTERS.replace("\r", ""), max_size=8) | st.integers(-(10**15) + 1, 10**15 - 1)
    rows = drawn.draw(st.lists(st.lists(value, min_size=3, max_size=3), max_size=6))
    form = XlsxFormat(kind="xlsx", header_row=1)
    texts = [[str(one) for one in row] for row in rows]
    while texts and not any(texts[-1]):
        texts.pop()
    assert landed(workbook(rows), form, ["id", "b", "c"]) == [row for row in texts if any(row)]


ROWS = [["A1", "张三", "x"], ["A2", '李"四', "一\n二"], ["A3", "王五", ""], ["A4", "赵六", "y"]]


def cuttable() -> dict[str, tuple[bytes, FileFormat]]:
    """A whole file of each format."""
    listed = [dict(zip(["id", "b", "c"], row, strict=True)) for row in ROWS]
    with tempfile.TemporaryDirectory() as folder:
        flat = [(False, [v.encode("cp936") for v in (row[0], row[1], "z")]) for row in ROWS]
        dbf(Path(folder, "a"), [("id", "C", 4), ("b", "C", 6), ("c", "C", 2)], flat)
        table = Path(folder, "a").read_bytes()[:-1]  # without its end mark, which says nothing
    columns = [Column(name=name, width=8) for name in ("id", "b", "c")]
    fixed = "".join("".join(v.replace("\n", "").ljust(8) for v in row) + "\n" for row in ROWS)
    xml = "<r>" + "".join(f"<c><id>{row[0]}</id><b>{row[1]}</b></c>" for row in ROWS) + "</r>"
    lines = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in listed)
    text = delimited([["id", "b", "c"], *ROWS], ",", '"', None, "\n")
    return {
        "csv": (text.encode("gb18030"), CsvFormat(kind="csv", encoding="gb18030")),
        "dialect": (
            delimited([["id", "b", "c"], *ROWS], "|", "'", "\\", "\n").encode(),
            CsvFormat(kind="csv", encoding="utf-8", delimiter="|", quote="'", escape="\\"),
        ),
        "xlsx": (workbook(ROWS), XlsxFormat(kind="xlsx", header_row=1)),
        "xml": (xml.encode("gb18030"), XmlFormat(kind="xml", rows="r/c", encoding="gb18030")),
        "json_lines": (lines.encode(), JsonLinesFormat(kind="json_lines")),
        "json_array": (json.dumps(listed).encode(), JsonArrayFormat(kind="json_array")),
        "fixed_width": (
            fixed.encode(),
            FixedWidthFormat(kind="fixed_width", encoding="utf-8", unit="characters", columns=columns),
        ),
        "dbf": (table, DbfFormat(kind="dbf", encoding="cp936")),
    }


WHOLE = cuttable()
CLOSED = {"xlsx", "xml", "json_array", "dbf"}
"""Formats whose end is marked: half of one is never taken for a whole. In the others a cut between two records shows
only by a control file."""


def assert_silent(error: DecodeError) -> None:
    """An error tells of places, never of what is there."""
    assert not any(value in error.message + error.remedy for row in ROWS for value in row[:2])


@pytest.mark.parametrize("kind", WHOLE)
@given(share=st.floats(0, 1, exclude_max=True))
@settings(quick, max_examples=25)
def test_a_cut_file_is_refused_or_is_the_beginning_of_the_whole(kind: str, share: float) -> None:
    body, form = WHOLE[kind]
    names = ["id", "b", "c"]
    every = landed(body, form, names)
    try:
        found = landed(body[: int(len(body) * share)], form, names)
    except DecodeError as error:
        assert_silent(error)
        return
    assert kind not in CLOSED
    cut = max(0, len(found) - 1)  # a last value without line end may itself be cut; nobody could tell
    assert found[:cut] == every[:cut]
    assert len(found) <= len(every)


@pytest.mark.parametrize("kind", WHOLE)
@given(place=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
@settings(quick, max_examples=25)
def test_an_altered_file_is_read_or_refused_and_nothing_else(kind: str, place: float, flip: int) -> None:
    body = bytearray(WHOLE[kind][0])
    body[int(len(body) * place)] ^= flip
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "a.dat")
        source.write_bytes(body)
        try:
            decode(source, Path(folder, "part"), WHOLE[kind][1], {"id"}, None)
        except DecodeError as error:
            assert_silent(error)


@given(content=st.binary(max_size=300), share=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
@quick
def test_archives_give_what_was_put_in_or_nothing(content: bytes, share: float, flip: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        inside = io.BytesIO()
        with zipfile.ZipFile(inside, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a", content)
        for body, step in ((inside.getvalue(), Zip(kind="zip")), (gzip.compress(content), Gzip(kind="gzip"))):
            source = Path(folder, "source")
            source.write_bytes(body)
            [whole] = unpack(source, [step], {}, Path(folder))
            assert whole.path.read_bytes() == content
            place = int(len(body) * share)
            source.write_bytes(body[:place])
            with pytest.raises(DecodeError):
                unpack(source, [step], {}, Path(folder))
            altered = bytearray(body)
            altered[place] ^= flip
            source.write_bytes(altered)
            try:
                [found] = unpack(source, [step], {}, Path(folder))
            except DecodeError:
                continue
            assert found.path.read_bytes() == content
