"""A person taken out of the build file: tokens, masks, vault, evidence and fingerprints.

Records stay: a report came in, a case was made of it. Where the person's tokens stood stand random ones, one for each,
so that what was linked stays linked and counts stay what they were; nobody can make them from a number again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from schemas.contract import Contract
from warehouse.build import literal
from warehouse.persons import LAYERS, Role, roles
from warehouse.tables import vaulted

Redact = Callable[[dict[str, Any]], dict[str, Any] | None]
"""A row of texts without the person, None when the person is not in it."""
EVIDENCE = ("evidence", "link_evidence")
"""Columns in which a link names the token that two reports have in common by its beginning."""
NAMED_DIGITS = 8
DERIVED = ("core", "mart")
"""Schemas whose tables every build makes anew."""


@dataclass(frozen=True)
class Values:
    """What the vault still knows of a person: numbers and names by token, addresses."""

    values: dict[str, str]
    addresses: set[str]


def existing(con: duckdb.DuckDBPyConnection, contracts: Sequence[Contract]) -> list[Contract]:
    """The contracts of which the build file that is attached as `wh` has tables with all columns."""
    rows = con.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'wh' AND schema_name = 'history'")
    held = {name for (name,) in rows.fetchall()}
    return [contract for contract in contracts if contract.name in held]


def values_of(con: duckdb.DuckDBPyConnection, contracts: Sequence[Contract]) -> Values:
    """What the vault holds of the person of the temp tables `warehouse.persons.stage` made."""
    values = con.execute(
        "SELECT v.token, v.value FROM vault.personal_values AS v"
        " SEMI JOIN erased_tokens AS e ON e.kind = v.kind AND e.token = v.token"
    ).fetchall()
    addresses: set[str] = set()
    for contract in contracts:
        for column in vaulted(contract):
            if column.personal != "address" or not (matching := _matching(contract)):
                continue
            rows = con.execute(
                f"SELECT DISTINCT v.{column.name} FROM vault.{contract.name} AS v SEMI JOIN ({matching}) AS k"
                f" ON k.system = v.system AND k.source_id = v.source_id WHERE v.{column.name} IS NOT NULL"
            ).fetchall()
            addresses |= {address for (address,) in rows}
    return Values(dict(values), addresses)


def erase(
    con: duckdb.DuckDBPyConnection,
    contracts: Sequence[Contract],
    rejected: Sequence[tuple[str, int]],
    redact: Redact,
    known: Values,
) -> dict[str, int]:
    """Take the person of the staged temp tables out of `wh`, in the caller's transaction; rows touched, by table.

    `rejected` are the rows of quarantine that the person is in. Erasing again changes nothing.
    """
    touched: dict[str, int] = {}

    def change(table: str, statement: str, values: list[Any] | None = None) -> None:
        ((rows,),) = con.execute(statement, values or []).fetchall()
        if rows:
            touched[table] = touched.get(table, 0) + rows

    con.execute(
        "CREATE OR REPLACE TEMP TABLE erased_keys AS " + " UNION ".join(
            f"SELECT '{contract.name}' AS contract, system, source_id FROM ({matching})"
            for contract in contracts if (matching := _matching(contract))
        )
    )  # fmt: skip
    for contract in contracts:
        _vault(con, contract, redact, known, touched)
        for layer in LAYERS:
            table = f"{layer}.{contract.name}"
            evidence = ", warnings_shown = [NULL::VARCHAR FOR one IN warnings_shown]" if layer == "record" else ""
            for role in roles(contract):
                change(
                    table,
                    f"UPDATE {table} AS r SET record_hash = 'erased'{evidence}{_replaced(role)} WHERE {role.matches()}",
                )
                if role.phone is not None:
                    phone = f"{role.phone}_token"
                    change(
                        table,
                        f"UPDATE {table} AS r SET {phone} = e.replacement, {role.phone}_mask = NULL"
                        f" FROM erased_tokens AS e WHERE e.kind = 'phone' AND e.token = r.{phone}",
                    )
    if ("link", "memberships") in _tables(con):
        change(
            "link.memberships",
            "UPDATE link.memberships AS m SET record_hash = 'erased' FROM erased_keys AS k"
            " WHERE k.contract = 'case_reports' AND k.system = m.system AND k.source_id = m.source_id"
            " AND m.record_hash <> 'erased'",
        )
    for table, rows in erase_evidence(con).items():
        touched[table] = touched.get(table, 0) + rows
    for load_id, position in rejected:
        change(
            "ops.rejected_rows",
            "UPDATE ops.rejected_rows SET shown = [NULL::VARCHAR FOR one IN shown] WHERE load_id = ? AND position = ?",
            [load_id, position],
        )
    still = " UNION ALL ".join(
        f"SELECT {role.name}_token FROM {layer}.{contract.name}"
        for contract in contracts for role in roles(contract) if role.name is not None for layer in LAYERS
    )  # fmt: skip
    change(
        "vault.personal_values",
        "DELETE FROM vault.personal_values AS v USING erased_tokens AS e WHERE e.kind = v.kind AND e.token = v.token"
        f" AND (e.kind <> 'name' OR e.token NOT IN (SELECT * FROM ({still}) AS t(token) WHERE token IS NOT NULL))",
    )
    return touched


def erase_evidence(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Let links name the token that stands for the person of the staged temp tables; rows changed, by table."""
    touched: dict[str, int] = {}
    for schema, table in _tables(con):
        if schema == "link" and table in ("memberships", "moves", "edges"):
            ((rows,),) = con.execute(
                f"UPDATE link.{table} AS t SET evidence = replace(t.evidence, {_said('token')}, {_said('replacement')})"
                f" FROM erased_tokens AS e WHERE {_named(table, 'evidence')}"
            ).fetchall()
            if rows:
                touched[f"link.{table}"] = rows
    return touched


