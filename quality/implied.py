"""The rules that follow from how a contract describes a column: required, readable, known code, division, bounds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from quality.predicates import in_force, literal
from quality.rules import Origin, Rule
from schemas.codes import code_list
from schemas.contract import Column, Contract


def implied_rules(column: Column, origin: Origin, contract: Contract, origins: dict[str, Origin]) -> Iterator[Rule]:
    """The rules of one column, in the order of their bits. `origins` are the columns that the declaration fills."""
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
            predicate=f"({read} IS NULL OR {read} < TIMESTAMP '1000-01-01')"
            f" AND NOT is_zero_date({text}) AND {text} IS NOT NULL",
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
    if origin.mappings is not None:
        yield from _mapped(column, origin, base)
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
    yield from _bounds(column, base, is_mapped=origin.mappings is not None)


_NOUN = {"BOOLEAN": "“是”或“否”", "INTEGER": "整数", "BIGINT": "整数"}


def _bounds(column: Column, base: Rule, *, is_mapped: bool) -> Iterator[Rule]:
    """The length of what a crosswalk gives is ours: only that of a source's own text can be wrong."""
    name, title, value = column.name, column.title, f'"{column.name}"'
    lengths = [(column.min_length, "<"), (column.max_length, ">")]
    tests = [f"length({value}) {sign} {bound}" for bound, sign in lengths if bound is not None]
    if tests and not is_mapped:
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


def _mapped(column: Column, origin: Origin, base: Rule) -> Iterator[Rule]:
    """A code without a meaning waits for the hub, unless it was decided to be wrong at its source."""
    name, title = column.name, column.title
    unmapped = f'"{name}__text" IS NOT NULL AND "{name}" IS NULL'
    if origin.rejected:
        wrong = " OR ".join(f'"{name}__text" = {literal(code)}' for code in origin.rejected)
        yield replace(
            base,
            id=f"{name}.code",
            kind="code",
            predicate=f"{unmapped} AND ({wrong})",
            title=f"{title}代码不存在",
            message=f"{title}的代码经核实不是来源系统的有效代码",
            advice=f"请在源系统改填正确的{title}后重报",
        )
        unmapped += f" AND NOT ({wrong})"
    yield replace(
        base,
        id=f"{name}.unmapped",
        kind="unmapped",
        predicate=unmapped,
        responsibility="hub",
        dimension="consistency",
        title=f"{title}代码未对应",
        message=f"{title}的代码还没有对应到统一代码，本行暂存待对应",
        advice="由数据归集方补充代码对应关系后自动重放，部门无需处理；若为误填请更正",
    )


def _coded(
    column: Column, origin: Origin, contract: Contract, origins: dict[str, Origin], base: Rule
) -> Iterator[Rule]:
    name, title = column.name, column.title
    codes = code_list(column.code_list or "")
    if origin.mappings is None:
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
    if event is not None and event in origins and any(code.is_dated for code in codes):
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
