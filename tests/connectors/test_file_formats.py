"""Each format of a file as departments send it, and what is refused with its place in the file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from file_drops import dbf, read, records, refused, trial

from sandbox.deliveries.files import biff
from sandbox.deliveries.files.sheets import Cell, Sheet

CSV = "{kind: csv, encoding: utf-8%s}"
XML = "{kind: xml, rows: cases/case%s}"
FIXED = "{kind: fixed_width, encoding: gb18030, unit: %s, columns: [{name: 编号, width: 4}, {name: 名称, width: 6}]%s}"


@pytest.fixture(name="deliver")
def _deliver(tmp_path: Path, connect: Callable) -> Callable:
    """The records of one file of a format."""

    def deliver(form: str, body: bytes, name: str = "a.dat") -> list[dict[str, Any]]:
        system = trial(tmp_path, form)
        (tmp_path / "outbox" / name).write_bytes(body)
        return records(read(connect(system), system))

    return deliver


def texts(tmp_path: Path, connect: Callable, form: str, body: str, encoding: str = "utf-8") -> str:
    """What a CSV file becomes."""
    system = trial(tmp_path, form)
    (tmp_path / "outbox" / "a.csv").write_bytes(body.encode(encoding))
    [page] = read(connect(system), system)
    assert isinstance(page.body, Path)
    text = page.body.read_bytes().decode()
    assert page.rows == text.count("\r\n") - 1
    return text


@pytest.mark.parametrize(
    ("words", "body", "rows"),
    [
        (', delimiter: "\\t"', "编号\t名称\nA1\ta,b\n", 'A1,"a,b"\r\n'),
        (', delimiter: "|", quote: none', '编号|名称\nA1|"x\n', 'A1,"""x"\r\n'),
        (', delimiter: ;, quote: "\'"', "编号;名称\nA1;'it''s;'\n", "A1,it's;\r\n"),
        (', escape: "\\\\"', '编号,名称\nA1,"a\\"b"\nA2,\\N\n', 'A1,"a""b"\r\nA2,\\N\r\n'),
        (", header_row: 3", "台账\n填报单位,省\n编号,名称\nA1,x\n", "A1,x\r\n"),
        (", columns: [编号, 名称]", "A1,x\n", "A1,x\r\n"),
        (', comment: "#"', '#"made at 1\n编号,名称\nA1,"x\n#1"\n# A2,y\nA3,"#"\n', None),
        (", footers: [合计]", "编号,名称\n合计,1\nA1,x\n\n,\n合计,2\n", "合计,1\r\nA1,x\r\n"),
        (', delimiter: "|"', "编号|名称|\nA1|x|\nA2|x|y\n", "A1,x\r\nA2,x,y\r\n"),
        ("", "编号,名称,\nA1,x,\n", "A1,x\r\n"),
    ],
)
def test_a_dialect_becomes_the_canonical_one(
    tmp_path: Path, connect: Callable, words: str, body: str, rows: str | None
) -> None:
    if rows is None:
        system = trial(tmp_path, CSV % words)
        (tmp_path / "outbox" / "a.csv").write_text(body, encoding="utf-8", newline="")
        [page] = read(connect(system), system)
        assert page.rows == 2
        assert isinstance(page.body, Path)
        assert page.body.read_bytes().decode() == '编号,名称\r\nA1,"x\n#1"\r\nA3,#\r\n'
        return
    assert texts(tmp_path, connect, CSV % words, body) == "编号,名称\r\n" + rows


def test_columns_without_a_name_of_their_own_get_one(tmp_path: Path, connect: Callable) -> None:
    text = texts(tmp_path, connect, CSV % "", "编号,,名称,名称,ID,id\nA1,x,y,z,1,2\n")
    assert text == "编号,column_2,名称,名称_4,ID,id_6\r\nA1,x,y,z,1,2\r\n"


@pytest.mark.parametrize(
    ("words", "body", "place"),
    [
        ("", '编号,名称\nA1,x\nA2,"y\nA3,z\n', "a quote that opens in the record at line 3 is never closed"),
        ("", "编号,名称\nA1,x\nA2", "it ends in the middle of line 3"),
        ("", '编号,名称\nA1,x\n"', "a quote that opens in the record at line 3 is never closed"),
        (', delimiter: "|"', '编号|名称\nA1|"x\nA2|y\n', "a quote that opens in the record at line 2"),
        (', delimiter: "|"', "编号|名称\nA1|x\nA2", "it ends in the middle of line 3"),
        (", header_row: 5", "编号,名称\n", "it has fewer than 5 records"),
        (', delimiter: "|"', "编号,名称\nA1,x\n", "none of its 1 columns is a declared one"),
    ],
)
def test_delimited_text_that_is_cut_off_or_of_another_dialect_is_refused(
    tmp_path: Path, connect: Callable, words: str, body: str, place: str
) -> None:
    refused(lambda: texts(tmp_path, connect, CSV % words, body), f"{tmp_path}/outbox/a.csv: ", place)


