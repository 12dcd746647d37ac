"""docs/tables.md: every published table with its key, and how the tables hang together, drawn from what is declared."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from hub import catalogue


class Table(NamedTuple):
    """A published table: what one row is, the columns that name it, and all its columns."""

    name: str  # schema.table
    description: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    made_from: tuple[str, ...] = ()


class Reference(NamedTuple):
    """Columns by which any table that has them names a row of `table`."""

    columns: tuple[str, ...]
    table: str
    key: tuple[str, ...]


# A table follows the first reference only of those whose columns lie within each other: a rule names its dataset.
REFERENCES = (
    Reference(("case_code",), "core.cases", ("case_code",)),
    Reference(("leading_system", "leading_source_id"), "core.case_reports", ("system", "source_id")),
    Reference(("system", "report_source_id"), "core.case_reports", ("system", "source_id")),
    Reference(("system", "dataset", "rule_id"), "ref.rules", ("system", "dataset", "rule_id")),
    Reference(("system", "dataset"), "ref.datasets", ("system", "dataset")),
    Reference(("system",), "ref.systems", ("system",)),
    Reference(("department",), "ref.departments", ("department",)),
    Reference(("load_id",), "ops.loads", ("load_id",)),
    Reference(("grid_code",), "core.grids", ("grid_code",)),
    Reference(("area_code",), "core.divisions", ("code",)),
    Reference(("county_code",), "core.divisions", ("code",)),
    Reference(("platform_code",), "ref.platforms", ("code",)),
    Reference(("clock_code",), "ref.clocks", ("clock_code",)),
    Reference(("metric",), "ref.metrics", ("name",)),
    Reference(("variant",), "ref.variants", ("name",)),
    Reference(("tier",), "ref.tiers", ("tier",)),
)

KEYS: dict[str, tuple[str, ...]] = {
    "ref.divisions": ("code", "valid_from"),
    "ref.division_successors": ("old_code", "new_code", "from_date"),
    "ref.division_today": ("old_code",),
    "ref.division_then": ("code", "from_date"),
    "ref.codes": ("list", "code", "valid_from"),
    "ref.platforms": ("code",),
    "ref.platform_rules": ("platform_code", "matter_kind", "case_type", "valid_from"),
    "ref.clocks": ("clock_code",),
    "ref.clock_rules": ("priority",),
    "ref.triage_rules": ("rule_id",),
    "ref.local_codes": ("scheme",),
    "ref.departments": ("department",),
    "ref.workdays": ("day",),
    "ref.systems": ("system",),
    "ref.datasets": ("system", "dataset"),
    "ref.fields": ("system", "dataset", "field"),
    "ref.origins": ("system", "dataset", "field"),
    "ref.rules": ("system", "dataset", "rule_id"),
    "ref.tiers": ("tier",),
    "ref.metrics": ("name",),
    "ref.variants": ("name",),
    "ops.loads": ("load_id",),
    "ops.issues": ("load_id", "rule_id", "field"),
    "ops.rejected_rows": ("load_id", "position"),
    "ops.open_rejections": ("load_id", "position"),
    "ops.failing_records": ("system", "dataset", "rule_id", "source_id"),
    "ops.order_rows": ("system", "dataset", "rule_id", "field", "row_key", "round", "attached_at"),
    "ops.drift": ("load_id", "field", "change"),
    "ops.attempts": ("system", "dataset", "day"),
    "ops.case_colours": ("case_code", "seen_at"),
    "ops.quality_history": ("day", "level", "department", "system", "dimension"),
    "ops.rule_history": ("day", "system", "dataset", "rule_id"),
    "ops.metric_steps": ("step",),
    "ops.metric_changes": ("step", "metric", "area_code", "period", "measured", "cause"),
    "ops.metric_rows": (
        *("step", "metric", "area_code", "period", "cause"),
        *("system", "source_id", "case_code", "measured"),
    ),
    "ops.versions": ("version",),
}
"""What names a row of the tables that are neither records nor models."""

PICTURES = {
    "A case and its parts 案件": ("core.cases", "core.case_reports"),
    "Systems and rules 系统、规则": ("ref.rules", "ref.datasets", "ref.systems", "ref.departments", "ref.tiers"),
    "Places, platforms, clocks and indicators 地方、平台、时限、指标": (
        "core.divisions",
        "core.grids",
        "ref.platforms",
        "ref.clocks",
        "ref.metrics",
    ),
}
"""What each picture is about: it draws all that refers to these tables."""


@cache
def tables() -> dict[str, Table]:
    """Every published table by name: records by contract, models, reference tables, and what happened."""
    from warehouse.copying import FINGERPRINT
    from warehouse.reference import COLUMNS, TITLES
    from warehouse.runner import all_models, reads, tree
    from warehouse.tables import KEY, contract_tables

    found = []
    for contract in catalogue.contracts().values():
        stored = contract_tables(contract)["record"]
        columns = tuple(column.name for column in stored if column.name != FINGERPRINT)
        found.append(Table(f"record.{contract.name}", contract.title, tuple(column.name for column in KEY), columns))
    for model in all_models():
        columns = tuple(tree(model).named_selects)
        made_from = tuple(sorted(reads(model)))
        found.append(Table(model.table, model.description, model.key, columns, made_from))
    found += [Table(name, TITLES[name], KEYS[name], tuple(columns)) for name, columns in COLUMNS.items()]
    found += [Table(name, title, KEYS[name], columns) for name, title, columns in _operations()]
    return {table.name: table for table in sorted(found)}


def _operations() -> list[tuple[str, str, tuple[str, ...]]]:
    """The tables of ops.sql as DuckDB understands it, and the view of rejected rows, which has the columns of those."""
    import duckdb

    from warehouse.statements import script, statements

    with duckdb.connect() as con:
        con.execute("CREATE SCHEMA ops; CREATE SCHEMA vault")
        con.execute(script("ops.sql"))
        rows = con.execute(
            "SELECT 'ops.' || t.table_name, any_value(t.comment), list(c.column_name ORDER BY c.column_index)"
            " FROM duckdb_tables() AS t JOIN duckdb_columns() AS c USING (schema_name, table_name)"
            " WHERE schema_name = 'ops' GROUP BY t.table_name"
        ).fetchall()
    found = {name: (title, tuple(columns)) for name, title, columns in rows}
    said = statements("views.sql")["open_rejections"].partition("COMMENT ON VIEW ops.open_rejections IS '")[2]
    found["ops.open_rejections"] = (said.partition("'")[0], found["ops.rejected_rows"][1])
    return [(name, title, columns) for name, (title, columns) in found.items()]


def references(table: Table) -> list[Reference]:
    """What the table's rows refer to."""
    chosen: list[Reference] = []
    for one in REFERENCES:
        if one.table == table.name or not set(one.columns) <= set(table.columns):
            continue
        if not any(set(one.columns) < set(other.columns) for other in chosen):
            chosen.append(one)
    return chosen


