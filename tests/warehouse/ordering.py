"""One system of one warehouse whose rows hang from work orders."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from deliveries import AS_OF, CONTRACT, DATASET, Row, check, land

from warehouse.build import Writer
from warehouse.merge import merge
from warehouse.order_rows import Unjudged, Waiver, attach_and_settle
from warehouse.runner import FOLDER, parse

WARNED, REJECTED = "stage_code.odd", "reported_at.required"
FULL, PART = None, AS_OF - timedelta(days=1)


class Orders:
    """One system of one warehouse: deliver to it, change its rules, build, and look at its order rows."""

    def __init__(self, writer: Writer, system: str) -> None:
        self.writer, self.system, self.builds = writer, system, 0
        self.versions = {WARNED: "w1", REJECTED: "r1"}
        writer.con.execute(
            "CREATE TABLE IF NOT EXISTS core.dataset_issues (system VARCHAR, dataset VARCHAR, contract VARCHAR,"
            " rule_id VARCHAR, field VARCHAR, severity VARCHAR, since TIMESTAMP)"
        )

    def deliver(self, *rows: Row, since: datetime | None = PART, kind: Any = "sync") -> str:
        """Land, check and merge rows; the load's id."""
        manifest = land(self.writer.settings, rows, kind=kind, system=self.system, since=since)
        merge(self.writer, manifest, check(self.writer.settings, manifest, rows), CONTRACT, AS_OF)
        return manifest.load_id

    def build(self, *waivers: Waiver, severity: str = "warning", unjudged: Iterable[Unjudged] = ()) -> datetime:
        """Make the failing rows and the rules again, then attach and settle; the build's time."""
        self.builds += 1
        as_of = AS_OF + timedelta(hours=self.builds)
        con = self.writer.con
        con.execute("CREATE OR REPLACE TABLE ref.rules (system VARCHAR, dataset VARCHAR, contract VARCHAR,"
                    " rule_id VARCHAR, severity VARCHAR, version VARCHAR)")  # fmt: skip
        for rule, version in self.versions.items():
            level = "critical" if rule == REJECTED else severity
            con.execute(
                "INSERT INTO ref.rules VALUES (?, ?, ?, ?, ?, ?)",
                [self.system, DATASET, CONTRACT.name, rule, level, version],
            )
        con.execute(f"CREATE OR REPLACE TABLE core.failing_rows AS {parse(FOLDER / 'core' / 'failing_rows.sql').sql}")
        attach_and_settle(self.writer, as_of, waivers, unjudged)
        return as_of

    def rows(self, columns: str) -> list[tuple[Any, ...]]:
        return self.writer.con.execute(
            f"SELECT {columns} FROM ops.order_rows WHERE system = ? ORDER BY attached_at, rule_id, row_key",
            [self.system],
        ).fetchall()

    def state(self) -> dict[str, str | None]:
        """Row key (`-` without one) -> how it was settled last, None while it is open."""
        return {key or "-": how for key, how in self.rows("source_id, settled_how")}


def bad(key: str | None, content: str = "??") -> Row:
    return Row(key, content, rejected=True)


def warned(key: str, content: str = "10") -> Row:
    return Row(key, content, warnings=(WARNED,))
