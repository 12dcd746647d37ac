"""Keeps that a receiver has applied a return: the next one says what changed since then."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING

from hub.returns.comparing import apply
from hub.returns.errors import CountsDifferError, NotFetchedError, ReturnError, SupersededError, UnknownReturnError
from hub.returns.making import turn
from hub.returns.standing import held_after, rows_of, tidy
from operations import returns
from operations.failpoints import failpoint
from operations.returns import Return
from operations.store import Store

if TYPE_CHECKING:
    from operations.settings import Settings


def acknowledge(
    settings: Settings, code: str, number: int, *, by: str, holds: Mapping[str, int] | None = None
) -> Return:
    """Keep that the receiver holds what a return says; its files go. Twice is like once.

    `holds` is how many rows of which dataset the receiver counts: other numbers than ours are refused. Raises
    ReturnError, LockedError; then nothing is kept.
    """
    store, folder = Store(settings), settings.returns / code
    with turn(store, code):
        past = returns.listing(store, code)
        one = next((one for one in past if one.number == number), None)
        if one is None:
            raise UnknownReturnError(f"{code} has no return {number}; `hub returns --receiver {code}` lists them")
        if one.state == "acknowledged":
            return one
        _refuse(one, past, holds or {})
        tidy(folder, past)
        _hold(folder, one, past)
        failpoint("return.state_written")
        returns.acknowledge(store, one, by)
        failpoint("return.acknowledged")
        past = returns.listing(store, code)
        tidy(folder, past)
    return next(one for one in past if one.number == number)


def _refuse(one: Return, past: list[Return], holds: Mapping[str, int]) -> None:
    if one.state == "superseded":
        raise SupersededError(
            f"{one.name} of {one.receiver} cannot be acknowledged any more: a later one stands for it; apply"
            f" {past[0].name} and acknowledge that"
        )
    if one.fetched_at is None:
        raise NotFetchedError(f"{one.name} of {one.receiver} was never fetched, so nobody can have applied it")
    ours = {line.dataset: line.held_after for line in one.lines}
    unlike = [(dataset, count, ours.get(dataset, 0)) for dataset, count in holds.items() if ours.get(dataset) != count]
    if unlike:
        told = "; ".join(f"{dataset}: {there:,} rows there, {here:,} here" for dataset, there, here in unlike)
        raise CountsDifferError(
            f"{one.name} of {one.receiver} is not acknowledged, the counts differ ({told}): apply it again in the order"
            " of its rows, or take everything anew",
            unlike,
        )


def _hold(folder: Path, one: Return, past: list[Return]) -> None:
    """Write what the receiver holds from now on; it counts once the ledger says so.

    What it acknowledged since the return was made counts as well: the return names every row of that again.
    """
    import duckdb

    from warehouse.landing import sync_folder

    rows, target = rows_of(folder, one), held_after(folder, one)
    last = next((earlier for earlier in past if earlier.state == "acknowledged"), None)
    base = held_after(folder, last) if last is not None and one.since is not None else None
    if not rows.is_dir() or (base is not None and not base.is_dir()):
        raise ReturnError(
            f"what {one.receiver} held before {one.name} is lost, as in a restored home; make a return of everything"
            f" with `hub returns make {one.receiver} --all`, which begins anew"
        )
    draft = target.with_name(f".{target.name}.draft")
    draft.mkdir(mode=0o700)
    try:
        with duckdb.connect() as connection:
            for line in one.lines:
                name = f"{line.dataset}.parquet"
                before = base / name if base is not None and (base / name).is_file() else None
                held = apply(connection, before, rows / name, draft / name)
                if held != line.held_after:
                    raise ReturnError(
                        f"{one.name} of {one.receiver}: {line.dataset} would hold {held:,} rows, the ledger says"
                        f" {line.held_after:,}; nothing was kept. Make a return of everything with --all, and report it"
                    )
        sync_folder(draft)
        draft.rename(target)
        sync_folder(folder)
    finally:
        rmtree(draft, ignore_errors=True)
