"""`hub keys rotate`: a new key in the place of the one in use, and everything in the home under it.

    new key → tokens, in one transaction → subjects of calls → files written anew → sealed values → new version

Each step can be repeated, and what is under the new key already is left alone. So a rotation that was killed at any
moment is gone on with by the same command. The old key stays, for backups and whatever else still needs it, until
`hub keys destroy`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from hub import pipeline, publication
from hub.rotation import register
from hub.rotation.inventory import PURPOSES
from hub.rotation.register import KeyOrderError
from hub.steps import step
from operations import copies, keys, lookups, returns, sealed
from operations.failpoints import failpoint
from operations.locks import keys_lock, writer_lock
from operations.settings import Settings
from operations.store import Store
from warehouse import token_keys
from warehouse.compaction import compact
from warehouse.publish import drop_versions_before, latest_version
from warehouse.retokenise import Retokenised, retokenise
from warehouse.reveal import path_of
from warehouse.vault import aliases

if TYPE_CHECKING:
    from hub.pipeline import Progress
    from warehouse.build import Writer


@dataclass
class Rotated:
    """What a rotation came to: the new keys, what was put under them, and what was handed out before and was not."""

    keys: list[str]
    done: dict[str, int] = field(default_factory=dict)
    version: int = 0  # published by it, 0: none
    exports: list[Path] = field(default_factory=list)  # with tokens of before
    receivers: list[str] = field(default_factory=list)  # of returns with tokens of before, until their next one


def rotate(
    settings: Settings, purposes: Sequence[str], *, by: str, reason: str, progress: Progress = pipeline.silent
) -> Rotated:
    """Rotate the keys of some purposes, or go on where that was begun; `by` and `reason` are for those that begin.

    Raises KeyOrderError, KeyUnusable and LockedError before anything is changed, GateError when everything is under the
    new keys and only the publish is wanting; then the same call goes on.
    """
    store = Store(settings)
    wrong = [purpose for purpose in purposes if not keys.versions(settings, purpose)]
    if wrong or not purposes:
        held = [purpose for purpose in PURPOSES if keys.versions(settings, purpose)]
        raise KeyOrderError(
            f"there is no key {', '.join(wrong) or 'named'}; `hub keys` lists those that there are, each by its purpose"
            f" ({', '.join(held)})"
        )
    with keys_lock(settings), step(store, "", "", "rotate", refusals=(KeyOrderError,)):
        new = _begin(settings, store, [*dict.fromkeys(purposes)], by, reason)
        result = Rotated([*new.values()])
        tokens = {
            kind: new[f"token_{kind}"] for kind in token_keys.KINDS if f"token_{kind}" in new
        }  # `token_address` makes none that are kept in the warehouse
        if tokens:
            with publication.warehouse(settings) as writer:
                _tokens(settings, store, writer, tokens, result, progress)
        _files(settings, [*(["build"] if tokens else []), *new], result, progress)
        for purpose in sorted(sealed.PLACES.keys() & new.keys()):
            result.done[f"sealed values ({purpose})"] = sealed.reseal(store, purpose)
            failpoint("rotate.resealed")
        if tokens and latest_version(settings):
            progress("publish", 0)
            result.version = pipeline.publish(settings)
            result.done["versions removed"] = drop_versions_before(settings, result.version)
        if tokens:
            result.exports = [folder for folder in copies.known(store, "export") if folder.is_dir()]
            result.receivers = sorted({one.receiver for one in returns.listing(store) if one.kept or one.fetched_at})
        register.note(store, "rotated", register.said(store, new.values()))
    return result


def _begin(settings: Settings, store: Store, purposes: Sequence[str], by: str, reason: str) -> dict[str, str]:
    """The new key of each purpose: all noted first, then made. Those that were begun are gone on with."""
    begun = register.unfinished(store)
    fresh = {
        purpose: _given(settings, store, purpose) or keys.next_name(settings, purpose)
        for purpose in purposes if purpose not in begun
    }  # fmt: skip
    if fresh:
        register.note(store, "rotating", dict.fromkeys(fresh.values(), (by, reason)))
        failpoint("rotate.begun")
    new = {purpose: (begun | fresh)[purpose] for purpose in purposes}
    for name in new.values():
        if name not in keys.names(settings):
            keys.make(settings, name)
        failpoint("rotate.key_made")
    return new


def _given(settings: Settings, store: Store, purpose: str) -> str | None:
    """The new key where keys of this purpose come from the environment: the newest there, which was never rotated to.

    Raises KeyOrderError when there is none yet.
    """
    held = keys.versions(settings, purpose)
    if not any(keys.variable(name) in os.environ for name in held):
        return None
    newest = held[-1]
    if newest == purpose or keys.variable(newest) not in os.environ or newest in register.lives(store):
        wanted = keys.variable(keys.next_name(settings, purpose))
        raise KeyOrderError(
            f"the key {newest} comes from the environment, so the hub cannot replace it: set {wanted} (64 hex digits)"
            " beside it, wherever this home's commands and portal run, and rotate again"
        )
    return newest


def _tokens(
    settings: Settings, store: Store, writer: Writer, names: dict[str, str], result: Rotated, progress: Progress
) -> None:
    """Every token of the warehouse, then of the subjects of calls, who are known by the values of the vault."""
    progress("tokens", 0)
    with writer.transaction() as con:
        done = retokenise(con, settings, names)
        failpoint("rotate.before_commit")
    failpoint("rotate.committed")
    result.done |= _counts(done)
    if "id_no" in names:
        asked = lookups.subjects(store)
        known = aliases(writer.con, settings, "id_no", asked)
        renamed = {old: token for token, every in known.items() for old in every & asked if old != token}
        result.done["calls to query-only sources"] = lookups.rename(store, renamed)


def _counts(done: Retokenised) -> dict[str, int]:
    counted = {f"tokens of kind {kind}": count for kind, count in done.changed.items()}
    counted |= {f"rows of {place}": rows for place, rows in done.touched.items()}
    return counted | ({"rejected rows whose content is gone": done.lost} if done.lost else {})


def _files(settings: Settings, purposes: Sequence[str], result: Rotated, progress: Progress) -> None:
    """Encrypted files are written anew, and so without what the free blocks still hold of tokens."""
    files = {"build": settings.build_path, "reveal": path_of(settings)}
    for purpose, path in files.items():
        if purpose in purposes and path.exists():
            progress(path.name, 0)
            with writer_lock(settings):
                compact(settings, path, purpose)
            failpoint("rotate.rewritten")
            result.done[f"{path.relative_to(settings.home)} written anew"] = 1
