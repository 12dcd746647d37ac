"""medical_disputes' outbox: GB18030 CSV files, each followed by its control file."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sandbox.deliveries.files.delimited import text
from sandbox.deliveries.files.proofs import put
from sandbox.departments import Drop
from sandbox.store import WorldStore
from sandbox.systems.medical import rows
from sandbox.systems.view import stamp, view
from sandbox.world import World

COLUMNS: tuple[str, ...] = (
    "报案编号",
    "纠纷名称",
    "纠纷经过",
    "纠纷类别",
    "事件规模",
    "受理来源",
    "风险等级",
    "发生日期",
    "报案时间",
    "受理时间",
    "结案时间",
    "案件状态",
    "处理结果",
    "化解方式",
    "区县代码",
    "乡镇代码",
    "患方住址",
    "患方姓名",
    "患方证件号码",
    "患方联系电话",
    "患方性别",
    "医疗机构名称",
    "机构信用代码",
    "机构联系电话",
    "索赔金额",
    "涉及人数",
    "调解组织",
    "调解员",
    "来源系统",
    "来源编号",
    "是否未成年",
    "是否群体",
    "更新时间",
)
OVERLAP = timedelta(days=2)
RESENT_EVERY = 9  # every ninth file of the history was sent twice
DROP = Drop("csv", encoding="gb18030")


def _deliver(folder: Path, name: str, records: list[dict[str, Any]]) -> None:
    put(folder, f"{name}.csv", text(records, COLUMNS).encode(DROP.encoding), len(records), DROP, {})


def last_days(start: date, today: date) -> list[date]:
    """Return the last days that the files of the history cover: month ends, then weeks, then today."""
    days, day = [], start
    while day < today - timedelta(days=60):
        if (day + timedelta(days=1)).day == 1:
            days.append(day)
        day += timedelta(days=1)
    day = days[-1] if days else start
    while (day := day + timedelta(days=7)) < today:
        days.append(day)
    return [*days, today]


def history(world: World, folder: Path) -> None:
    """Write the files of two years, each as the world was on its last day."""
    folder.mkdir(parents=True, exist_ok=True)
    keys = world.store.connection.execute(
        "SELECT case_id FROM true_reports WHERE system = 'medical_disputes' ORDER BY source_id"
    ).fetchall()
    reports = [r for (key,) in keys for r in world.reports(int(key[1:])) if r.system == "medical_disputes"]
    mistakes = {key[2]: entries for key, entries in world.book.entries("medical_disputes").items()}
    before = datetime.combine(world.calendar.start, time(20, 0)) - timedelta(days=400)
    for index, day in enumerate(last_days(world.calendar.start, world.first_today)):
        end = datetime.combine(day, time(20, 0))
        records: list[dict[str, Any]] = []
        for report in reports:
            shown = view(report, end)
            wrong = mistakes.get(report.source_id, [])
            if shown is None or (shown.updated <= before - OVERLAP and not wrong):
                continue
            row = rows(shown)[0]
            copies = world.book.soil(report.system, row, wrong, end, note=False)
            if row.updated > before - OVERLAP:
                records.extend([row.body] * copies)
        name = f"YLJF_{day:%Y%m%d}"
        _deliver(folder, name, records)
        if index % RESENT_EVERY == RESENT_EVERY - 1:
            _deliver(folder, f"{name}_R1", records)
        before = end


def daily(store: WorldStore, folder: Path, since: datetime, clock: datetime) -> None:
    """Write the file of the day that just ended: what changed since the last delivery, and the overlap."""
    deliver(
        folder, clock, list(store.bodies("medical_disputes", "disputes", "updated > ?", stamp(since - OVERLAP) or ""))
    )


def deliver(folder: Path, clock: datetime, records: list[dict[str, Any]]) -> None:
    """Write the file of a day; without records it is a header and its control file."""
    _deliver(folder, f"YLJF_{clock:%Y%m%d}", records)


def resend(folder: Path, times: int) -> None:
    """Send the newest file again unchanged: under the next free `_R` names, and under its own with a new time."""
    name = max(path.name for path in folder.glob("YLJF_????????.csv"))
    body = (folder / name).read_bytes()
    count = int((folder / f"{name}.ok").read_text(encoding="utf-8").rpartition("rows=")[2])
    sent = len(list(folder.glob(f"{name[:-4]}_R*.csv")))
    again = [f"{name[:-4]}_R{number}.csv" for number in range(sent + 1, sent + 1 + times)]
    for one in (*again, name):
        put(folder, one, body, count, DROP, {})


def faulty(store: WorldStore, folder: Path, clock: datetime, kind: str) -> None:
    """Write one more file, wrong in one way, named after tomorrow."""
    records = [json.loads(body) for (body,) in store.connection.execute(
        "SELECT body FROM rows WHERE system = 'medical_disputes' ORDER BY updated DESC LIMIT 12")]  # fmt: skip
    name = f"YLJF_{clock + timedelta(days=1):%Y%m%d}.csv"
    columns = COLUMNS
    if kind == "empty_delivery":
        records = []
    elif kind == "missing_column":
        columns = tuple(column for column in COLUMNS if column != "纠纷名称")
    elif kind == "new_column":
        columns = (*COLUMNS, "备注")
        records = [{**record, "备注": "新增"} for record in records]
    elif kind == "duplicate_key":
        records = [*records, records[0]]
    elif kind == "unmapped_code":
        records[0]["纠纷类别"] = "未公布类别"
    elif kind == "year_9999_cursor":
        records[0]["更新时间"] = "9999-12-31 23:59:59"
    body = text(records, columns).encode("utf-16" if kind == "wrong_encoding" else DROP.encoding)
    if kind == "half_file":
        (folder / f"{name}.ok").unlink(missing_ok=True)
        (folder / name).write_bytes(body[: len(body) // 2])
    else:
        put(folder, name, body, len(records), DROP, {})
