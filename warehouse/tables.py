"""The tables of the build file, made from the contracts; a contract that gains a column widens them.

record.<contract>   the current version of every record of every system; key (system, source_id)
history.<contract>  every version that was ever current, and deletions; insert-only; key (system, source_id, load_id)
vault.<contract>    address and free text of a version; key (system, source_id, load_id)
vault.personal_values  token -> value, per kind of value
ops.*               ledger, issues, rejected rows, published versions

No primary keys, indexes or sequences: the merge guards the keys, and lakehouse catalogs have none of these.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from schemas.contract import Column, Contract, load_contracts
from warehouse.build import Writer, literal
from warehouse.masking import TOKENISED, VAULTED, keep_forms
from warehouse.runner import column_titles
from warehouse.statements import script, statements


class TableError(Exception):
    """A contract changed in a way that the stored tables cannot follow by themselves."""


class TableColumn(NamedTuple):
    name: str
    type: str  # DuckDB type
    title: str  # Chinese, becomes the column's comment


KEY = (
    TableColumn("system", "VARCHAR", "来源系统"),
    TableColumn("source_id", "VARCHAR", "来源系统中的主键"),
)
ORIGIN = (
    TableColumn("dataset", "VARCHAR", "来源数据集"),
    TableColumn("load_id", "VARCHAR", "带来这一版本的装载"),
    TableColumn("delivery_sha256", "VARCHAR", "来源文件的 SHA-256"),
    TableColumn("position", "BIGINT", "在该次装载中的序号，从 1 起"),
    TableColumn("record_hash", "VARCHAR", "内容指纹：共享模式各字段值的 MD5，只用于判断有无变化"),
    TableColumn("source_updated_at", "TIMESTAMP", "来源的更新时间"),
    TableColumn("landed_at", "TIMESTAMP", "落地时间"),
)
STATE = (
    TableColumn("warnings", "VARCHAR[]", "未通过的提示性规则"),
    TableColumn("warnings_shown", "VARCHAR[]", "来源在这些规则的字段里所填的内容（脱敏），与 warnings 逐一对应"),
    TableColumn("first_landed_at", "TIMESTAMP", "首次落地时间"),
    TableColumn("pending_correction_since", "TIMESTAMP", "更新的版本被拒收、等待更正的起始时间"),
)
EVENT = (
    TableColumn("op", "VARCHAR", "I 新增，U 更新，D 删除"),
    TableColumn("valid_from", "TIMESTAMP", "版本生效时间：来源更新时间，没有时取落地时间"),
)

VIEWS = (
    ("history", "current_versions"),
    ("history", "versions"),
    ("history", "coded_values"),
    ("history", "deletions"),
    ("ops", "open_rejections"),
    ("history", "marks"),
)
"""schema and name of the views over the record tables, each after those it reads."""


def shared_columns(contract: Contract) -> list[TableColumn]:
    """The contract's columns as they stand outside the vault: x, or x_token and x_mask; no addresses, no text."""
    columns: list[TableColumn] = []
    for column in contract.columns:
        if column.personal in TOKENISED:
            columns.append(TableColumn(f"{column.name}_token", "VARCHAR", f"{column.title}（令牌）"))
            columns.append(TableColumn(f"{column.name}_mask", "VARCHAR", f"{column.title}（脱敏）"))
        elif column.personal not in VAULTED:
            columns.append(TableColumn(column.name, column.type, column.title))
    return columns


def vaulted(contract: Contract) -> list[Column]:
    """The address and free-text columns, which only vault.<contract> holds."""
    return [column for column in contract.columns if column.personal in VAULTED]


def tokenised(contract: Contract) -> list[Column]:
    """The columns that a token and a mask stand for."""
    return [column for column in contract.columns if column.personal in TOKENISED]


def contract_tables(contract: Contract) -> dict[str, list[TableColumn]]:
    """schema -> columns of that schema's table of this contract."""
    shared = shared_columns(contract)
    tables = {
        "record": [*KEY, *ORIGIN, *shared, *STATE],
        "history": [*KEY, *EVENT, *ORIGIN, *shared],
    }
    if texts := vaulted(contract):
        version = [column for column in ORIGIN if column.name in ("load_id", "record_hash")]
        tables["vault"] = [*KEY, *version, *(TableColumn(text.name, text.type, text.title) for text in texts)]
    return tables


