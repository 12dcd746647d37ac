"""Which rows hang from which work order: attach what fails, settle what fails no more, count both.

Statements and their reasons are in sql/order_rows.sql. Everything is one transaction over sets; running it twice on
the same records changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from operations.failpoints import failpoint
from warehouse.build import Writer
from warehouse.statements import run, statements

_ROW = ("system", "dataset", "contract", "rule_id", "field", "row_key")
_STEPS = ("rules", "failing", "failing_datasets", "waive", "seen_again", "attach", "settled", "settle")
_SAME_ROW = " AND ".join(f"o.{name} = f.{name}" for name in _ROW)


class Waiver(NamedTuple):
    """A person's word that the rows without a key which an order had up to `seen_to` (a load id) are settled."""

    system: str
    contract: str
    rule_id: str
    field: str
    seen_to: str


class Unjudged(NamedTuple):
    """A dataset, or all of a system, whose declaration is broken: nothing of it is settled meanwhile."""

    system: str
    dataset: str | None


def attach_and_settle(
    writer: Writer, as_of: datetime, waivers: Iterable[Waiver] = (), unjudged: Iterable[Unjudged] = ()
) -> None:
    """Bring ops.order_rows up to core.failing_rows and core.dataset_issues as the models were built last."""
    with writer.transaction() as con:
        con.execute(
            "CREATE OR REPLACE TEMP TABLE order_waivers"
            " (system VARCHAR, contract VARCHAR, rule_id VARCHAR, field VARCHAR, seen_to VARCHAR)"
        )
        for waiver in waivers:
            con.execute("INSERT INTO order_waivers VALUES (?, ?, ?, ?, ?)", list(waiver))
        con.execute("CREATE OR REPLACE TEMP TABLE order_unjudged (system VARCHAR, dataset VARCHAR)")
        for place in unjudged:
            con.execute("INSERT INTO order_unjudged VALUES (?, ?)", list(place))
        for name in _STEPS:
            run(con, statements("order_rows.sql")[name].replace("{same_row}", _SAME_ROW), {"as_of": as_of})
        failpoint("orders.before_commit")


def rounds(writer: Writer) -> list[dict[str, Any]]:
    """Every round of every order with its counts and its rule's facts: the names of operations.order_rounds.Round."""
    found = writer.con.execute(statements("order_rows.sql")["rounds"])
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
