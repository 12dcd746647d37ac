"""The sources of the extract benchmarks: the same typed rows of 26 columns as a table, as pages, as CSV, as a workbook.

The rows are the reports of the rule benchmark with six more columns. The hub reads them by declarations that differ in
nothing but the source.
"""

from __future__ import annotations

import codecs
import json
import uuid
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import yaml

from benchmarks.bench_reports import RULES, declared, write_parquet
from connectors.files.text import CHUNK
from schemas.contract import Column, Contract
from schemas.declaration import System, read_system

SYSTEM, DATASET = "bench_extract", "reports"
PAGE_ROWS = 1_000
TABLE = "table"
"""A file in the folder of a benchmark: the table's name, in a schema of its own."""
TYPES = {
    "je": "DECIMAL(14,2)",
    **dict.fromkeys(("ljsj", "slsj", "bjsj", "gxsj"), "TIMESTAMP"),
    "rs": "INTEGER",
}
"""Columns that are no text."""

MORE = {
    "address": ("dz", Column(name="address", title="地址", type="VARCHAR", personal="address")),
    "description": ("ms", Column(name="description", title="详情", type="VARCHAR")),
    "party_count": ("rs", Column(name="party_count", title="人数", type="INTEGER")),
    "remark": ("bz", Column(name="remark", title="备注", type="VARCHAR")),
    "extras": ("kz", Column(name="extras", title="扩展", type="VARCHAR")),
}
"""Columns that the contract has beyond that of the rule benchmark, with the source fields that fill them."""

AROUND = """
SELECT b.* EXCLUDE (n) REPLACE (
        TRY_CAST(je AS DECIMAL(14, 2)) AS je, TRY_CAST(ljsj AS TIMESTAMP) AS ljsj,
        TRY_CAST(slsj AS TIMESTAMP) AS slsj, TRY_CAST(bjsj AS TIMESTAMP) AS bjsj
    ),
    '浙江省杭州市滨江区长河街道滨兴路' || (n % 900) || '号' AS dz,
    substring(repeat('双方因楼上漏水争执，要求修复并赔偿损失，已多次协商未果；', 9), n % 28 + 1, 20 + n % 109) || n
        AS ms,
    (n % 40)::INTEGER AS rs,
    CASE WHEN n % 5 = 0 THEN '已回访' END AS bz,
    '{{"tags": ["a", "b"], "n": ' || n || '}}' AS kz,
    TIMESTAMP '2026-01-01 08:00:00.125' + INTERVAL (n % 20000000) SECOND AS gxsj
FROM (SELECT *, substring(bh, 3)::BIGINT AS n FROM ({})) AS b
"""

SOURCES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "postgresql": (
        {"kind": "database", "url": "${BENCH_URL}", "statement_timeout": "10m"},
        {"table": "", "sync": {"mode": "snapshot"}},
    ),
    "rest": (
        {
            "kind": "rest",
            "base_url": "${BENCH_URL}",
            "auth": {"kind": "none"},
            "retry": {"attempts": 1, "statuses": [503]},
            "rate_limit": "1000/s",
            "in_flight": 4,
        },
        {
            "request": {"path": "/reports", "method": "GET"},
            "success": {"field": "code", "equals": "00"},
            "rows": "data.list",
            "pagination": {"kind": "page", "page_param": "page", "size": PAGE_ROWS, "total": "data.total"},
            "sync": {"mode": "snapshot"},
        },
    ),
    "csv": (
        {"kind": "files", "transport": {"kind": "local", "folder": "${BENCH_URL}"}},
        {"pattern": "*.csv", "format": {"kind": "csv", "encoding": "gb18030"}, "sync": {"mode": "files"}},
    ),
    "xlsx": (
        {"kind": "files", "transport": {"kind": "local", "folder": "${BENCH_URL}"}},
        {"pattern": "*.xlsx", "format": {"kind": "xlsx", "header_row": 1}, "sync": {"mode": "files"}},
    ),
}
"""By kind: what the declaration says of the source, and of the dataset beside its fields."""


