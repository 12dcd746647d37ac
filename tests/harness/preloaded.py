"""What most commands import, imported once: processes of the hub command are forked from one that has it loaded.

Only modules: nothing here opens a connection or starts a thread, which a fork would break.
"""

import great_expectations
import great_expectations.expectations
import pandas
import pyarrow.parquet

import hub.audit
import hub.cli
import hub.pipeline
import hub.work_orders
import quality.check
import quality.checkpoint
import quality.gate
import quality.replayed
import warehouse.merge
import warehouse.publish
import warehouse.runner

__all__ = ["great_expectations", "hub", "pandas", "pyarrow", "quality", "warehouse"]
