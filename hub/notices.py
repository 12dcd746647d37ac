"""Tells departments about their work orders: a digest a day, and once a week their leader of what nobody answers.

Numbers and titles of rules only, never a value of a row. A mail that cannot go waits; nothing here fails a build.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from hub import catalogue, mail
from hub.work_orders import due_in_words, workdays_left
from operations import notices, order_rounds, work_orders
from operations.locks import LockedError, scope_lock
from operations.settings import SHANGHAI
from operations.store import Store
from schemas.declaration import System
from schemas.departments import departments

DUE_SOON = 1
"""Working days before the due date from which an order is named as due soon."""
ESCALATE_EVERY = timedelta(days=7)
_UNANSWERED = ("sent", "reopened", "signed")

Order = dict[str, Any]


@dataclass
class Section:
    """One heading of the digest."""

    title: str
    orders: list[Order] = field(default_factory=list)


@dataclass(frozen=True)
class Delivered:
    """What became of the mails that were to be sent; `problem` is the last one's."""

    sent: int
    waiting: int
    problem: str = ""


def tell(store: Store) -> Delivered:
    """Write the digests and escalations that are due today, then send whatever waits."""
    sent: dict[str, list[Order]] = {}
    newest = notices.newest_event(store)
    for order in work_orders.listing(store, sent=True):
        sent.setdefault(order["department"], []).append(order)
    for department, systems in _by_department().items():
        orders = _shown(store, sent.get(department, []), systems)
        _digest(store, department, [one for one in systems if one.contact.notify != "never"], orders, newest)
        _escalation(store, department, orders)  # a leader is told whatever the contact wants to hear
    return deliver(store)


def deliver(store: Store) -> Delivered:
    """Send what waits, oldest first. A refused mail is tried again next time; an unreachable server ends the round."""
    waiting = notices.unsent(store)
    if not waiting or not store.settings.smtp_url:
        return Delivered(0, len(waiting), "HUB_SMTP_URL is not set" if waiting else "")
    done, problem = 0, ""
    try:
        with scope_lock(store, "notices", timeout=0):
            for notice in notices.unsent(store):
                try:
                    mail.send(store.settings.smtp_url, _message(store, notice))
                except mail.MailError as error:
                    problem = str(error)
                    notices.refused(store, notice, problem)
                    if isinstance(error, mail.UnreachableError):
                        break
                else:
                    notices.sent(store, notice)
                    done += 1
    except LockedError:
        problem = "another process is sending them"
    return Delivered(done, len(notices.unsent(store)), problem)


def _by_department() -> dict[str, list[System]]:
    found: dict[str, list[System]] = {}
    for system in catalogue.systems().values():
        found.setdefault(system.department, []).append(system)
    return found


def _digest(store: Store, department: str, systems: list[System], orders: list[Order], newest: int) -> None:
    """`newest`: the last event of any order before these orders were read."""
    now = store.settings.clock()
    kind = f"digest:{department}"
    told = {system.id for system in systems}
    orders = [order for order in orders if order["system"] in told]
    due = _sections(store, orders, notices.told_through(store, kind)) if orders else ()
    sections = [one for one in due if one.orders]
    if not sections and all(system.contact.notify != "always" for system in systems):
        return
    name = departments()[department].name_zh
    counts = "，".join(f"{one.title} {len(one.orders)} 件" for one in sections) or "无待办事项"
    notices.queue(
        store,
        kind,
        sorted({system.contact.email for system in systems}),
        f"【数据质量整改】{name} {now:%Y-%m-%d}：{counts}",
        _text("digest.txt", name=name, now=now, sections=sections, open=sum(one["is_open"] for one in orders)),
        newest,
        renew=True,
    )


def _sections(store: Store, orders: Iterable[Order], since: int) -> Iterator[Section]:
    acts = work_orders.acts_since(store, since)
    late, soon = Section("已逾期"), Section("即将到期")
    again, new, unsigned, ended = Section("复发重开"), Section("新派发"), Section("待签收"), Section("已复核销号")
    for order in orders:
        happened = acts.get(order["order_no"], set())
        if not order["is_open"]:
            if "close" in happened:
                ended.orders.append(order)
        elif order["is_overdue"]:
            late.orders.append(order)
        elif order["left"] <= DUE_SOON:
            soon.orders.append(order)
        elif "reopen" in happened:
            again.orders.append(order)
        elif "send" in happened:
            new.orders.append(order)
        elif order["state"] in ("sent", "reopened") and order["sign_due_at"] < store.settings.clock():
            unsigned.orders.append(order)
    yield from (late, soon, again, new, unsigned, ended)


def _shown(store: Store, orders: Iterable[Order], systems: Iterable[System]) -> list[Order]:
    """A department's orders of its systems, as the texts show them."""
    titles = {system.id: system.title for system in systems}
    return [
        {
            **order,
            "system_title": titles[order["system"]],
            "left": workdays_left(store.settings, order["due_at"]),
            "line": _line(store, order),
        }
        for order in orders
        if order["system"] in titles
    ]


def _line(store: Store, order: Order) -> str:
    if order["is_open"]:
        line = f"未改 {order['rows_open']} 行，{order['due_at']:%Y-%m-%d} 到期，{due_in_words(store.settings, order)}"
        return line + ("（暂定）" if order["due_provisional"] else "")
    settled = ("rows_corrected", "rows_deleted", "rows_ours", "rows_by_hand")
    return f"{sum(order[name] for name in settled)} 行全部销去"


def _escalation(store: Store, department: str, shown: list[Order]) -> None:
    now = store.settings.clock()
    orders = [
        order
        for order in shown
        if order["is_overdue"] and order["state"] in _UNANSWERED and _is_due_again(order["escalated_at"], now)
    ]
    if not orders:
        return
    one = departments()[department]
    notices.queue(
        store,
        f"escalation:{department}",
        sorted({one.leader_email, store.settings.mail_from}),
        f"【逾期通报】{one.name_zh} {len(orders)} 件数据质量整改工单逾期未答复",
        _text("escalation.txt", name=one.name_zh, now=now, orders=orders),
        notices.newest_event(store),
    )
    order_rounds.escalate(store, [order["order_no"] for order in orders])


def _is_due_again(escalated_at: datetime | None, now: datetime) -> bool:
    return escalated_at is None or now - escalated_at >= ESCALATE_EVERY


def _message(store: Store, notice: notices.Notice) -> EmailMessage:
    message = EmailMessage()
    message["From"] = store.settings.mail_from
    message["To"] = ", ".join(notice.recipients)
    message["Subject"] = notice.subject
    message["Date"] = format_datetime(notice.at.replace(tzinfo=SHANGHAI))
    # The same every time, so that a mail sent twice after a crash shows once.
    message["Message-ID"] = f"<{notice.about.replace(':', '.')}@hub141>"
    message.set_content(notice.body)
    return message


@cache
def _environment() -> Environment:
    folder = FileSystemLoader(Path(__file__).parent / "mails")
    # Plain text: there is nothing to escape.
    return Environment(loader=folder, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)  # noqa: S701


def _text(template: str, **values: Any) -> str:
    return _environment().get_template(template).render(**values).strip() + "\n"
