"""The ledger of returns: what a county or department was given to take back, from which publish, when it was made,
fetched and acknowledged, by whom. A return is never taken out of it.

A line for each dataset balances: held_before + inserted - withdrawn = held_after. `held_before` is what the receiver
holds after the return that `since` names, `held_after` what the publish shows in the receiver's scope.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, select, update

from operations.store import Store, storable
from operations.tables import return_lines, returns

State = Literal["open", "acknowledged", "superseded"]
"""A return waits for its acknowledgement, has it, or a later one of the same receiver stands for it."""
REMOVED = "files removed by erasure order"
LARGEST = 2**31 - 1
"""The largest number that the column takes on PostgreSQL."""


@dataclass(frozen=True)
class Line:
    """One dataset of a return. `recalled` are rows withdrawn to be sure: only an earlier return that was fetched and
    never acknowledged had them."""

    dataset: str
    held_before: int
    inserted: int
    changed: int
    withdrawn: int
    recalled: int
    held_after: int
    files: list[dict[str, Any]] = field(default_factory=list)

    @property
    def balance(self) -> int:
        """0, or the line is wrong."""
        return self.held_before + self.inserted - self.withdrawn - self.held_after


@dataclass(frozen=True)
class Return:
    """One return of one receiver. `since` is None where it holds everything, so that the receiver begins anew."""

    receiver: str
    number: int
    version: int
    as_of: datetime
    since: int | None
    made_at: datetime
    made_by: str
    lines: list[Line] = field(default_factory=list)
    state: State = "open"
    kept: bool = True
    note: str = ""
    fetched_at: datetime | None = None
    fetched_by: str | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None

    @property
    def name(self) -> str:
        """R000013: what its folder is called."""
        return folder_name(self.number)

    def line(self, dataset: str) -> Line | None:
        return next((one for one in self.lines if one.dataset == dataset), None)


def folder_name(number: int) -> str:
    return f"R{number:06d}"


def add(store: Store, made: Return, superseded: Sequence[int] = ()) -> None:
    """Keep a new return with its lines; those of the same receiver that it stands for from now on give way to it."""
    head = asdict(made)
    lines = head.pop("lines")
    key = {"receiver": made.receiver, "number": made.number}
    with store.write() as connection:
        connection.execute(returns.insert().values(**head | {"made_by": storable(made.made_by)}))
        for line in lines:
            connection.execute(return_lines.insert().values(**key, **line))
        _supersede(connection, made.receiver, superseded)


def mark_fetched(store: Store, one: Return, by: str) -> None:
    """Keep who first had it, before anything of it leaves the hub."""
    with store.write() as connection:
        connection.execute(
            update(returns)
            .where(returns.c.receiver == one.receiver, returns.c.number == one.number, returns.c.fetched_at.is_(None))
            .values(fetched_at=store.settings.clock(), fetched_by=storable(by))
        )


def acknowledge(store: Store, one: Return, by: str) -> None:
    """The receiver holds what this return says; its files go, and earlier ones are of no more use."""
    with store.write() as connection:
        connection.execute(
            update(returns)
            .where(returns.c.receiver == one.receiver, returns.c.number == one.number)
            .values(
                state="acknowledged", kept=False, acknowledged_at=store.settings.clock(), acknowledged_by=storable(by)
            )
        )
        earlier = select(returns.c.number).where(
            returns.c.receiver == one.receiver, returns.c.number < one.number, returns.c.state == "open"
        )
        _supersede(connection, one.receiver, list(connection.scalars(earlier)))


def drop_files(store: Store, one: Return, order_no: str) -> None:
    """Its files are gone because of a legal order; who has fetched it may still acknowledge it."""
    with store.write() as connection:
        connection.execute(
            update(returns)
            .where(returns.c.receiver == one.receiver, returns.c.number == one.number)
            .values(kept=False, note=storable(f"{REMOVED} {order_no}"))
        )


def listing(store: Store, receiver: str | None = None, number: int | None = None) -> list[Return]:
    """Every return (of one receiver; of one number), the newest first; within a receiver by number, not by clock."""
    heads, bodies = select(returns), select(return_lines).order_by(return_lines.c.dataset)
    if receiver is None:
        heads = heads.order_by(returns.c.made_at.desc(), returns.c.receiver)
    else:
        heads = heads.where(returns.c.receiver == receiver)
        bodies = bodies.where(return_lines.c.receiver == receiver)
    if number is not None:
        heads, bodies = heads.where(returns.c.number == number), bodies.where(return_lines.c.number == number)
    lines: dict[tuple[str, int], list[Line]] = {}
    with store.read() as connection:
        for row in connection.execute(bodies).mappings():
            values = {name: row[name] for name in Line.__dataclass_fields__}
            lines.setdefault((row["receiver"], row["number"]), []).append(Line(**values))
        found = connection.execute(heads.order_by(returns.c.number.desc()))
        return [Return(**row, lines=lines.get((row["receiver"], row["number"]), [])) for row in found.mappings()]


def find(store: Store, receiver: str, number: int) -> Return | None:
    """One return, or None."""
    return next(iter(listing(store, receiver, number)), None) if number <= LARGEST else None


def _supersede(connection: Connection, receiver: str, numbers: Sequence[int]) -> None:
    connection.execute(
        update(returns)
        .where(returns.c.receiver == receiver, returns.c.number.in_(numbers))
        .values(state="superseded", kept=False)
    )
