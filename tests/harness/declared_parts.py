"""The datasets of every declaration, and one synthetic delivery of each with what the check makes of it."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from functools import cache
from typing import Any

import duckdb
from desk import Desk, ndjson
from synthetic_rows import synthetic_row

from quality.outcome import Outcome
from quality.parquet import accepted
from schemas.contract import Contract, load_contracts
from schemas.declaration import FOLDER, Dataset, System, read_system
from schemas.declared.dataset import Drift

CONTRACTS = load_contracts()
SYSTEMS = sorted(path.stem for path in FOLDER.glob("*.yml"))
WIDE = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})
NEW = "a_field_that_nobody_declared"
TOLERANT = Drift(new_field="warn", missing_field="warn", wrong_type="quarantine")


@dataclass(frozen=True)
class Part:
    """One dataset of one declaration with the contract that it fills."""

    system: System
    dataset: Dataset
    contract: Contract

    @property
    def place(self) -> str:
        return f"{self.system.id}.{self.dataset.name}"

    @property
    def required(self) -> dict[str, str]:
        """Rule id -> source field of each column that must be filled, the key among them."""
        found = {"source_id.required": self.dataset.key[0]}
        for column in self.contract.columns:
            mapped = self.dataset.fields.get(column.name)
            if column.required and mapped and mapped.source and mapped.source not in self.dataset.key:
                found[f"{column.name}.required"] = mapped.source
        return found


@cache
def declared(system_id: str) -> System:
    return read_system(FOLDER / f"{system_id}.yml")


@cache
def parts_of(system_id: str) -> tuple[Part, ...]:
    found = declared(system_id)
    return tuple(Part(found, each, CONTRACTS[each.contract]) for each in found.datasets.values())


@dataclass(frozen=True)
class Judged:
    """What became of a synthetic delivery: rows by position, those accepted and those refused with their rules."""

    outcome: Outcome
    accepted: dict[int, dict[str, Any]]
    rejected: dict[int, list[str]]


def judge(desk: Desk, part: Part) -> Judged:
    good = synthetic_row(part.dataset, part.contract)
    wide = good | {name: f" {good[name]}　".translate(WIDE) for name in part.dataset.key}
    lacking = [{name: value for name, value in good.items() if name != field} for field in part.required.values()]
    rows = [good, wide, *lacking, good | {NEW: "x"}]
    manifest = desk.land(ndjson(*rows), system=part.system.id, dataset=part.dataset.name)
    outcome = desk.check(manifest, part.dataset.model_copy(update={"drift": TOLERANT}))
    with closing(duckdb.connect()) as con:
        kept = con.execute(f"SELECT position, source_id FROM {accepted([outcome.staging])}").fetchall()
        refused = con.execute("SELECT * FROM read_parquet(?)", [str(outcome.quarantine)])
        names = [column[0] for column in refused.description or ()]
        rejected = [dict(zip(names, row, strict=True)) for row in refused.fetchall()]
    return Judged(
        outcome,
        {position: {"source_id": source_id} for position, source_id in kept},
        {row["position"]: [reason["rule"] for reason in row["reasons"]] for row in rejected},
    )
