"""Record tables, links and open rejections as a build has them, to be filled with a small world."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import duckdb

from quality.record_rules import RecordRule
from schemas.contract import load_contracts
from warehouse.tables import contract_tables

AS_OF = datetime(2024, 7, 1, 20)
CONTRACTS = load_contracts()


class Records:
    """Empty tables on a connection."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.con = con
        con.execute("CREATE SCHEMA record; CREATE SCHEMA link; CREATE SCHEMA ops")
        for contract in CONTRACTS.values():
            columns = ", ".join(f"{column.name} {column.type}" for column in contract_tables(contract)["record"])
            con.execute(f"CREATE TABLE record.{contract.name} ({columns})")
        con.execute("CREATE TABLE link.memberships (system VARCHAR, source_id VARCHAR, case_code VARCHAR)")
        con.execute("CREATE TABLE ops.open_rejections (contract VARCHAR, system VARCHAR, source_id VARCHAR)")

    def fill(self, world: dict[str, list[dict[str, Any]]]) -> None:
        """Rows by table, a record table by the name of its contract; what was there before is gone."""
        tables = [f"record.{name}" for name in CONTRACTS] + ["link.memberships", "ops.open_rejections"]
        self.con.execute("; ".join(f"DELETE FROM {table}" for table in tables))
        for table, rows in world.items():
            name = table if "." in table else f"record.{table}"
            for columns in {tuple(row) for row in rows}:
                alike = [row for row in rows if tuple(row) == columns]
                marks = ", ".join(f"({', '.join('?' for _ in columns)})" for _ in alike)
                values = [value for row in alike for value in row.values()]
                self.con.execute(f"INSERT INTO {name} ({', '.join(columns)}) VALUES {marks}", values)

    def failing(self, rule: RecordRule) -> dict[tuple[str, str], str]:
        """(system, source_id) of the failing records with what is shown of them; each is there once."""
        found = self.con.execute(rule.sql, {"as_of": AS_OF} if "$as_of" in rule.sql else {}).fetchall()
        assert {row[2:5] for row in found} <= {(rule.contract, rule.rule.id, rule.rule.field)}
        assert {row[:2] for row in found} <= rule.versions.keys(), "only declared datasets are judged"
        shown = {(row[0], row[5]): row[6] for row in found}
        assert len(shown) == len(found), "a record fails a rule once"
        return shown
