"""The registry of indicators compiled to mart.centre, mart.platforms and mart.types.

A number is counted once, at its finest place and month, and then added up: months to all of them, towns to counties,
those to prefectures and the province. Medians are taken of all the rows of each place, so that none is an average of
averages. Shares of nothing are NULL.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from warehouse.metrics import Grain, Metric, in_its_month, metrics
from warehouse.runner import Model

_PLACE = "coalesce(town_code, county_code, '33')"
_COUNTY_PLACE = "coalesce(county_code, '33')"
"""The finest place of a row, and where a town would have too few rows to be told."""
_TOWN, _COUNTY, _PREFECTURE, _PROVINCE = 9, 6, 4, 2
"""Digits of a place's code at each level."""
_ALL = "CAST(NULL AS BIGINT)"
"""The month of what is counted over all months."""
_AS_OF = "CAST(getvariable('as_of') AS TIMESTAMP)"
_PERIOD = (
    "CASE WHEN month IS NULL THEN 'all'"
    " ELSE substr(CAST(month AS VARCHAR), 1, 4) || '-' || substr(CAST(month AS VARCHAR), 5) END"
)
_FORMULAS = {
    "mean": "CAST(added AS DOUBLE) / total",
    "p50": "CAST(quantiles[1] AS DOUBLE)",
    "p90": "CAST(quantiles[2] AS DOUBLE)",
}
"""Mean, or the smallest number that at least the given share of the rows does not exceed."""


def compiled_models() -> tuple[Model, ...]:
    """mart.centre, mart.platforms and mart.types as models.

    Places are today's divisions from province to town, of types to county; rows whose county is unknown count in the
    province. Period `all` is every row, a month those whose date falls in it. mart.centre has every place and metric
    for `all`, at zero if need be; months, platforms and types are there where something was counted. The rows of a
    place lie together: a page asks for one.
    """
    key = ("area_code", "period", "metric")
    return (
        Model("mart", "centre", _centre(), "中心：每个地方、每个月、每个指标一行", key),
        Model("mart", "platforms", _platforms(), "四平台：每个地方、平台、月、指标一行", (*key, "platform_code")),
        Model("mart", "types", _types(), "纠纷类型：每个县以上地方、类型、月、指标一行", (*key, "case_type_code")),
    )


def _centre() -> str:
    return f"{with_numbers(metrics())}\n{_centre_rows(metrics())}"


def _platforms() -> str:
    counted = with_numbers(_by("platform"), ", platform_code")
    return f"{counted}\n{_rows('platform_code', 'platform_name', 'p.name', 'ref.platforms AS p ON p.code')}"


def _types() -> str:
    counted = with_numbers(_by("type"), ", case_type_code", _COUNTY_PLACE)
    labels = "ref.codes AS t ON t.list = 'case_type' AND t.code"
    return f"{counted}\n{_rows('case_type_code', 'case_type_name', 't.label', labels)}"


def _by(grain: Grain) -> list[Metric]:
    return [one for one in metrics() if grain in one.grains]


def _rows(code: str, name: str, label: str, labels: str) -> str:
    """What was counted of each value of a grain, with its name."""
    return f"""SELECT a.area_code, a.area_name, a.area_level, a.parent_code,
    n.{code}, {label} AS {name}, n.period, n.metric, n.numerator, n.denominator, n.value,
    {_AS_OF} AS as_of
FROM numbers AS n
INNER JOIN areas AS a ON a.area_code = n.area_code
LEFT JOIN {labels} = n.{code}
WHERE n.{code} IS NOT NULL
ORDER BY area_code"""


def with_numbers(chosen: Sequence[Metric], extra: str = "", place: str = _PLACE) -> str:
    """A WITH clause whose `numbers` has (area_code, period, metric, numerator, denominator, value) and the columns of
    `extra`, wherever something was counted, and whose `areas` has today's divisions from province to town.

    `place` is the finest place by which rows are counted, as SQL.
    """
    key = f"area_code, period, metric{extra}"
    groups, distributions = _groups(chosen), _distributions(chosen)
    parts = []
    for number, group in enumerate(groups):
        parts += [
            f"cells_{number} AS (\n{_cells(group, extra, place)}\n)",
            f"spans_{number} AS (\n{_spans(number, group, extra)}\n)",
            f"counties_{number} AS (\n{_level(_COUNTY, f'spans_{number}', group, extra)}\n)",
            f"sums_{number} AS (\n{_sums(number, group, extra)}\n)",
        ]
    parts.append(f"counted AS (\n{_union(_long(number, group, extra) for number, group in enumerate(groups))}\n)")
    for number, group in enumerate(distributions):
        parts += [
            f"measured_{number} AS (\n{_measured(group[0], extra, place)}\n)",
            f"spread_{number} AS (\n{_spread(number, extra)}\n)",
        ]
    counts = f"""    SELECT {key}, numerator, denominator,
        CASE WHEN denominator IS NULL THEN CAST(numerator AS DOUBLE)
            ELSE CAST(numerator AS DOUBLE) / nullif(denominator, 0) END AS value
    FROM counted"""
    taken = [_taken(one, number, extra) for number, group in enumerate(distributions) for one in group]
    parts.append(
        f"""numbers AS (
{_union([counts, *taken])}
), areas AS (
    SELECT code AS area_code, name AS area_name, level AS area_level, parent_code FROM core.divisions
    WHERE is_current AND level IN ('province', 'prefecture', 'county', 'town')
)"""
    )
    return f"WITH {', '.join(parts)}"


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
    """A month as a number, 202609: made and grouped by in a fifth of the time that its text or first day takes."""
    return in_its_month(date, _AS_OF, f"year({date}) * 100 + month({date})") if date else _ALL


