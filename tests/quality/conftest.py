"""A home in a temporary folder where a delivery can be landed and checked with one call."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pytest
from court_row import COURT_ROW

from operations.settings import Settings
from quality.check import check
from quality.compiler import macros
from quality.outcome import Outcome
from quality.record_rules import RecordRule
from schemas.codes import Decided
from schemas.contract import load_contracts
from schemas.declaration import Dataset, System, load_systems
from schemas.delivery import Manifest, Part
from warehouse.tables import contract_tables

AS_OF = datetime(2024, 7, 1, 20)
SYSTEMS, _ = load_systems()
CONTRACTS = load_contracts()


def ndjson(*rows: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)


class Desk:
    """Lands deliveries in its own home and checks them."""

    def __init__(self, home: Path) -> None:
        self.settings = Settings(home=home, memory_limit="512MiB", as_of=AS_OF)
        self.settings.prepare()
        self.loads = 0

    def land(
        self,
        *bodies: bytes,
        system: str = "court_odr",
        dataset: str = "pre_suit_cases",
        form: Any = "ndjson",
        rows: list[int] | None = None,
    ) -> Manifest:
        """A complete manifest with one part for each body; NDJSON rows are counted by their lines."""
        self.loads += 1
        manifest = Manifest(
            load_id=f"20240701T120000.{self.loads:06d}-abcd",
            kind="sync",
            system=system,
            dataset=dataset,
            state="complete",
            opened_at=AS_OF,
            completed_at=AS_OF,
            declaration_sha256="",
        )
        folder = manifest.folder(self.settings)
        folder.mkdir(parents=True)
        for number, body in enumerate(bodies):
            path = folder / f"part-{number + 1:05d}.{form}"
            path.write_bytes(body)
            count = rows[number] if rows else body.count(b"\n")
            digest = hashlib.sha256(body).hexdigest()
            manifest.parts.append(Part(path.name, form, count, digest, len(body), manifest.landed + 1))
            manifest.landed += count
        (folder / "manifest.json").write_bytes(msgspec.json.encode(manifest))
        return manifest

    def check(
        self,
        manifest: Manifest,
        dataset: Dataset | None = None,
        as_of: datetime = AS_OF,
        decided: Sequence[Decided] = (),
    ) -> Outcome:
        system: System = SYSTEMS[manifest.system]
        wanted = dataset or system.datasets[manifest.dataset]
        return check(self.settings, manifest, system, wanted, CONTRACTS[wanted.contract], as_of, decided)

    def court(self, *rows: dict[str, Any], decided: Sequence[Decided] = ()) -> Outcome:
        """Land and check court reports: each is the clean row with these changes."""
        changed = [{**COURT_ROW, "sqdj_bh": f"SQ{number}", **row} for number, row in enumerate(rows, start=1)]
        return self.check(self.land(ndjson(*changed)), decided=decided)


def table(path: Path, columns: str = "*") -> list[dict[str, Any]]:
    """The rows of a Parquet file, by position."""
    with duckdb.connect() as con:
        result = con.execute(f"SELECT {columns} FROM read_parquet('{path}') ORDER BY position")
        names = [column[0] for column in result.description or ()]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "home")


@pytest.fixture
def staged() -> Callable[[Outcome], list[dict[str, Any]]]:
    return lambda outcome: table(outcome.staging)


@pytest.fixture
def quarantined() -> Callable[[Outcome], list[dict[str, Any]]]:
    return lambda outcome: table(outcome.quarantine)


@pytest.fixture
def lines() -> Callable[..., bytes]:
    """NDJSON of rows."""
    return ndjson


@pytest.fixture
def court_row() -> dict[str, Any]:
    """A court report that breaks no rule."""
    return dict(COURT_ROW)


class Records:
    """Record tables, links and open rejections in memory."""

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
            for row in rows:
                names, marks = ", ".join(row), ", ".join("?" for _ in row)
                name = table if "." in table else f"record.{table}"
                self.con.execute(f"INSERT INTO {name} ({names}) VALUES ({marks})", list(row.values()))

    def failing(self, rule: RecordRule) -> dict[tuple[str, str], str]:
        """(system, source_id) of the failing records with what is shown of them; each is there once."""
        found = self.con.execute(rule.sql, {"as_of": AS_OF} if "$as_of" in rule.sql else {}).fetchall()
        assert {row[2:5] for row in found} <= {(rule.contract, rule.rule.id, rule.rule.field)}
        assert {row[:2] for row in found} <= rule.versions.keys(), "only declared datasets are judged"
        shown = {(row[0], row[5]): row[6] for row in found}
        assert len(shown) == len(found), "a record fails a rule once"
        return shown


@pytest.fixture(scope="module")
def records() -> Iterator[Records]:
    """Empty record tables in memory."""
    with duckdb.connect(config={"threads": 1}) as con:
        yield Records(con)


@pytest.fixture(scope="session")
def normalise() -> Iterator[Callable[..., Any]]:
    """normalise(text, "tidy_nonzero", "phone_of") is what these macros make of a text, one after the other."""
    with duckdb.connect() as con:
        con.execute(macros())

        def through(text: str | None, *names: str) -> Any:
            found: Any = text
            for name in names:
                given = "CAST($1 AS VARCHAR)" if found is None or isinstance(found, str) else "$1"
                row = con.execute(f"SELECT {name}(v) FROM (SELECT {given} AS v)", [found]).fetchone()
                found = row[0] if row else None
            return found

        yield through