def drop_derived(con: duckdb.DuckDBPyConnection) -> None:
    """Leave out of a build file what the next build makes anew: there the person's tokens and masks stand too."""
    for schema, table in _tables(con):
        if schema in DERIVED:
            con.execute(f"DROP TABLE {schema}.{table}")


def remains(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Rows by table.column in which a number's token of the person, or in the vault a value of it, still stands."""
    found: dict[str, int] = {}
    columns = con.execute(
        "SELECT c.schema_name, c.table_name, c.column_name FROM duckdb_columns() AS c JOIN duckdb_tables() AS t"
        " USING (database_name, schema_name, table_name)"
        " WHERE database_name = 'wh' AND c.data_type IN ('VARCHAR', 'VARCHAR[]') AND c.column_name <> 'record_hash'"
    ).fetchall()
    listed = con.execute("SELECT string_agg(token, '|') FROM erased_tokens WHERE kind <> 'name'").fetchall()[0][0]
    for schema, table, column in columns if listed else ():
        ((rows,),) = con.execute(
            f'SELECT count(*) FROM {schema}.{table} WHERE regexp_matches("{column}"::VARCHAR, {literal(listed)})'
        ).fetchall()
        if rows:
            found[f"{schema}.{table}.{column}"] = rows
    for schema, table, column in columns if listed else ():
        if column in EVIDENCE:
            ((rows,),) = con.execute(
                f"SELECT count(*) FROM {schema}.{table} AS t WHERE EXISTS"
                f" (SELECT 1 FROM erased_tokens AS e WHERE {_named(table, column)})"
            ).fetchall()
            if rows:
                found[f"{schema}.{table}.{column}"] = rows
    return found


def _beginning(of: str) -> str:
    return f"left(e.{of}, {NAMED_DIGITS})"


def _said(of: str) -> str:
    return f"""concat('"matched":"', {_beginning(of)}, '"')"""


def _named(table: str, column: str) -> str:
    """SQL: the evidence of the row `t` names the token of `e`, whose kind the rule tells."""
    rule = "t.rule" if table == "edges" else f"json_extract_string(t.{column}, '$.rule')"
    return (
        f"e.kind = CASE {rule} WHEN 'id_rule' THEN 'id_no' WHEN 'phone_rule' THEN 'phone' END"
        f" AND json_extract_string(t.{column}, '$.matched') = {_beginning('token')}"
    )


def _matching(contract: Contract) -> str:
    """SQL: system and source_id of the records of a contract that the person is in; empty where it names nobody."""
    return " UNION ".join(
        f"SELECT r.system, r.source_id FROM {layer}.{contract.name} AS r WHERE {role.matches()}"
        for role in roles(contract) for layer in LAYERS
    )  # fmt: skip


def _replaced(role: Role) -> str:
    return "".join(
        f", {column}_mask = NULL, {column}_token = coalesce((SELECT e.replacement FROM erased_tokens AS e"
        f" WHERE e.kind = '{kind}' AND e.token = r.{column}_token), r.{column}_token)"
        for kind, column in role.columns()
    )


def _vault(
    con: duckdb.DuckDBPyConnection, contract: Contract, redact: Redact, known: Values, touched: dict[str, int]
) -> None:
    """Addresses and sensitive attributes of the person's records, and the person in any free text."""
    table, columns = f"vault.{contract.name}", vaulted(contract)
    if not columns:
        return
    own = [column.name for column in columns if column.personal != "text"]
    texts = [column.name for column in columns if column.personal == "text"]
    if own:
        ((rows,),) = con.execute(
            f"UPDATE {table} AS v SET record_hash = 'erased', {', '.join(f'{name} = NULL' for name in own)}"
            f" FROM erased_keys AS k WHERE k.contract = '{contract.name}' AND k.system = v.system"
            " AND k.source_id = v.source_id"
        ).fetchall()
        if rows:
            touched[table] = touched.get(table, 0) + rows
    if not texts:
        return
    sought = sorted({*known.values.values(), *known.addresses})
    names = ", ".join(f"v.{name}" for name in texts)
    either = " OR ".join(f"regexp_matches(v.{name}, '[0-9０-９]{{7}}')" for name in texts)
    either += "".join(f" OR contains(v.{name}, one.text)" for name in texts)
    rows = con.execute(
        f"SELECT DISTINCT v.rowid, {names}, h.* EXCLUDE (load_id, record_hash, delivery_sha256)"
        f" FROM {table} AS v JOIN history.{contract.name} AS h USING (system, source_id, load_id)"
        " LEFT JOIN (SELECT unnest($sought::VARCHAR[]) AS text) AS one ON true"
        f" WHERE {either}",
        {"sought": sought},
    )
    titles = [name for name, *_ in rows.description or []]
    for row in rows.fetchall():
        rowid, *rest = row
        clean = redact(dict(zip(titles[1:], rest, strict=True)))
        if clean is None or all(clean[name] == rest[index] for index, name in enumerate(texts)):
            continue
        con.execute(
            f"UPDATE {table} SET record_hash = 'erased', {', '.join(f'{name} = ?' for name in texts)} WHERE rowid = ?",
            [*(clean[name] for name in texts), rowid],
        )
        touched[table] = touched.get(table, 0) + 1


def _tables(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    return con.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'wh' ORDER BY ALL"
    ).fetchall()
