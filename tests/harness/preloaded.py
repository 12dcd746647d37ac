"""What most commands load, loaded once: processes of the hub command are forked from one that has it.

Modules, and what the hub itself reads from its own folders and keeps: contracts, divisions, models, the declarations
that are shipped and what they compile to, the same for every home. Nothing here opens a connection or starts a thread,
which a fork would break.
"""

import great_expectations
import great_expectations.expectations
import pandas
import pyarrow.parquet

import hub.audit
import hub.catalogue
import hub.cli
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

__all__ = ["great_expectations", "hub", "pandas", "pyarrow", "quality", "schemas", "warehouse"]


def forget_declarations() -> None:
    """For a command that is given declarations of its own."""
    for kept in (hub.catalogue._loaded, hub.catalogue._compiled, hub.catalogue.record_rules):
        kept.cache_clear()
