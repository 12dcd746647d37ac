"""Mails that wait, were sent, or were refused. None is lost: what does not go now goes with the next build."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update

from operations.store import Store, storable, take_turn
from operations.tables import notices, work_order_events


@dataclass(frozen=True)
class Notice:
    """One mail. `about` names its occasion, once for ever: the same occasion makes no second mail."""

    id: int
    about: str
    recipients: list[str]
    subject: str
    body: str
    state: str
    attempts: int
    problem: str
    through_event: int
    at: datetime
    sent_at: datetime | None


def queue(
    store: Store, kind: str, recipients: list[str], subject: str, body: str, through_event: int, *, renew: bool = False
) -> None:
    """Let today's mail of a kind (`digest:<department>`) wait for its sending; once it is sent there is no second.

    With `renew` it takes the place of one of its kind that still waits, so that nobody gets last week's state.
    """
    now = store.settings.clock()
    about = f"{kind}:{now:%Y-%m-%d}"
    content: dict[str, Any] = {
        "about": about,
        "recipients": recipients,
        "subject": storable(subject),
        "body": storable(body),
        "state": "waiting",
        "problem": "",
        "through_event": through_event,
        "at": now,
    }
    with store.write() as connection:
        take_turn(connection, "notices")
        if connection.scalar(select(notices.c.id).where(notices.c.about == about, notices.c.state == "sent")):
            return
        same = notices.c.about.startswith(f"{kind}:", autoescape=True) if renew else notices.c.about == about
        if connection.execute(update(notices).where(same, notices.c.state != "sent").values(**content)).rowcount == 0:
            connection.execute(notices.insert().values(**content, attempts=0))


def unsent(store: Store) -> list[Notice]:
    """Mails that wait, or were refused and are tried again, oldest first."""
    return [one for one in listing(store) if one.state != "sent"]


def listing(store: Store) -> list[Notice]:
    """Every mail, oldest first."""
    with store.read() as connection:
        return [Notice(**row) for row in connection.execute(select(notices).order_by(notices.c.id)).mappings()]


def told_through(store: Store, kind: str) -> int:
    """The last event of work orders that a sent mail of this kind told of; 0 before the first."""
    of_kind = notices.c.about.startswith(f"{kind}:", autoescape=True)
    with store.read() as connection:
        found = connection.scalar(select(func.max(notices.c.through_event)).where(of_kind, notices.c.state == "sent"))
    return int(found or 0)


def newest_event(store: Store) -> int:
    """The id of the newest event of any work order; 0 before the first."""
    with store.read() as connection:
        return int(connection.scalar(select(func.max(work_order_events.c.id))) or 0)


def sent(store: Store, notice: Notice) -> None:
    """The mail went."""
    _after_attempt(store, notice, state="sent", problem="", sent_at=store.settings.clock())


def refused(store: Store, notice: Notice, problem: str) -> None:
    """The mail did not go; `problem` says why and quotes no secret."""
    _after_attempt(store, notice, state="failed", problem=storable(problem)[:500])


def _after_attempt(store: Store, notice: Notice, **new: Any) -> None:
    with store.write() as connection:
        connection.execute(
            update(notices).where(notices.c.id == notice.id).values(attempts=notices.c.attempts + 1, **new)
        )
