"""The SELECT that a dataset is read by, in the server's dialect: what a client would bend is cast to text there."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from schemas.declared.database import ChangeLog, DatabaseDataset

Columns = dict[str, Any]
"""Column names with their SQLAlchemy types."""

_RANK = "hub_rank"
_POSTGRESQL: dict[int, sa.types.TypeEngine[Any]] = {
    16: sa.Boolean(),
    17: sa.LargeBinary(),
    **dict.fromkeys((20, 21, 23), sa.Integer()),
    **dict.fromkeys((25, 1042, 1043), sa.String()),
    1184: sa.DateTime(timezone=True),
}
"""Type OIDs of PostgreSQL's catalogue (pg_type.dat); any other is cast to text."""
_MYSQL: dict[int, sa.types.TypeEngine[Any]] = {
    **dict.fromkeys((1, 2, 3, 8, 9, 13), sa.Integer()),
    **dict.fromkeys((0, 246), sa.Numeric()),
    **dict.fromkeys((15, 249, 250, 251, 252, 253, 254), sa.String()),
}
"""Column types of MySQL's protocol (enum_field_types); any other is cast to text."""


def query_columns(connection: sa.Connection, dataset: DatabaseDataset, family: str) -> Columns:
    """The columns that a dataset's query gives, without running it for rows."""
    nothing: sa.Select[Any] = (
        sa.select(sa.literal_column("*")).select_from(_relation(dataset, [])).where(sa.literal_column("1 = 0"))
    )
    result = connection.execute(nothing)
    types: dict[Any, sa.types.TypeEngine[Any]] = {"postgresql": _POSTGRESQL, "mysql": _MYSQL}.get(family, {})
    described = (result.cursor.description if result.cursor is not None else None) or []
    return {str(column[0]): types.get(column[1], sa.types.NullType()) for column in described}


def select(
    dataset: DatabaseDataset,
    columns: Columns,
    family: str,
    since: datetime | None,
    until: datetime | None,
    *,
    undated: bool = True,
) -> sa.Select[Any]:
    """The rows of a window; those without a cursor value belong to every one that is `undated`, so that none is
    missed for the lack of it. Of a change log only the last row of each record in the window."""
    relation: sa.FromClause = _relation(dataset, list(columns))
    where = _window(dataset, since, until, undated)
    if dataset.change_log is not None:
        relation = _newest(dataset, dataset.change_log, relation, columns, where)
        where = sa.column(_RANK) == sa.literal_column("1")
    chosen = [_as_text(sa.column(name), of, family).label(name) for name, of in columns.items()]
    query = sa.select(*chosen).select_from(relation)
    return query if where is None else query.where(where)


def _relation(dataset: DatabaseDataset, names: list[str]) -> sa.FromClause:
    if dataset.table is None:
        query = sa.text(dataset.query_text.replace(":", r"\:") + "\n")  # it may end in a comment
        return query.columns(*[sa.column(name) for name in names]).subquery("hub_query")
    schema, _, table = dataset.table.rpartition(".")
    return sa.table(table, *[sa.column(name) for name in names], schema=schema or None)


def _window(
    dataset: DatabaseDataset, since: datetime | None, until: datetime | None, undated: bool
) -> sa.ColumnElement[bool] | None:
    if dataset.sync.cursor is None:
        return None
    cursor: sa.ColumnElement[Any] = sa.column(dataset.sync.cursor)
    bounds = [cursor >= _moment(since)] if since else []
    bounds += [cursor < _moment(until)] if until else []
    if not bounds:
        return None
    return sa.or_(cursor.is_(None), sa.and_(*bounds)) if undated else sa.and_(*bounds)


def _newest(
    dataset: DatabaseDataset,
    log: ChangeLog,
    relation: sa.FromClause,
    columns: Columns,
    where: sa.ColumnElement[bool] | None,
) -> sa.FromClause:
    """The rows with their rank within their record. Servers do not agree where nulls come, so it is said."""
    order: list[sa.ColumnElement[Any]] = []
    for name in log.order:
        column: sa.ColumnElement[Any] = sa.column(name)
        order += [sa.case((column.is_(None), sa.literal_column("1")), else_=sa.literal_column("0")), column.desc()]
    rank = sa.func.row_number().over(partition_by=[sa.column(name) for name in dataset.key], order_by=order)
    passed: list[sa.ColumnElement[Any]] = [*(sa.column(name) for name in columns), rank.label(_RANK)]
    ranked = sa.select(*passed).select_from(relation)
    return (ranked if where is None else ranked.where(where)).subquery("hub_ranked")


def _moment(at: datetime) -> sa.ColumnElement[Any]:
    # An untyped literal compares as the column's own type, be it a timestamp or text.
    return sa.literal_column(f"'{at:%Y-%m-%d %H:%M:%S}'")


def _as_text(column: sa.ColumnElement[Any], of: Any, family: str) -> sa.ColumnElement[Any]:
    """The column, cast to text where a client would change its value.

    Measured with DuckDB's scanners: MariaDB's 0000-00-00 becomes NULL, PostgreSQL's infinity 9999-12-31,
    numeric NaN 0.00, and a numeric without scale a DOUBLE.
    """
    if isinstance(of, sa.Integer | sa.Boolean | sa.String | sa.LargeBinary) and not isinstance(of, sa.Enum):
        return column
    if family == "postgresql":
        if isinstance(of, sa.DateTime) and of.timezone:
            column = sa.func.timezone("Asia/Shanghai", column)
        return sa.cast(column, sa.Text)
    if family == "mysql":
        return column if isinstance(of, sa.Numeric) else sa.cast(column, sa.CHAR)
    return column
