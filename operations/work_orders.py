"""Work orders as people meet them: list them, and act on one. What the build does to them is in order_rounds.

Every act is an event that stays. Notes are kept without what looks like an identity, bank or telephone number.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, and_, case, select, update
from sqlalchemy.sql.elements import ColumnElement

from operations import decisions, order_states
from operations.order_states import Act, Cause, Due, OrderError, State, Verdict
from operations.store import Store, free_text, storable, take_turn
from operations.tables import work_order_events, work_orders

WAIVER = "order_row"
"""The kind of the decision by which a person settles rows that have no key; the next build applies it."""
TURN = "work_orders"
_LONGEST = 2000  # characters of a note that are kept


class UnknownOrderError(LookupError):
    """There is no such work order."""

    def __init__(self, order_no: str) -> None:
        super().__init__(f"no work order {order_no!r}; `hub workorders list` shows them")


def listing(
    store: Store,
    *,
    department: str | None = None,
    system: str | None = None,
    state: State | None = None,
    overdue: bool = False,
    sent: bool = False,
    is_open: bool | None = None,
) -> list[dict[str, Any]]:
    """Work orders, longest overdue first, then by due date, the closed ones last; each as the columns of
    tables.work_orders and `is_open`, `is_overdue` (open, sent and past due_at).

    `sent` leaves out what has not been sent to its department: warnings that nobody sent yet, and faults that are
    ours or the transport's. `department` alone gives those too, so look at `responsibility`.
    """
    now = store.settings.clock()
    table = work_orders.c
    open_now = table.state.in_(order_states.OPEN)
    late = and_(open_now, table.due_at < now)
    wanted: list[ColumnElement[bool]] = []
    for column, value in ((table.department, department), (table.system, system), (table.state, state)):
        if value is not None:
            wanted.append(column == value)
    if sent:
        wanted += [table.sent_at.is_not(None), table.responsibility == "department"]
    if overdue:
        wanted.append(late)
    if is_open is not None:
        wanted.append(open_now if is_open else ~open_now)
    query = (
        select(work_orders)
        .where(*wanted)
        .order_by(
            case((late, 0), (open_now, 1), else_=2),
            table.due_at.is_(None),
            table.due_at,
            case((table.severity == "critical", 0), else_=1),
            table.rows_open.desc(),
            table.order_no,
        )
    )
    with store.read() as connection:
        return [_row(dict(one), now) for one in connection.execute(query).mappings()]


def find(store: Store, order_no: str) -> dict[str, Any]:
    """One order with the keys of `listing`. Raises UnknownOrderError."""
    found = [one for one in listing(store) if one["order_no"] == order_no]
    if not found:
        raise UnknownOrderError(order_no)
    return found[0]


def events(store: Store, order_no: str) -> list[dict[str, Any]]:
    """What happened to an order, oldest first: id, order_no, act, state (after it), who, note, detail, at."""
    query = select(work_order_events).where(work_order_events.c.order_no == order_no).order_by(work_order_events.c.id)
    with store.read() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def acts_since(store: Store, event_id: int) -> dict[str, set[Act]]:
    """The acts after an event (by its id), by order_no."""
    found: dict[str, set[Act]] = {}
    query = select(work_order_events.c.order_no, work_order_events.c.act).where(work_order_events.c.id > event_id)
    with store.read() as connection:
        for order_no, act in connection.execute(query):
            found.setdefault(order_no, set()).add(act)
    return found


def send(store: Store, order_no: str, by: str, due: Due) -> None:
    """Hand an order to its department. Every act raises UnknownOrderError, and IllegalActError out of turn."""
    _by_person(store, order_no, "send", by, "", due.as_detail())


def sign(store: Store, order_no: str, by: str) -> None:
    """The department takes the order."""
    _by_person(store, order_no, "sign", by, "", {})


def answer(
    store: Store,
    order_no: str,
    by: str,
    verdict: Verdict,
    note: str,
    *,
    cause: Cause | None = None,
    promised_on: date | None = None,
) -> None:
    """The department answers: it is so (then why, and mended by when), it is not, or the rule is wrong.

    Raises OrderError when a part that the verdict needs is missing.
    """
    if verdict not in order_states.VERDICTS or (cause is not None and cause not in order_states.CAUSES):
        raise OrderError(
            f"verdict is one of {', '.join(order_states.VERDICTS)}, cause one of {', '.join(order_states.CAUSES)}"
        )
    if verdict == "true" and (cause is None or promised_on is None):
        raise OrderError("an answer that accepts the finding says its cause and by which day it will be mended")
    if verdict != "true" and not note.strip():
        raise OrderError("an answer that contests the finding gives its reason")
    detail = {"verdict": verdict, "cause": cause, "promised_on": promised_on.isoformat() if promised_on else None}
    _by_person(store, order_no, "answer", by, note, detail)


def fix(store: Store, order_no: str, by: str, note: str = "") -> None:
    """The department declares that it has mended the source. Whether it has, the machine finds."""
    _by_person(store, order_no, "fix", by, note, {})


def give_back(store: Store, order_no: str, by: str, reason: str) -> None:
    """Return an answer, or a declared fix, to the department: it has to answer again. Raises OrderError without one."""
    _by_person(store, order_no, "return", by, _reason(reason), {})


def waive(store: Store, order_no: str, by: str, reason: str) -> None:
    """Settle by hand the open rows of an order that have no key; the next build applies it and closes the order.

    Rows that come later stay open. Raises IllegalActError when an open row has a key, since that one verifies itself.
    """
    _by_person(store, order_no, "waive", by, _reason(reason), {})


def _reason(text: str) -> str:
    if not text.strip():
        raise OrderError("a reason is needed; it is kept for ever")
    return text


def _by_person(store: Store, order_no: str, act: Act, by: str, note: str, detail: dict[str, Any]) -> None:
    if not by.strip():
        raise OrderError("an act names who does it")
    with store.write() as connection:
        take_turn(connection, TURN)
        row = connection.execute(select(work_orders).where(work_orders.c.order_no == order_no)).mappings().one_or_none()
        if row is None:
            raise UnknownOrderError(order_no)
        perform(connection, store, dict(row), act, by, note, detail)
        if act == "waive":
            subject = {name: row[name] for name in ("system", "contract", "rule_id", "field")}
            subject["seen_to"] = row["newest_seen"]
            decisions.append(connection, store, WAIVER, subject, "settled", by, note)


def perform(
    connection: Connection,
    store: Store,
    order: dict[str, Any],
    act: Act,
    who: str,
    note: str = "",
    detail: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Do one act within a transaction that holds TURN; returns the order after it. Raises IllegalActError."""
    order_states.check(order, act)
    kept, at = free_text(note)[:_LONGEST], store.settings.clock()
    new = order_states.changes(order, act, at, kept, detail or {})
    connection.execute(update(work_orders).where(work_orders.c.order_no == order["order_no"]).values(**new))
    remember(connection, order["order_no"], act, new["state"], who, kept, detail or {}, at)
    return order | new


def remember(
    connection: Connection,
    order_no: str,
    act: Act,
    state: State,
    who: str,
    note: str,
    detail: dict[str, Any],
    at: datetime,
) -> None:
    """Add one event."""
    connection.execute(
        work_order_events.insert().values(
            order_no=order_no, act=act, state=state, who=storable(who), note=note, detail=detail, at=at
        )
    )


def _row(row: dict[str, Any], now: datetime) -> dict[str, Any]:
    is_open = row["state"] in order_states.OPEN
    return {**row, "is_open": is_open, "is_overdue": is_open and row["due_at"] is not None and row["due_at"] < now}
