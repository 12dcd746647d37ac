"""peoples_mediation's exchange database, on whatever SQLAlchemy can reach."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

import sqlalchemy as sa

from sandbox.store import WorldStore
from sandbox.systems.view import stamp
from sandbox.world import World

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
BATCH = 1000
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


class Exchange:
    """The tables of one database, kept equal to what people's mediation shows."""

    def __init__(self, url: str) -> None:
        self.engine = sa.create_engine(url)
        self.metadata, self.tables = tables()
        self._kept: dict[str, object] = {}
        if self.engine.dialect.name == "sqlite":
            with self.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA journal_mode=WAL")

    def create(self, world: World) -> None:
        """Make the tables anew and fill them with everything there is."""
        self.metadata.drop_all(self.engine)
        self.metadata.create_all(self.engine)
        self.follow(world.store, None)

    def follow(self, store: WorldStore, since: datetime | None) -> None:
        """Write the rows changed after `since` (None: all), and drop those that are gone."""
        with self.engine.begin() as connection:
            for dataset, table in self.tables.items():
                key = next(iter(table.primary_key.columns))
                changed = store.bodies(SYSTEM, dataset, "updated > ?", stamp(since) or "")
                for batch in _batches(changed):
                    if since is not None:
                        connection.execute(sa.delete(table).where(key.in_([row[key.name] for row in batch])))
                    connection.execute(table.insert(), [_typed(row, table) for row in batch])
                if since is not None:
                    self._drop(connection, store, dataset)

    def clear(self) -> None:
        """Empty every table."""
        with self.engine.begin() as connection:
            for table in self.tables.values():
                connection.execute(sa.delete(table))

    def _drop(self, connection: sa.Connection, store: WorldStore, dataset: str) -> None:
        table = self.tables[dataset]
        key = next(iter(table.primary_key.columns))
        here = set(connection.execute(sa.select(key)).scalars())
        there = {row[0] for row in store.connection.execute(
            "SELECT json_extract(body, '$.' || ?) FROM rows WHERE system = ? AND dataset = ?",
            (key.name, SYSTEM, dataset))}  # fmt: skip
        for batch in _batches(iter(sorted(here - there))):
            connection.execute(sa.delete(table).where(key.in_(batch)))

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


def _batches(values: Iterator[Any]) -> Iterator[list[Any]]:
    while batch := list(islice(values, BATCH)):
        yield batch


def _typed(row: dict[str, Any], table: sa.Table) -> dict[str, Any]:
    """Return a row with its times and its decimal as the table types them."""
    made = dict(row)
    for name in ("ADD_TIME", "UPDATE_TIME"):
        if isinstance(table.c[name].type, sa.DateTime):
            made[name] = datetime.fromisoformat(made[name])
    if made.get("INVOLVED_AMOUNT") is not None:
        made["INVOLVED_AMOUNT"] = Decimal(str(made["INVOLVED_AMOUNT"]))
    return made
