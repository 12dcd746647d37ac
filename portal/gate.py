"""Why a version was published or not, by the gate's expectations, and whether two counts of each rule agree."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, HTTPException
from fastapi.responses import Response

from operations import audits, gates
from operations.store import Store
from portal.pages import page
from portal.visit import SignedIn

router = APIRouter()

VERDICTS = 10
KINDS = {
    "required": "必填", "required_when": "条件必填", "filled": "应填", "pattern": "格式", "length": "长度",
    "range": "取值范围", "code": "代码在代码表内", "not_in_force": "代码当时有效", "unmapped": "代码已对应",
    "unreadable": "可识别", "sentinel": "占位日期", "division": "区划存在", "division_within": "区划隶属",
    "id_scientific": "证件号科学计数", "id_form": "证件号形式", "gb11643": "身份证校验（GB 11643）",
    "id_upgraded": "15 位旧号", "gb32100": "信用代码校验（GB 32100）", "gb11714": "机构代码校验（GB 11714）",
    "phone_form": "电话形式", "phone_several": "一格多个电话", "placeholder": "泛称", "test_entry": "测试数据",
    "date_order": "时间先后", "not_future": "不在将来", "id_sex": "性别与证件一致", "id_birth": "生日与证件一致",
    "predicate": "自定条件", "reference": "引用存在", "unique": "不重复", "transition": "阶段流转",
    "agreement": "跨系统一致",
}  # fmt: skip
Row = dict[str, Any]


@dataclass(frozen=True)
class Group:
    """The expectations on one table, the failed ones first."""

    table: str
    results: list[Row]

    @property
    def failed(self) -> int:
        return sum(not row["success"] for row in self.results)

    @property
    def colour(self) -> str:
        """Red where the publish was stopped, yellow where something is only to be told."""
        severities = {row["severity"] for row in self.results if not row["success"]}
        return "red" if "critical" in severities else "yellow" if severities else "green"


@dataclass(frozen=True)
class Kind:
    """One kind of rule in the last audit: how many rules, how many of them any row breaks, how many differ."""

    name: str
    rules: int
    violated: int
    differing: int


@dataclass(frozen=True)
class Audit:
    """The last audit, as the page shows it."""

    found: Row
    kinds: list[Kind]
    differences: list[Row]
    never_violated: int

    @property
    def agrees(self) -> bool:
        return not self.differences and not self.found["failures"]


@router.get("/gate")
def gate(visit: SignedIn, verdict: int | None = None) -> Response:
    """The newest verdicts, one of them (the newest, if none is named) with its expectations, and the last audit."""
    visit.scope.gate()
    verdicts = gates.recent(visit.store, VERDICTS)
    chosen = next((one for one in verdicts if verdict in (None, one["id"])), None)
    if verdict is not None and chosen is None:
        raise HTTPException(404)
    return page(
        visit,
        "gate.html",
        verdicts=verdicts,
        chosen=chosen,
        groups=groups(chosen["results"]) if chosen else [],
        examples=examples,
        audit=last_audit(visit.store),
    )


def groups(results: list[Row]) -> list[Group]:
    """Results by table; tables with failures first, and failures first within a table."""
    by_table: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(results, key=lambda row: bool(row["success"])):
        by_table[row["table_name"]].append(row)
    found = [Group(table, rows) for table, rows in by_table.items()]
    return sorted(found, key=lambda group: (-group.failed, group.table))


def examples(result: Row) -> list[str]:
    """Failing rows of an expectation, a line each: their keys and nothing personal."""
    return [" ".join(str(value) for value in row.values()) for row in json.loads(result["examples"] or "[]")]


def last_audit(store: Store) -> Audit | None:
    """The last audit with its rules by kind, or None before the first."""
    found = audits.latest(store)
    if found is None:
        return None
    by_kind: dict[str, list[Row]] = defaultdict(list)
    for tally in found["tallies"]:
        by_kind[tally["kind"]].append(tally)
    kinds = [
        Kind(
            KINDS.get(kind, kind or "未编译"),
            len(tallies),
            sum(bool(one["compiled"]) for one in tallies),
            sum(not one["agrees"] for one in tallies),
        )
        for kind, tallies in by_kind.items()
    ]
    return Audit(
        found,
        sorted(kinds, key=lambda kind: (-kind.differing, -kind.rules, kind.name)),
        [one for one in found["tallies"] if not one["agrees"]],
        sum(not one["compiled"] and not one["expected"] for one in found["tallies"]),
    )