def read_declared(folder: Path) -> tuple[System, Contract]:
    """The declaration of one kind of source, which is the folder's name, and the contract of all."""
    source, dataset = SOURCES[folder.name]
    raw = yaml.safe_load((RULES / "bench_system.yml").read_text(encoding="utf-8"))
    reports = raw["datasets"].pop(DATASET)
    fields = reports["fields"] | {name: field for name, (field, _) in MORE.items()} | {"source_updated_at": "gxsj"}
    same = {name: reports[name] for name in ("key", "freshness", "contract")}
    if "table" in dataset:
        dataset = dataset | {"table": (folder / TABLE).read_text()}
    raw |= {"source": source, "datasets": {DATASET: dataset | same | {"fields": fields}}}
    path = folder / f"{SYSTEM}.yml"
    path.write_text(json.dumps(raw, ensure_ascii=False), encoding="utf-8")
    _, contract = declared()
    more = tuple(column for _, column in MORE.values())
    return read_system(path), msgspec.structs.replace(contract, columns=(*contract.columns, *more))


def write_source(folder: Path, rows: int) -> None:
    """Write the rows in every form that this kind of source needs, and what a right copy of them adds up to."""
    parquet, kind = folder / "rows.parquet", folder.name
    write_parquet(parquet, rows, AROUND)
    if kind == "postgresql":
        (folder / TABLE).write_text(f"hub_bench_{uuid.uuid4().hex[:12]}.reports")
    if kind in ("postgresql", "csv"):
        duckdb.execute(f"COPY (FROM '{parquet}') TO '{folder}/utf8.csv' (HEADER)")
    if kind == "csv":
        (folder / "drop").mkdir()
        _encode(folder / "utf8.csv", folder / "drop" / "reports.csv")
    elif kind == "rest":
        duckdb.execute(f"COPY (FROM '{parquet}') TO '{folder}/rows.ndjson' (FORMAT json)")
        (folder / "pages").mkdir()
        _cut_pages(folder / "rows.ndjson", folder / "pages", rows)
    elif kind == "xlsx":
        (folder / "drop").mkdir()
        _write_workbook(parquet, folder / "drop" / "reports.xlsx")
    (folder / "sums.json").write_text(json.dumps(sums(f"'{parquet}'")))


def sums(table: str, con: duckdb.DuckDBPyConnection | None = None) -> list[str]:
    """What copies of the same rows have in common: their number, amounts, and moments of the last change."""
    query = f"SELECT count(*), sum(je)::DECIMAL(18, 2), max(gxsj)::TIMESTAMP, sum(length(ms)) FROM {table}"
    return [str(value) for value in (con or duckdb).execute(query).fetchall()[0]]


def _encode(source: Path, target: Path) -> None:
    with source.open(encoding="utf-8", newline="") as text, codecs.open(str(target), "w", "gb18030") as out:
        while chunk := text.read(CHUNK):
            out.write(chunk)


def _cut_pages(source: Path, folder: Path, rows: int) -> None:
    number = 0
    with source.open("rb") as lines:
        while page := list(islice(lines, PAGE_ROWS)):
            number += 1
            listed = b",".join(line.rstrip() for line in page)
            body = b'{"code":"00","data":{"total":%d,"list":[%b]}}' % (rows, listed)
            (folder / str(number)).write_bytes(body)


def _write_workbook(source: Path, target: Path) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(
        target, {"constant_memory": True, "default_date_format": "yyyy-mm-dd hh:mm:ss", "strings_to_formulas": False}
    ) as book:
        sheet = book.add_worksheet("reports")
        rows = duckdb.sql(f"FROM '{source}'")
        sheet.write_row(0, 0, rows.columns)
        number = 0
        while batch := rows.fetchmany(PAGE_ROWS):
            for row in batch:
                number += 1
                sheet.write_row(number, 0, row)
