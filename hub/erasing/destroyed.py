"""A copy that an order waits for and that is no more: a person says so, with a reason that is kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from operations import copies, decisions
from operations.store import Store

if TYPE_CHECKING:
    from operations.erasures import Order

KIND = "destroyed_copy"
KINDS: tuple[copies.Kind, ...] = ("backup", "export", "return")


class DestroyedError(RuntimeError):
    """A copy that cannot be declared destroyed; the message says what to do."""


def declare(store: Store, order: Order, paths: Sequence[Path], by: str, reason: str) -> list[Path]:
    """Keep that every copy at or below these paths is destroyed, and wait for none of them any more; which they were.

    Raises DestroyedError before anything is kept: nobody named, no such copy, or one that is there to be erased.
    """
    if paths and not (by.strip() and reason.strip()):
        raise DestroyedError("say who declares it (--by) and how the copy was destroyed (--reason); both are kept")
    known = [one for kind in KINDS for one in copies.known(store, kind)]
    gone: list[Path] = []
    for path in (one.expanduser().resolve() for one in paths):
        meant = [one for one in known if one.is_relative_to(path)]
        if not meant:
            away = ", ".join(str(one) for one in known if not one.exists()) or "none"
            raise DestroyedError(f"the hub knows of no copy at {path}; those that it cannot reach: {away}")
        if there := next((one for one in meant if one.exists()), None):
            raise DestroyedError(
                f"{there} is there: `hub erase --order {quote(order.order_no)}` reaches it, or delete it first"
            )
        gone += meant
    for one in gone:
        decisions.decide(store, KIND, {"path": str(one), "order": order.order_no}, "destroyed", by, reason)
        copies.forget(store, one)
    return gone


def command(order_no: str, path: Path) -> str:
    """What ends the waiting for a copy that is no more."""
    given = f"--order {quote(order_no)} --destroyed {quote(str(path))}"
    return f"if it was destroyed: `hub erase {given} --by NAME --reason HOW`"