def create_tables(writer: Writer, contracts: Sequence[Contract]) -> None:
    """Make what is missing, add new columns, move into the vault what a contract now calls personal, keep the rest.
    Safe to repeat.

    Raises TableError when a stored column has another type than its contract now says.
    """
    writer.con.execute(script("ops.sql"))
    stored: dict[tuple[str, str], dict[str, tuple[str, str | None]]] = {}
    rows = writer.con.execute(
        "SELECT schema_name, table_name, column_name, data_type, comment FROM duckdb_columns()"
        " WHERE database_name = 'wh'"
    ).fetchall()
    for schema, table, column, kind, comment in rows:
        stored.setdefault((schema, table), {})[column] = (kind, comment)
    if all(schema != "record" for schema, _ in stored):
        keep_forms(writer.con)  # there is nothing yet that could be of others
    for contract in contracts:
        for schema, columns in contract_tables(contract).items():
            _shape(writer, schema, contract, columns, stored.get((schema, contract.name), {}))
        for column in vaulted(contract):
            if column.name in stored.get(("record", contract.name), {}):
                _hide(writer, contract.name, column.name)
    _view_records(writer)  # each time: a view keeps the columns that its tables had when it was made
    _describe_operations(writer)


def _hide(writer: Writer, table: str, column: str) -> None:
    """Move the values of a column that was no personal one from the records and their versions into the vault."""
    version = ("system", "source_id", "load_id", "record_hash")
    same = " AND ".join(f"v.{name} = h.{name}" for name in version)
    with writer.transaction() as con:
        con.execute(
            f"INSERT INTO vault.{table} BY NAME SELECT DISTINCT {', '.join(version)} FROM history.{table} AS h"
            f" WHERE h.{column} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM vault.{table} AS v WHERE {same})"
        )
        con.execute(
            f"UPDATE vault.{table} AS v SET {column} = h.{column} FROM history.{table} AS h"
            f" WHERE {same} AND h.{column} IS NOT NULL"
        )
        for schema in ("record", "history"):
            con.execute(f"ALTER TABLE {schema}.{table} DROP COLUMN {column}")


def _view_records(writer: Writer) -> None:
    """The views over every record table that exists by now."""
    tables = writer.con.execute(
        "SELECT table_name, list(column_name) FROM duckdb_columns()"
        " WHERE database_name = 'wh' AND schema_name = 'record' GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    contracts = load_contracts()
    template = statements("views.sql")
    branches: dict[str, list[str]] = {"record": [], "version": [], "deletion": [], "coded": []}
    for table, columns in tables:
        contract = contracts.get(table)
        event = contract.event_at if contract is not None else None
        values = {"table": table, "event_at": event if event in columns else "NULL"}
        for name in ("record", "version", "deletion"):
            branches[name].append(template[name].format(**values))
        for column in contract.columns if contract is not None else ():
            if column.code_list is not None and column.name in columns:
                coded = template["coded"].format(**values, column=column.name, list=column.code_list)
                branches["coded"].append(coded)
    parts = {name: "\nUNION ALL\n".join(branch) for name, branch in branches.items()}
    for _, name in VIEWS:
        writer.con.execute(template[name].format(**parts))


def _describe_operations(writer: Writer) -> None:
    """What ops.sql leaves out: the view of rejected rows is described as their table, the rest by the dictionary."""
    titles = column_titles(writer.con)
    bare = writer.con.execute(
        "SELECT c.table_name, c.column_name, r.comment FROM duckdb_columns() AS c LEFT JOIN duckdb_columns() AS r"
        " ON r.database_name = 'wh' AND r.schema_name = 'ops' AND r.table_name = 'rejected_rows'"
        " AND r.column_name = c.column_name AND c.table_name = 'open_rejections'"
        " WHERE c.database_name = 'wh' AND c.schema_name = 'ops' AND c.comment IS NULL"
    ).fetchall()
    for table, column, comment in bare:
        if title := comment or titles.get(column):
            writer.con.execute(f"COMMENT ON COLUMN ops.{table}.{column} IS {literal(title)}")


def _shape(
    writer: Writer,
    schema: str,
    contract: Contract,
    columns: list[TableColumn],
    stored: dict[str, tuple[str, str | None]],
) -> None:
    """Make or widen one table."""
    table = f"{schema}.{contract.name}"
    if not stored:
        described = ", ".join(f"{column.name} {column.type}" for column in columns)
        writer.con.execute(f"CREATE TABLE {table} ({described})")
        writer.con.execute(f"COMMENT ON TABLE {table} IS {literal(contract.title)}")
    for column in columns:
        kind, comment = stored.get(column.name, (None, None))
        if stored and kind is None:
            writer.con.execute(f"ALTER TABLE {table} ADD COLUMN {column.name} {column.type}")
        elif kind is not None and kind != column.type:
            raise TableError(
                f"{table}.{column.name} is stored as {kind} but contract {contract.name} {contract.version} says "
                f"{column.type}; give the new meaning a new column name, or rebuild the warehouse from landing"
            )
        if comment != column.title:
            writer.con.execute(f"COMMENT ON COLUMN {table}.{column.name} IS {literal(column.title)}")
