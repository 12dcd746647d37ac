"""Alembic's entry: runs the migrations on the connection that `operations.store` hands over.

It configures no logging and opens no connection, because Airflow uses Alembic in the same process.
"""

from __future__ import annotations

from alembic import context

from operations.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=context.config.attributes["version_table"],
)
context.run_migrations()
