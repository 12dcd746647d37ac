"""The registry of indicators (`metrics.yml`) and its compilation to mart.centre and mart.platforms.

A number is counted once, at its finest place and month, and then added up along the place codes; medians are taken of
all the rows of each place, so that none is an average of averages. Shares of nothing are NULL.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec

from schemas import strict_yaml
from warehouse.runner import Model

REGISTRY = Path(__file__).with_name("metrics.yml")
Measure = Literal["count", "share", "sum", "mean", "p50", "p90"]


class MetricError(ValueError):
    """An entry of metrics.yml or variants.yml out of form; the text names it and what to write."""


class Metric(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One indicator. `where` and `counted` are SQL conditions over one row of `rows`."""

    name: str
    title: str
    unit: str
    definition: str
    rows: str
    where: str
    version: str
    counted: str | None = None
    measure: Measure = "count"
    of: str | None = None
    date: str | None = None
    better: Literal["up", "down", "none"] = "none"
    target: float | None = None

    @property
    def by_platform(self) -> bool:
        """Whether the rows know their platform."""
        return self.rows != "core.visits"

    @property
    def has_denominator(self) -> bool:
        return self.measure not in ("count", "sum")

    @property
    def by_value(self) -> bool:
        return self.measure in ("mean", "p50", "p90")


Entry = TypeVar("Entry", bound=Metric)


@cache
def metrics(path: Path = REGISTRY) -> tuple[Metric, ...]:
    """The registry in file order. Raises MetricError, and StrictYamlError for a file that is not strict YAML."""
    document, _ = strict_yaml.load(path)
    return tuple(read_entry(Metric, path, name, entry) for name, entry in document.items())


def read_entry(kind: type[Entry], path: Path, name: str, entry: Mapping[str, Any]) -> Entry:
    """One entry of a registry. Raises MetricError."""
    try:
        metric = msgspec.convert({"name": name, **entry}, kind, strict=False)
    except msgspec.ValidationError as error:
        raise MetricError(f"{path.name}: {name}: {error}") from None
    if (metric.measure == "share") != (metric.counted is not None):
        raise MetricError(f"{path.name}: {name}: a share, and only a share, says what is `counted`")
    if (metric.measure in ("count", "share")) != (metric.of is None):
        raise MetricError(f"{path.name}: {name}: {metric.measure} needs a column `of`, count and share have none")
    return metric


def reference_columns() -> dict[str, str]:
    """Columns of ref.metrics with their DuckDB types."""
    texts = ("name", "title", "unit", "definition", "numerator", "denominator", "date_field", "version")
    more = ("rows_table", "rows_predicate", "measure", "measure_column", "better")
    return dict.fromkeys((*texts, *more), "VARCHAR") | {"target": "DOUBLE", "by_platform": "BOOLEAN"}


def reference_rows() -> Iterator[Mapping[str, Any]]:
    """ref.metrics: `rows_predicate` selects the rows behind a number, `numerator` those of them that it counts.

    A month of `date_field` is strftime(date_field, '%Y-%m'); a place is the prefix of the place codes.
    """
    for one in metrics():
        yield {
            "name": one.name, "title": one.title, "unit": one.unit, "definition": one.definition,
            "numerator": one.counted or one.where, "denominator": one.where if one.has_denominator else None,
            "date_field": one.date, "version": one.version, "rows_table": one.rows, "rows_predicate": one.where,
            "measure": one.measure, "measure_column": one.of, "better": one.better, "target": one.target,
            "by_platform": one.by_platform,
        }  # fmt: skip


def compiled_models() -> tuple[Model, Model]:
    """mart.centre and mart.platforms as models."""
    key = ("area_code", "period", "metric")
    return (
        Model("mart", "centre", compile_sql(platforms=False), "中心：每个地方、每个月、每个指标一行", key),
        Model(
            "mart", "platforms", compile_sql(platforms=True), "四平台：每个地方、平台、月、指标一行",
            (*key, "platform_code"),
        ),
    )  # fmt: skip


