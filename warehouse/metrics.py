"""The registry of indicators (`metrics.yml`): what each counts, and how a page says it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec

from schemas import strict_yaml

REGISTRY = Path(__file__).with_name("metrics.yml")
Measure = Literal["count", "share", "sum", "mean", "p50", "p90"]
Grain = Literal["platform", "type"]
LIMITS = frozenset({"due_at"})
"""Dates that may lie ahead. Every other is of what has happened, so that one after `as_of` is wrong."""


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
    grains: tuple[Grain, ...] = ()
    better: Literal["up", "down", "none"] = "none"
    target: float | None = None

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
    if "type" in metric.grains and metric.rows != "core.cases":
        raise MetricError(f"{path.name}: {name}: only core.cases have a type; take `type` out of grains")
    if "platform" in metric.grains and metric.rows == "core.visits":
        raise MetricError(f"{path.name}: {name}: core.visits have no platform; take `platform` out of grains")
    return metric


def in_its_month(date: str, as_of: str, month: str) -> str:
    """SQL: `month`, an expression over `date`; NULL where that month is later than that of `as_of`, save of a limit."""
    if date in LIMITS:
        return month
    return f"CASE WHEN {date} < date_trunc('month', {as_of}) + INTERVAL '1' MONTH THEN {month} END"


def reference_columns() -> dict[str, str]:
    """Columns of ref.metrics with their DuckDB types."""
    texts = ("name", "title", "unit", "definition", "numerator", "denominator", "date_field", "version")
    more = ("rows_table", "rows_predicate", "measure", "measure_column", "better")
    return dict.fromkeys((*texts, *more), "VARCHAR") | {
        "target": "DOUBLE",
        "by_platform": "BOOLEAN",
        "by_type": "BOOLEAN",
    }


def reference_rows() -> Iterator[Mapping[str, Any]]:
    """ref.metrics: `rows_predicate` selects the rows behind a number, `numerator` those of them that it counts.

    A month of `date_field` is strftime(date_field, '%Y-%m') as far as it has come (`in_its_month`); a place is the
    prefix of the place codes.
    """
    for one in metrics():
        yield {
            "name": one.name, "title": one.title, "unit": one.unit, "definition": one.definition,
            "numerator": one.counted or one.where, "denominator": one.where if one.has_denominator else None,
            "date_field": one.date, "version": one.version, "rows_table": one.rows, "rows_predicate": one.where,
            "measure": one.measure, "measure_column": one.of, "better": one.better, "target": one.target,
            "by_platform": "platform" in one.grains, "by_type": "type" in one.grains,
        }  # fmt: skip
