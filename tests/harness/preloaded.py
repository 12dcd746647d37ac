"""What most commands load, loaded once: processes of the hub command are forked from one that has it.

Modules, and what the hub itself reads from its own folders and keeps: contracts, divisions, models, the declarations
that are shipped and what they compile to, the same for every home. Nothing here opens a connection or starts a thread,
which a fork would break.
"""

from datetime import date

import alembic.command
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
import schemas.workdays
import warehouse.merge
import warehouse.publish
import warehouse.runner

hub.catalogue.contracts()
hub.catalogue.record_rules()
schemas.divisions.aliases()
list(schemas.workdays.workdays(date(2004, 1, 1), date(2030, 12, 31), today=date(2004, 1, 1)))
warehouse.runner.all_models()
warehouse.runner.dictionary()

__all__ = [
    "alembic",
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
