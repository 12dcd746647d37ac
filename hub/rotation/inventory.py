"""Which keys there are, how old each is, what uses it, and what is to be done.

What uses a key is looked up where it is used, never remembered: a file is opened, a sealed value decrypted, a manifest
read. So a key that nothing names can go, whatever happened before.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from hub.backups import manifest
from hub.backups.manifest import BackupError
from hub.rotation import register
from operations import copies, erasures, keys, sealed
from operations.locks import LockedError, writer_lock
from operations.store import Store
from warehouse import token_keys
from warehouse.build import attach, connect
from warehouse.reveal import path_of

if TYPE_CHECKING:
    from operations.settings import Settings

PURPOSES = {
    "build": "encrypts build.duckdb, the warehouse with its vault",
    "reveal": "encrypts private/reveal.duckdb",
    "lookups": "seals answers of query-only sources until they have landed",
    "secrets": "seals what sources hand out to us, such as access tokens",
    "session": "signs the portal's cookies",
    "returns": "names the rows of returns; under a new one every receiver takes each row once more",
    "token_name": "makes the tokens of names",
    "token_id_no": "makes the tokens of ID numbers",
    "token_phone": "makes the tokens of telephones",
    "token_row": "makes the tokens of rejected rows without a key",
    "token_address": "knows the addresses of erased persons again",
}
OF_ORDERS = ("token_id_no", "token_phone", "token_name", "token_address")
"""Keys whose tokens an order of erasure keeps for ever."""
UNREACHED = "not reached: "


@dataclass(frozen=True)
class Held:
    """One key. `age_days` and `made_at` are None where they are not known; `uses` is None while a build goes on."""

    key: str
    purpose: str
    made_at: datetime | None
    age_days: int | None
    newest: bool
    given: bool  # from the environment
    fingerprint: str
    uses: list[str] | None
    advice: str


@dataclass
class Uses:
    """What each key is needed for, by its name: `home` by what is in the home, `copies` by its backups."""

    home: dict[str, list[str]] = field(default_factory=dict)
    copies: dict[str, list[str]] = field(default_factory=dict)

    def of(self, name: str) -> list[str]:
        return self.home.get(name, []) + self.copies.get(name, [])


def listing(settings: Settings, store: Store) -> list[Held]:
    """Every key of the home, by purpose and age. Raises KeyUnusable."""
    try:
        with writer_lock(settings, 0):
            uses = look(settings, store)
    except LockedError:
        uses = None
    unfinished, prints = register.unfinished(store), keys.fingerprints(settings)
    found = []
    for name, fingerprint in prints.items():
        purpose, age = keys.purpose_of(name), keys.age_days(settings, name)
        newest, given = name == keys.versions(settings, purpose)[-1], keys.variable(name) in os.environ
        found.append(
            Held(
                key=name,
                purpose=PURPOSES.get(purpose, "unknown to this program"),
                made_at=keys.made_at(settings, name),
                age_days=age,
                newest=newest,
                given=given,
                fingerprint=fingerprint,
                uses=None if uses is None else uses.of(name),
                advice=_advice(settings, name, newest, age, uses, unfinished),
            )
        )
    return found


def look(settings: Settings, store: Store) -> Uses:
    """What every key is needed for. Call it under the writer lock. Raises what opening the build file raises."""
    uses = Uses(home=in_home(settings, store))
    prints = {fingerprint: name for name, fingerprint in keys.fingerprints(settings).items()}
    for folder in copies.known(store, "backup"):
        if folder.is_dir():
            try:
                needed = manifest.read(folder).keys.values()
            except BackupError:  # one that was never finished: nobody can restore it
                continue
            for fingerprint in needed:
                if fingerprint in prints:
                    uses.copies.setdefault(prints[fingerprint], []).append(f"backup {folder}")
        elif not folder.parent.is_dir():
            for name in prints.values():
                uses.copies.setdefault(name, []).append(f"{UNREACHED}backup {folder}")
    return uses


def in_home(settings: Settings, store: Store) -> dict[str, list[str]]:
    """What the keys of the home are needed for in it, by name. Call it under the writer lock."""
    found: dict[str, list[str]] = {}
    con = connect(settings)
    try:
        if settings.build_path.exists():
            name = attach(con, settings, settings.build_path, "build", read_only=True)
            found.setdefault(name, []).append("build.duckdb")
            for kind in token_keys.KINDS:
                if (made_with := token_keys.current(con, settings, kind)) is not None:
                    found.setdefault(made_with, []).append(f"the warehouse's tokens of kind {kind}")
        if path_of(settings).exists():
            name = attach(con, settings, path_of(settings), "reveal", "reveal", read_only=True)
            found.setdefault(name, []).append("private/reveal.duckdb")
    finally:
        con.close()
    for purpose in sealed.PLACES:
        for name, count in sealed.sealed_by(store, purpose).items():
            found.setdefault(name, []).append(f"{count} sealed values")
    lives = register.lives(store)
    for order in erasures.listing(store):
        for purpose in OF_ORDERS:
            for name in _of_time(keys.versions(settings, purpose), lives, order.at):
                found.setdefault(name, []).append(f"order {order.order_no}, for ever")
    return found


def needed(settings: Settings, store: Store) -> dict[str, str]:
    """Fingerprints, by name, of the keys that a backup of the home as it is now needs: those in use, and the newest of
    each purpose. Call it under the writer lock."""
    used = in_home(settings, store)
    return {
        name: fingerprint for name, fingerprint in keys.fingerprints(settings).items()
        if name in used or name == keys.versions(settings, keys.purpose_of(name))[-1]
    }  # fmt: skip


def _of_time(versions: list[str], lives: dict[str, register.Life], at: datetime) -> list[str]:
    """The keys that may have been in force at a moment: more than one where a rotation went on just then."""
    found: list[str] = []
    for name in versions:
        life = lives.get(name, register.Life())
        if life.begun is not None and life.begun > at:
            break
        if life.ended is not None and life.ended < at:
            found.clear()
        found.append(name)
    return found


def _advice(
    settings: Settings, name: str, newest: bool, age: int | None, uses: Uses | None, unfinished: dict[str, str]
) -> str:
    purpose = keys.purpose_of(name)
    if newest and purpose in unfinished:
        return f"its rotation is not finished: `hub keys rotate {purpose}` goes on"
    if newest:
        old = age is not None and age > settings.key_days
        return f"older than {settings.key_days} days: `hub keys rotate {purpose}`" if old else ""
    if uses is None:
        return "a build is going on: look again after it"
    return "kept for what it still opens" if uses.of(name) else f"nothing uses it: `hub keys destroy {name}`"
