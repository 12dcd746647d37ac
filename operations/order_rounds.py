"""What a build does to work orders: it finds them, counts their rows, verifies, closes and reopens them.

The warehouse numbers the rounds of an order: a round ends when none of its rows fails any more, and rows that fail
after that begin the next. Following the rounds from the last one that an order knows catches up with any number of
builds, so a crash between the two databases loses nothing, and following them twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from operations.order_states import HUB, OPEN, ClosedAs, Due
from operations.store import Store, take_turn
from operations.tables import work_orders
from operations.work_orders import TURN, perform, remember

_FACTS = ("department", "dimension", "severity", "responsibility", "title", "message", "advice")
_COUNTS = (
    *("rows_open", "rows_unkeyed", "rows_corrected", "rows_ours", "rows_deleted", "rows_by_hand", "newest_seen"),
)


@dataclass(frozen=True)
class Round:
    """One round of one order as the warehouse counts it. The facts are None where the rule is gone.

    `rows_corrected` are those that a delivery settled, redelivered files and cleared datasets included.
    """

    system: str
    contract: str
    rule_id: str
    field: str
    round: int
    first_seen: datetime
    newest_seen: str | None
    rows_open: int
    rows_unkeyed: int
    rows_corrected: int
    rows_ours: int
    rows_deleted: int
    rows_by_hand: int
    department: str | None
    dimension: str | None
    severity: str | None
    responsibility: str | None
    title: str | None
    message: str | None
    advice: str | None

    @property
    def key(self) -> tuple[str, str, str, str]:
        return (self.system, self.contract, self.rule_id, self.field)

    @property
    def closed_as(self) -> ClosedAs:
        """Whose doing the end of a round was: the department's where any row was mended or deleted at its source."""
        if self.rows_corrected or self.rows_deleted:
            return "department"
        return "person" if self.rows_by_hand else "hub"


def follow(store: Store, rounds: Iterable[Round], due: Due, as_of: datetime) -> dict[str, int]:
    """Bring every order up to its last round. `due` is what an order gets that is sent now; `as_of` the build's.

    A fault that made rows be rejected is certain, so its order goes to the department at once; that of a warning
    waits until a person sends it. Returns how many orders were found, reopened and closed.
    """
    done = {"found": 0, "reopened": 0, "closed": 0}
    with store.write() as connection:
        take_turn(connection, TURN)
        known = {
            (row["system"], row["contract"], row["rule_id"], row["field"]): dict(row)
            for row in connection.execute(select(work_orders)).mappings()
        }
        for one in sorted(rounds, key=lambda each: (each.key, each.round)):
            order = known.get(one.key)
            if order is None:
                if one.department is None or one.responsibility is None:
                    continue  # rule or system is gone, and nobody was ever told
                order = _found(connection, store, one, due, as_of)
                done["found"] += 1
            if one.round < order["round"] or (one.round == order["round"] and order["state"] not in OPEN):
                continue
            if one.round > order["round"]:
                order = perform(connection, store, order, "reopen", HUB, detail=_again(order, one, due))
                done["reopened"] += 1
            order = _counted(connection, order, one, as_of)
            if one.rows_open == 0:
                order = perform(connection, store, order, "verify", HUB, detail=_result(one))
                order = perform(connection, store, order, "close", HUB, detail={"closed_as": one.closed_as})
                done["closed"] += 1
            known[one.key] = order
    return done


def redate(store: Store, order_no: str, due: Due) -> None:
    """Give an open order the due date that a calendar published meanwhile makes of it."""
    with store.write() as connection:
        take_turn(connection, TURN)
        row = connection.execute(select(work_orders).where(work_orders.c.order_no == order_no)).mappings().one()
        perform(connection, store, dict(row), "redate", HUB, detail=due.as_detail())


def escalate(store: Store, order_nos: Iterable[str]) -> None:
    """Remember that somebody above was told of these orders."""
    with store.write() as connection:
        take_turn(connection, TURN)
        for order_no in order_nos:
            row = connection.execute(select(work_orders).where(work_orders.c.order_no == order_no)).mappings().one()
            perform(connection, store, dict(row), "escalate", HUB)


def _found(connection: Connection, store: Store, one: Round, due: Due, as_of: datetime) -> dict[str, Any]:
    at = store.settings.clock()
    order: dict[str, Any] = dict.fromkeys(column.name for column in work_orders.columns)
    order |= {name: value for name, value in asdict(one).items() if name in order}
    order |= {name: order[name] or "" for name in _FACTS}
    order |= {
        "order_no": _next_number(connection, at),
        "state": "found",
        "round": 1,
        "due_provisional": False,
        "last_seen": as_of,
        "reopened_count": 0,
    }
    connection.execute(work_orders.insert().values(**order))
    remember(connection, order["order_no"], "find", "found", HUB, "", {}, at)
    if _is_certain(one):
        order = perform(connection, store, order, "send", HUB, detail=due.as_detail())
    return order


def _next_number(connection: Connection, at: datetime) -> str:
    """GD + day + a number within the day; orders are never removed, so no number comes twice."""
    prefix = f"GD{at:%Y%m%d}-"
    taken = connection.execute(
        select(work_orders.c.order_no).where(work_orders.c.order_no.startswith(prefix, autoescape=True))
    ).scalars()
    last = max((int(number.removeprefix(prefix)) for number in taken), default=0)
    return f"{prefix}{last + 1:04d}"


def _is_certain(one: Round) -> bool:
    return one.responsibility == "department" and one.severity == "critical"


def _again(order: dict[str, Any], one: Round, due: Due) -> dict[str, Any]:
    """A relapse goes back to a department that had the order already, or to which it would be sent at once."""
    was_sent = order["sent_at"] is not None and order["responsibility"] == "department"
    return due.as_detail() if was_sent or _is_certain(one) else {}


def _counted(connection: Connection, order: dict[str, Any], one: Round, as_of: datetime) -> dict[str, Any]:
    new: dict[str, Any] = {name: getattr(one, name) for name in _COUNTS}
    new |= {name: value for name in _FACTS if (value := getattr(one, name)) is not None}
    if one.rows_open:
        new["last_seen"] = as_of
    if all(order[name] == value for name, value in new.items()):
        return order
    connection.execute(update(work_orders).where(work_orders.c.order_no == order["order_no"]).values(**new))
    return order | new


def _result(one: Round) -> dict[str, Any]:
    return {name: getattr(one, name) for name in _COUNTS if name.startswith("rows_") and getattr(one, name)}