def compile_sql(*, platforms: bool) -> str:
    """One SELECT that counts every metric for every place and period, or for each platform as well.

    Places are today's divisions from province to town; rows whose county is unknown count in the province. Period
    `all` is every row, a month those whose date falls in it. mart.centre has every place and metric for `all`, at
    zero if need be; months and platforms are there where something was counted.
    """
    chosen = [one for one in metrics() if one.by_platform or not platforms]
    counted = with_numbers(chosen, ", platform_code, platform_name" if platforms else "")
    return f"{counted}\n{_PLATFORM_ROWS if platforms else _centre_rows(chosen)}"


def with_numbers(chosen: Sequence[Metric], extra: str = "") -> str:
    """A WITH clause whose `numbers` has (area_code, period, metric, numerator, denominator, value) and the columns of
    `extra`, wherever something was counted, and whose `areas` has today's divisions from province to town."""
    key = f"area_code, period, metric{extra}"
    groups, distributions = _groups(chosen), _distributions(chosen)
    parts = []
    for number, group in enumerate(groups):
        parts += [
            f"scan_{number} AS (\n{_scan(group, extra)}\n)",
            f"sums_{number} AS (\n{_sums(number, group, extra)}\n)",
        ]
    parts.append(f"counted AS (\n{_union(_long(number, group, extra) for number, group in enumerate(groups))}\n)")
    for number, group in enumerate(distributions):
        parts.append(f"spread_{number} AS (\n{_spread(group[0], extra)}\n)")
    measured = [_measured(one, number, extra) for number, group in enumerate(distributions) for one in group]
    parts.append(
        f"""numbers AS (
    SELECT {key}, numerator, denominator,
        CASE WHEN denominator IS NULL THEN CAST(numerator AS DOUBLE)
            ELSE CAST(numerator AS DOUBLE) / nullif(denominator, 0) END AS value
    FROM counted
    UNION ALL
{_union(measured)}
), areas AS (
    SELECT code AS area_code, name AS area_name, level AS area_level, parent_code FROM core.divisions
    WHERE is_current AND level IN ('province', 'prefecture', 'county', 'town')
)"""
    )
    return f"WITH {', '.join(parts)}"


_PLACE = "coalesce(town_code, county_code, '33')"
_AREA = "substr(place, 1, places)"
_PERIOD = "CASE WHEN span = 'all' THEN 'all' ELSE month END"
_SPREAD = (
    "CROSS JOIN (VALUES (2), (4), (6), (9)) AS levels(places) CROSS JOIN (VALUES ('all'), ('month')) AS spans(span)\n"
    "    WHERE length(place) >= places AND (span = 'all' OR month IS NOT NULL)"
)
_PLATFORM_ROWS = """SELECT a.area_code, a.area_name, a.area_level, a.parent_code, n.platform_code, n.platform_name,
    n.period, n.metric, n.numerator, n.denominator, n.value, CAST(getvariable('as_of') AS TIMESTAMP) AS as_of
FROM numbers AS n INNER JOIN areas AS a ON a.area_code = n.area_code
WHERE n.platform_code IS NOT NULL"""


def _groups(chosen: Sequence[Metric]) -> list[list[Metric]]:
    """Metrics that one scan can count: same rows, same date."""
    groups: dict[tuple[str, str | None], list[Metric]] = {}
    for one in chosen:
        if not one.by_value:
            groups.setdefault((one.rows, one.date), []).append(one)
    return list(groups.values())


def _distributions(chosen: Sequence[Metric]) -> list[list[Metric]]:
    """Metrics that are taken from the same values, for instance their mean and their median."""
    alike: dict[tuple[str, str, str | None, str | None], list[Metric]] = {}
    for one in chosen:
        if one.by_value:
            alike.setdefault((one.rows, one.where, one.of, one.date), []).append(one)
    return list(alike.values())


def _month(date: str | None) -> str:
    return f"strftime({date}, '%Y-%m')" if date else "CAST(NULL AS VARCHAR)"


def _scan(group: list[Metric], extra: str) -> str:
    """Counts of a group's metrics at the finest place and month, one column each (shares have two)."""
    columns = []
    for one in group:
        within = f"({one.where}) AND ({one.counted})" if one.counted else one.where
        total = f"sum(CASE WHEN {one.where} THEN {one.of} END)" if one.of else f"count(CASE WHEN {within} THEN 1 END)"
        columns.append(f"        {total} AS n_{one.name}")
        if one.counted:
            columns.append(f"        count(CASE WHEN {one.where} THEN 1 END) AS d_{one.name}")
    first = group[0]
    return (
        f"    SELECT {_PLACE} AS place, {_month(first.date)} AS month{extra},\n"
        + ",\n".join(columns)
        + f"\n    FROM {first.rows} GROUP BY {_PLACE}, {_month(first.date)}{extra}"
    )


