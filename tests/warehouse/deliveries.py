"""Small checked deliveries, made with DuckDB as the check leaves them on disk."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from operations.settings import Settings
from schemas.contract import Column, Contract
from schemas.delivery import FieldChange, Kind, Manifest, Page, Window
from warehouse.landing import Landing

AS_OF = datetime(2026, 6, 30, 8)
SYSTEM, DATASET = "court_odr", "pre_suit_cases"

CONTRACT = Contract(
    name="case_reports",
    title="来件",
    version="1.0.0",
    description="",
    columns=(
        Column(name="reported_at", title="来件时间", type="TIMESTAMP", required=True),
        Column(name="stage_code", title="阶段", type="VARCHAR"),
        Column(name="applicant_kind", title="申请人类别", type="VARCHAR"),
        Column(name="applicant_name", title="申请人姓名", type="VARCHAR", personal="name"),
        Column(name="applicant_id_no", title="申请人证件号码", type="VARCHAR", personal="id_no"),
        Column(name="applicant_phone", title="申请人电话", type="VARCHAR", personal="phone"),
        Column(name="address", title="地址", type="VARCHAR", personal="address"),
        Column(name="handling_org_name", title="办理单位", type="VARCHAR"),
        Column(name="related_no", title="关联编号", type="VARCHAR"),
        Column(name="has_minor", title="涉未成年人", type="BOOLEAN"),
    ),
    checks=(),
)

_STAGED = """
    system VARCHAR, source_id VARCHAR, load_id VARCHAR, record_hash VARCHAR, source_updated_at TIMESTAMP,
    landed_at TIMESTAMP, is_tombstone BOOLEAN, warned VARCHAR, rejected BOOLEAN,
    part UINTEGER
"""
_QUARANTINED = """
    system VARCHAR, dataset VARCHAR, contract VARCHAR, load_id VARCHAR, position BIGINT, source_id VARCHAR,
    source_updated_at TIMESTAMP, file VARCHAR, line BIGINT, sheet VARCHAR, cell VARCHAR, raw VARCHAR,
    reasons STRUCT(rule VARCHAR, field VARCHAR, message VARCHAR, dimension VARCHAR, severity VARCHAR,
                   responsibility VARCHAR, value VARCHAR)[], landed_at TIMESTAMP
"""


@dataclass(frozen=True)
class Row:
    """One delivered row. `content` is the stage code; equal content is an equal record."""

    source_id: str | None
    content: str = "10"
    updated: datetime | None = None
    tombstone: bool = False
    rejected: bool = False
    warnings: tuple[str, ...] = ()
    fields: dict[str, Any] = field(default_factory=dict)

    @property
    def hash(self) -> str:
        return hashlib.md5(repr((self.content, sorted(self.fields.items()))).encode()).hexdigest()


@dataclass(frozen=True)
class Outcome:
    staging: Path
    quarantine: Path
    fired: dict[str, int] = field(default_factory=dict)
    changes: Sequence[FieldChange] = ()


def land(
    settings: Settings,
    rows: Sequence[Row],
    *,
    kind: Kind = "sync",
    system: str = SYSTEM,
    dataset: str = DATASET,
    since: datetime | None = None,
    declared: int | None = None,
    file: Path | None = None,
) -> Manifest:
    """Land the rows as one NDJSON page."""
    load = Landing(settings).open(system, dataset, kind, Window(since, None), "0" * 64)
    body = "".join(json.dumps({"source_id": row.source_id, "stage": row.content}) + "\n" for row in rows)
    load.add(Page(format="ndjson", rows=len(rows), body=body.encode(), declared=declared, original=file))
    return load.complete(None)


def check(settings: Settings, manifest: Manifest, rows: Sequence[Row], contract: Contract = CONTRACT) -> Outcome:
    """Write the judged and the rejected rows of a load as the check writes them."""
    outcome = Outcome(
        settings.staging / f"{manifest.load_id}.parquet", settings.quarantine / f"{manifest.load_id}.parquet"
    )
    columns = ", ".join(f"{column.name} {column.type}" for column in contract.columns)
    with duckdb.connect() as con:
        con.execute(f"CREATE TABLE judged ({_STAGED}, {columns})")
        con.execute(f"CREATE TABLE rejected ({_QUARANTINED})")
        for position, row in enumerate(rows, start=1):
            if row.rejected:
                reason = (
                    "reported_at.required",
                    "reported_at",
                    "缺少来件时间",
                    "completeness",
                    "critical",
                    "department",
                    "x",
                )
                con.execute(
                    "INSERT INTO rejected VALUES"
                    f" (?, ?, ?, ?, ?, ?, ?, ?, NULL, '登记表', 'K17', ?, [{_struct(reason)}], ?)",
                    [
                        manifest.system,
                        manifest.dataset,
                        contract.name,
                        manifest.load_id,
                        position,
                        row.source_id,
                        row.updated,
                        manifest.parts[0].original_name or manifest.parts[0].path,
                        row.content,
                        manifest.completed_at,
                    ],
                )
            values = {"reported_at": AS_OF, "stage_code": row.content, **row.fields}
            con.execute(
                f"INSERT INTO judged VALUES ({', '.join('?' * (10 + len(contract.columns)))})",
                [
                    manifest.system,
                    row.source_id,
                    manifest.load_id,
                    row.hash,
                    row.updated,
                    manifest.completed_at,
                    row.tombstone,
                    json.dumps([{"rule": rule, "value": ""} for rule in row.warnings]) if row.warnings else None,
                    row.rejected,
                    0,
                    *(values.get(column.name) for column in contract.columns),
                ],
            )
        con.execute(f"COPY judged TO '{outcome.staging}' (FORMAT parquet)")
        con.execute(f"COPY rejected TO '{outcome.quarantine}' (FORMAT parquet)")
    return outcome


def _struct(reason: tuple[str, ...]) -> str:
    names = ("rule", "field", "message", "dimension", "severity", "responsibility", "value")
    return "{" + ", ".join(f"{name}: '{value}'" for name, value in zip(names, reason, strict=True)) + "}"
