"""What a merge reads: the checked rows of a load, or the keys of a load of deletions, under the same two names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import duckdb

from schemas.contract import Contract
from schemas.delivery import FieldChange, Manifest
from warehouse.build import literal

COMMON = (
    "source_id",
    "part",
    "rejected",
    "source_updated_at",
    "record_hash",
    "is_tombstone",
    "warned",
    "landed_at",
)


class Checked(Protocol):
    """What the check of a load left on disk, Parquet files: its judged rows, and the rejected ones with reasons."""

    @property
    def staging(self) -> Path: ...

    @property
    def quarantine(self) -> Path: ...

    @property
    def fired(self) -> dict[str, int]:
        """Rows that broke each rule, by rule id; rules of severity `info` leave no other trace."""

    @property
    def changes(self) -> Sequence[FieldChange]:
        """How the form of the delivery differs from its declaration."""


class StagedError(Exception):
    """Staged rows that do not fit; the message names system, dataset, load and what to do."""

    def __init__(self, manifest: Manifest, problem: str) -> None:
        super().__init__(
            f"{manifest.system}.{manifest.dataset} load {manifest.load_id}: {problem}; remove this load's files from"
            " staging and quarantine so that it is checked again, then build"
        )


def open_staged(con: duckdb.DuckDBPyConnection, manifest: Manifest, outcome: Checked, contract: Contract) -> None:
    """Make temp view `staged` of accepted rows, temp tables `rejected` of quarantined ones and `deliveries`.

    A row's `part` is that of its delivery. Staged and rejected rows say what may be seen of the values that broke a
    rule, so the macro `evidence` must be there. Raises StagedError when a file or a column of the contract is missing,
    or an accepted row has no key.
    """
    for path in (outcome.staging, outcome.quarantine):
        if not path.exists():
            raise StagedError(manifest, f"{path} is missing")
    judged = f"read_parquet({literal(outcome.staging)}, file_row_number = true)"
    present = {name for (name, *_) in con.execute(f"DESCRIBE FROM {judged}").fetchall()}
    expected = {*COMMON, *(column.name for column in contract.columns)}
    if missing := sorted(expected - present):
        raise StagedError(manifest, f"{outcome.staging} was checked by an older contract, without {missing}")
    con.execute(
        "CREATE OR REPLACE TEMP VIEW staged AS SELECT file_row_number + 1 AS position, * EXCLUDE (file_row_number),"
        " coalesce(json_extract_string(warned, '$[*].rule'), []) AS warnings,"
        " CASE WHEN warned IS NULL THEN CAST([] AS VARCHAR[]) ELSE list_transform(list_zip("
        "json_extract_string(warned, '$[*].rule'), json_extract_string(warned, '$[*].value')),"
        " lambda one: evidence(one[1], one[2])) END"
        f" AS warnings_shown FROM {judged} WHERE NOT rejected"
    )
    _open_deliveries(con, manifest)
    if con.execute("SELECT 1 FROM staged WHERE source_id IS NULL LIMIT 1").fetchone():
        raise StagedError(manifest, f"{outcome.staging} holds an accepted row without a key")
    con.execute(
        "CREATE OR REPLACE TEMP TABLE rejected AS SELECT position, source_id, source_updated_at, file, reasons,"
        " sheet || '!' || cell AS cell,"
        " CASE WHEN source_id IS NULL THEN raw::VARCHAR END AS raw, landed_at,"
        " [reason.rule FOR reason IN reasons] AS rule_ids, [reason.field FOR reason IN reasons] AS fields,"
        " [evidence(reason.rule, reason.value) FOR reason IN reasons] AS shown,"
        " [reason.message FOR reason IN reasons IF reason.severity = 'critical'][1] AS message"
        f" FROM read_parquet({literal(outcome.quarantine)})"
    )


def _open_deliveries(con: duckdb.DuckDBPyConnection, manifest: Manifest) -> None:
    con.execute("CREATE OR REPLACE TEMP TABLE deliveries (part UINTEGER, sha256 VARCHAR)")
    shas = [(index, part.original_sha256 or part.sha256) for index, part in enumerate(manifest.parts)]
    _insert(con, "deliveries", shas)


def open_tombstones(con: duckdb.DuckDBPyConnection, manifest: Manifest, folder: Path) -> None:
    """The same for a load of kind `deletes`, whose NDJSON parts name the keys that are gone."""
    landed_at = literal(manifest.completed_at)
    parts = [
        f"SELECT source_id, row_number() OVER () + {part.first_position - 1} AS position, {index} AS part"
        f" FROM read_json({literal(folder / part.path)}, format = 'newline_delimited',"
        " columns = {source_id: 'VARCHAR'})"
        for index, part in enumerate(manifest.parts)
    ]
    keys = " UNION ALL ".join(parts) or ("SELECT NULL::VARCHAR AS source_id, 0 AS position, 0 AS part WHERE false")
    con.execute(
        "CREATE OR REPLACE TEMP TABLE deletion_keys AS SELECT *, NULL::TIMESTAMP AS source_updated_at,"
        " NULL::VARCHAR AS record_hash, true AS is_tombstone, []::VARCHAR[] AS warnings,"
        " []::VARCHAR[] AS warnings_shown,"
        f" {landed_at}::TIMESTAMP AS landed_at FROM ({keys})"
    )
    con.execute("CREATE OR REPLACE TEMP VIEW staged AS SELECT * FROM deletion_keys")
    _open_deliveries(con, manifest)
    con.execute(
        "CREATE OR REPLACE TEMP TABLE rejected (position BIGINT, source_id VARCHAR, source_updated_at TIMESTAMP,"
        " file VARCHAR, reasons STRUCT(rule VARCHAR, field VARCHAR, dimension VARCHAR, severity VARCHAR,"
        " responsibility VARCHAR)[], raw VARCHAR, landed_at TIMESTAMP, rule_ids VARCHAR[], fields VARCHAR[],"
        " shown VARCHAR[], message VARCHAR, cell VARCHAR)"
    )


def rule_facts(con: duckdb.DuckDBPyConnection, contract: Contract, fired: dict[str, int]) -> None:
    """Fill temp tables rule_facts, with what the contract says of its rules, and fired, with how often each was broken.

    Accepted rows carry rule ids only.
    """
    con.execute(
        "CREATE OR REPLACE TEMP TABLE rule_facts"
        " (rule_id VARCHAR, field VARCHAR, dimension VARCHAR, severity VARCHAR, responsibility VARCHAR)"
    )
    facts = [
        (rule.id, rule.arguments.get("column", rule.id.split(".")[0]), rule.dimension, rule.severity, "department")
        for rule in contract.rules
    ]
    con.execute("CREATE OR REPLACE TEMP TABLE fired (rule_id VARCHAR, rows_failed BIGINT)")
    _insert(con, "rule_facts", facts)
    _insert(con, "fired", list(fired.items()))


def _insert(con: duckdb.DuckDBPyConnection, table: str, rows: Sequence[tuple[object, ...]]) -> None:
    """All rows in one statement: DuckDB takes each by itself as long as all of them together."""
    if rows:
        written = ", ".join(f"({', '.join(literal(value) for value in row)})" for row in rows)
        con.execute(f"INSERT INTO {table} VALUES {written}")
