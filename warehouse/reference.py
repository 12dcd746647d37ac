"""ref.*: what the hub declares (divisions, codes, limits, working days, systems, rules, metrics), as tables.

Everything comes from the files of `schemas/`, the declarations, the compiled rules and `metrics.yml`; nothing
is read from the network. All tables are made again in one transaction, which costs a second.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas import divisions
from schemas.declaration import Tombstone
from schemas.departments import departments
from schemas.workdays import workdays
from warehouse import metrics, variants
from warehouse.build import literal
from warehouse.runner import column_titles, describe

if TYPE_CHECKING:
    import duckdb

    from schemas.contract import Contract
    from schemas.declaration import System
    from warehouse.build import Writer

FOLDER = Path(__file__).resolve().parent.parent / "schemas"
RULE_COLUMNS = (
    "system", "dataset", "contract", "rule_id", "kind", "field", "title",
    "dimension", "severity", "responsibility", "message", "advice", "version",
)  # fmt: skip
Row = Mapping[str, Any]
Columns = Mapping[str, str]

_DIVISIONS = {
    "code": "VARCHAR", "name": "VARCHAR", "parent_code": "VARCHAR", "level": "VARCHAR",
    "valid_from": "DATE", "valid_to": "DATE",
}  # fmt: skip
_SUCCESSORS = {
    "old_code": "VARCHAR", "new_code": "VARCHAR", "from_date": "DATE", "kind": "VARCHAR", "note": "VARCHAR",
}  # fmt: skip
_THEN = {"code": "VARCHAR", "then_code": "VARCHAR", "from_date": "DATE", "until_date": "DATE"}
_CODES = {
    "list": "VARCHAR", "code": "VARCHAR", "label": "VARCHAR", "code_system": "VARCHAR",
    "valid_from": "DATE", "valid_to": "DATE",
}  # fmt: skip
_PLATFORMS = {
    "code": "VARCHAR", "name": "VARCHAR", "valid_from": "DATE", "valid_to": "DATE", "successor": "VARCHAR",
}  # fmt: skip
_PLATFORM_RULES = {
    "platform_code": "VARCHAR", "matter_kind": "VARCHAR", "case_type": "VARCHAR",
    "valid_from": "DATE", "valid_to": "DATE", "basis": "VARCHAR",
}  # fmt: skip
_CLOCKS = {
    "clock_code": "VARCHAR", "name": "VARCHAR", "starts_at": "VARCHAR", "accept_limit": "INTEGER",
    "accept_unit": "VARCHAR", "finish_limit": "INTEGER", "finish_unit": "VARCHAR", "extension_limit": "INTEGER",
    "extension_unit": "VARCHAR", "pause": "VARCHAR", "legal_basis": "VARCHAR", "valid_from": "DATE",
    "valid_to": "DATE",
}  # fmt: skip
_CLOCK_RULES = {
    "priority": "INTEGER", "clock_code": "VARCHAR", "department": "VARCHAR", "matter_kind": "VARCHAR",
    "case_type": "VARCHAR", "note": "VARCHAR",
}  # fmt: skip
_TRIAGE_RULES = {
    "rule_id": "VARCHAR", "rule_step": "VARCHAR", "priority": "INTEGER", "case_type": "VARCHAR",
    "status_code": "VARCHAR", "max_risk_level": "INTEGER", "min_amount": "DOUBLE", "below_amount": "DOUBLE",
    "min_parties": "INTEGER", "below_parties": "INTEGER", "is_group": "BOOLEAN", "has_failed": "BOOLEAN",
    "min_systems": "INTEGER", "below_systems": "INTEGER", "path_target": "VARCHAR", "org_type_code": "VARCHAR",
    "taken_level": "VARCHAR", "rule_reason": "VARCHAR",
}  # fmt: skip
_LOCAL_CODES = {
    "scheme": "VARCHAR", "name": "VARCHAR", "prefix": "VARCHAR", "county_code": "VARCHAR",
    "valid_from": "DATE", "valid_to": "DATE", "basis": "VARCHAR",
}  # fmt: skip
_DEPARTMENTS = {"department": "VARCHAR", "name_zh": "VARCHAR", "name_en": "VARCHAR"}
_WORKDAYS = {
    "day": "DATE", "weekday": "INTEGER", "is_workday": "BOOLEAN", "provisional": "BOOLEAN", "workday_no": "INTEGER",
}  # fmt: skip
_SYSTEMS = dict.fromkeys(
    ("system", "title", "title_en", "department", "department_name", "kind", "schedule", "classification"), "VARCHAR"
)
_DATASETS = {
    "system": "VARCHAR", "dataset": "VARCHAR", "contract": "VARCHAR", "mode": "VARCHAR",
    "warn_minutes": "INTEGER", "fail_minutes": "INTEGER", "max_reject_share": "DOUBLE", "title": "VARCHAR",
}  # fmt: skip
_FIELDS = {"system": "VARCHAR", "dataset": "VARCHAR", "field": "VARCHAR", "is_read": "BOOLEAN"}
_ORIGINS = dict.fromkeys(("system", "dataset", "field", "title", "source_field"), "VARCHAR")
_TIERS = {"tier": "VARCHAR", "title": "VARCHAR", "min_rate": "DOUBLE", "note": "VARCHAR"}

COLUMNS: dict[str, Columns] = {
    "ref.divisions": _DIVISIONS,
    "ref.division_successors": _SUCCESSORS,
    "ref.division_today": {"old_code": "VARCHAR", "today_code": "VARCHAR"},
    "ref.division_then": _THEN,
    "ref.codes": _CODES,
    "ref.platforms": _PLATFORMS,
    "ref.platform_rules": _PLATFORM_RULES,
    "ref.clocks": _CLOCKS,
    "ref.clock_rules": _CLOCK_RULES,
    "ref.triage_rules": _TRIAGE_RULES,
    "ref.local_codes": _LOCAL_CODES,
    "ref.departments": _DEPARTMENTS,
    "ref.workdays": _WORKDAYS,
    "ref.systems": _SYSTEMS,
    "ref.datasets": _DATASETS,
    "ref.fields": _FIELDS,
    "ref.origins": _ORIGINS,
    "ref.rules": dict.fromkeys(RULE_COLUMNS, "VARCHAR"),
    "ref.tiers": _TIERS,
    "ref.metrics": metrics.reference_columns(),
    "ref.variants": variants.reference_columns(),
}

TITLES = {
    "ref.divisions": "行政区划，省到村，带起止日期",
    "ref.division_successors": "撤并区划的承接关系：whole 整体并入，main 大部并入、只知旧代码的归此，part 一部分划入",
    "ref.division_today": "撤并区划在今天地图上的代码",
    "ref.division_then": "同一地方在某段时间的区划上另有代码的：从 from_date 起到 until_date 前应写作 then_code",
    "ref.codes": "共享代码表",
    "ref.platforms": "基层治理平台，带起止日期",
    "ref.platform_rules": "事项归口平台的规则",
    "ref.clocks": "法定办理时限",
    "ref.clock_rules": "来件适用哪个时限的规则，序号小者先",
    "ref.triage_rules": "智能分流规则：各步取条件全部满足、序号最小的一条，条件为空表示不限",
    "ref.local_codes": "全省统一编码前的地方编码，按编码的开头认定",
    "ref.departments": "部门",
    "ref.workdays": "工作日历；provisional 表示国务院尚未公布，按周末推算",
    "ref.systems": "已接入的部门系统",
    "ref.datasets": "各系统的数据集",
    "ref.fields": "声明中的来源字段；is_read 为假表示声明忽略",
    "ref.origins": "各数据集每个共享字段的中文名，及其在来源系统中的字段名",
    "ref.rules": "校验规则目录",
    "ref.tiers": "质量等级及其下限",
    "ref.metrics": "指标登记册",
    "ref.variants": "同名异义：别处在同一指标名下的另一口径",
}


def load_reference(
    writer: Writer, systems: Iterable[System], contracts: Mapping[str, Contract], rules: Iterable[Row]
) -> None:
    """Make every table of the schema ref again.

    Days are counted around the clock of the writer's settings. `rules` are the compiled rules with the keys of
    RULE_COLUMNS (`id` may stand for `rule_id`; a rule without a title shows its message). Raises KeyError for a
    system whose department is not in departments.csv.
    """
    declared = list(systems)
    with writer.transaction() as con:
        titles = column_titles(con)
        make, read = partial(_make, con, titles), partial(_read, con, titles)
        read("ref.divisions", "divisions.csv")
        read("ref.division_successors", "division_successors.csv")
        make("ref.division_today", _today())
        make("ref.division_then", _then())
        read("ref.codes", "codes/*.csv")
        read("ref.platforms", "platforms.csv")
        read("ref.platform_rules", "platform_rules.csv")
        read("ref.clocks", "clocks.csv")
        read("ref.clock_rules", "clock_rules.csv")
        read("ref.triage_rules", "triage_rules.csv")
        read("ref.local_codes", "local_codes.csv")
        read("ref.departments", "departments.csv")
        make("ref.workdays", working_days(writer.settings.clock().date()))
        make("ref.systems", [_system(one) for one in declared])
        make("ref.datasets", [row for one in declared for row in _datasets(one, contracts)])
        make("ref.fields", [row for one in declared for row in _fields(one)])
        make("ref.origins", [row for one in declared for row in _origins(one, contracts)])
        make("ref.rules", [_rule(one) for one in rules])
        read("ref.tiers", "tiers.csv")
        make("ref.metrics", metrics.reference_rows())
        make("ref.variants", variants.reference_rows())


def working_days(today: date) -> Iterator[Row]:
    """Every day from 2004, the first year of the published calendar, to the third year after `today`.

    `workday_no` counts the working days up to and including the day, so that a difference of two numbers is a
    number of working days. Raises schemas.workdays.CalendarError when a past year is not in the calendar.
    """
    number = 0
    for one in workdays(date(2004, 1, 1), date(today.year + 3, 12, 31), today=today):
        number += one.is_workday
        yield {
            "day": one.day, "weekday": one.day.isoweekday(), "is_workday": one.is_workday,
            "provisional": one.provisional, "workday_no": number,
        }  # fmt: skip


def _today() -> Iterator[Row]:
    for old_code, today_code in divisions.today().items():
        yield {"old_code": old_code, "today_code": today_code}


def _then() -> Iterator[Row]:
    for one in divisions.aliases():
        yield {"code": one.code, "then_code": one.then_code, "from_date": one.since, "until_date": one.until}


def _system(one: System) -> Row:
    return {
        "system": one.id,
        "title": one.title,
        "title_en": one.title_en,
        "department": one.department,
        "department_name": departments()[one.department].name_zh,
        "kind": one.source.kind,
        "schedule": one.schedule,
        "classification": one.classification,
    }


def _datasets(one: System, contracts: Mapping[str, Contract]) -> Iterator[Row]:
    for name, dataset in one.datasets.items():
        yield {
            "system": one.id,
            "dataset": name,
            "contract": dataset.contract,
            "mode": dataset.sync.mode,
            "warn_minutes": int(dataset.freshness.warn.total_seconds() // 60),
            "fail_minutes": int(dataset.freshness.fail.total_seconds() // 60),
            "max_reject_share": dataset.expect.max_reject_share,
            "title": contracts[dataset.contract].title,
        }


def _origins(one: System, contracts: Mapping[str, Contract]) -> Iterator[Row]:
    """What the shared columns are called, in Chinese and at the source; a column filled with a constant is left out."""
    for name, dataset in one.datasets.items():
        key = {"field": "source_id", "title": "主键", "source_field": " | ".join(dataset.key)}
        yield {"system": one.id, "dataset": name, **key}
        titles = {column.name: column.title for column in contracts[dataset.contract].columns}
        titles["source_updated_at"] = "源系统更新时间"
        for field, origin in dataset.fields.items():
            if origin.source is not None:
                named = {"field": field, "title": titles.get(field), "source_field": origin.source}
                yield {"system": one.id, "dataset": name, **named}


def _fields(one: System) -> Iterator[Row]:
    for name, dataset in one.datasets.items():
        marks = [dataset.deletes.field] if isinstance(dataset.deletes, Tombstone) else []
        read = [*dataset.key, *(field.source for field in dataset.fields.values() if field.source), *marks]
        for field in dict.fromkeys(read):
            yield {"system": one.id, "dataset": name, "field": field, "is_read": True}
        for field in dataset.ignore:
            yield {"system": one.id, "dataset": name, "field": field, "is_read": False}


def _rule(one: Row) -> Row:
    rule = dict(one)
    rule.setdefault("rule_id", rule.get("id"))
    rule["title"] = rule.get("title") or rule.get("message")
    rule["field"] = rule.get("field") or (list(rule.get("columns") or ()) or [None])[0]
    return rule


def _make(con: duckdb.DuckDBPyConnection, titles: Mapping[str, str], table: str, rows: Iterable[Row]) -> None:
    """One table from rows, columns with their titles; values are text, or what the DuckDB type reads from its text."""
    import pyarrow as pa

    texts: dict[str, list[str | None]] = {name: [] for name in COLUMNS[table]}
    for row in rows:
        for name, values in texts.items():
            value = row.get(name)
            values.append(None if value is None else str(value))
    con.register("reference_rows", pa.table({name: pa.array(values, pa.string()) for name, values in texts.items()}))
    _create(con, titles, table, "reference_rows")
    con.unregister("reference_rows")


def _read(con: duckdb.DuckDBPyConnection, titles: Mapping[str, str], table: str, files: str) -> None:
    """One table from the lines of files in `schemas/`, as `_make` makes it; what is empty there is NULL."""
    form = "header = true, all_varchar = true, delim = ',', quote = '\"', escape = '\"'"
    _create(con, titles, table, f"read_csv({literal(FOLDER / files)}, {form})")


def _create(con: duckdb.DuckDBPyConnection, titles: Mapping[str, str], table: str, texts: str) -> None:
    casts = ", ".join(f"CAST({name} AS {kind}) AS {name}" for name, kind in COLUMNS[table].items())
    con.execute(f"CREATE OR REPLACE TABLE {table} AS SELECT {casts} FROM {texts}")
    con.execute(f"COMMENT ON TABLE {table} IS '{TITLES[table]}'")
    describe(con, table, titles)
