"""`hub doctor`: what an engineer would look at first when something seems wrong."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from operations.settings import Settings

DISK_NEEDED = 2 * 1024**3
"""Bytes that one build and publish may need beside what is there."""
BACKUP_DAYS = 7
"""So old may the last backup be, where backups are made at all."""
FREE_SHARE = 0.5
"""So much of the build file may be free: models that a build makes anew need room beside the old ones. That was 29 % of
the file at 6,000 disputes, which a compaction gives back for one build only."""
FREE_BYTES = 256 * 1024**2
"""Fewer free bytes than these are not worth a compaction."""


@dataclass(frozen=True)
class Finding:
    """One thing looked at: whether it is well, what was found, and what to do if it is not."""

    name: str
    ok: bool
    message: str
    remedy: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Look at everything; a check that itself fails is a finding too."""
    return [finding for check in CHECKS for finding in _guarded(check, settings)]


def _guarded(check: Callable[[Settings], Iterator[Finding]], settings: Settings) -> list[Finding]:
    name = check.__name__.strip("_")
    try:
        return list(check(settings))
    except Exception as error:
        return [Finding(name, False, f"{type(error).__name__}: {error}", "see the message")]


def _packages(settings: Settings) -> Iterator[Finding]:
    import duckdb

    right = duckdb.__version__.startswith("1.5.")
    yield Finding("duckdb", right, duckdb.__version__, "run `make install`; the pinned version is 1.5.x")


def _disk(settings: Settings) -> Iterator[Finding]:
    settings.home.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.home).free
    yield Finding("disk", free > DISK_NEEDED, f"{free >> 20:,} MiB free in {settings.home}", "free some space")


def _private_zone(settings: Settings) -> Iterator[Finding]:
    zone = (settings.landing, settings.staging, settings.quarantine, settings.private, settings.returns, settings.keys)
    wrong = [path.name for path in zone if path.exists() and stat.S_IMODE(path.stat().st_mode) != 0o700]
    yield Finding(
        "private zone", not wrong, ", ".join(wrong) + " open to others" if wrong else "closed to others",
        f"chmod 700 the folders in {settings.home}",
    )  # fmt: skip


def _declarations(settings: Settings) -> Iterator[Finding]:
    from hub import catalogue
    from operations.store import Store

    yield Finding("declarations", True, f"{len(catalogue.systems())} systems")
    for error in catalogue.broken():
        yield Finding(f"declaration {error.system}", False, str(error), "correct the file; the others go on")
    for (system, _), misfit in catalogue.unfit(catalogue.decided(Store(settings))).items():
        yield Finding(f"declaration {system}", False, catalogue.placed(misfit), "correct the file; the others go on")


def _ledger(settings: Settings) -> Iterator[Finding]:
    from operations import loads
    from operations.store import Store

    lines = loads.lines(Store(settings))
    wrong = [line["load_id"] for line in lines if line["balance"] != 0]
    yield Finding(
        "ledger", not wrong, f"{len(lines)} loads balance" if not wrong else f"unbalanced: {', '.join(wrong)}",
        "keep the files and report it: this must never happen",
    )  # fmt: skip


def _last_outcomes(settings: Settings) -> Iterator[Finding]:
    from operations import runs
    from operations.store import Store

    for (system, dataset), last in sorted(runs.last_outcome(Store(settings)).items()):
        what = f"{system}.{dataset}" if system else last["step"]
        if last["state"] == "finished" and last["message"]:
            yield Finding(what, True, last["message"])
        elif last["state"] == "failed":
            yield Finding(what, False, last["message"], last.get("remedy") or "see the message")


def _slow_reads(settings: Settings) -> Iterator[Finding]:
    from operations.slow_reads import slow_reads
    from operations.store import Store

    for one in slow_reads(Store(settings), after=0):
        yield Finding(f"{one.system}.{one.dataset}", True, f"the last read {one}")


def _publication(settings: Settings) -> Iterator[Finding]:
    from hub import published

    with published.current(settings) as connection:
        version = published.rows(connection, "SELECT max(version) AS version FROM ops.versions")[0]["version"]
    folders = {(settings.published / name).resolve().parent for name in ("current.duckdb", "marts.duckdb")}
    yield Finding("publication", len(folders) == 1, f"version {version}", "run `hub publish`")


