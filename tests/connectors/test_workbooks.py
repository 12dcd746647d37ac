"""Workbooks as people make them: titles, merged headers, mixed cells, totals, hidden sheets."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from declarations import FILES, declared

from connectors.base import Connector
from connectors.errors import ProtocolError
from schemas.declaration import System
from schemas.delivery import Window

ALL = Window(None, None)


@pytest.fixture
def outbox(tmp_path: Path) -> Path:
    folder = tmp_path / "outbox"
    folder.mkdir()
    return folder


@pytest.fixture
def books(tmp_path: Path, outbox: Path) -> System:
    return declared(
        tmp_path / "books",
        FILES,
        transport=f"{{kind: local, folder: {outbox}}}",
        control="",
        pattern="台账_*.xlsx",
        format="{kind: xlsx, header_row: 3, header_rows: 2, footers: [合计, 注：]}",
    )


def workbook(path: Path, rows: list[list[Any]]) -> None:
    """A ledger as an office makes it: titles, merged two-row header, hidden and explanatory sheets."""
    with xlsxwriter.Workbook(path) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        book.add_worksheet("填报说明").write(0, 0, "请每月填报")
        sheet = book.add_worksheet("案件")
        sheet.merge_range(0, 0, 0, 3, "职工维权台账")
        sheet.merge_range(1, 0, 1, 3, "填报单位：省总工会")
        sheet.merge_range(2, 0, 3, 0, "编号")
        sheet.merge_range(2, 1, 2, 2, "职工信息")
        sheet.write_row(3, 1, ["名称", "身份证号"])
        sheet.merge_range(2, 3, 3, 3, "登记日期")
        for number, row in enumerate(rows, start=4):
            for column, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write_datetime(number, column, cell, day)
                else:
                    sheet.write(number, column, cell)
        hidden = book.add_worksheet("字典")
        hidden.write_row(2, 0, ["编号", "名称"])
        hidden.write_row(4, 0, ["X1", "不是案件"])
        hidden.hide()


def records(connector: Connector, system: System) -> list[dict[str, Any]]:
    pages = list(connector.read(system.datasets["cases"], ALL, None, None))
    found = [json.loads(line) for page in pages if isinstance(page.body, Path) for line in page.body.open("rb")]
    assert sum(page.rows for page in pages) == len(found)
    return found


def test_a_ledger_becomes_records_with_sheet_and_row(outbox: Path, books: System, connect: Callable) -> None:
    workbook(
        outbox / "台账_202606.xlsx",
        [
            ["G1", "张三", "330108200001010016", datetime(2026, 6, 1)],
            ["G2", "李四", 330108200001010016, "2026年6月2日"],
            [],
            ["G3", "合计组", "", 46175],
            ["G4", 12.50, "3.30108E+17", datetime(2026, 6, 3, 8, 30)],
            ["合计", 4, "", ""],
            ["注：数据截至月底"],
        ],
    )
    assert records(connect(books), books) == [
        {
            "_sheet": "案件",
            "_row": 5,
            "编号": "G1",
            "名称": "张三",
            "身份证号": "330108200001010016",
            "登记日期": "2026-06-01",
        },
        {
            "_sheet": "案件",
            "_row": 6,
            "编号": "G2",
            "名称": "李四",
            "身份证号": "3.30108E+17",
            "登记日期": "2026年6月2日",
        },
        {"_sheet": "案件", "_row": 8, "编号": "G3", "名称": "合计组", "身份证号": "", "登记日期": "46175"},
        {
            "_sheet": "案件",
            "_row": 9,
            "编号": "G4",
            "名称": "12.5",
            "身份证号": "3.30108E+17",
            "登记日期": "2026-06-03 08:30:00",
        },
    ]


def test_a_total_in_the_middle_is_kept_for_quality_to_refuse(outbox: Path, books: System, connect: Callable) -> None:
    """Only the end of a sheet is cut; whatever follows a total is not lost."""
    workbook(outbox / "台账_1.xlsx", [["合计", 1], ["G1", "张三"], ["合计", 1]])
    assert [record["编号"] for record in records(connect(books), books)] == ["合计", "G1"]


def test_an_office_lock_file_is_no_delivery(outbox: Path, books: System, connect: Callable) -> None:
    (outbox / "~$台账_1.xlsx").write_bytes(b"lock")
    assert records(connect(books), books) == []


def test_half_a_workbook_is_refused(outbox: Path, books: System, connect: Callable) -> None:
    path = outbox / "台账_1.xlsx"
    workbook(path, [["G1", "张三"]])
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(ProtocolError, match=r"台账_1.xlsx: it is no whole workbook"):
        records(connect(books), books)


def test_a_workbook_of_another_form_is_refused(outbox: Path, books: System, connect: Callable) -> None:
    with xlsxwriter.Workbook(outbox / "台账_1.xlsx") as book:
        book.add_worksheet("表").write_row(2, 0, ["甲", "乙"])
    with pytest.raises(ProtocolError, match="none of its 2 columns is a declared one"):
        records(connect(books), books)


def test_columns_of_one_name_stay_apart(outbox: Path, books: System, connect: Callable) -> None:
    with xlsxwriter.Workbook(outbox / "台账_202606.xlsx") as book:
        sheet = book.add_worksheet("案件")
        sheet.write_row(2, 0, ["编号", "申请人", "", "被申请人", ""])
        sheet.write_row(3, 1, ["名称", "电话", "名称", "电话"])
        sheet.write_row(4, 0, ["G1", "张三", "111", "李四", "222"])
    (found,) = records(connect(books), books)
    assert (found["名称"], found["电话"], found["名称_4"], found["电话_5"]) == ("张三", "111", "李四", "222")
