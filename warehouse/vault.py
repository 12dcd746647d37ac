"""Tokens: HMAC-SM3 of personal values, one key per kind, so that two kinds can never be joined by accident.

A bare hash of an ID number or a phone number can be enumerated in hours; a keyed one cannot. SM3 is GB/T 32905-2016.
The warehouse compares tokens only; vault.personal_values alone turns one back into its value.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Sequence

import duckdb
import pyarrow as pa

from operations.keys import key
from operations.settings import Settings
from schemas.contract import Column

BATCH = 100_000  # values per Arrow batch
TOKEN_DIGITS = 32  # 128 bits of the 256: far beyond collision at province scale, half the storage


def tokens(secret: bytes, values: Iterable[str]) -> list[str]:
    """The 32 hexadecimal digits that stand for each value under this key.

    The key is taken in once: for a short value that costs as much as the value does.
    """
    keyed = hmac.new(secret, digestmod="sm3")
    found = []
    for value in values:
        one = keyed.copy()
        one.update(value.encode())
        found.append(one.hexdigest()[:TOKEN_DIGITS])
    return found


def tokenise(con: duckdb.DuckDBPyConnection, settings: Settings, columns: Sequence[Column]) -> None:
    """Fill temp table delivery_tokens(kind, value, token) for the personal values of temp table `changed`.

    Only values that vault.personal_values does not hold yet are computed, and they are added to it. Runs inside
    the caller's transaction.
    """
    con.execute("CREATE OR REPLACE TEMP TABLE delivery_tokens (kind VARCHAR, value VARCHAR, token VARCHAR)")
    if not columns:
        return
    values = " UNION ALL ".join(
        f"SELECT '{column.personal}' AS kind, {column.name} AS value FROM changed WHERE {column.name} IS NOT NULL"
        for column in columns
    )
    con.execute(f"CREATE OR REPLACE TEMP TABLE delivery_values AS SELECT DISTINCT kind, value FROM ({values})")
    con.execute(
        "INSERT INTO delivery_tokens SELECT v.kind, v.value, v.token FROM vault.personal_values AS v"
        " SEMI JOIN delivery_values AS d ON d.kind = v.kind AND d.value = v.value"
    )
    for kind in dict.fromkeys(str(column.personal) for column in columns):
        _add_new(con, kind, key(settings, f"token_{kind}"))
    con.execute("DROP TABLE delivery_values")


def _add_new(con: duckdb.DuckDBPyConnection, kind: str, secret: bytes) -> None:
    con.execute(
        "CREATE OR REPLACE TEMP TABLE new_values AS"
        " SELECT row_number() OVER () AS number, d.value FROM delivery_values AS d"
        " ANTI JOIN delivery_tokens AS t ON t.kind = d.kind AND t.value = d.value WHERE d.kind = ?",
        [kind],
    )
    (count,) = con.execute("SELECT count(*) FROM new_values").fetchall()[0]
    for start in range(0, count, BATCH):
        batch = con.execute(
            "SELECT value FROM new_values WHERE number > ? AND number <= ?", [start, start + BATCH]
        ).to_arrow_table()
        made = pa.array(tokens(secret, batch.column("value").to_pylist()), pa.string())
        con.register("token_batch", batch.append_column("token", made))
        con.execute("INSERT INTO delivery_tokens SELECT ?, value, token FROM token_batch", [kind])
        con.execute("INSERT INTO vault.personal_values SELECT ?, token, value FROM token_batch", [kind])
        con.unregister("token_batch")
    con.execute("DROP TABLE new_values")


def tokenise_rows(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Fill temp table row_tokens(position, token) for the rows of temp table `rejected` that have no key.

    The token lets the same keyless row be known again when it is rejected again, without keeping its content.
    """
    secret = key(settings, "token_row")
    keyless = con.execute("SELECT position, raw FROM rejected WHERE source_id IS NULL").to_arrow_table()
    made = pa.array(tokens(secret, (raw or "" for raw in keyless.column("raw").to_pylist())), pa.string())
    con.register("token_batch", keyless.select(["position"]).append_column("token", made))
    con.execute("CREATE OR REPLACE TEMP TABLE row_tokens AS SELECT position, token FROM token_batch")
    con.unregister("token_batch")
