"""Legal orders to erase a person. An order stands for ever: what a source sends of the person later is kept out.

An order holds tokens and keys of records, never a value, so that it can be gone on with after a crash.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import RowMapping, select, update

from operations.store import Store, storable
from operations.tables import erasures

State = Literal["open", "waiting", "done"]
Record = tuple[str, str, str, str]
"""(contract, role, system, source_id): a record, and which of its persons is meant."""


@dataclass(frozen=True)
class Order:
    """`tokens` is kind -> token -> the random one that stands for it since; `rejected` are the rows (load_id, position)
    of quarantine that the person was in; `places` is what the last run came to."""

    order_no: str
    by_whom: str
    subject: str
    tokens: dict[str, dict[str, str]]
    records: list[Record]
    at: datetime
    rejected: list[tuple[str, int]] = field(default_factory=list)
    state: State = "open"
    places: list[dict[str, Any]] = field(default_factory=list)
    finished_at: datetime | None = None


def open_order(store: Store, order: Order) -> None:
    """Keep a new order, before anything is erased."""
    row = asdict(order) | {"records": [list(one) for one in order.records]}
    row |= {name: storable(row[name]) for name in ("order_no", "by_whom", "subject")}
    with store.write() as connection:
        connection.execute(erasures.insert().values(**row))


def end(store: Store, order_no: str, state: State, places: list[dict[str, Any]]) -> None:
    """Keep what a run came to."""
    finished = store.settings.clock() if state == "done" else None
    with store.write() as connection:
        connection.execute(
            update(erasures)
            .where(erasures.c.order_no == order_no)
            .values(state=state, places=places, finished_at=finished)
        )


def find(store: Store, order_no: str) -> Order | None:
    """The order of a number, or None."""
    return next((one for one in listing(store) if one.order_no == order_no), None)


def listing(store: Store) -> list[Order]:
    """Every order, oldest first."""
    with store.read() as connection:
        rows = connection.execute(select(erasures).order_by(erasures.c.at, erasures.c.order_no))
        return [_order(row) for row in rows.mappings()]


def _order(row: RowMapping) -> Order:
    lists = {name: [tuple(one) for one in row[name]] for name in ("records", "rejected")}
    return Order(**{**row, **lists})
