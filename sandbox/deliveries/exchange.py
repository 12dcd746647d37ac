"""peoples_mediation's exchange database: six typed tables."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from sandbox.deliveries.tables import Tables

SYSTEM = "peoples_mediation"
WIDE = {"CASE_NAME", "HAPPEN_PLACE", "COMMITTEE_NAME", "ORG_NAME", "RESPONDENT_NAME", "APPLICANT_NAME", "GRID_NAME",
        "MEDIATOR_NAME", "ACTOR_NAME", "CAPTAIN_NAME", "CASE_NO", "RELATED_NO", "COMMITTEE_ID"}  # fmt: skip
TABLES: dict[str, tuple[str, str, str]] = {
    "mediation_cases": ("T_MEDIATION_CASE", "CASE_NO", (
        "CASE_NAME CASE_DESC DISPUTE_TYPE CASE_SCALE CASE_SOURCE RISK_GRADE HAPPEN_DATE REGISTER_TIME ACCEPT_TIME "
        "CLOSE_TIME CASE_STATUS CLOSE_RESULT MEDIATE_WAY COUNTY_CODE TOWN_CODE VILLAGE_CODE GRID_NUM HAPPEN_PLACE "
        "APPLICANT_TYPE APPLICANT_NAME APPLICANT_CERT_NUM APPLICANT_PHONE APPLICANT_SEX RESPONDENT_TYPE "
        "RESPONDENT_NAME RESPONDENT_CERT_NUM RESPONDENT_PHONE RESPONDENT_USCC INVOLVED_AMOUNT INVOLVED_NUM "
        "COMMITTEE_NAME MEDIATOR_NAME PLATFORM RELATED_SYS RELATED_NO MINOR_FLAG GROUP_FLAG")),
    "mediation_steps": ("T_MEDIATION_STEP", "STEP_ID",
                        "CASE_NO STEP_TYPE CASE_STATUS HAPPEN_TIME RECORD_TIME ORG_NAME ACTOR_NAME STEP_NOTE"),
    "agreements": ("T_AGREEMENT", "AGREEMENT_NO", "CASE_NO AGREEMENT_FORM SIGN_DATE EFFECT_DATE AMOUNT PERFORM_FLAG"),
    "committees": ("T_COMMITTEE", "COMMITTEE_ID",
                   "COMMITTEE_NAME USCC COMMITTEE_TYPE COUNTY_CODE TOWN_CODE ACTIVE_FLAG"),
    "mediators": ("T_MEDIATOR", "MEDIATOR_ID",
                  "MEDIATOR_NAME COMMITTEE_ID MEDIATOR_KIND COUNTY_CODE OFFICE_PHONE ACTIVE_FLAG"),
    "grid_units": ("T_GRID_UNIT", "GRID_NUM",
                   "GRID_NAME VILLAGE_CODE TOWN_CODE COUNTY_CODE GRID_KIND HOUSEHOLD_AMOUNT PERSON_AMOUNT "
                   "CAPTAIN_NAME"),
}  # fmt: skip
BY_HAND = ("agreements", "committees", "mediators", "grid_units")  # every column is text
SPOILED_ROWS: dict[str, tuple[str, object]] = {
    "unmapped_code": ("DISPUTE_TYPE", "ZZ99"), "year_9999_cursor": ("UPDATE_TIME", datetime(9999, 12, 31, 23, 59, 59)),
}  # fmt: skip


def _column(name: str) -> sa.Column[Any]:
    if name == "INVOLVED_AMOUNT":
        return sa.Column(name, sa.Numeric(18, 2))
    if name == "INVOLVED_NUM":
        return sa.Column(name, sa.Integer)
    if name in {"CASE_DESC", "STEP_NOTE"}:
        return sa.Column(name, sa.Text)
    return sa.Column(name, sa.String(600 if name in WIDE else 64))


def tables() -> tuple[sa.MetaData, dict[str, sa.Table]]:
    """Return the DDL of the exchange tables, by dataset."""
    metadata = sa.MetaData()
    made = {}
    for dataset, (name, key, columns) in TABLES.items():
        time = sa.String(32) if dataset in BY_HAND else sa.DateTime()
        made[dataset] = sa.Table(
            name, metadata, sa.Column(key, sa.String(64), primary_key=True), *map(_column, columns.split()),
            sa.Column("ADD_TIME", time, nullable=False), sa.Column("UPDATE_TIME", time, nullable=False, index=True),
            mysql_charset="utf8mb4")  # fmt: skip
    return metadata, made


class Exchange(Tables):
    """The tables of people's mediation, which can also be broken in the ways of a database."""

    def __init__(self, url: str) -> None:
        super().__init__(url, SYSTEM, *tables())
        self._kept: dict[str, object] = {}

    def typed(self, row: dict[str, Any], table: sa.Table) -> dict[str, Any]:
        """Return a row with its times and its decimal as the table types them."""
        made = dict(row)
        for name in ("ADD_TIME", "UPDATE_TIME"):
            if isinstance(table.c[name].type, sa.DateTime):
                made[name] = datetime.fromisoformat(made[name])
        if made.get("INVOLVED_AMOUNT") is not None:
            made["INVOLVED_AMOUNT"] = Decimal(str(made["INVOLVED_AMOUNT"]))
        return made

    def fault(self, kind: str, *, undo: bool) -> None:
        """Break T_MEDIATION_CASE in one way, or mend it."""
        if kind in SPOILED_ROWS:
            return self._spoil(*SPOILED_ROWS[kind], undo=undo)
        quote = self.engine.dialect.identifier_preparer.quote
        table, kept = quote("T_MEDIATION_CASE"), quote("T_MEDIATION_CASE_KEPT")
        name, other, mark = quote("CASE_NAME"), quote("CASE_TITLE"), quote("EXTRA_MARK")
        statements = {
            ("missing_column", False): [f"ALTER TABLE {table} RENAME COLUMN {name} TO {other}"],
            ("missing_column", True): [f"ALTER TABLE {table} RENAME COLUMN {other} TO {name}"],
            ("new_column", False): [f"ALTER TABLE {table} ADD COLUMN {mark} VARCHAR(20)"],
            ("new_column", True): [f"ALTER TABLE {table} DROP COLUMN {mark}"],
            ("empty_delivery", False): [f"CREATE TABLE {kept} AS SELECT * FROM {table}", f"DELETE FROM {table}"],
            ("empty_delivery", True): [f"INSERT INTO {table} SELECT * FROM {kept}", f"DROP TABLE {kept}"],
        }[kind, undo]
        with self.engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def _spoil(self, column: str, value: object, *, undo: bool) -> None:
        """Change one column of the latest case, as if somebody had just edited it; undoing edits it back."""
        cases = self.tables["mediation_cases"]
        latest = sa.select(sa.func.max(cases.c.CASE_NO)).scalar_subquery()
        with self.engine.begin() as connection:
            row = connection.execute(sa.select(cases).where(latest == cases.c.CASE_NO)).mappings().one()
            kept = f"{column}:{row['CASE_NO']}"
            if undo:
                value = self._kept.pop(kept)
            else:
                self._kept[kept] = row[column]
            moved = max(row["UPDATE_TIME"], row["ADD_TIME"]) if row["UPDATE_TIME"].year < 9999 else row["ADD_TIME"]
            changes = {"UPDATE_TIME": moved + timedelta(seconds=1), column: value}
            connection.execute(cases.update().where(row["CASE_NO"] == cases.c.CASE_NO).values(changes))
