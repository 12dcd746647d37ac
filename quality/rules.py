"""From a contract to rules: one SQL predicate each, true where a row breaks the rule.

A NULL predicate means "not broken": what is missing is found by the rules on completeness alone. Predicates read
the columns of the compiled statement: `c` the value, `c__text` the cleaned text that it came from, `c__read` the
value before implausible dates were taken out, `c__known` true where the division exists.

Severity: `critical` only where keeping the row would corrupt a link or a count (no key, no time, a code without
meaning, a value that would be lost, an identity number that is certainly wrong).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Literal

from quality.predicates import CHECKS, in_force, literal
from schemas.contract import Check, Column, Contract, Dimension, Severity

Responsibility = Literal["department", "hub", "transport"]


@dataclass(frozen=True)
class Rule:
    """One rule. `field` is the contract column it is reported under; `columns` all that it reads.

    `kind` says how it judges (`required`, `pattern`, `gb11643` …). `title`, `message` and `advice` are Chinese: what
    is checked, what is wrong, what the department must do. `dimension` is one of the six of GB/T 36344-2018.
    `version` changes with whatever decides the rule: its predicate and how its columns are read.
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
    """How a declaration fills a column: from a source field, through a crosswalk or not, or with a constant."""

    source: str | None
    crosswalk: str | None = None


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


def rules_of(contract: Contract, origins: dict[str, Origin]) -> tuple[Rule, ...]:
    """The rules that apply to a dataset: those of the columns that its declaration fills, then the cross rules.

    A column that a system does not supply, or that its declaration fills with a constant, breaks no rule.
    """
    origins = {name: origin for name, origin in origins.items() if origin.source is not None}
    rules = [SOURCE_ID]
    for column in (*contract.columns, SOURCE_UPDATED_AT):
        origin = origins.get(column.name)
        if origin is None:
            continue
        rules += _implied(column, origin, contract, origins)
        rules += (_stated(check, column.name) for check in column.checks)
    for check in contract.checks:
        rule = _stated(check, "")
        if set(rule.columns) <= origins.keys():
            rules.append(rule)
    return tuple(rules)


def _stated(check: Check, column: str) -> Rule:
    """A rule as the contract states it, on `column` or, where that is empty, on the columns that it names."""
    predicate = CHECKS[check.check]({"_column": column, **check.arguments})
    return Rule(
        id=check.id,
        kind=check.check,
        field=column or check.id.split(".", 1)[0],
        predicate=predicate.sql,
        columns=predicate.columns,
        dimension=check.dimension,
        severity=check.severity,
        responsibility="department",
        title=check.title,
        message=check.message,
        advice=check.advice,
    )


def _implied(column: Column, origin: Origin, contract: Contract, origins: dict[str, Origin]) -> Iterator[Rule]:
    """The rules that follow from how a column is described."""
    name, title = column.name, column.title
    value, text, read = f'"{name}"', f'"{name}__text"', f'"{name}__read"'
    base = Rule("", "", name, "", (name,), "conformity", "critical", "department", "", "", "")
    is_date = column.type in ("TIMESTAMP", "DATE")
    if column.required:
        yield replace(
            base,
            id=f"{name}.required",
            kind="required",
            predicate=f"{text} IS NULL" + (f" OR is_sentinel({read}) OR is_zero_date({text})" if is_date else ""),
            dimension="completeness",
            title=f"{title}未填",
            message=f"{title}是必填项，没有填写或填的是占位值",
            advice=f"请补录{title}后重报",
        )
    if is_date:
        yield replace(
            base,
            id=f"{name}.unreadable",
            kind="unreadable",
            predicate=f"({read} IS NULL AND NOT is_zero_date({text}) AND {text} IS NOT NULL)"
            f" OR {read} < TIMESTAMP '1000-01-01'",
            title=f"{title}无法识别",
            message=f"{title}不是存在的日期，或不是约定的格式",
            advice=f"请按“年-月-日 时:分:秒”核对并更正{title}",
        )
        if not column.required:
            yield replace(
                base,
                id=f"{name}.sentinel",
                kind="sentinel",
                predicate=f"is_sentinel({read}) OR is_zero_date({text})",
                severity="warning",
                dimension="accuracy",
                title=f"{title}为占位日期",
                message=f"{title}填的是 1900 年、9999 年一类占位日期，按未填处理",
                advice=f"{title}未知时请留空",
            )
    if origin.crosswalk is not None:
        yield replace(
            base,
            id=f"{name}.unmapped",
            kind="unmapped",
            predicate=f"{text} IS NOT NULL AND {value} IS NULL",
            responsibility="hub",
            dimension="consistency",
            title=f"{title}代码未对应",
            message=f"{title}的代码还没有对应到统一代码，本行暂存待对应",
            advice="由数据归集方补充代码对应关系后自动重放，部门无需处理；若为误填请更正",
        )
    elif not is_date and not column.is_text:
        yield replace(
            base,
            id=f"{name}.unreadable",
            kind="unreadable",
            predicate=f"{text} IS NOT NULL AND {value} IS NULL",
            title=f"{title}无法识别",
            message=f"{title}不是{_NOUN.get(column.type, '数字')}，或超出可表示的范围",
            advice=f"请核对并更正{title}，数字不带单位和文字",
        )
    if column.code_list is not None:
        yield from _coded(column, origin, contract, origins, base)
    if column.division is not None:
        yield _division(column, base)
    if column.pattern is not None:
        yield replace(
            base,
            id=f"{name}.pattern",
            kind="pattern",
            predicate=f"NOT regexp_full_match({value}, {literal(column.pattern)})",
            severity="warning",
            title=f"{title}格式不对",
            message=f"{title}不符合约定格式",
            advice=f"请按约定格式更正{title}",
        )
    yield from _bounds(column, base)


