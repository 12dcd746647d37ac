"""A tiny province that changes and is published, what a receiver of it should see by rules of its own, and a receiver
that applies the files it is given."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from warehouse.publish import point

Row = dict[str, Any]
COUNTY, OTHER = "330108", "330106"
SYSTEMS = {"court_odr": "high_court", "peoples_mediation": "justice_department", "legal_aid": "justice_department"}
JUSTICE = "justice_department"
OWN = {system for system, department in SYSTEMS.items() if department == JUSTICE}
KEYS = {
    "core.cases": ("case_code",),
    "core.case_reports": ("system", "source_id"),
    "core.parties": ("case_code", "role_code", "party_token"),
    "core.case_aliases": ("old_code",),
}
_COLUMNS = {
    "core.cases": (
        *("case_code", "county_code", "town_code", "village_code", "grid_code", "first_system", "first_source_id"),
        *("leading_system", "leading_source_id", "colour", "as_of"),
    ),
    "core.case_reports": (
        *("case_code", "system", "source_id", "county_code", "town_code", "village_code", "grid_code"),
        *("applicant_name_token", "stage_code", "link_evidence"),
    ),
    "core.parties": ("case_code", "role_code", "party_token", "name_mask"),
    "core.case_aliases": ("old_code", "new_code"),
}


@dataclass
class World:
    """Reports by (system, source_id): county, case code (None: a consultation), token of the person, stage."""

    reports: dict[tuple[str, str], Row] = field(default_factory=dict)
    counties: dict[str, str] = field(default_factory=dict)  # of cases
    aliases: dict[str, str] = field(default_factory=dict)
    version: int = 0

    def tables(self) -> dict[str, list[Row]]:
        """What is published: a case is there as long as it has a report."""
        made: dict[str, list[Row]] = {name: [] for name in KEYS}
        reports = sorted(self.reports.items())
        nowhere = dict.fromkeys(("town_code", "village_code", "grid_code"))
        for code in sorted({report["case"] for _, report in reports if report["case"]}):
            first, *_, last = [key for key, report in reports if report["case"] == code] * 2
            made["core.cases"].append(
                nowhere | {"case_code": code, "county_code": self.counties[code], "colour": "red"}
                | {"first_system": first[0], "first_source_id": first[1]}
                | {"leading_system": last[0], "leading_source_id": last[1]}
            )  # fmt: skip
        for (system, source_id), report in reports:
            evidence = json.dumps({"days": 3, "system": "court_odr"}) if report["case"] else None
            made["core.case_reports"].append(
                nowhere | {"case_code": report["case"], "system": system, "source_id": source_id}
                | {"county_code": report["county"], "stage_code": report["stage"]}
                | {"applicant_name_token": report["token"], "link_evidence": evidence}
            )  # fmt: skip
        people = sorted({(report["case"], report["token"]) for _, report in reports if report["case"]})
        for code, token in people:
            mask = None if token.startswith("erased") else f"{token[:1]}*"
            made["core.parties"].append({"case_code": code, "role_code": "10", "party_token": token, "name_mask": mask})
        made["core.case_aliases"] = [{"old_code": old, "new_code": new} for old, new in sorted(self.aliases.items())]
        return made

    def publish(self, published: Path, as_of: datetime) -> None:
        """Both files of the next version, and the link."""
        self.version += 1
        folder = published / f"v{self.version:06d}"
        folder.mkdir(parents=True)
        with duckdb.connect(str(folder / "current.duckdb")) as con:
            con.execute("CREATE SCHEMA core; CREATE SCHEMA ops")
            con.execute(
                "CREATE TABLE ops.versions AS SELECT ?::BIGINT AS version, ?::TIMESTAMP AS as_of, ?::TIMESTAMP AS"
                " published_at", [self.version, as_of, as_of]
            )  # fmt: skip
            for name, rows in self.tables().items():
                kinds = ", ".join(f"{one} {'TIMESTAMP' if one == 'as_of' else 'VARCHAR'}" for one in _COLUMNS[name])
                con.execute(f"CREATE TABLE {name} ({kinds})")
                if rows:
                    marks = ", ".join("?" for _ in _COLUMNS[name])
                    cells = [[row.get(one, as_of) for one in _COLUMNS[name]] for row in rows]
                    con.executemany(f"INSERT INTO {name} VALUES ({marks})", cells)
        with duckdb.connect(str(folder / "marts.duckdb")) as con:
            con.execute("CREATE SCHEMA ref; CREATE TABLE ref.divisions (code VARCHAR, name VARCHAR, valid_from DATE)")
            con.execute("INSERT INTO ref.divisions VALUES ('330108', '滨江区', NULL), ('33', '浙江省', NULL)")
            con.execute("CREATE TABLE ref.systems (system VARCHAR, department VARCHAR, department_name VARCHAR)")
            con.executemany("INSERT INTO ref.systems VALUES (?, ?, ?)", [[*one, one[1]] for one in SYSTEMS.items()])
        point(published / "latest", folder.name)

    def seen(self, receiver: str) -> dict[str, set[str]]:
        """What a receiver is to see of each table, by rules that share no SQL with the scope."""
        tables = self.tables()
        for row in tables["core.cases"]:
            row.pop("as_of", None)
        return {
            name: {canonical(row) for row in rows if self._is_seen(receiver, name, row)}
            for name, rows in _veiled(tables, receiver).items()
        }

    def _is_seen(self, receiver: str, name: str, row: Row) -> bool:
        code = row.get("case_code", row.get("new_code"))
        of_case = [key[0] for key, report in self.reports.items() if code and report["case"] == code]
        if receiver == JUSTICE:
            if name == "core.case_reports":
                return row["system"] in OWN
            return bool(set(of_case) & OWN) and (name != "core.parties" or set(of_case) <= OWN)
        inside = bool(of_case) and self.counties[str(code)] == receiver
        return inside or (name == "core.case_reports" and row["county_code"] == receiver)


def _veiled(tables: dict[str, list[Row]], receiver: str) -> dict[str, list[Row]]:
    """A department does not learn the reports of others by which its cases are known."""
    if receiver == JUSTICE:
        for row in tables["core.cases"]:
            for which in ("first", "leading"):
                if row[f"{which}_system"] not in OWN:
                    row[f"{which}_system"] = row[f"{which}_source_id"] = None
        for row in tables["core.case_reports"]:
            row["link_evidence"] = row["link_evidence"] and '{"days":3}'
    return tables


def canonical(row: Row) -> str:
    return json.dumps(row, sort_keys=True)


@dataclass
class Taker:
    """A receiver with nothing but the files: it drops the rows that are named and adds those that are there."""

    held: dict[str, dict[str, Row]] = field(default_factory=dict)

    def apply(self, folder: Path) -> None:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        if manifest["since"] is None:
            self.held = {}
        for dataset in manifest["datasets"]:
            rows = self.held.setdefault(dataset["name"], {})
            for row in pq.read_table(folder / f"{dataset['name']}.parquet").to_pylist():
                change, row_id = row.pop("change"), row.pop("row_id")
                if change == "withdrawn":
                    rows.pop(row_id, None)
                else:
                    rows[row_id] = row
            assert len(rows) == dataset["held_after"]

    def holds(self) -> dict[str, set[str]]:
        return {name: {canonical(row) for row in rows.values()} for name, rows in self.held.items()}