def test_elements_and_attributes_are_fields_by_their_path(deliver: Callable) -> None:
    body = """<?xml version="1.0" encoding="GBK"?>
    <z:cases xmlns:z="urn:z" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" day="1">
      <head><case><编号>no</编号></case></head>
      <case 编号="A1"><!-- remark --><名称>张三</名称><party kind="1"><name>甲</name></party>
        <party><name>乙</name></party><note xsi:nil="true"/><empty/><mixed> a <b>c</b> d </mixed></case>
      <case 编号="A2"><名称><![CDATA[<x>]]></名称></case>
    </z:cases>""".encode("gbk")
    assert deliver(XML % "", body) == [
        {
            "@编号": "A1",
            "名称": "张三",
            "party/@kind": "1",
            "party/name": "甲",
            "party[2]/name": "乙",
            "note": None,
            "empty": "",
            "mixed/b": "c",
            "mixed": "a  d",
        },
        {"@编号": "A2", "名称": "<x>"},
    ]


def test_a_document_that_names_a_wrong_encoding_is_read_in_the_declared_one(deliver: Callable) -> None:
    body = '<?xml version="1.0" encoding="GB2312"?><cases><case><名称>𬭎㛃</名称></case></cases>'.encode("gb18030")
    assert deliver(XML % ", encoding: gb18030", body) == [{"名称": "𬭎㛃"}]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<cases>\n<case><名称>张三</名称></case>\n<case><名称>李", "line 3 is not well-formed XML"),
        ("<cases>\n<case><名称>张三</case></cases>", "line 2 is not well-formed XML"),
        ("<cases><case><名称>&so;</名称></case></cases>", "is not well-formed XML"),
        ("", "is not well-formed XML"),
        ("<other><case/></other>", "its root element is not cases"),
        ("<cases><case><x>1</x></case></cases>", "none of its 1 columns is a declared one"),
        ('<!DOCTYPE cases [<!ENTITY a "b">]><cases><case><名称>&a;</名称></case></cases>', "document type"),
        ('<!DOCTYPE cases SYSTEM "file:///etc/passwd"><cases><case/></cases>', "document type"),
    ],
)
def test_xml_that_is_broken_or_dangerous_is_refused_by_line_and_not_quoted(
    deliver: Callable, body: str, words: str
) -> None:
    assert "张三" not in refused(lambda: deliver(XML % "", body.encode()), "outbox/a.dat: ", words)


def test_json_lines_are_kept_as_they_are_and_a_bad_one_too(tmp_path: Path, connect: Callable) -> None:
    system = trial(tmp_path, "{kind: json_lines, encoding: utf-8-sig}")
    body = '\ufeff{"编号":"A1","n":330108200001010016}\r\n\r\n{"编号" "A2"}\n{"编号":"A3"}'
    (tmp_path / "outbox" / "a.jsonl").write_text(body, encoding="utf-8", newline="")
    [page] = read(connect(system), system)
    assert isinstance(page.body, Path)
    landed = page.body.read_text(encoding="utf-8")
    assert landed == '{"编号":"A1","n":"330108200001010016"}\n{"编号" "A2"}\n{"编号":"A3"}\n'
    assert page.rows == 3


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"编号":"A1"}\n{"编号":"A', "in the middle of its record 2"),
        ('[{"编号":"A1"}]\n', "its first line is no JSON object"),
        ("<html>", "its first line is no JSON object"),
    ],
)
def test_json_lines_that_are_cut_off_or_something_else_are_refused(deliver: Callable, body: str, words: str) -> None:
    refused(lambda: deliver("{kind: json_lines}", body.encode()), "outbox/a.dat: ", words)


def test_records_of_a_json_array_are_found_by_their_path(deliver: Callable) -> None:
    body = b"""{"rows": [1], "d": {"x": "rows", "rows" : [{"a": "]}\\"", "n": 330108200001010016},
      {"a": {"b": [1,
        2]}}], "rest": [{}]}, "e": []}"""
    assert deliver("{kind: json_array, rows: d.rows}", body) == [
        {"a": ']}"', "n": "330108200001010016"},
        {"a": {"b": [1, 2]}},
    ]
    assert deliver("{kind: json_array}", b" [ ]", "b.dat") == []


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"rows":[{"a":1},{"a":', "brackets or quotes open"),
        ('{"rows":[{"a":1}]', "brackets or quotes open"),
        ('{"rows":[{"a":"张三', "brackets or quotes open"),
        ('{"rows":[{"a":1},7]}', "what follows record 1 of its array is no object"),
        ('{"rows":[["x"]]}', "what follows record 0 of its array is no object"),
        ('{"other":[]}', "it has no array at rows"),
        ('{"rows":{}}', "it has no array at rows"),
        ("[]", "it has no array at rows"),
    ],
)
def test_a_json_array_that_is_cut_off_or_elsewhere_is_refused(deliver: Callable, body: str, words: str) -> None:
    text = refused(lambda: deliver("{kind: json_array, rows: rows}", body.encode()), "outbox/a.dat: ", words)
    assert "张三" not in text