_NOUN = {"BOOLEAN": "“是”或“否”", "INTEGER": "整数", "BIGINT": "整数"}


def _bounds(column: Column, base: Rule) -> Iterator[Rule]:
    name, title, value = column.name, column.title, f'"{column.name}"'
    lengths = [(column.min_length, "<"), (column.max_length, ">")]
    tests = [f"length({value}) {sign} {bound}" for bound, sign in lengths if bound is not None]
    if tests:
        yield replace(
            base,
            id=f"{name}.length",
            kind="length",
            predicate=" OR ".join(tests),
            severity="warning",
            title=f"{title}长度不对",
            message=f"{title}的字数超出约定范围（{column.min_length or 0} 至 {column.max_length or '不限'} 字）",
            advice=f"请核对{title}是否错填或串列",
        )
    limits = [(column.minimum, "<"), (column.maximum, ">")]
    tests = [f"{value} {sign} {bound}" for bound, sign in limits if bound is not None]
    if tests:
        yield replace(
            base,
            id=f"{name}.range",
            kind="range",
            predicate=" OR ".join(tests),
            severity="warning",
            dimension="accuracy",
            title=f"{title}超出范围",
            message=f"{title}不在 {column.minimum or '不限'} 至 {column.maximum or '不限'} 之间",
            advice=f"请核对并更正{title}",
        )


def _coded(
    column: Column, origin: Origin, contract: Contract, origins: dict[str, Origin], base: Rule
) -> Iterator[Rule]:
    from schemas.codes import code_list

    name, title = column.name, column.title
    codes = code_list(column.code_list or "")
    if origin.crosswalk is None:
        known = " ".join(f"WHEN {literal(code.code)} THEN false" for code in codes)
        yield replace(
            base,
            id=f"{name}.code",
            kind="code",
            predicate=f'CASE "{name}" {known} ELSE "{name}" IS NOT NULL END',
            title=f"{title}代码不存在",
            message=f"{title}的代码不在统一代码表内",
            advice=f"请按统一代码表更正{title}",
        )
    event = contract.event_at
    limited = [code for code in codes if code.valid_to is not None]
    if limited and event is not None and event in origins:
        yield replace(
            base,
            id=f"{name}.not_in_force",
            kind="not_in_force",
            predicate=in_force(name, event, codes),
            columns=(name, event),
            severity="warning",
            dimension="timeliness",
            title=f"{title}代码当时未启用或已停用",
            message=f"{title}的代码在事项发生时尚未启用或已经停用",
            advice="请改用当时有效的代码",
        )


def _division(column: Column, base: Rule) -> Rule:
    name, title = column.name, column.title
    grid = column.division == "grid"
    form = f" OR NOT regexp_full_match(\"{name}\", '[0-9]{{15}}([0-9]{{2}})?')" if grid else ""
    return replace(
        base,
        id=f"{name}.division",
        kind="division",
        predicate=f'("{name}" IS NOT NULL AND NOT "{name}__known"){form}',
        columns=(name,),
        severity="critical" if column.division == "county" or column.required else "warning",
        dimension="consistency",
        title=f"{title}代码不存在",
        message=f"{title}的代码在现行和历史区划中都找不到" + ("，或不是村级代码加三位、五位" if grid else ""),
        advice=f"请按现行行政区划代码更正{title}；开发区等功能区请填所在行政区",
    )
