"""The ledger: one line per load, which says where every landed row went and proves that none went missing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from schemas.delivery import Manifest
from warehouse.build import Writer

TERMS = ("loaded", "unchanged", "superseded", "duplicate", "deleted", "rejected")


@dataclass(frozen=True)
class LedgerLine:
    """`landed` is the manifest's count, the six terms are the writer's; `balance` is their difference."""

    load_id: str
    kind: str
    system: str
    dataset: str
    contract: str
    declared: int | None
    landed: int
    loaded: int
    unchanged: int
    superseded: int
    duplicate: int
    deleted: int
    rejected: int
    balance: int
    as_of: datetime
    merged_at: datetime

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


_COLUMNS = ", ".join(field.name for field in fields(LedgerLine))


class BalanceError(Exception):
    """The rows of a load do not add up. Nothing of it was merged."""

    def __init__(self, manifest: Manifest, terms: dict[str, int]) -> None:
        counted = " + ".join(f"{terms[term]} {term}" for term in TERMS)
        super().__init__(
            f"{manifest.system}.{manifest.dataset} load {manifest.load_id}: {manifest.landed} rows landed but"
            f" {counted} = {sum(terms.values())}; nothing was merged. Remove this load's files from staging and"
            " quarantine so that it is checked again, then build"
        )


def line_of(writer: Writer, load_id: str) -> LedgerLine | None:
    """The ledger line of a load, or None while it is not merged."""
    row = writer.con.execute(f"SELECT {_COLUMNS} FROM ops.loads WHERE load_id = ?", [load_id]).fetchone()
    return None if row is None else LedgerLine(*row)


def lines(writer: Writer) -> list[LedgerLine]:
    """Every ledger line in landing order."""
    return [
        LedgerLine(*row) for row in writer.con.execute(f"SELECT {_COLUMNS} FROM ops.loads ORDER BY load_id").fetchall()
    ]


def pending(writer: Writer, manifests: Iterable[Manifest]) -> list[Manifest]:
    """The manifests that the ledger does not know yet, in landing order. Key lists are evidence, never merged."""
    merged = {load_id for (load_id,) in writer.con.execute("SELECT load_id FROM ops.loads").fetchall()}
    due = [one for one in manifests if one.kind != "keys" and one.state == "complete" and one.load_id not in merged]
    return sorted(due, key=lambda manifest: manifest.load_id)