def test_columns_are_cut_by_bytes_or_by_characters(deliver: Callable) -> None:
    by_bytes = "A001张三  \r\n\r\nA002李四㐀\r\n".encode("gb18030")  # 㐀 has four bytes
    with pytest.raises(Exception, match="line 3 has 12 bytes, its columns have 10"):
        deliver(FIXED % ("bytes", ""), by_bytes)
    assert deliver(FIXED % ("bytes", ""), by_bytes[:12]) == [{"编号": "A001", "名称": "张三"}]
    by_characters = "h\nA001张三    \nA002李四㐀\n合计 2\n".encode("gb18030")
    assert deliver(FIXED % ("characters", ", header_lines: 1, footers: [合计], trimmed: true"), by_characters) == [
        {"编号": "A001", "名称": "张三"},
        {"编号": "A002", "名称": "李四㐀"},
    ]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("A001张三  \nA002李", "line 2 has 6 bytes, its columns have 10"),
        ("A001张三李四\n", "line 1 has 12 bytes, its columns have 10"),
        ("A00张三    \n", "line 1 has 11 bytes"),
        ("A00张李三 \n", "column 编号 of line 1 is not gb18030"),
    ],
)
def test_a_shifted_or_short_line_is_refused_by_its_number(deliver: Callable, body: str, words: str) -> None:
    refused(lambda: deliver(FIXED % ("bytes", ""), body.encode("gb18030")), "outbox/a.dat: ", words)


def table(path: Path) -> bytes:
    """A table of three rows, one of them marked as deleted."""
    rows = [(False, "A1", "张三"), (True, "A2", "李四"), (False, "A3", "王五")]
    columns = [("编号", "C", 6), ("名称", "C", 10), ("N", "N", 18), ("D", "D", 8), ("L", "L", 1)]
    dbf(
        path,
        columns,
        [
            (gone, [key.encode(), name.encode("cp936"), b"330108200001010016", b"20260601", b"T"])
            for gone, key, name in rows
        ],
    )
    return path.read_bytes()


def test_a_dbf_table_keeps_the_texts_of_its_values(tmp_path: Path, deliver: Callable) -> None:
    body = table(tmp_path / "t.dbf")
    plain = deliver("{kind: dbf, encoding: cp936}", body)
    assert plain == [
        {"编号": key, "名称": name, "N": "330108200001010016", "D": "20260601", "L": "T"}
        for key, name in (("A1", "张三"), ("A3", "王五"))
    ]
    marked = deliver("{kind: dbf, encoding: cp936, deleted_field: gone}", body)
    assert [(one["编号"], one["gone"]) for one in marked] == [("A1", "false"), ("A3", "false"), ("A2", "true")]


def test_a_dbf_table_that_is_cut_off_or_in_another_encoding_is_refused(tmp_path: Path, deliver: Callable) -> None:
    body = table(tmp_path / "t.dbf")
    form = "{kind: dbf, encoding: cp936}"
    refused(lambda: deliver(form, body[:-20]), "it has room for 2 records, its header says 3")
    refused(lambda: deliver(form, body[:100]), "outbox/a.dat: ")
    refused(lambda: deliver(form, b"PK\3\4" + b"x" * 50), "it has room for 0 records")
    refused(lambda: deliver("{kind: dbf, encoding: utf-8}", body), "outbox/a.dat: ")


def test_an_old_workbook_is_read_like_a_new_one(tmp_path: Path, connect: Callable) -> None:
    system = trial(tmp_path, "{kind: xls, header_row: 2, footers: [合计], sheets: [案件*], merged: repeat}")
    head: list[Cell] = ["县区", "编号", "名称", "日期"]
    body = biff.workbook(
        [
            Sheet(
                "案件一",
                [["台账"], head, ["西湖", "A1", "张三", date(2026, 6, 1)], [None, "A2", 7, "6月"], ["合计", 2]],
                [(2, 3, 0, 0)],
            ),
            Sheet("案件二", [["台账"], head, ["上城", "A3", 330108200001010016.0]]),
            Sheet("案件三", [["台账"], head, ["上城", "A4"]], hidden=True),
            Sheet("说明", [["台账"], head, ["上城", "A5"]]),
        ]
    )
    (tmp_path / "outbox" / "台账.xls").write_bytes(body)
    assert records(read(connect(system), system)) == [
        {"_sheet": "案件一", "_row": 3, "县区": "西湖", "编号": "A1", "名称": "张三", "日期": "2026-06-01"},
        {"_sheet": "案件一", "_row": 4, "县区": "西湖", "编号": "A2", "名称": "7", "日期": "6月"},
        {"_sheet": "案件二", "_row": 3, "县区": "上城", "编号": "A3", "名称": "3.30108E+17", "日期": ""},
    ]


def test_an_old_workbook_may_be_larger_than_its_header_can_list(tmp_path: Path, connect: Callable) -> None:
    system = trial(tmp_path, "{kind: xls, header_row: 1}")
    rows: list[list[Cell]] = [[f"A{number}", "长" * 20_000] for number in range(200)]
    body = biff.workbook([Sheet("案件", [["编号", "名称"], *rows])])
    assert len(body) > 109 * 128 * 512
    (tmp_path / "outbox" / "台账.xls").write_bytes(body)
    assert [[one["编号"], one["名称"]] for one in records(read(connect(system), system))] == rows
