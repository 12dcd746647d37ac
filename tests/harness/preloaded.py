"""What most commands load, loaded once: processes of the hub command are forked from one that has it.

Modules, and what the hub itself reads from its own folders and keeps: contracts, divisions, models, the declarations
that are shipped and what they compile to, the same for every home. Nothing here opens a connection or starts a thread,
which a fork would break.
"""

import alembic.command
import chinese_calendar
import great_expectations
import great_expectations.expectations
import pandas
import pyarrow.parquet
import rich.progress
import rich.table

import connectors.database.connector
import connectors.files.connector
import connectors.paged
import connectors.registry
import connectors.rest.http
import hub.audit
import hub.catalogue
import hub.cli
import hub.erasing.standing
import hub.pipeline
import hub.work_orders
import quality.check
import quality.checkpoint
import quality.gate
import quality.replayed
import schemas.divisions
import warehouse.merge
import warehouse.publish
import warehouse.runner

hub.catalogue.contracts()
hub.catalogue.record_rules()
schemas.divisions.aliases()
warehouse.runner.all_models()
warehouse.runner.dictionary()

__all__ = [
    "alembic",
    "chinese_calendar",
    "connectors",
    "great_expectations",
    "hub",
    "pandas",
    "pyarrow",
    "quality",
    "rich",
    "schemas",
    "warehouse",
]


def forget_declarations() -> None:
    """For a command that is given declarations of its own."""
    for kept in (hub.catalogue._loaded, hub.catalogue._compiled, hub.catalogue.record_rules):
        kept.cache_clear()
