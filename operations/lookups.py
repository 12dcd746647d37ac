"""Calls to query-only sources: who was asked about whom, when, on which legal ground, and the answer until it landed.

One row per call serves as the log and the cache; operations.quotas counts the calls of a day. The subject is a token,
never the value; the answer is encrypted, and wiped once it has landed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update

from operations.quotas import Quotas
from operations.sealed import seal, unseal
from operations.store import Store, take_turn
from operations.tables import lookup_calls


@dataclass(frozen=True)
class Call:
    """One question: about the subject behind a token, for one report, on one legal ground."""

    system: str
    dataset: str
    subject_token: str
    related_system: str
    related_no: str
    item_code: str
    reason_code: str
    who: str


def begin(store: Store, call: Call, quota: int) -> str | None:
    """Log a call before it is made, and return its number; None when the day's quota is used up.

    A call whose answer never came counts too: the source may have counted it.
    """
    place = f"{call.system}.{call.dataset}"
    if Quotas(store).take(f"lookups {place}", quota) is not None:
        return None
    mine = (lookup_calls.c.system == call.system) & (lookup_calls.c.dataset == call.dataset)
    now = store.settings.clock()
    with store.write() as connection:
        take_turn(connection, f"lookups {place}")
        number = connection.scalar(select(func.count()).where(mine)) or 0
        call_no = f"{place}-{number + 1:08d}"
        connection.execute(lookup_calls.insert().values(call_no=call_no, asked_at=now, result="asked", **vars(call)))
    return call_no


def failed(store: Store, call_no: str) -> None:
    """The call brought no answer; it stays in the log and is no cache."""
    _set(store, [call_no], result="failed")


def answered(store: Store, call_no: str, result: str, valid_until: datetime, row: dict[str, Any]) -> None:
    """Keep an answer (`answered`, `not_found` or `refused`) and the row that will land, encrypted."""
    sealed = seal(store.settings, "lookups", json.dumps(row, ensure_ascii=False).encode(), call_no)
    now = store.settings.clock()
    _set(store, [call_no], result=result, answered_at=now, valid_until=valid_until, sealed=sealed)


def known(store: Store, system: str, dataset: str) -> set[str]:
    """Tokens of the subjects about whom an answer still holds."""
    with store.read() as connection:
        held = select(lookup_calls.c.subject_token).where(
            lookup_calls.c.system == system,
            lookup_calls.c.dataset == dataset,
            lookup_calls.c.valid_until > store.settings.clock(),
        )
        return set(connection.scalars(held))


def waiting(store: Store, system: str, dataset: str) -> dict[str, dict[str, Any]]:
    """The answers that have not landed yet, by call number, in the order of the calls."""
    with store.read() as connection:
        rows = connection.execute(
            select(lookup_calls.c.call_no, lookup_calls.c.sealed)
            .where(
                lookup_calls.c.system == system, lookup_calls.c.dataset == dataset, lookup_calls.c.sealed.is_not(None)
            )
            .order_by(lookup_calls.c.call_no)
        ).all()
    return {call_no: json.loads(unseal(store.settings, "lookups", sealed, call_no)) for call_no, sealed in rows}


def landed(store: Store, call_nos: list[str], load_id: str) -> None:
    """These answers are durable in a load: what they said is wiped here."""
    _set(store, call_nos, load_id=load_id, sealed=None)


def erase(store: Store, tokens: dict[str, str]) -> int:
    """Wipe what was answered about subjects and has not landed, and put other tokens for theirs; rows touched."""
    touched = 0
    with store.write() as connection:
        for token, replacement in tokens.items():
            about = update(lookup_calls).where(lookup_calls.c.subject_token == token)
            touched += connection.execute(about.values(sealed=None, subject_token=replacement)).rowcount
    return touched


def subjects(store: Store) -> set[str]:
    """The tokens of everybody who was ever asked about."""
    with store.read() as connection:
        return set(connection.scalars(select(lookup_calls.c.subject_token).distinct()))


def rename(store: Store, tokens: dict[str, str]) -> int:
    """Put other tokens for those of subjects, whose values stay the same; calls touched."""
    touched = 0
    with store.write() as connection:
        for token, now in tokens.items():
            about = update(lookup_calls).where(lookup_calls.c.subject_token == token)
            touched += connection.execute(about.values(subject_token=now)).rowcount
    return touched


def recent(store: Store, limit: int = 100) -> list[dict[str, Any]]:
    """The last `limit` calls, newest first, without what was answered."""
    shown = [column for column in lookup_calls.c if column.name != "sealed"]
    with store.read() as connection:
        rows = connection.execute(
            select(*shown).order_by(lookup_calls.c.asked_at.desc(), lookup_calls.c.call_no.desc()).limit(limit)
        )
        return [dict(row) for row in rows.mappings()]


def _set(store: Store, call_nos: list[str], **values: Any) -> None:
    with store.write() as connection:
        for call_no in call_nos:
            connection.execute(update(lookup_calls).where(lookup_calls.c.call_no == call_no).values(**values))
