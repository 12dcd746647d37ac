"""Where a read begins, and where the next one will: bookmarks, lookback, and the cap on cursors."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from croniter import croniter

from operations import bookmarks
from schemas.declaration import KeyCompare
from schemas.delivery import Window

if TYPE_CHECKING:
    from connectors.base import Connector
    from operations.settings import Settings
    from operations.store import Store
    from schemas.declaration import Dataset, System
    from schemas.delivery import Manifest

CLOCK_SKEW = timedelta(minutes=5)
"""How far a source's clock may run ahead of ours before its newest rows would be missed."""


class NotNowError(RuntimeError):
    """A dataset that its department does not want to be read at this hour: it is skipped, which is no failure."""


class EmptyWindowError(ValueError):
    """A stretch of time to read again in which nothing can lie."""


def backfill(since: datetime | None, until: datetime | None) -> Window:
    """The window of a backfill: [since, until). Raises EmptyWindowError where it ends before it begins."""
    if since is not None and until is not None and since >= until:
        raise EmptyWindowError(f"nothing lies between {since} and {until}: since must be before until")
    return Window(since=since, until=until, kind="backfill")


def refuse_hours(settings: Settings, system: System, dataset: Dataset) -> None:
    """Raise NotNowError outside the hours in which the system may be read."""
    hours = getattr(system.source, "window", None)
    if hours is None:
        return
    now = f"{settings.clock():%H:%M}"
    opens, closes = hours.split("-")
    inside = opens <= now < closes if opens < closes else now >= opens or now < closes
    if not inside:
        raise NotNowError(
            f"{system.id}.{dataset.name}: skipped, it may be read from {opens} to {closes} and it is {now};"
            " the next turn of its schedule within these hours reads it"
        )


def window_since(dataset: Dataset, bookmark: dict[str, Any] | None) -> datetime | None:
    """The lower bound of an ordinary read: the bookmark less the lookback; the declared start at first.

    None where the dataset is read whole (snapshots) or remembers files instead of a time.
    """
    if dataset.sync.mode != "incremental":
        return None
    if bookmark is None or bookmark.get("cursor") is None:
        return dataset.sync.start
    return datetime.fromisoformat(bookmark["cursor"]) - dataset.sync.lookback


def capped_cursor(read_started: datetime, cursor_high: str | None, bookmark: dict[str, Any] | None) -> str | None:
    """The next read's cursor: never past this read's start less the clock skew, and never backwards.

    So a row dated 9999-12-31 stalls nothing, and a row written while we were reading is read again.
    """
    previous = bookmark.get("cursor") if bookmark else None
    if cursor_high is None:
        return previous
    capped = min(datetime.fromisoformat(cursor_high), read_started - CLOCK_SKEW).isoformat(sep=" ")
    return max(capped, previous) if previous else capped


def next_bookmark(
    dataset: Dataset, bookmark: dict[str, Any] | None, manifest: Manifest, connector: Connector
) -> dict[str, Any] | None:
    """The ``landed`` bookmark to store when this load is complete: a cursor, or the files seen.

    None where there is nothing to remember (snapshots), or where the source remembers it (queues).
    """
    if dataset.sync.mode == "files":
        return connector.bookmark_after(dataset)
    if dataset.sync.mode in ("snapshot", "queue"):
        return None
    return {"cursor": capped_cursor(manifest.opened_at, manifest.cursor_high, bookmark)}


def keys_due(settings: Settings, store: Store, system: System, dataset: Dataset) -> bool:
    """Whether the list of all keys should be read now: its cron time has passed since the last list."""
    if not isinstance(dataset.deletes, KeyCompare):
        return False
    last = bookmarks.get(store, system.id, dataset.name, "keys")
    if last is None:
        return True
    turn = croniter(dataset.deletes.cron, datetime.fromisoformat(last["read_at"])).get_next(datetime)
    return bool(turn <= settings.clock())