def _sums(number: int, group: list[Metric], extra: str) -> str:
    """A scan added up along places and months, while each metric is a column: its rows are few, as numbers many."""
    names = [
        name for one in group for name in ((f"n_{one.name}", f"d_{one.name}") if one.counted else (f"n_{one.name}",))
    ]
    sums = ",\n".join(f"        CAST(sum({name}) AS BIGINT) AS {name}" for name in names)
    return (
        f"    SELECT {_AREA} AS area_code, {_PERIOD} AS period{extra},\n{sums}\n"
        f"    FROM scan_{number} {_SPREAD} GROUP BY {_AREA}, {_PERIOD}{extra}"
    )


def _long(number: int, group: list[Metric], extra: str) -> str:
    """The columns of sums as rows (metric, numerator, denominator), without those that counted nothing."""
    return _union(
        f"    SELECT area_code, period, '{one.name}' AS metric{extra}, n_{one.name} AS numerator,\n"
        f"        {f'd_{one.name}' if one.counted else 'CAST(NULL AS BIGINT)'} AS denominator\n"
        f"    FROM sums_{number} WHERE {f'd_{one.name}' if one.counted else f'n_{one.name}'} > 0"
        for one in group
    )


_FORMULAS = {
    "mean": "CAST(added AS DOUBLE) / total",
    "p50": "CAST(quantiles[1] AS DOUBLE)",
    "p90": "CAST(quantiles[2] AS DOUBLE)",
}
"""Mean, or the smallest number that at least the given share of the rows does not exceed."""


def _spread(one: Metric, extra: str) -> str:
    """What is measured in each place and period: how many rows, their sum, and their quantiles."""
    return (
        f"    SELECT {_AREA} AS area_code, {_PERIOD} AS period{extra}, count(*) AS total,\n"
        f"        sum(measured) AS added, quantile_disc(measured, [0.5, 0.9]) AS quantiles\n"
        f"    FROM (SELECT {_PLACE} AS place, {_month(one.date)} AS month{extra}, {one.of} AS measured\n"
        f"        FROM {one.rows} WHERE {one.where}) {_SPREAD} GROUP BY {_AREA}, {_PERIOD}{extra}"
    )


def _measured(one: Metric, number: int, extra: str) -> str:
    """One metric of a distribution."""
    return (
        f"    SELECT area_code, period, '{one.name}' AS metric{extra}, total, total,\n"
        f"        {_FORMULAS[one.measure]}\n    FROM spread_{number}"
    )


def _centre_rows(chosen: Sequence[Metric]) -> str:
    names = ", ".join(f"('{one.name}', {str(one.has_denominator).lower()})" for one in chosen)
    return f"""SELECT a.area_code, a.area_name, a.area_level, a.parent_code, 'all' AS period, m.metric,
    coalesce(n.numerator, 0) AS numerator,
    CASE WHEN m.has_denominator THEN coalesce(n.denominator, 0) END AS denominator,
    CASE WHEN m.has_denominator THEN n.value ELSE coalesce(n.value, 0) END AS value,
    CAST(getvariable('as_of') AS TIMESTAMP) AS as_of
FROM areas AS a
CROSS JOIN (VALUES {names}) AS m(metric, has_denominator)
LEFT JOIN numbers AS n ON n.area_code = a.area_code AND n.metric = m.metric AND n.period = 'all'
UNION ALL
SELECT a.area_code, a.area_name, a.area_level, a.parent_code, n.period, n.metric,
    n.numerator, n.denominator, n.value, CAST(getvariable('as_of') AS TIMESTAMP) AS as_of
FROM numbers AS n INNER JOIN areas AS a ON a.area_code = n.area_code
WHERE n.period <> 'all'"""


def _union(selects: Iterable[str]) -> str:
    return "\n    UNION ALL\n".join(selects)
