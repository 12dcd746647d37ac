"""The vault: vault.personal_values alone turns a token back into its value; everything else compares tokens only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import duckdb
import pyarrow as pa

from operations.keys import secret, versions
from operations.settings import Settings
from schemas.contract import Column
from warehouse import token_keys
from warehouse.tokens import tokens

BATCH = 100_000  # values per Arrow batch


def tokenise(con: duckdb.DuckDBPyConnection, settings: Settings, columns: Sequence[Column]) -> None:
    """Fill temp table delivery_tokens(kind, value, token) for the personal values of temp view `changed`.

    Only values that vault.personal_values does not hold yet are computed, and they are added to it. Runs inside
    the caller's transaction.
    """
    con.execute("CREATE OR REPLACE TEMP TABLE delivery_tokens (kind VARCHAR, value VARCHAR, token VARCHAR)")
    if not columns:
        return
    names = ", ".join(column.name for column in columns)
    con.execute(f"CREATE OR REPLACE TEMP TABLE personal AS SELECT {names} FROM changed")  # a view that joins: read once
    values = " UNION ALL ".join(
        f"SELECT '{column.personal}' AS kind, {column.name} AS value FROM personal WHERE {column.name} IS NOT NULL"
        for column in columns
    )
    con.execute(f"CREATE OR REPLACE TEMP TABLE delivery_values AS SELECT DISTINCT kind, value FROM ({values})")
    con.execute("DROP TABLE personal")
    con.execute(
        "INSERT INTO delivery_tokens SELECT v.kind, v.value, v.token FROM vault.personal_values AS v"
        " SEMI JOIN delivery_values AS d ON d.kind = v.kind AND d.value = v.value"
    )
    for kind in dict.fromkeys(str(column.personal) for column in columns):
        _add_new(con, kind, token_keys.settle(con, settings, kind))
    con.execute("DROP TABLE delivery_values")


def _add_new(con: duckdb.DuckDBPyConnection, kind: str, keyed_by: bytes) -> None:
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
        made = pa.array(tokens(keyed_by, batch.column("value").to_pylist()), pa.string())
        con.register("token_batch", batch.append_column("token", made))
        con.execute("INSERT INTO delivery_tokens SELECT ?, value, token FROM token_batch", [kind])
        con.execute("INSERT INTO vault.personal_values SELECT ?, token, value FROM token_batch", [kind])
        con.unregister("token_batch")
    con.execute("DROP TABLE new_values")


def tokenise_rows(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Fill temp table row_tokens(position, token) for the rows of temp table `rejected` that have no key.

    The token lets the same keyless row be known again when it is rejected again, without keeping its content.
    """
    keyed_by = token_keys.settle(con, settings, "row")
    keyless = con.execute("SELECT position, raw FROM rejected WHERE source_id IS NULL").to_arrow_table()
    made = pa.array(tokens(keyed_by, (raw or "" for raw in keyless.column("raw").to_pylist())), pa.string())
    con.register("token_batch", keyless.select(["position"]).append_column("token", made))
    con.execute("CREATE OR REPLACE TEMP TABLE row_tokens AS SELECT position, token FROM token_batch")
    con.unregister("token_batch")


def entries(con: duckdb.DuckDBPyConnection, kind: str) -> Iterator[tuple[list[str], list[str]]]:
    """(tokens, values) of a kind that the vault of the file attached as `wh` holds, in batches."""
    reading = con.cursor()
    reading.execute("SELECT token, value FROM wh.vault.personal_values WHERE kind = ? ORDER BY token", [kind])
    while rows := reading.fetchmany(BATCH):
        held, meant = zip(*rows, strict=True)
        yield list(held), list(meant)


def aliases(con: duckdb.DuckDBPyConnection, settings: Settings, kind: str, wanted: set[str]) -> dict[str, set[str]]:
    """Values of which any token is wanted: the token that stands in the file -> its tokens under every key there is.

    After a rotation what was kept outside of the build file may know a value by an older token.
    """
    keys = [secret(settings, name) for name in versions(settings, f"token_{kind}")]
    found: dict[str, set[str]] = {}
    for held, meant in entries(con, kind) if wanted else ():
        for token, *others in zip(held, *(tokens(one, meant) for one in keys), strict=True):
            if not wanted.isdisjoint(every := {token, *others}):
                found[token] = every
    return found
