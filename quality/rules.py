"""What a rule is. `row_rules` makes the rules that look at one landed row, `record_rules` those that compare records.

Severity: `critical` only where keeping the row would corrupt a link or a count (no key, no time, a code without
meaning, a value that would be lost, an identity number that is certainly wrong).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

from schemas.codes import Mapping
from schemas.contract import Check, Column, Contract, Dimension, Severity

Responsibility = Literal["department", "hub", "transport"]


class RuleError(ValueError):
    """A contract states a rule that cannot be compiled; the text names contract and rule and what to write instead."""

    def __init__(self, contract: Contract, check: Check, problem: str) -> None:
        super().__init__(f"contract {contract.name}, rule {check.id}: {problem}")


@dataclass(frozen=True)
class Rule:
    """One rule. `field` is the contract column it is reported under; `columns` all that it reads.

    `kind` says how it judges (`required`, `pattern`, `gb11643` …). `title`, `message` and `advice` are Chinese: what
    is checked, what is wrong, what the department must do. `dimension` is one of the six of GB/T 36344-2018.
    `predicate` is the SQL of a row rule, empty for a rule that compares records. `version` changes with whatever
    decides the rule: its SQL and how its columns are read.
    """

    id: str
    kind: str
    field: str
    predicate: str
    columns: tuple[str, ...]
    dimension: Dimension
    severity: Severity
    responsibility: Responsibility
    title: str
    message: str
    advice: str
    version: str = ""

    def as_dict(self) -> dict[str, str]:
        """What people and reports need to know of the rule, as texts: all but the SQL."""
        facts = asdict(self)
        del facts["predicate"], facts["columns"]
        return facts


@dataclass(frozen=True)
class Origin:
    """How a declaration fills a column: from a source field or with a constant.

    `mappings` are the rows of its crosswalk, where there is one; `rejected` the codes that are wrong at their source.
    """

    source: str | None
    mappings: tuple[Mapping, ...] | None = None
    rejected: tuple[str, ...] = ()


SOURCE_UPDATED_AT = Column(name="source_updated_at", title="源系统更新时间", type="TIMESTAMP")

UNREADABLE = Rule(
    id="row.unreadable",
    kind="unreadable",
    field="",
    predicate="",
    columns=(),
    dimension="conformity",
    severity="critical",
    responsibility="transport",
    title="整行无法读取",
    message="这一行不完整或含有非法字符，无法按约定格式读取",
    advice="请检查导出或传输过程，修复后重新发送这一行",
)

SOURCE_ID = Rule(
    id="source_id.required",
    kind="required",
    field="source_id",
    predicate="source_id IS NULL",
    columns=("source_id",),
    dimension="completeness",
    severity="critical",
    responsibility="department",
    title="主键未填",
    message="记录没有主键，无法识别是哪一条",
    advice="请补齐主键后重报",
)


def stated(check: Check, predicate: str, columns: tuple[str, ...]) -> Rule:
    """A rule as a contract states it. It is reported under the column that its id begins with."""
    return Rule(
        id=check.id,
        kind=check.check,
        field=check.id.split(".", 1)[0],
        predicate=predicate,
        columns=columns,
        dimension=check.dimension,
        severity=check.severity,
        responsibility="department",
        title=check.title,
        message=check.message,
        advice=check.advice,
    )
