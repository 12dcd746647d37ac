"""Keeps by how much every indicator changed from one published version to the next, and why.

What was reported is the version that is published: its rows are still there when the next one is built, so that no
second copy of them is needed. Each step compares the rows behind each indicator, one by one, in both versions; a row
that counts otherwise than before has one cause, and what it took away and brought is added up by indicator, county,
month and cause in `ops.metric_changes`; rows of months that were over are listed in `ops.metric_rows`. The sum of all
steps up to a day is what was reported on that day, the sum of all is what is known now. A refused or killed build
leaves a step that no published version holds; the next forgets it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from schemas.contract import Contract, load_contracts
from warehouse.build import Writer, literal
from warehouse.metrics import in_its_month
from warehouse.publish import latest_version
from warehouse.statements import run, statements

if TYPE_CHECKING:
    import duckdb

CAUSES = {
    "opening": "期初",
    "definition": "口径修订",
    "new": "新发生",
    "late": "迟到补报",
    "remap": "代码重新对照",
    "split": "拆案",
    "edit": "来源更新",
    "recomputed": "重新计算",
    "merge": "并案",
    "delete": "来源删除",
}
"""Why a row counts otherwise than before, in the order in which a change is told: what came, what changed, what went.
`recomputed`: no record of the row changed; time went on, or a reference table or the program is another."""

PRIORITY = ("merge", "split", "delete", "remap", "late", "edit", "new")
"""Where several causes hold for one row, the first of them is its cause."""

ROW_DAYS = 92
"""How long the rows behind a change are listed; the change itself is kept for ever."""

REPORTS = "core.case_reports"
_IDS = ("system", "source_id", "report_source_id", "case_code")
_CONTRACTS = {"core.transfers": "case_transfers"}  # the others have the name of their contract


class _Metric(NamedTuple):
    """One row of ref.metrics, as far as it decides what is counted."""

    name: str
    rows: str
    where: str
    counted: str
    is_share: bool
    by_value: bool
    of: str | None
    date: str | None


def keep(writer: Writer, as_of: datetime) -> None:
    """Add the step from the published version to the models just built; all of it or nothing."""
    with _earlier(writer) as known:
        step = _Step(writer.con, known, as_of)
        version = latest_version(writer.settings) + 1
        values = {"step": step.find(), "version": version, "as_of": as_of, "row_days": ROW_DAYS}
        with writer.transaction() as con:
            for name in ("old_rows", "kept_rows", "kept", "closed"):
                run(con, statements("metric_changes.sql")[name], values)
        step.forget()


@contextmanager
def _earlier(writer: Writer) -> Iterator[set[str]]:
    """The published version, attached as `earlier`: its tables, of which there are none before the first."""
    path: Path = writer.settings.published / "current.duckdb"
    if not path.exists():
        yield set()
        return
    writer.con.execute(f"ATTACH {literal(path.resolve())} AS earlier (READ_ONLY)")
    try:
        tables = "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE database_name = 'earlier'"
        yield {name for (name,) in writer.con.execute(tables).fetchall()}
    finally:
        writer.con.execute("DETACH earlier")


class _Step:
    def __init__(self, con: duckdb.DuckDBPyConnection, earlier_tables: set[str], as_of: datetime) -> None:
        self._con = con
        self._moments = {"earlier": "(SELECT as_of FROM earlier.ops.versions)", "wh": f"TIMESTAMP '{as_of}'"}
        self._earlier_tables = earlier_tables
        self._sql = statements("metric_changes.sql")

    def find(self) -> int:
        """Fill temp table found with what changed; returns the number of the step."""
        self._con.execute("CREATE OR REPLACE TEMP TABLE causes (cause VARCHAR, rank INTEGER)")
        self._con.executemany("INSERT INTO causes VALUES (?, ?)", [(c, n) for n, c in enumerate(PRIORITY)])
        self._con.execute(self._sql["empty"])
        step, now = self._next_step(), self._metrics("wh")
        if step is None:
            self._con.execute(self._sql["held"])
            self._put_right(now, "opening")
            return self._number("SELECT coalesce(max(step), 0) + 1 FROM ops.metric_steps")
        before = self._metrics("earlier")
        same = [one for one in now if one in before]
        self._count("earlier", [one for one in before if one not in same], "definition", -1)
        self._count("wh", [one for one in now if one not in same], "definition", 1)
        self._compare(same)
        self._con.execute(self._sql["held"])
        if astray := {name for (name,) in self._con.execute(self._sql["astray"]).fetchall()}:
            self._put_right([one for one in now if one.name in astray], "recomputed", sorted(astray))
        return step

    def forget(self) -> None:
        """Drop the temp tables."""
        tables = ("new_loads", "row_causes", "case_causes", "rows_before", "rows_after", "caused")
        for table in (*tables, "causes", "touched", "moved", "found", "held", "listed"):
            self._con.execute(f"DROP TABLE IF EXISTS temp.{table}")

    def _next_step(self) -> int | None:
        """The number of the step that leads on from the earlier version; None where the log does not lead to it."""
        if "ops.metric_steps" not in self._earlier_tables:
            return None
        last = self._number("SELECT coalesce(max(step), 0) FROM earlier.ops.metric_steps")
        for table in ("metric_steps", "metric_changes", "metric_rows"):
            self._con.execute(f"DELETE FROM ops.{table} WHERE step > ?", [last])
        known = self._number("SELECT coalesce(max(step), 0) FROM ops.metric_steps")
        return last + 1 if last == known > 0 else None

    def _number(self, sql: str) -> int:
        return int(self._con.execute(sql).fetchall()[0][0])

    def _metrics(self, database: str) -> list[_Metric]:
        rows = self._con.execute(
            "SELECT name, rows_table, rows_predicate, numerator, measure = 'share', measure IN ('mean', 'p50', 'p90'),"
            f" measure_column, date_field FROM {database}.ref.metrics ORDER BY name"
        ).fetchall()
        return [_Metric(*row) for row in rows]

    def _compare(self, same: list[_Metric]) -> None:
        """The differences of rows that both versions count by the same words."""
        self._con.execute(self._sql["loads"])
        ((first_load,),) = self._con.execute("SELECT min(load_id) FROM new_loads").fetchall()
        if first_load is not None:
            for contract in load_contracts().values():
                self._touch(contract, first_load)
        # Reports first: which of them moved says why cases differ.
        for table in dict.fromkeys((REPORTS, *(one.rows for one in same))):
            metrics = [one for one in same if one.rows == table]
            for side, other, name in (("earlier", "wh", "rows_before"), ("wh", "earlier", "rows_after")):
                rows, others = (self._wide(database, table, metrics) for database in (side, other))
                self._con.execute(
                    f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM ({rows}) AS t"
                    f" ANTI JOIN (SELECT seen FROM ({others}) AS o) AS o ON o.seen = t.seen"
                )
            if table == REPORTS:
                for name in ("moved", "row_causes", "case_causes"):
                    self._con.execute(self._sql[name])
            contract_name = _CONTRACTS.get(table, table.removeprefix("core."))
            run(self._con, self._sql["caused"], {"contract": contract_name})
            self._add("caused", metrics)
            for one in metrics:
                if one.date:
                    self._list(one)

    def _list(self, one: _Metric) -> None:
        """The rows that changed an indicator in a month that was over."""
        measured = f"v_{one.name}" if one.by_value else "CAST(NULL AS BIGINT)"
        counted = f"CAST(v_{one.name} IS NOT NULL AS INTEGER)" if one.by_value else f"n_{one.name}"
        below = counted if one.by_value else f"d_{one.name}" if one.is_share else "CAST(NULL AS BIGINT)"
        values = {
            "{metric}": one.name,
            "{period}": f"month_{one.date}",
            "{measured}": measured,
            "{numerator}": counted,
            "{denominator}": below,
        }
        sql = self._sql["listed"]
        for brace, text in values.items():
            sql = sql.replace(brace, text)
        self._con.execute(sql)

    def _touch(self, contract: Contract, first_load: str) -> None:
        """Records of a report, and reports themselves, that changed since the earlier version."""
        is_report = contract.name == "case_reports"
        if not is_report and "report_source_id" not in {column.name for column in contract.columns}:
            return
        record = f"record.{contract.name}"
        known = record in self._earlier_tables
        values = {
            "{contract}": contract.name,
            "{report}": "source_id" if is_report else "report_source_id",
            "{event_at}": contract.event_at or "source_updated_at",
            "{earlier}": f"earlier.{record}" if known else f"(SELECT * FROM {record} WHERE false)",
        }
        sql = self._sql["touched"]
        for brace, text in values.items():
            sql = sql.replace(brace, text)
        run(self._con, sql, {"first_load": first_load})

    def _wide(self, database: str, table: str, metrics: Iterable[_Metric]) -> str:
        """The rows of a table with county, months and what each metric counts of them; `seen` is their fingerprint."""
        names = {
            name
            for (name,) in self._con.execute(
                "SELECT column_name FROM duckdb_columns() WHERE database_name = ?"
                " AND schema_name || '.' || table_name = ?",
                [database, table],
            ).fetchall()
        }
        ids = [name if name in names else f"CAST(NULL AS VARCHAR) AS {name}" for name in _IDS]
        columns = {"area_code": "coalesce(county_code, '33')"}
        for one in metrics:
            if one.date:
                month = f"strftime({one.date}, '%Y-%m')"
                columns[f"month_{one.date}"] = in_its_month(one.date, self._moments[database], month)
            if one.by_value:
                columns[f"v_{one.name}"] = f"CASE WHEN {one.where} THEN {one.of} END"
                continue
            within = f"({one.where}) AND ({one.counted})" if one.is_share else one.where
            columns[f"n_{one.name}"] = f"CASE WHEN {within} THEN {one.of or 1} ELSE 0 END"
            if one.is_share:
                columns[f"d_{one.name}"] = f"CASE WHEN {one.where} THEN 1 ELSE 0 END"
        shown = ", ".join([*ids, *(f"{sql} AS {name}" for name, sql in columns.items())])
        counted = ", ".join([*(name for name in _IDS if name in names and name != "report_source_id"), *columns])
        return f"SELECT *, hash({counted}) AS seen FROM (SELECT {shown} FROM {database}.{table}) AS w"

    def _put_right(self, metrics: list[_Metric], cause: str, names: list[str] | None = None) -> None:
        """Make the sum of all steps what is counted now: of these indicators, without `names` of all that ever were."""
        run(self._con, self._sql["taken_back"], {"cause": cause, "metrics": names})
        self._count("wh", metrics, cause, 1)

    def _count(self, database: str, metrics: list[_Metric], cause: str, sign: int) -> None:
        """All that the metrics count in a version, as a change with one cause."""
        for table in dict.fromkeys(one.rows for one in metrics):
            of_table = [one for one in metrics if one.rows == table]
            rows = self._wide(database, table, of_table)
            self._add(f"(SELECT *, {sign} AS sign, '{cause}' AS cause FROM ({rows}) AS w)", of_table)

    def _add(self, source: str, metrics: Iterable[_Metric]) -> None:
        """Add up the signed rows of a table: by county, month and cause, and by the value where one is measured."""
        groups: dict[str, list[_Metric]] = {}
        for one in metrics:
            period = f"month_{one.date}" if one.date else "CAST(NULL AS VARCHAR)"
            if one.by_value:
                self._con.execute(
                    f"INSERT INTO found BY NAME SELECT '{one.name}' AS metric, area_code, {period} AS period,"
                    f" v_{one.name} AS measured, cause, sum(sign) AS numerator, sum(sign) AS denominator"
                    f" FROM {source} AS s WHERE v_{one.name} IS NOT NULL GROUP BY ALL"
                )
            else:
                groups.setdefault(period, []).append(one)
        for period, group in groups.items():
            sums = [f"sum(sign * n_{one.name}) AS n_{one.name}" for one in group]
            sums += [f"sum(sign * d_{one.name}) AS d_{one.name}" for one in group if one.is_share]
            parts = " UNION ALL ".join(
                f"SELECT '{one.name}' AS metric, area_code, period, cause, n_{one.name} AS numerator,"
                f" {f'd_{one.name}' if one.is_share else 'NULL'} AS denominator FROM cells"
                for one in group
            )
            self._con.execute(
                f"INSERT INTO found BY NAME WITH cells AS MATERIALIZED (SELECT area_code, {period} AS period, cause,"
                f" {', '.join(sums)} FROM {source} AS s GROUP BY ALL) {parts}"
            )
