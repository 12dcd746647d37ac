"""Gathers a report from the published marts. Where it reads from is the caller's: see `Source`."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from quality.report import advice, words
from quality.report.contents import (
    Change,
    Dataset,
    Day,
    Edition,
    Example,
    Issue,
    Line,
    Order,
    Overview,
    Point,
    Report,
    Score,
    Tier,
    Totals,
)

SQL = Path(__file__).parent / "sql"
TREND_POINTS = 30
EXAMPLES = 3
SYSTEMATIC = 0.9
"""Where more of the rows than this fail a rule, nobody mistyped them all: an export or a mapping is wrong."""
_SYSTEMATIC_CAUSE = "几乎每一行都不通过，多半是导出程序或字段对应有误，不是逐条录错"
Row = dict[str, Any]


class Source(Protocol):
    """Runs the queries of `SQL`, whose tables stand in braces; what each may read is decided there."""

    def rows(self, name: str, /, **values: Any) -> list[Row]: ...

    def batches(self, name: str, /, **values: Any) -> Iterator[list[Row]]: ...

    def has(self, table: str) -> bool: ...


class UnknownDepartmentError(LookupError):
    """No system of this department, or not this system, is published within the reach of the source."""


def gather(source: Source, department: str, system: str | None = None, orders: Iterable[Row] = ()) -> Report:
    """The report of a department, or of one of its systems.

    `orders` are open work orders that were sent, as hub.reports.open_orders lists them; those of others are left out.
    Raises UnknownDepartmentError.
    """
    asked = {"department": department, "system": system or ""}
    systems = source.rows("systems", **asked)
    if not department or not systems or (system and system not in {row["system"] for row in systems}):
        raise UnknownDepartmentError(f"{department or 'no department'}{f' / {system}' if system else ''}")
    found = edition(source)
    level = {"level": "system" if system else "department", **asked}
    current = _orders(orders, systems)
    issues = [*_dataset_issues(source, asked, current), *_rule_issues(source, asked, current)]
    own = tuple(issue for issue in issues if issue.responsibility == "department")
    datasets = tuple(_datasets(source, asked))
    scores = _scores(source.rows("scores", **level), source.rows("history", points=TREND_POINTS, **level))
    totals = Totals(**source.rows("totals", **asked)[0])
    before = source.rows("compared_with", as_of=found.as_of)[0]["day"]
    return Report(
        edition=found,
        department=department,
        department_name=systems[0]["department_name"],
        system=system,
        systems=tuple((row["system"], row["title"]) for row in systems if system in (None, row["system"])),
        advice=tuple(advice.sentences(datasets, scores, own, totals, current)),
        scores=scores,
        totals=totals,
        issues=own,
        elsewhere=tuple(issue for issue in issues if issue.responsibility != "department"),
        datasets=datasets,
        orders=tuple(current),
        compared_with=before,
        changes=tuple(_changes(source, asked)) if before else (),
        failing=source.rows("failing_count", **asked)[0]["rows"],
    )


def overview(source: Source, orders: Iterable[Row] = ()) -> Overview:
    """Every department within the reach of the source, the worst first."""
    found = edition(source)
    systems = source.rows("systems", department="", system="")
    scores = source.rows("scores", level="department", department="", system="")
    listed = list(orders)
    lines = []
    for code in dict.fromkeys(row["department"] for row in systems):
        own = [row for row in systems if row["department"] == code]
        asked = {"department": code, "system": ""}
        current = _orders(listed, own)
        late = [one for one in source.rows("datasets", **asked) if one["freshness_state"] != "ok"]
        lines.append(
            Line(
                department=code,
                name=own[0]["department_name"],
                systems=tuple(row["title"] for row in own),
                scores=_scores([row for row in scores if row["department"] == code], []),
                totals=Totals(**source.rows("totals", **asked)[0]),
                late=len(late),
                orders=len(current),
                overdue=sum(order.is_overdue for order in current),
            )
        )
    return Overview(found, tuple(sorted(lines, key=lambda line: (line.rank, line.department))))


def edition(source: Source) -> Edition:
    """The version that the source reads."""
    tiers = tuple(Tier(row["tier"], row["title"], row["min_rate"], row["note"]) for row in source.rows("tiers"))
    return Edition(**source.rows("version")[0], tiers=tiers)


def _scores(rows: Sequence[Row], history: Sequence[Row]) -> tuple[Score, ...]:
    """In the order of the standard."""
    by_dimension = {row["dimension"]: row for row in rows}
    found = []
    for dimension in words.DIMENSIONS:
        row = by_dimension[dimension]
        trend = tuple(Point(one["day"], one["rate"]) for one in history if one["dimension"] == dimension)
        numbers = (row["rules"], row["rows_checked"], row["rows_failed"], row["rows_failed_elsewhere"])
        found.append(Score(dimension, row["tier"], row["rate"], *numbers, trend))
    return tuple(found)


def _rule_issues(source: Source, asked: Mapping[str, str], orders: Sequence[Order]) -> Iterator[Issue]:
    examples: dict[tuple[str, str, str], list[Example]] = {}
    for row in source.rows("examples", size=EXAMPLES, **asked):
        key = (row["system"], row["dataset"], row["rule_id"])
        example = Example(row["source_id"], row["shown"], place(row), row["landed_at"])
        examples.setdefault(key, []).append(example)
    for row in source.rows("rules", **asked):
        shown = examples.get((row["system"], row["dataset"], row["rule_id"]), [])
        yield _issue(row, orders, row["rows_checked"], row["rows_failed"], row["rows_rejected"], tuple(shown))


def _dataset_issues(source: Source, asked: Mapping[str, str], orders: Sequence[Order]) -> Iterator[Issue]:
    if not source.has("core.dataset_issues"):
        return
    for row in source.rows("dataset_issues", **asked):
        told = f"{row['message']}：{row['observed']}，应为{row['expected']}"
        named = row | {"message": told, "kind": "", "field_title": row["field"] or None, "source_field": None}
        yield _issue(named, orders, 0, 0, 0, ())


def _issue(
    row: Row, orders: Sequence[Order], checked: int, failed: int, rejected: int, examples: tuple[Example, ...]
) -> Issue:
    subject = (row["system"], row["contract"], row["rule_id"], row["field"] or "")
    systematic = checked and failed / checked > SYSTEMATIC
    return Issue(
        system=row["system"],
        system_title=row["system_title"],
        dataset_title=row["dataset_title"],
        field=field_name(row),
        rule_id=row["rule_id"],
        title=row["rule_title"],
        dimension=row["dimension"],
        severity=row["severity"],
        responsibility=row["responsibility"],
        message=row["message"],
        cause=_SYSTEMATIC_CAUSE if systematic else _causes().get(row["kind"], ""),
        advice=row["advice"],
        checked=checked,
        failed=failed,
        rejected=rejected,
        examples=examples,
        order=next((order for order in orders if order.subject == subject), None),
    )


def field_name(row: Row) -> str:
    """申请人电话（sqrlxdh): the shared title of a field and its name at the source; '' for a rule on a whole row."""
    title, source_field = row["field_title"], row["source_field"]
    if not title:
        return ""
    return f"{title}（{source_field}）" if source_field and source_field != title else str(title)


def place(row: Row) -> str:
    """Where a failing row stands in what was delivered."""
    spot = row["cell"] or f"第 {row['position']:,} 条"
    return f"{file_name(row)} {spot}".strip()


def file_name(row: Row) -> str:
    """What the row came from, as its department calls it; '' where an older check named only a part that we cut."""
    return "" if row["file"] is None or row["file"].startswith("part-") else str(row["file"])


def _datasets(source: Source, asked: Mapping[str, str]) -> Iterator[Dataset]:
    days: dict[tuple[str, str], list[Day]] = {}
    if source.has("mart.volumes"):
        for row in source.rows("volumes", points=TREND_POINTS, **asked):
            numbers = (row["row_count"], row["expected"], row["low"], row["high"])
            days.setdefault((row["system"], row["dataset"]), []).append(Day(row["day"], *numbers, row["verdict"]))
    for row in source.rows("datasets", **asked):
        yield Dataset(
            system=row["system"],
            system_title=row["system_title"],
            title=row["title"],
            freshness=row["freshness_state"],
            newest_source_at=row["newest_source_at"],
            last_landed_at=row["last_landed_at"],
            is_read=row["is_read"],
            warn_minutes=row["warn_minutes"],
            fail_minutes=row["fail_minutes"],
            rows_current=row["rows_current"],
            rows_rejected=row["rows_rejected_open"],
            pending_corrections=row["pending_corrections"],
            days=tuple(days.get((row["system"], row["dataset"]), ())),
        )


def _changes(source: Source, asked: Mapping[str, str]) -> Iterator[Change]:
    for row in source.rows("changes", **asked):
        yield Change(
            kind=row["change"],
            system_title=row["system_title"],
            dataset_title=row["dataset_title"] or "",
            title=row["rule_title"],
            responsibility=row["responsibility"] or "hub",
            before=row["rows_before"],
            now=row["rows_failed"],
            is_redefined=row["is_redefined"],
        )


def _orders(orders: Iterable[Row], systems: Sequence[Row]) -> list[Order]:
    """Those of these systems, in the order given."""
    reached = {row["system"] for row in systems}
    return [_order(row) for row in orders if row["system"] in reached]


def _order(row: Row) -> Order:
    return Order(
        number=row["order_no"],
        system=row["system"],
        contract=row["contract"],
        rule_id=row["rule_id"],
        field=row["field"],
        title=row["title"],
        state=row["state"],
        rows_open=row["rows_open"],
        due_at=row["due_at"],
        due_provisional=row["due_provisional"],
        due=row["due"],
        is_overdue=row["is_overdue"],
        promised_on=row["promised_on"],
    )


@cache
def _causes() -> dict[str, str]:
    with (Path(__file__).parent / "causes.csv").open(encoding="utf-8", newline="") as lines:
        return {row["kind"]: row["cause"] for row in csv.DictReader(lines)}