def _mails(settings: Settings) -> Iterator[Finding]:
    from operations import notices
    from operations.store import Store

    unsent = notices.unsent(Store(settings))
    refused = [one for one in unsent if one.state == "failed"]
    if refused:
        remedy = "correct HUB_SMTP_URL or the address, then `hub workorders notify`"
        yield Finding("mails", False, f"{len(refused)} could not be sent: {refused[-1].problem}", remedy)
    elif unsent:
        why = "the next build sends them" if settings.smtp_url else "HUB_SMTP_URL is not set"
        yield Finding("mails", True, f"{len(unsent)} wait: {why}")


def _backup(settings: Settings) -> Iterator[Finding]:
    """Of a home that was never backed up nothing is expected."""
    from operations import runs
    from operations.store import Store

    last = runs.last_finished(Store(settings), "backup")
    if last is not None:
        days = (settings.clock() - last).days
        yield Finding(
            "backup", days <= BACKUP_DAYS, f"the last was made {days} days ago, on {last}",
            "run `hub backup`, and see why the one that was due did not run",
        )  # fmt: skip


def _free_room(settings: Settings) -> Iterator[Finding]:
    from operations.locks import LockedError, writer_lock
    from warehouse.compaction import blocks, draft_of

    path = settings.build_path
    if not path.exists():
        return
    try:
        with writer_lock(settings, timeout=0):
            found, left = blocks(settings, path), draft_of(path).exists()
    except LockedError:
        yield Finding(path.name, True, "is being written just now: look again later for its free room")
        return
    wasteful = found.free_share > FREE_SHARE and found.free >= FREE_BYTES
    told = f"{found.free_share:.0%} of {(found.used + found.free) / 1024**2:,.0f} MiB is free"
    if left:
        told += f"; {draft_of(path).name} is left of a compaction that was killed"
    yield Finding(path.name, not (wasteful or left), told, "run `hub compact`")


def _keys(settings: Settings) -> Iterator[Finding]:
    from hub.rotation import register
    from operations import keys
    from operations.store import Store

    for purpose in register.unfinished(Store(settings)):
        remedy = f"run `hub keys rotate {purpose}`, which goes on"
        yield Finding("key rotation", False, f"the rotation of the key `{purpose}` is not finished", remedy)
    newest = {keys.purpose_of(name): name for name in keys.fingerprints(settings)}  # by age, so the last one stays
    ages = {purpose: days for purpose, name in newest.items() if (days := keys.age_days(settings, name)) is not None}
    for purpose, days in ages.items():
        if days > settings.key_days:
            yield Finding(
                f"key {purpose}", False, f"{days} days old; {settings.key_days} are allowed (HUB_MAX_KEY_DAYS)",
                f"run `hub keys rotate {purpose} --by NAME --reason WHY`",
            )  # fmt: skip
    if ages and max(ages.values()) <= settings.key_days:
        yield Finding("keys", True, f"none is older than {max(ages.values())} days")


def _erasures(settings: Settings) -> Iterator[Finding]:
    from hub.erasing.destroyed import command
    from operations import erasures
    from operations.store import Store

    for order in erasures.listing(Store(settings)):
        if order.state != "done":
            remedy, told = f"run `hub erase --order '{order.order_no}'`, and see what it names", ""
            if waited := [Path(place["name"]) for place in order.places if place["left"] is None]:
                told = f": it waits for {', '.join(map(str, waited))}"
                remedy = (
                    f"mount the disk, then `hub erase --order '{order.order_no}'`; {command(order.order_no, waited[0])}"
                )
            message = f"order {order.order_no} of {order.at} is not carried out whole{told}"
            yield Finding("erasure", False, message, remedy)


def _dataset_issues(settings: Settings) -> Iterator[Finding]:
    """What the last build found wrong with whole datasets; only what is critical is bad."""
    from hub import published

    with published.current(settings) as connection:
        found = published.rows(connection, published.DATASET_ISSUES)
    for issue in found:
        field = f".{issue['field']}" if issue["field"] else ""
        yield Finding(
            f"{issue['system']}.{issue['dataset']}{field}", issue["severity"] != "critical",
            f"{issue['title']}: {issue['observed']} (expected: {issue['expected']})", issue["advice"],
        )  # fmt: skip


def _returns(settings: Settings) -> Iterator[Finding]:
    from hub.returns.overdue import overdue

    for one in overdue(settings):
        yield Finding(f"returns of {one.receiver}", False, one.message, one.remedy)


CHECKS = (
    *(_packages, _disk, _private_zone, _declarations, _ledger, _last_outcomes, _slow_reads, _publication),
    *(_dataset_issues, _mails, _backup, _free_room, _keys, _erasures, _returns),
)
