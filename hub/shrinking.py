"""Tables that lost rows since the last publish without a deletion on the ledger: the gate refuses, a person may accept.

Rows go for a good reason too, for instance with the declaration of a system that was shut down.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from operations import decisions

if TYPE_CHECKING:
    from operations.store import Store
    from quality.gate import GateResult

FEWER_ROWS = "fewer_rows"
"""The kind of the decision."""
ACCEPT, REFUSE = VERDICTS = ("accept", "refuse")
"""What that person may say: the rows were meant to go, or they are missing."""


def accepted(store: Store, version: int | None) -> dict[str, int]:
    """Table -> the rows to which a person let it fall from this published version."""
    return {
        one.subject["table"]: one.subject["rows"]
        for one in decisions.effective(store, FEWER_ROWS)
        if one.verdict == ACCEPT and one.subject["version"] == version
    }


def ask(store: Store, version: int | None, verdict: GateResult) -> int:
    """Put each table that the gate found too small before a person. Returns how many there are."""
    fallen = [row for row in verdict.results if not row["success"] and row["check_id"] == f"{row['table_name']}.kept"]
    for row in fallen:
        subject = {"table": row["table_name"], "rows": int(row["observed"]), "version": version}
        decisions.propose(store, FEWER_ROWS, subject, f"{row['title']}，实际 {row['observed']} 行")
    return len(fallen)
