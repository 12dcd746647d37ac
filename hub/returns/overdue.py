"""Returns that are due and were not made, and those that nobody acknowledges: each later one repeats what they said."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from hub import published
from hub.returns.nightly import Order, orders
from operations import returns
from operations.returns import Return
from operations.store import Store

if TYPE_CHECKING:
    from operations.settings import Settings

LATE = timedelta(hours=36)
"""A night's return that is not there by then was missed."""
SILENT = timedelta(days=14)
"""So long may a receiver take to acknowledge something."""


class Overdue(NamedTuple):
    """What is wrong with the returns of one receiver, and what to do."""

    receiver: str
    message: str
    remedy: str


def overdue(settings: Settings) -> list[Overdue]:
    """Every receiver for whom a return is due or who is silent; one may be both. Raises NothingPublishedError where
    somebody gets returns."""
    store = Store(settings)
    ordered = {one.wanted.receiver: one for one in orders(store)}
    past: dict[str, list[Return]] = {code: [] for code in ordered}
    for one in returns.listing(store):
        past.setdefault(one.receiver, []).append(one)
    if not past:
        return []
    with published.both(settings) as connection:
        ((version,),) = connection.execute("SELECT version FROM current.ops.versions").fetchall()
    found = []
    for code, made in sorted(past.items()):
        newest_first = sorted(made, key=lambda one: one.number, reverse=True)
        if code in ordered:
            found += _due(settings, ordered[code], newest_first, version)
        found += _silent(settings, code, newest_first, is_ordered=code in ordered)
    return found


def _due(settings: Settings, order: Order, made: list[Return], version: int) -> list[Overdue]:
    last = made[0] if made else None
    since = max(order.at, last.made_at) if last else order.at
    if (last and last.version >= version) or settings.clock() - since <= LATE:
        return []
    told = f"the last, {last.name}, is of version {last.version} and {last.made_at:%Y-%m-%d %H:%M}" if last else "none"
    code = order.wanted.receiver
    return [
        Overdue(
            code, f"a return of version {version} is due since {since + LATE:%Y-%m-%d %H:%M} and was not made: {told}",
            "run `hub returns nightly --run`, and see why the DAG `returns` did not",
        )
    ]  # fmt: skip


def _silent(settings: Settings, code: str, made: list[Return], *, is_ordered: bool) -> list[Overdue]:
    last = next((one for one in made if one.state == "acknowledged"), None)
    since = [one for one in made if last is None or one.number > last.number]
    waiting = [one for one in since if one.state == "open" and (is_ordered or one.fetched_at is not None)]
    if not waiting or settings.clock() - since[-1].made_at <= SILENT:
        return []
    acknowledged = f"{last.name} on {last.acknowledged_at:%Y-%m-%d}" if last and last.acknowledged_at else "nothing"
    fetched = next((one for one in since if one.fetched_at is not None), None)
    told = f"fetched {fetched.name} on {fetched.fetched_at:%Y-%m-%d}" if fetched else "fetched nothing since"
    return [
        Overdue(
            code, f"has had returns since {since[-1].made_at:%Y-%m-%d}, {told}, and acknowledged {acknowledged}",
            f"ask it to apply {waiting[0].name} and acknowledge that; on its behalf `hub returns acknowledge {code}"
            f" {waiting[0].number} --by NAME`; if it wants none, `hub returns nightly {code} --end`",
        )
    ]  # fmt: skip
