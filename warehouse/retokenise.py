"""Every token of the build file under another key, in one transaction: what was linked stays linked.

Each value of the vault gets its token anew, and wherever the old one stood stands the new one: in record and history,
in the vault, in link, in ops. Two records that had a token in common have one in common still, so no link, no case and
no code changes. core and mart are made anew by the next build. Tokens that have no value behind them stay: they stand
for somebody who was erased, and are of no key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyarrow as pa

from operations.keys import secret
from operations.settings import Settings
from warehouse import token_keys
from warehouse.statements import run, statements
from warehouse.tokens import TOKEN_DIGITS, tokens
from warehouse.vault import BATCH, entries

if TYPE_CHECKING:
    import duckdb

COMPARED = ("applicant_id_no_token", "respondent_id_no_token", "applicant_phone_token")
"""The columns of record.case_reports by which linking finds that two reports have a person in common."""


class TokensLeft(RuntimeError):
    """A token that should have changed still stands, or a row went; the transaction must not be committed."""


@dataclass
class Retokenised:
    """What a pass did: tokens that changed by kind, rows written by table, and rejected rows without a key whose
    content is gone, so that their new token stands for nothing."""

    changed: dict[str, int] = field(default_factory=dict)
    touched: dict[str, int] = field(default_factory=dict)
    lost: int = 0


def retokenise(con: duckdb.DuckDBPyConnection, settings: Settings, keys: Mapping[str, str]) -> Retokenised:
    """Put the tokens of the given kinds under these keys (kind -> name of a key), in the caller's transaction.

    Kinds whose tokens are of that key already are left alone. Raises TokensLeft and KeyUnusable; roll back then.
    """
    done = Retokenised()
    due = {kind: name for kind, name in keys.items() if _said(con, kind) != name}
    if not due:
        return done
    con.execute(statements("retokenise.sql")["map"])
    for kind, name in due.items():
        _fill(
            con, kind, _row_tokens(con, settings, name) if kind == "row" else _value_tokens(con, settings, kind, name)
        )
        if kind == "row":
            ((done.lost,),) = con.execute(statements("retokenise.sql")["lost"]).fetchall()
    done.changed = dict(con.execute("SELECT kind, count(*) FROM token_map GROUP BY kind ORDER BY kind").fetchall())
    compared = _beginnings(con)
    columns = _of_digits(con)
    for table, named in _with_tokens(con, columns).items():
        done.touched[table] = _replace(con, table, named)
    if compared:
        sql = statements("retokenise.sql")
        for table, kind in {"memberships": "reports", "moves": "reports", "edges": "edges"}.items():
            _count(con, done, f"link.{table}.evidence", sql[kind].replace("{table}", table))
            con.execute(sql[f"gone_{kind}"].replace("{table}", table))
    _prove(con, columns)
    for kind, name in due.items():
        token_keys.put(con, kind, name)
    con.execute("DROP TABLE token_map")
    return done


def _said(con: duckdb.DuckDBPyConnection, kind: str) -> str | None:
    said = con.execute("SELECT key_name FROM vault.token_keys WHERE kind = ?", [kind]).fetchall()
    return said[0][0] if said else None


def _value_tokens(
    con: duckdb.DuckDBPyConnection, settings: Settings, kind: str, name: str
) -> Iterator[tuple[list[str], list[str]]]:
    keyed_by = secret(settings, name)
    for held, meant in entries(con, kind):
        yield held, tokens(keyed_by, meant)


def _row_tokens(con: duckdb.DuckDBPyConnection, settings: Settings, name: str) -> Iterator[tuple[list[str], list[str]]]:
    """Rows without a key are known by their content, which quarantine has until it is pruned."""
    keyed_by, made = secret(settings, name), dict[str, str]()
    for system, dataset, load_id in con.execute(statements("retokenise.sql")["rows"]).fetchall():
        path = settings.quarantine / system / dataset / f"{load_id}.parquet"
        if path.exists():
            held = run(
                con, statements("retokenise.sql")["contents"], {"path": str(path), "load_id": load_id}
            ).fetchall()
            made |= zip((token for token, _ in held), tokens(keyed_by, (raw for _, raw in held)), strict=True)
    for start in range(0, len(made), BATCH):
        yield [*made][start : start + BATCH], [*made.values()][start : start + BATCH]


def _fill(con: duckdb.DuckDBPyConnection, kind: str, batches: Iterable[tuple[list[str], list[str]]]) -> None:
    for old, new in batches:
        con.register("token_batch", pa.table({"old": pa.array(old, pa.string()), "new": pa.array(new, pa.string())}))
        con.execute("INSERT INTO token_map SELECT ?, old, new FROM token_batch WHERE old <> new", [kind])
        con.unregister("token_batch")


def _beginnings(con: duckdb.DuckDBPyConnection) -> bool:
    """Make token_beginnings from the tokens as they are before; False where nothing was ever linked."""
    held = {
        (schema, table, column)
        for schema, table, column in con.execute(
            "SELECT schema_name, table_name, column_name FROM duckdb_columns() WHERE database_name = 'wh'"
        ).fetchall()
    }
    selected = [
        f"SELECT system, source_id, {column} AS token FROM {layer}.case_reports"
        for layer in ("record", "history") for column in COMPARED if (layer, "case_reports", column) in held
    ]  # fmt: skip
    if not selected or ("link", "edges", "evidence") not in held:
        return False
    con.execute(statements("retokenise.sql")["beginnings"].replace("{tokens}", "\n    UNION ALL ".join(selected)))
    return True


def _of_digits(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """(table, column) of what is kept and holds anything that looks like a token: a scan of each table, so that the
    tokens are looked up in few columns."""
    found = []
    for table, names in con.execute(statements("retokenise.sql")["columns"]).fetchall():
        looks = (f'bool_or(length("{name}") = {TOKEN_DIGITS} AND "{name}" SIMILAR TO \'[0-9a-f]+\')' for name in names)
        ((*any_of,),) = con.execute(f"SELECT {', '.join(looks)} FROM {table}").fetchall()
        found += [(table, name) for name, held in zip(names, any_of, strict=True) if held]
    return found


def _with_tokens(con: duckdb.DuckDBPyConnection, columns: list[tuple[str, str]]) -> dict[str, list[str]]:
    """Table -> its columns in which an old token stands."""
    found: dict[str, list[str]] = {}
    for table, column in columns:
        if con.execute(
            f'SELECT 1 FROM {table} AS t SEMI JOIN token_map AS m ON m.old = t."{column}" LIMIT 1'
        ).fetchall():
            found.setdefault(table, []).append(column)
    return found


def _replace(con: duckdb.DuckDBPyConnection, table: str, columns: list[str]) -> int:
    """Write the rows of a table anew, each once however many of its columns change; how many."""
    joins = " ".join(
        f'LEFT JOIN token_map AS m{number} ON m{number}.old = t."{column}"' for number, column in enumerate(columns)
    )
    selected = ", ".join(
        f'coalesce(m{number}.new, t."{column}") AS "{column}"' for number, column in enumerate(columns)
    )
    con.execute(f"CREATE TEMP TABLE retokenised AS SELECT t.* REPLACE ({selected}) FROM {table} AS t {joins}")
    ((gone,),) = con.execute(f"DELETE FROM {table}").fetchall()
    ((rows,),) = con.execute(f"INSERT INTO {table} FROM retokenised").fetchall()
    con.execute("DROP TABLE retokenised")
    if rows != gone:
        raise TokensLeft(f"{table} has {gone} rows and would have {rows}; nothing was changed, report it")
    return int(rows)


def _count(con: duckdb.DuckDBPyConnection, done: Retokenised, place: str, statement: str) -> None:
    ((rows,),) = con.execute(statement).fetchall()
    if rows:
        done.touched[place] = rows


def _prove(con: duckdb.DuckDBPyConnection, columns: list[tuple[str, str]]) -> None:
    """No old token stands anywhere: read again before anything is committed."""
    for table, column in columns:
        ((left,),) = con.execute(
            f'SELECT count(*) FROM {table} AS t SEMI JOIN token_map AS m ON m.old = t."{column}"'
        ).fetchall()
        if left:
            raise TokensLeft(f"{left} rows of {table}.{column} still have an old token; nothing was changed, report it")
