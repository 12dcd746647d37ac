"""The list of failing rows as a sheet: what is wrong with which row, in words, for the people who mend it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

from quality.report import words
from quality.report.contents import Report
from quality.report.gathering import Row, Source, field_name, file_name
from quality.report.sheets import csv_lines, write_workbook

XLSX_ROWS = 100_000
"""Longer lists are CSV alone: a workbook of that size takes minutes to write and to open."""

_COLUMNS = (
    ("系统", 22),
    ("数据集", 12),
    ("源系统主键", 24),
    ("字段", 26),
    ("问题", 40),
    ("源系统所填（脱敏）", 24),
    ("怎么改", 44),
    ("处理", 8),
    ("维度", 10),
    ("责任", 8),
    ("出处", 26),
    ("第几条", 10),
    ("单元格", 14),
    ("接收时间", 17),
    ("工单", 18),
    ("规则编号", 28),
    ("批次", 30),
)
TITLES = tuple(title for title, _ in _COLUMNS)
_WIDTHS = tuple(width for _, width in _COLUMNS)


def lines(source: Source, report: Report) -> Iterator[list[Any]]:
    """One line per failing row and rule, as TITLES name its cells; read a batch at a time."""
    numbers = {order.subject: order.number for order in report.orders}
    for batch in source.batches("failing_rows", department=report.department, system=report.system or ""):
        for row in batch:
            yield _cells(row, numbers)


def write_csv(target: BinaryIO, source: Source, report: Report) -> None:
    for chunk in csv_lines(TITLES, lines(source, report)):
        target.write(chunk)


def write_xlsx(target: BinaryIO, source: Source, report: Report) -> None:
    """The list with a second sheet that explains it. For at most XLSX_ROWS lines."""
    write_workbook(target, TITLES, lines(source, report), list(_notes(report)), _WIDTHS)


def _cells(row: Row, numbers: dict[tuple[str, str, str, str], str]) -> list[Any]:
    subject = (row["system"], row["contract"], row["rule_id"], row["field"] or "")
    return [
        row["system_title"],
        row["dataset_title"],
        row["source_id"] or "（无主键）",
        field_name(row),
        row["message"],
        row["shown"],
        row["advice"],
        words.SEVERITIES[row["severity"]],
        words.DIMENSIONS[row["dimension"]],
        words.RESPONSIBILITIES[row["responsibility"]],
        file_name(row),
        row["position"],
        row["cell"],
        row["landed_at"],
        numbers.get(subject, ""),
        row["rule_id"],
        row["load_id"],
    ]


def _notes(report: Report) -> Iterable[str]:
    edition = report.edition
    yield f"{report.department_name}{'' if report.system is None else ' · ' + report.title} 未通过的行"
    yield f"数据截至 {words.moment(edition.as_of)}，数据版本 {edition.version}"
    yield f"共 {report.failing:,} 行，一行违反几条规则列几次"
    yield "“退回”：没有进入数据仓，改好后重新报送即自动消除；“提醒”：已经收下，请在源系统更正"
    yield "“责任”为数据仓或传输的，由数据归集方处理，不计入部门"
    yield "“源系统主键”是贵单位系统自己的编号，用它找到那一条；姓名、证件、电话已脱敏，长文和地址不显示"
    yield "“出处”是来文的文件名，没有文件的是数据表、接口或消息的位置"
    yield "“第几条”是该行在这一批里的次序；“单元格”是电子表格里首个问题的位置"
