"""The tables and views of a database with their columns, keys and the comments that their owners wrote."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from connectors.base import address
from connectors.database.server import Server
from connectors.offers import Offer, OfferedField
from operations.credentials import Credentials
from schemas.declared.database import DatabaseSource


def tables(system: str, source: DatabaseSource, credentials: Credentials) -> list[Offer]:
    """Every table and view of the default schema. Raises ConnectorError when the database cannot be read."""
    server = Server(system, address(system, source.url), source.statement_timeout, credentials)
    try:
        with server.errors(None), server.engine.connect() as connection:
            inspector = sa.inspect(connection)
            found = [_offer(inspector, "table", name) for name in sorted(inspector.get_table_names())]
            return found + [_offer(inspector, "view", name) for name in sorted(inspector.get_view_names())]
    finally:
        server.close()


def _offer(inspector: Any, kind: str, name: str) -> Offer:
    columns = inspector.get_columns(name)
    fields = tuple(OfferedField(str(one["name"]), str(one["type"]), str(one.get("comment") or "")) for one in columns)
    key = inspector.get_pk_constraint(name).get("constrained_columns") or []
    words: dict[str, Any] = {"table": name}
    if key:
        words["key"] = list(key)
    return Offer(kind, name, _comment(inspector, name), fields, words)


def _comment(inspector: Any, name: str) -> str:
    try:
        return str(inspector.get_table_comment(name).get("text") or "")
    except NotImplementedError:  # SQLite has no comments
        return ""
