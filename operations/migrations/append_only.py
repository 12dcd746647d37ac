"""Tables whose rows are only ever added: the database itself refuses to change or remove one."""

from __future__ import annotations

from pathlib import Path

from alembic import op

SQL = Path(__file__).parent / "sql"


def append_only(*tables: str) -> None:
    """Guard tables with triggers, within the migration that makes them."""
    bind = op.get_bind()
    text = (SQL / f"append_only.{bind.dialect.name}.sql").read_text(encoding="utf-8")
    for table in tables:
        for statement in text.replace(":table", table).split("\n\n"):
            bind.exec_driver_sql(statement)
