"""Which records break the rules that compare records: ``ops.failing_records``, found anew at each build."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from hub import catalogue

if TYPE_CHECKING:
    from warehouse.build import Writer


def find(writer: Writer, as_of: datetime) -> int:
    """Judge all records as of ``as_of`` and return how many failures there are. All rules are written, or none.

    Needs the links of this build. What is kept of a value is its evidence, masked by its kind.
    """
    from warehouse.masking import install_evidence, install_masks

    install_masks(writer.con)
    with writer.transaction() as con:
        con.execute("DELETE FROM ops.failing_records")
        for rule in catalogue.record_rules():
            install_evidence(con, catalogue.contracts()[rule.contract])
            con.execute(
                "INSERT INTO ops.failing_records"
                " SELECT system, dataset, contract, rule_id, field, source_id, evidence(rule_id, shown)"
                f" FROM (\n{rule.sql}\n) ORDER BY ALL",
                {"as_of": as_of} if "$as_of" in rule.sql else {},
            )
        found = con.execute("SELECT count(*) FROM ops.failing_records").fetchone()
    return int(found[0]) if found else 0
