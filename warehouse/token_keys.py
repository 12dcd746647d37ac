"""Which key the tokens of a build file are of: the file says so itself, in the transaction that makes them.

So a rotation that is killed leaves one key or the other in force, a backup knows its own, and no file has tokens of one
kind under two keys.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from operations.keys import KeyUnusable, key, secret, versions
from warehouse.tokens import tokens

if TYPE_CHECKING:
    import duckdb

    from operations.settings import Settings

KINDS = ("name", "id_no", "phone", "row")
"""The kinds of tokens in a build file; each has its key `token_<kind>`."""


def current(con: duckdb.DuckDBPyConnection, settings: Settings, kind: str) -> str | None:
    """The name of the key that the tokens of a kind in `wh` are of; None when there is none of that kind yet.

    A file that does not say was made before keys were rotated: its values tell. Raises KeyUnusable when they are of no
    key that is here.
    """
    held = con.execute(
        "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE database_name = 'wh'"
    ).fetchall()
    if ("vault.token_keys",) in held:
        said = con.execute("SELECT key_name FROM wh.vault.token_keys WHERE kind = ?", [kind]).fetchall()
        if said:
            return str(said[0][0])
    known = versions(settings, f"token_{kind}")
    if kind == "row":
        table = "ops.rejected_rows WHERE row_token IS NOT NULL"
        return known[0] if known and ("ops.rejected_rows",) in held and _any(con, table) else None
    if ("vault.personal_values",) not in held:
        return None
    sample = con.execute("SELECT token, value FROM wh.vault.personal_values WHERE kind = ? LIMIT 1", [kind]).fetchall()
    if not sample:
        return None
    for name in known:
        if tokens(secret(settings, name), [sample[0][1]]) == [sample[0][0]]:
            return name
    raise KeyUnusable(
        f"the tokens of kind {kind} in {PurePath(settings.build_path).name} are of no key in {settings.keys}: restore"
        f" token_{kind} from its backup, or make every token anew with `hub keys rotate token_{kind}`"
    )


def settle(con: duckdb.DuckDBPyConnection, settings: Settings, kind: str) -> bytes:
    """The key to make tokens of a kind with; where the file has none yet it names the newest, in the caller's
    transaction. Raises KeyUnusable."""
    name = current(con, settings, kind)
    if name is None:
        key(settings, f"token_{kind}")  # made on first use
        name = versions(settings, f"token_{kind}")[-1]
    put(con, kind, name)
    return secret(settings, name)


def put(con: duckdb.DuckDBPyConnection, kind: str, name: str) -> None:
    """Say of which key the tokens of a kind are, in the caller's transaction."""
    said = con.execute("SELECT 1 FROM wh.vault.token_keys WHERE kind = ? AND key_name = ?", [kind, name]).fetchall()
    if not said:
        con.execute("DELETE FROM wh.vault.token_keys WHERE kind = ?", [kind])
        con.execute("INSERT INTO wh.vault.token_keys VALUES (?, ?)", [kind, name])


def _any(con: duckdb.DuckDBPyConnection, rest: str) -> bool:
    return bool(con.execute(f"SELECT 1 FROM wh.{rest} LIMIT 1").fetchall())