def _names(group: Sequence[Metric]) -> list[str]:
    """The columns of a group's counts: shares have two."""
    return [f"{side}_{one.name}" for one in group for side in ("nd" if one.counted else "n")]


def _cells(group: Sequence[Metric], extra: str, place: str) -> str:
    """Counts of a group's metrics at the finest place and month."""
    columns = []
    for one in group:
        within = f"({one.where}) AND ({one.counted})" if one.counted else one.where
        total = f"sum(CASE WHEN {one.where} THEN {one.of} END)" if one.of else f"count(CASE WHEN {within} THEN 1 END)"
        columns.append(f"        {total} AS n_{one.name}")
        if one.counted:
            columns.append(f"        count(CASE WHEN {one.where} THEN 1 END) AS d_{one.name}")
    first = group[0]
    return (
        f"    SELECT {place} AS place, {_month(first.date)} AS month{extra},\n"
        + ",\n".join(columns)
        + f"\n    FROM {first.rows} GROUP BY {place}, {_month(first.date)}{extra}"
    )


def _added(group: Sequence[Metric]) -> str:
    return ", ".join(f"CAST(sum({name}) AS BIGINT) AS {name}" for name in _names(group))


def _spans(number: int, group: Sequence[Metric], extra: str) -> str:
    """The cells of each month, and those of all months together."""
    return (
        f"    SELECT * FROM cells_{number} WHERE month IS NOT NULL\n    UNION ALL\n"
        f"    SELECT place, {_ALL} AS month{extra}, {_added(group)}\n    FROM cells_{number} GROUP BY place{extra}"
    )


def _level(digits: int, below: str, group: Sequence[Metric], extra: str) -> str:
    """What lies below added up to places of that many digits, where its own place has as many."""
    place = f"substr(place, 1, {digits})"
    return (
        f"    SELECT {place} AS place, month{extra}, {_added(group)}\n    FROM {below} GROUP BY {place}, month{extra}"
    )


def _sums(number: int, group: Sequence[Metric], extra: str) -> str:
    """Every place and period while each metric is a column: its rows are few, as numbers many."""
    counties = f"counties_{number}"
    levels = (
        f"    SELECT * FROM spans_{number} WHERE length(place) = {_TOWN}",
        f"    SELECT * FROM {counties} WHERE length(place) = {_COUNTY}",
        _level(_PREFECTURE, f"{counties} WHERE length(place) >= {_PREFECTURE}", group, extra),
        _level(_PROVINCE, counties, group, extra),
    )
    return (
        f"    SELECT place AS area_code, {_PERIOD} AS period{extra}, {', '.join(_names(group))}\n"
        f"    FROM (\n{_union(levels)}\n    ) AS levels"
    )


def _long(number: int, group: Sequence[Metric], extra: str) -> str:
    """The columns of sums as rows (metric, numerator, denominator), without those that counted nothing."""
    return _union(
        f"    SELECT area_code, period, '{one.name}' AS metric{extra}, n_{one.name} AS numerator,\n"
        f"        {f'd_{one.name}' if one.counted else 'CAST(NULL AS BIGINT)'} AS denominator\n"
        f"    FROM sums_{number} WHERE {f'd_{one.name}' if one.counted else f'n_{one.name}'} > 0"
        for one in group
    )


def _measured(one: Metric, extra: str, place: str) -> str:
    """The values of a distribution, each with its finest place and month."""
    return (
        f"    SELECT {place} AS place, {_month(one.date)} AS month{extra}, {one.of} AS measured\n"
        f"    FROM {one.rows} WHERE {one.where}"
    )


def _spread(number: int, extra: str) -> str:
    """What is measured in each place and period: how many rows, their sum, and their quantiles.

    One grouping for each level of places, of months and of all: the values of a row are put in order eight times
    either way, and this way no row is made eight times.
    """
    selects = []
    for digits in (_TOWN, _COUNTY, _PREFECTURE, _PROVINCE):
        place, long_enough = f"substr(place, 1, {digits})", f"length(place) >= {digits}"
        for period, condition, by in (("'all'", "", ""), (_PERIOD, " AND month IS NOT NULL", ", month")):
            selects.append(
                f"    SELECT {place} AS area_code, {period} AS period{extra}, count(*) AS total,\n"
                f"        sum(measured) AS added, quantile_disc(measured, [0.5, 0.9]) AS quantiles\n"
                f"    FROM measured_{number} WHERE {long_enough}{condition} GROUP BY {place}{by}{extra}"
            )
    return _union(selects)


def _taken(one: Metric, number: int, extra: str) -> str:
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
    {_AS_OF} AS as_of
FROM areas AS a
CROSS JOIN (VALUES {names}) AS m(metric, has_denominator)
LEFT JOIN numbers AS n ON n.area_code = a.area_code AND n.metric = m.metric AND n.period = 'all'
UNION ALL
SELECT a.area_code, a.area_name, a.area_level, a.parent_code, n.period, n.metric,
    n.numerator, n.denominator, n.value, {_AS_OF} AS as_of
FROM numbers AS n INNER JOIN areas AS a ON a.area_code = n.area_code
WHERE n.period <> 'all'
ORDER BY area_code"""


def _union(selects: Iterable[str]) -> str:
    return "\n    UNION ALL\n".join(selects)
