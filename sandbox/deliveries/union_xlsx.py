"""union_rights' exchange folder: a workbook a month, made for people, not for machines."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import xlsxwriter

from sandbox.store import WorldStore
from sandbox.systems.union import COLUMNS, GROUPS
from sandbox.systems.view import stamp

FIRST_ROW = 4  # 0-based: the fifth row of the sheet
SCIENTIFIC_CELL = "P5"  # where the fault scientific_id puts its number


def deliver(store: WorldStore, folder: Path, since: datetime | None, clock: datetime) -> None:
    """Write the workbooks of every month with a row changed after `since` (all months when None).

    After days without a delivery the months of those days are written too: they may lie there empty.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows = "SELECT DISTINCT substr(source_id, 3, 6) FROM rows WHERE system = 'union_rights' AND updated > ?"
    months = {month for (month,) in store.connection.execute(rows, (stamp(since) or "",))}
    if since is not None:
        missed = range(1, (clock - since).days) if (clock - since).days > 1 else ()
        months |= {f"{since + timedelta(days=day):%Y%m}" for day in missed}
    for month in sorted(months):
        records = list(store.bodies("union_rights", "rights_cases", "substr(source_id, 3, 6) = ?", month))
        write(folder / f"职工维权台账_{month}.xlsx", month, records, clock)
    if months:
        lock = folder / f"~$职工维权台账_{max(months)}.xlsx"
        lock.write_bytes(b"\x05admin" + b" " * 159)


def deliver_nothing(folder: Path, clock: datetime) -> None:
    """Write the workbook of the month without a row."""
    write(folder / f"职工维权台账_{clock:%Y%m}.xlsx", f"{clock:%Y%m}", [], clock)


def write(
    path: Path, month: str, records: list[dict[str, Any]], clock: datetime, columns: tuple[str, ...] = COLUMNS
) -> None:
    """Write one workbook: title, header of two rows, mixed cells, a total row, a remark, a hidden sheet."""
    # The lock-file prefix keeps a reader that lists the folder meanwhile from taking half a workbook.
    unfinished = path.with_name(f"~${path.name}.writing")
    book = xlsxwriter.Workbook(str(unfinished), {"nan_inf_to_errors": True})
    book.set_properties({"title": "职工维权台账", "created": datetime(2024, 1, 1)})
    bold = book.add_format({"bold": True, "align": "center", "valign": "vcenter", "border": 1})
    formats = {
        "day": book.add_format({"num_format": "yyyy/m/d"}),
        "time": book.add_format({"num_format": "yyyy/m/d h:mm"}),
    }
    sheet = book.add_worksheet("维权案件")
    last = len(columns) - 1
    title = f"浙江省总工会职工维权案件台账（{month[:4]}年{int(month[4:])}月）"
    sheet.merge_range(0, 0, 0, last, title, bold)
    sheet.merge_range(1, 0, 1, last, f"填报单位：浙江省总工会　填报日期：{clock:%Y-%m-%d}", bold)
    _header(sheet, columns, bold)
    for index, record in enumerate(records, 1):
        for column, name in enumerate(columns):
            value = index if name == "序号" else record.get(name)
            _cell(sheet, FIRST_ROW + index - 1, column, value, formats)
    total = FIRST_ROW + len(records)
    sheet.write_string(total, 0, "合计", bold)
    for name in ("涉及金额（元）", "涉及人数"):
        numbers = [value for record in records if isinstance(value := record.get(name), int | float)]
        sheet.write_number(total, columns.index(name), sum(numbers))
    sheet.write_string(total + 1, 0, "注：本表由各市总工会汇总填报。")
    book.add_worksheet("填报说明").write_string(0, 0, "日期可填写年月日或年月日时分。")
    hidden = book.add_worksheet("字典")
    hidden.write_string(0, 0, "办理状态")
    hidden.hide()
    sheet.activate()
    book.close()
    unfinished.replace(path)


def _header(sheet: Any, columns: tuple[str, ...], bold: Any) -> None:
    grouped: set[int] = set()
    for title, first, final in GROUPS:
        inside = [i for i, name in enumerate(columns) if COLUMNS.index(first) <= _place(name) <= COLUMNS.index(final)]
        sheet.merge_range(2, inside[0], 2, inside[-1], title, bold)
        grouped.update(inside)
    for column, name in enumerate(columns):
        if column in grouped:
            sheet.write_string(3, column, name, bold)
        else:
            sheet.merge_range(2, column, 3, column, name, bold)


def _place(name: str) -> int:
    return COLUMNS.index(name) if name in COLUMNS else len(COLUMNS)


def _cell(sheet: Any, row: int, column: int, value: Any, formats: dict[str, Any]) -> None:
    if value is None:
        return
    if isinstance(value, dict):
        at = datetime.fromisoformat(value["date"])
        midnight = (at.hour, at.minute, at.second) == (0, 0, 0)
        sheet.write_datetime(row, column, at, formats["day" if midnight else "time"])
    elif isinstance(value, str):
        sheet.write_string(row, column, value)
    else:
        sheet.write_number(row, column, value)


def faulty(store: WorldStore, folder: Path, clock: datetime, kind: str) -> None:
    """Write one more workbook, wrong in one way, for the month after the clock."""
    records = list(store.bodies("union_rights", "rights_cases"))[-12:]
    month = f"{clock.replace(day=1) + timedelta(days=32):%Y%m}"
    for index, record in enumerate(records):
        record["编号"] = f"GH{month}-9{index:04d}"
    columns = COLUMNS
    if kind == "empty_delivery":
        records = []
    elif kind == "missing_column":
        columns = tuple(name for name in COLUMNS if name != "案件名称")
    elif kind == "new_column":
        columns = (*COLUMNS, "备注")
    elif kind == "unmapped_code":
        records[0]["纠纷类型"] = "未公布类型"
    elif kind == "scientific_id":
        records[0]["身份证号"] = 330108198802030000.0
    path = folder / f"职工维权台账_{month}.xlsx"
    write(path, month, records, clock, columns)
    if kind == "half_file":
        path.write_bytes(path.read_bytes()[:2000])
