"""Deletions by key comparison, for sources that say nothing when they delete.

One list of keys proves little: it may be cut short, or read while rows were moving. A record counts as gone only
when two complete lists in a row do not name it, and only when its current version landed before the first of them
began. So does one of which only a rejected row is known. More than the budget waits for a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.delivery import Manifest
from warehouse.build import Writer, literal


@dataclass(frozen=True)
class OverBudget:
    """More records look gone than may be deleted without a person's decision. Nothing was deleted."""

    system: str
    dataset: str
    gone: int
    current: int
    budget: float  # share of the records that are current or rejected, 0-1
    lists: tuple[str, str]  # load ids of the two key lists

    def __str__(self) -> str:
        return (
            f"{self.system}.{self.dataset}: {self.gone} of {self.current} records are absent from key lists"
            f" {self.lists[0]} and {self.lists[1]}, more than the budget of {self.budget:.1%}; nothing was deleted."
            " Ask the department, have the key list read again, then decide"
        )


def tombstones(
    writer: Writer, contract: str, system: str, dataset: str, lists: Sequence[Manifest], budget: float
) -> list[str] | OverBudget:
    """The source_ids of `dataset` that are gone from its source, in order, or OverBudget.

    `lists` are manifests of kind `keys`; the two latest complete ones count. Fewer than two, or an empty one among
    them, proves nothing: the answer is then an empty list.
    """
    complete = [one for one in lists if one.kind == "keys" and one.state == "complete"]
    latest = sorted(complete, key=lambda one: one.load_id)[-2:]
    if len(latest) < 2 or not all(one.landed for one in latest):
        return []
    named = " UNION ALL ".join(
        f"SELECT source_id FROM read_json({literal(one.folder(writer.settings) / part.path)},"
        " format = 'newline_delimited', columns = {source_id: 'VARCHAR'})"
        for one in latest
        for part in one.parts
    )
    known = (
        f"SELECT source_id, landed_at FROM record.{contract} WHERE system = $system AND dataset = $dataset UNION ALL"
        " SELECT r.source_id, r.landed_at FROM ops.open_rejections AS r"
        f" ANTI JOIN record.{contract} AS c ON c.system = r.system AND c.source_id = r.source_id"
        f" WHERE r.system = $system AND r.dataset = $dataset AND r.contract = {literal(contract)}"
        " AND r.source_id IS NOT NULL"
    )
    names = {"system": system, "dataset": dataset}
    gone = writer.con.execute(
        f"SELECT r.source_id FROM ({known}) AS r ANTI JOIN ({named}) AS k ON k.source_id = r.source_id"
        " WHERE r.landed_at < $began ORDER BY r.source_id",
        names | {"began": latest[0].opened_at},
    ).fetchall()
    (current,) = writer.con.execute(f"SELECT count(*) FROM ({known})", names).fetchall()[0]
    if len(gone) > budget * current:
        return OverBudget(system, dataset, len(gone), current, budget, (latest[0].load_id, latest[1].load_id))
    return [source_id for (source_id,) in gone]
