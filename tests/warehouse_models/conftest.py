"""A small world whose every record is written by the test that uses it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import asdict

from operations.decisions import Decision
from operations.settings import Settings
from schemas.contract import load_contracts
from schemas.dataset_rules import KIND, dataset_rules
from schemas.declaration import System, load_systems
from warehouse.build import Writer
from warehouse.link import link
from warehouse.link.steps import Linked
from warehouse.reference import load_reference
from warehouse.runner import FOLDER, build, build_models, parse
from warehouse.tables import create_tables

AS_OF = datetime(2026, 9, 15, 8)
DATASETS = {
    "case_reports": "reports",
    "case_steps": "steps",
    "case_transfers": "transfers",
    "agreements": "agreements",
    "confirmations": "confirmations",
    "referrals": "referrals",
    "evaluations": "evaluations",
    "visits": "visits",
    "grids": "grids",
    "organisations": "organisations",
    "mediators": "mediators",
    "case_parties": "parties",
    "persons": "persons",
    "verifications": "verifications",
    "grid_workers": "workers",
    "residential_areas": "areas",
    "credit_records": "credits",
    "platform_users": "users",
}


class World:
    """A warehouse with empty records. Each method adds one record; what is left out is empty or a plain default."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self._numbers = 0

    def clear(self) -> None:
        for schema in ("record", "history", "link", "ops"):
            for (table,) in self.rows(
                "SELECT table_name FROM duckdb_tables() WHERE database_name = 'wh' AND schema_name = ?", schema
            ):
                self.writer.con.execute(f"DELETE FROM {schema}.{table}")

    def add(self, contract: str, system: str, **values: Any) -> str:
        """Insert a record; returns its source_id."""
        self._numbers += 1
        row = {
            "system": system,
            "source_id": f"{contract[:2].upper()}{self._numbers:05d}",
            "dataset": f"{system}_{DATASETS[contract]}",
            "load_id": "20260915T000000000001Z-0001",
            "delivery_sha256": "00",
            "position": self._numbers,
            "landed_at": AS_OF,
            "first_landed_at": AS_OF,
            "warnings": [],
        } | values
        row.setdefault("record_hash", repr(sorted((key, str(value)) for key, value in row.items())))
        names, marks = ", ".join(row), ", ".join("?" for _ in row)
        self.writer.con.execute(f"INSERT INTO record.{contract} ({names}) VALUES ({marks})", list(row.values()))
        return str(row["source_id"])

    def report(self, system: str = "peoples_mediation", **values: Any) -> str:
        """A dispute (消费及服务) reported in 西湖区 on 1 June 2026 at nine, unless said otherwise."""
        usual = {
            "matter_kind": "dispute",
            "case_type_code": "0601",
            "reported_at": datetime(2026, 6, 1, 9),
            "county_code": "330106",
        }
        return self.add("case_reports", system, **(usual | values))

    def change(self, system: str, source_id: str, **values: Any) -> None:
        """A newer version of a report: other values, another hash."""
        self._numbers += 1
        values |= {"record_hash": f"changed {self._numbers}"}
        sets = ", ".join(f"{name} = ?" for name in values)
        self.writer.con.execute(
            f"UPDATE record.case_reports SET {sets} WHERE system = ? AND source_id = ?",
            [*values.values(), system, source_id],
        )

    def delete(self, system: str, source_id: str) -> None:
        self.writer.con.execute(
            "DELETE FROM record.case_reports WHERE system = ? AND source_id = ?", [system, source_id]
        )

    def link(self, as_of: datetime = AS_OF, decisions: Sequence[Decision] = ()) -> Linked:
        return link(self.writer, as_of, decisions)

    def build_only(self, *models: str, as_of: datetime = AS_OF) -> None:
        """Build some models, in this order, from records that need no links."""
        with self.writer.transaction() as con:
            con.execute(f"SET VARIABLE as_of = TIMESTAMP '{as_of}'")
            for name in models:
                build(con, parse(FOLDER / f"{name}.sql"), {})

    def build(self, as_of: datetime = AS_OF, decisions: Sequence[Decision] = ()) -> None:
        self.link(as_of, decisions)
        build_models(self.writer, as_of)

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.writer.con.execute(sql, list(values)).fetchall()

    def one(self, sql: str, *values: Any) -> dict[str, Any]:
        """The only row of a query, by column name."""
        found = self.writer.con.execute(sql, list(values))
        names = [column[0] for column in found.description or ()]
        rows = found.fetchall()
        assert len(rows) == 1, rows
        return dict(zip(names, rows[0], strict=True))

    def case_of(self, system: str, source_id: str) -> str:
        return str(
            self.one("SELECT case_code FROM link.memberships WHERE system = ? AND source_id = ?", system, source_id)[
                "case_code"
            ]
        )

    def members(self) -> dict[tuple[str, str], str]:
        """Report -> the code of its case."""
        rows = self.rows("SELECT system, source_id, case_code FROM link.memberships")
        return {(system, source_id): code for system, source_id, code in rows}

    def partition(self) -> set[frozenset[str]]:
        """The cases as sets of `system/source_id`."""
        groups: dict[str, set[str]] = {}
        for system, source_id, code in self.rows("SELECT system, source_id, case_code FROM link.memberships"):
            groups.setdefault(code, set()).add(f"{system}/{source_id}")
        return {frozenset(group) for group in groups.values()}


RULES: list[Mapping[str, str]] = [
    {
        "system": "peoples_mediation",
        "dataset": "mediation_cases",
        "contract": "case_reports",
        "id": rule,
        "field": rule.split(".", 1)[0],
        "title": rule,
        "dimension": dimension,
        "severity": severity,
        "responsibility": "hub" if rule.endswith("unmapped") else "department",
        "message": rule,
        "advice": rule,
    }
    for rule, severity, dimension in (
        ("town_code.division", "warning", "accuracy"),
        ("applicant_id_no.checksum", "critical", "accuracy"),
        ("case_type_code.unmapped", "critical", "accuracy"),
        ("applicant_name.placeholder", "info", "accuracy"),
        ("applicant_phone.required", "warning", "completeness"),
        ("closed_at.order", "warning", "timeliness"),
    )
]


def _dataset_rules(systems: Mapping[str, System]) -> list[dict[str, Any]]:
    """The rules on whole datasets, for each of them."""
    return [
        {"system": system.id, "dataset": name, "contract": dataset.contract, "kind": KIND} | asdict(rule)
        for system in systems.values()
        for name, dataset in system.datasets.items()
        for rule in dataset_rules()
    ]


@pytest.fixture(scope="session")
def writer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Writer]:
    home: Path = tmp_path_factory.mktemp("home")
    with Writer(Settings(home=home, as_of=AS_OF)) as opened:
        contracts = load_contracts()
        create_tables(opened, contracts.values())
        systems = load_systems()[0]
        load_reference(opened, systems.values(), contracts, [*RULES, *_dataset_rules(systems)])
        link(opened, AS_OF)
        yield opened


@pytest.fixture(scope="session")
def new_world(writer: Writer) -> Callable[[], World]:
    """Empties the warehouse and hands it out."""

    def made() -> World:
        found = World(writer)
        found.clear()
        return found

    return made


@pytest.fixture
def world(new_world: Callable[[], World]) -> World:
    return new_world()


@pytest.fixture
def at() -> Callable[..., datetime]:
    """at(6, 3) is 3 June 2026 at nine."""
    return lambda month, day, hour=9, minute=0: datetime(2026, month, day, hour, minute)
