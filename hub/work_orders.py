"""Joins the two sides of work orders: which rows still fail (warehouse), and what people do about them (operations)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from hub import catalogue
from operations import decisions, order_rounds, work_orders
from operations.order_states import Due
from operations.settings import Settings
from operations.store import Store
from schemas.workdays import workday_after, workdays_between

if TYPE_CHECKING:
    from warehouse.build import Writer

SIGN_WORKDAYS = 1
MEND_WORKDAYS = 5
"""Working days that a department has to sign for an order and to mend it: 宁波市公共数据管理办法, five days."""


def attach(writer: Writer, as_of: datetime) -> None:
    """Attach what fails to its order and settle what fails no more, rows that a person settled included. What hangs
    from a broken declaration waits until that is mended."""
    from warehouse.order_rows import Unjudged, Waiver, attach_and_settle

    store = Store(writer.settings)
    waived = [Waiver(**decision.subject) for decision in decisions.effective(store, work_orders.WAIVER)]
    unreadable = [Unjudged(error.system, None) for error in catalogue.broken()]
    unfit = [Unjudged(*place) for place in catalogue.unfit(catalogue.decided(store))]
    attach_and_settle(writer, as_of, waived, [*unreadable, *unfit])


def refresh(store: Store, writer: Writer, as_of: datetime) -> dict[str, int]:
    """Find, count, verify, close and reopen orders by what the build holds; give provisional dates their final day.

    Returns how many were found, reopened and closed. A build that was killed before it came here is caught up with.
    """
    from warehouse.order_rows import rounds

    done = order_rounds.follow(
        store, [order_rounds.Round(**one) for one in rounds(writer)], due_now(store.settings), as_of
    )
    for order in work_orders.listing(store, is_open=True, sent=True):
        if order["due_provisional"]:
            due = _due(order["sent_at"].date(), store.settings.clock().date())
            if not due.provisional:
                order_rounds.redate(store, order["order_no"], due)
    return done


def send(store: Store, order_no: str, by: str) -> None:
    """Hand an order to its department, due from today. Raises what operations.work_orders.send raises."""
    work_orders.send(store, order_no, by, due_now(store.settings))


def due_now(settings: Settings) -> Due:
    """By when an order that is sent now must be signed and mended."""
    today = settings.clock().date()
    return _due(today, today)


def workdays_left(settings: Settings, due_at: datetime) -> int:
    """Working days from today to a due date; 0 on the day itself, negative when it is past."""
    today = settings.clock().date()
    return workdays_between(today, due_at.date(), today=today)


def due_in_words(settings: Settings, order: Mapping[str, Any]) -> str:
    """How an open order stands to its due date, in Chinese; empty for one that is not sent or is closed."""
    if not order["is_open"] or order["due_at"] is None:
        return ""
    left = workdays_left(settings, order["due_at"])
    if order["is_overdue"]:
        return f"逾期 {-left} 个工作日" if left < 0 else "已逾期"
    return f"剩余 {left} 个工作日" if left else "今日到期"


def _due(sent: date, today: date) -> Due:
    sign = workday_after(sent, SIGN_WORKDAYS, today=today)
    mend = workday_after(sent, MEND_WORKDAYS, today=today)
    return Due(_end_of(sign.day), _end_of(mend.day), mend.provisional)


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time(23, 59, 59))
