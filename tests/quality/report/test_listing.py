"""The list of failing rows: all of them, in words, never a formula, and in little memory however long it is."""

from __future__ import annotations

import csv
import io
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from python_calamine import CalamineWorkbook

from hub.reading import Reader
from quality.report.gathering import gather
from quality.report.listing import TITLES, write_csv, write_xlsx
from quality.report.sheets import csv_lines, write_workbook


def cells(body: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))


def written(write: Callable[..., None], source: Reader, *asked: Any, **more: Any) -> bytes:
    body = io.BytesIO()
    write(body, source, gather(source, *asked, **more))
    return body.getvalue()


def test_every_failing_row_is_there_once_per_rule_the_departments_own_first(source: Reader) -> None:
    titles, *lines = cells(written(write_csv, source, "youth_league"))
    assert titles == list(TITLES)
    assert len(lines) == gather(source, "youth_league").failing == 242
    whose = [line[titles.index("责任")] for line in lines]
    assert whose == sorted(whose, key=lambda word: word != "部门")


def test_a_line_says_which_row_what_is_wrong_and_what_to_do(
    source: Reader, order: Callable[..., dict[str, Any]]
) -> None:
    orders = [order("GD7", "town_code.missing", date(2026, 9, 11), "逾期 2 个工作日")]
    titles, *lines = cells(written(write_csv, source, "youth_league", orders=orders))
    row = next(
        dict(zip(titles, line, strict=True)) for line in lines if line[titles.index("规则编号")] == "town_code.missing"
    )
    assert row["源系统主键"].startswith("YOUTH_HOTLINE-")
    assert (row["系统"], row["数据集"], row["字段"]) == ("12355 青少年服务", "来件", "乡镇街道（town）")
    assert (row["问题"], row["怎么改"], row["处理"]) == ("乡镇街道未填", "请补填乡镇街道代码", "提醒")
    assert (row["维度"], row["接收时间"], row["工单"]) == ("完整性", "2026-09-15 08:00", "GD7")
    assert row["第几条"].isdigit()


def test_no_cell_of_either_file_is_a_formula(source: Reader) -> None:
    _, *lines = cells(written(write_csv, source, "youth_league"))
    shown = [line[TITLES.index("源系统所填（脱敏）")] for line in lines]
    assert any(value.startswith("'=138") for value in shown)
    assert not any(cell.startswith(("=", "+", "-", "@")) for line in lines for cell in line)
    book = zipfile.ZipFile(io.BytesIO(written(write_xlsx, source, "youth_league")))
    assert all(b"<f>" not in book.read(name) for name in book.namelist() if "worksheets" in name)


def test_the_workbook_holds_the_same_rows_and_explains_itself(source: Reader) -> None:
    body = written(write_xlsx, source, "high_court", "filings")
    book = CalamineWorkbook.from_filelike(io.BytesIO(body))
    sheet = book.get_sheet_by_name("明细").to_python()
    lines = cells(written(write_csv, source, "high_court", "filings"))
    assert [[str(cell).removesuffix(".0") for cell in row] for row in sheet] == lines
    notes = "".join(str(row[0]) for row in book.get_sheet_by_name("说明").to_python())
    for told in ("立案与司法确认", "2026-09-15 08:00", "脱敏", "退回", "不计入部门"):
        assert told in notes


class Measured(io.RawIOBase):
    """Counts what is written and keeps none of it."""

    size = 0

    def writable(self) -> bool:
        return True

    def write(self, body: Any, /) -> int:
        self.size += len(body)
        return len(body)


def peak(work: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_long_list_is_streamed(tmp_path: Path) -> None:
    row = ["人民调解大数据管理平台", "RT3301082025080753968", "请按证件原件逐位核对后更正", 1]
    target = Measured()

    def to_csv(rows: int) -> int:
        return sum(target.write(chunk) for chunk in csv_lines(TITLES, (row for _ in range(rows))))

    assert peak(lambda: to_csv(60_000)) < 1_000_000 < target.size

    def to_xlsx(rows: int) -> None:
        body: BinaryIO
        with (tmp_path / "long.xlsx").open("wb") as body:
            write_workbook(body, TITLES[:4], (row for _ in range(rows)), ["说明"])

    assert peak(lambda: to_xlsx(8_000)) < 2_000_000


def test_more_rows_than_a_sheet_holds_are_refused_and_not_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quality.report.sheets._SHEET_ROWS", 3)
    write_workbook(io.BytesIO(), ["列"], [["1"], ["2"]], [])
    with pytest.raises(ValueError, match="CSV"):
        write_workbook(io.BytesIO(), ["列"], [["1"], ["2"], ["3"]], [])