def page() -> str:
    """The page: a picture for each of PICTURES, then a list for each schema."""
    lines = [
        "# Published tables 已发布的表",
        "",
        "Generated by `make docs` from contracts and models; do not edit. [analysts.md](analysts.md) says how to open",
        "them and answers questions with them; what a column holds is its comment in the file.",
        "",
        "In a picture `PK` marks the columns that name a row, `FK` those that name a row of another table.",
    ]
    for title, about in PICTURES.items():
        lines += ["", f"## {title}", "", *_picture(set(about))]
    for schema in ("core", "mart", "record", "ref", "ops"):
        lines += [
            "",
            f"## {schema}",
            "",
            "| table | one row is | key | refers to | made from |",
            "|---|---|---|---|---|",
        ]
        lines += [_line(table) for table in tables().values() if table.name.startswith(f"{schema}.")]
    return "\n".join(lines) + "\n"


def _line(table: Table) -> str:
    to = "; ".join(f"{', '.join(one.columns)} → {one.table}" for one in references(table))
    made_from = ", ".join(name for name in table.made_from if name in tables())
    return f"| {table.name} | {table.description} | {', '.join(table.key)} | {to} | {made_from} |"


def _picture(about: set[str]) -> list[str]:
    """A Mermaid diagram of what refers to `about`. Records stand in the list alone, and so do the parts of a case
    where it is not about reports: they would hide the rest."""
    drawn: dict[str, list[Reference]] = {name: [] for name in sorted(about)}
    for table in tables().values():
        edges = [one for one in references(table) if one.table in about]
        is_part = "report_source_id" in table.columns and "core.case_reports" not in about
        if edges and not table.name.startswith("record.") and not is_part:
            drawn[table.name] = edges
    lines = ["```mermaid", "erDiagram"]
    for name, edges in sorted(drawn.items()):
        table = tables()[name]
        title = re.split("[：，；。（]", table.description)[0]
        lines.append(f'    {_id(name)}["{name} {title}"] {{')
        named = {column for one in edges for column in one.columns}
        for column in dict.fromkeys((*table.key, *sorted(named))):
            marks = [mark for mark, of in (("PK", table.key), ("FK", named)) if column in of]
            lines.append(f"        column {column} {', '.join(marks)}")
        lines.append("    }")
    for name, edges in sorted(drawn.items()):
        lines += [f'    {_id(one.table)} ||--o{{ {_id(name)} : "{", ".join(one.columns)}"' for one in edges]
    return [*lines, "```"]


def _id(name: str) -> str:
    return name.replace(".", "_")
