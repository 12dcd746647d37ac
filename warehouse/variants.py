"""Same name, other definition (`variants.yml`), and its compilation to mart.definition_differences.

Departments count different things under one title, which is why their numbers never agree. Each such definition is
data beside the hub's own, counted over the same rows by the same compiler, so that the difference is a number that can
be looked up and not an argument.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from schemas import strict_yaml
from warehouse.metrics import Metric, MetricError, metrics, read_entry
from warehouse.rollups import with_numbers
from warehouse.runner import Model

REGISTRY = Path(__file__).with_name("variants.yml")
_REFERENCE = (
    *("name", "metric", "title", "held_by", "differs", "definition", "basis", "unit", "measure", "measure_column"),
    *("numerator", "denominator", "date_field", "rows_table", "rows_predicate", "version"),
)


class Variant(Metric, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What somebody else counts under the title of `metric`."""

    metric: str
    held_by: str
    differs: str
    basis: str


@cache
def variants(path: Path = REGISTRY) -> tuple[Variant, ...]:
    """The registry in file order. Raises MetricError, and StrictYamlError for a file that is not strict YAML."""
    document, _ = strict_yaml.load(path)
    ours = {one.name: one for one in metrics()}
    found = []
    for name, entry in document.items():
        own = ours.get(entry.get("metric"))
        if own is None or name in ours:
            raise MetricError(f"{path.name}: {name}: `metric` names an indicator of metrics.yml, and {name} is none")
        variant = read_entry(Variant, path, name, {"title": own.title, **entry})
        if variant.has_denominator != own.has_denominator:
            raise MetricError(f"{path.name}: {name}: a rate or mean is set beside one, and a count beside a count")
        found.append(variant)
    return tuple(found)


def reference_columns() -> dict[str, str]:
    """Columns of ref.variants with their DuckDB types."""
    return dict.fromkeys(_REFERENCE, "VARCHAR")


def reference_rows() -> Iterator[Mapping[str, Any]]:
    """ref.variants: predicates and columns as in ref.metrics."""
    for one in variants():
        yield {
            "name": one.name, "metric": one.metric, "title": one.title, "held_by": one.held_by, "differs": one.differs,
            "definition": one.definition, "basis": one.basis, "unit": one.unit, "measure": one.measure,
            "measure_column": one.of, "numerator": one.counted or one.where,
            "denominator": one.where if one.has_denominator else None, "date_field": one.date, "rows_table": one.rows,
            "rows_predicate": one.where, "version": one.version,
        }  # fmt: skip


def compiled_model() -> Model:
    """mart.definition_differences: from province to county, wherever either definition counts something.

    The difference is theirs less ours; it is NULL where one of them is a share of nothing, or the units differ.
    """
    units = {one.name: one.unit for one in metrics()}
    pairs = ", ".join(
        f"('{one.name}', '{one.metric}', {_sql(one.unit == units[one.metric])}, {_sql(not one.has_denominator)})"
        for one in variants()
    )
    sql = f"""{with_numbers(variants())}, pairs AS (
    SELECT variant, metric, is_comparable, is_count
    FROM (VALUES {pairs}) AS v(variant, metric, is_comparable, is_count)
), ours AS (
    SELECT c.area_code, c.period, p.variant, c.numerator, c.denominator, c.value
    FROM mart.centre AS c INNER JOIN pairs AS p ON p.metric = c.metric
    WHERE c.area_level <> 'town' AND coalesce(c.denominator, c.numerator) > 0
), keys AS (
    SELECT area_code, period, variant FROM ours
    UNION
    SELECT area_code, period, metric FROM numbers
), paired AS (
    SELECT k.area_code, k.period, p.metric, k.variant, p.is_comparable,
        CASE WHEN p.is_count THEN coalesce(o.numerator, 0) ELSE o.numerator END AS numerator, o.denominator,
        CASE WHEN p.is_count THEN coalesce(o.value, 0) ELSE o.value END AS value,
        CASE WHEN p.is_count THEN coalesce(n.numerator, 0) ELSE n.numerator END AS other_numerator,
        n.denominator AS other_denominator,
        CASE WHEN p.is_count THEN coalesce(n.value, 0) ELSE n.value END AS other_value
    FROM keys AS k
    INNER JOIN pairs AS p ON p.variant = k.variant
    LEFT JOIN ours AS o ON o.area_code = k.area_code AND o.period = k.period AND o.variant = k.variant
    LEFT JOIN numbers AS n ON n.area_code = k.area_code AND n.period = k.period AND n.metric = k.variant
)
SELECT a.area_code, a.area_name, a.area_level, a.parent_code, p.period, p.metric, p.variant,
    p.numerator, p.denominator, p.value, p.other_numerator, p.other_denominator, p.other_value,
    CASE WHEN p.is_comparable THEN p.other_value - p.value END AS difference,
    CAST(getvariable('as_of') AS TIMESTAMP) AS as_of
FROM paired AS p INNER JOIN areas AS a ON a.area_code = p.area_code AND a.area_level <> 'town'"""
    description = "同名异义：同一指标名下别处的另一口径，与本系统的口径并列，每个地方、月份、口径一行"
    return Model("mart", "definition_differences", sql, description, ("area_code", "period", "variant"), (), _TITLES)


def _sql(truth: bool) -> str:
    return str(truth).lower()


_TITLES = {
    "variant": "另一口径，见 ref.variants",
    "numerator": "本系统口径的分子；计数类指标即其数",
    "denominator": "本系统口径的分母",
    "value": "本系统口径的值",
    "other_numerator": "另一口径的分子；计数类指标即其数",
    "other_denominator": "另一口径的分母",
    "other_value": "另一口径的值",
    "difference": "另一口径减本系统口径；单位不同或一方分母为零的为空",
}
