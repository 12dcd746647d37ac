"""What was done with keys: rows of the decisions, which are only added. No key is in them, its name is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from operations import decisions, keys
from operations.store import Store

KIND = "key"
Said = tuple[str, str]
"""Who asked, and why."""
Act = Literal["rotating", "rotated", "destroying", "destroyed"]


class KeyOrderError(RuntimeError):
    """A key that cannot be rotated or destroyed as it was asked for; the message says what to do."""


@dataclass
class Life:
    """When a key's rotation began and ended, and what was done with it last."""

    begun: datetime | None = None
    ended: datetime | None = None
    last: str = ""


def note(store: Store, act: Act, said: Mapping[str, Said]) -> None:
    """Add a row for each key, all or none. Raises KeyOrderError where one does not say who and why."""
    if not all(by.strip() and reason.strip() for by, reason in said.values()):
        raise KeyOrderError("say who asks (--by) and why (--reason); both are kept for ever")
    with store.write() as connection:
        for name, (by, reason) in said.items():
            decisions.append(connection, store, KIND, {"key": name}, act, by, reason)


def lives(store: Store) -> dict[str, Life]:
    """What was done with each key that a rotation made, or that was destroyed."""
    found: dict[str, Life] = {}
    for row in decisions.verdicts(store, KIND):
        life = found.setdefault(row.subject["key"], Life())
        life.last = row.verdict
        if row.verdict == "rotating":
            life.begun = row.at
        elif row.verdict == "rotated":
            life.ended = row.at
    return found


def said(store: Store, names: Iterable[str]) -> dict[str, Said]:
    """Who asked for the last act on each key, and why."""
    rows = {row.subject["key"]: (row.by_whom, row.reason) for row in decisions.verdicts(store, KIND)}
    return {name: rows[name] for name in names}


def unfinished(store: Store) -> dict[str, str]:
    """Purpose -> the new key of a rotation that has begun and not ended."""
    return {keys.purpose_of(name): name for name, life in lives(store).items() if life.last == "rotating"}
