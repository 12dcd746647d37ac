"""KingbaseES, which speaks PostgreSQL's protocol and differs in how it tells its version."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg


class Kingbase(PGDialect_psycopg):
    """`kingbase://host:54321/database`. Its version number is its own; what it grew from is about PostgreSQL 12."""

    supports_statement_cache = True

    def _get_server_version_info(self, connection: Any) -> tuple[int, ...]:
        told = str(connection.exec_driver_sql("SELECT version()").scalar())
        found = re.match(r"PostgreSQL (\d+)", told)
        return (int(found[1]),) if found else (12,)
