"""What only asking tells: whether pages cut the rows well, filters filter, limits are kept and errors are errors."""

from __future__ import annotations

import statistics
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from connectors.errors import ConnectorError
from connectors.watched import Asked
from hub.onboarding.findings import Finding
from hub.onboarding.rows import LeftOut, Row, look, source_id
from hub.onboarding.samples import moment
from schemas.delivery import Window

if TYPE_CHECKING:
    from connectors.base import Connector
    from schemas.declaration import Dataset

ENOUGH = 40
"""Rows from which paging and filters can be judged."""
MOST = 5_000
"""Rows after which a look at a source ends, so that a probe costs it little."""
DAYS = (1, 8, 64, 512)
"""How far back a look goes until it has enough rows."""
TOO_MANY = 10
"""How many times the declared page size is asked for."""
SLOW = 2.0
"""Seconds for a page from which a smaller one is advised."""


@dataclass(frozen=True)
class Look:
    """Rows read from `since` on, the records left out of them, whether they are all there were, and the answers that
    brought them."""

    since: datetime | None
    rows: list[Row]
    left_out: list[LeftOut]
    whole: bool
    asked: tuple[Asked, ...] = ()
    seconds: float = 0.0


def first_look(connector: Connector, dataset: Dataset, now: datetime, asked: list[Asked]) -> Look:
    """The rows of the shortest recent time that has enough of them; of a source without a cursor, the first ones.
    Raises ConnectorError."""
    if dataset.sync.mode != "incremental":
        return _look(connector, dataset, None, asked)
    found = None
    for days in DAYS:
        found = _look(connector, dataset, now - timedelta(days=days), asked)
        if len(found.rows) >= ENOUGH:
            return found
    return _look(connector, dataset, dataset.sync.start, asked)


def paging(connector: Connector, dataset: Dataset, first: Look, asked: list[Asked]) -> Finding:
    """The same rows through small pages: none twice, none missing, and an end."""
    pages = getattr(dataset, "pagination", None)
    if pages is None or "size" not in type(pages).model_fields:
        return Finding("paging", dataset.name, "none", "this source is not read in pages of a size")
    if not first.whole or len(first.rows) < 4:
        return Finding("paging", dataset.name, "unknown", f"{len(first.rows)} rows do not tell")
    size = max(1, len(first.rows) // 4)
    small = dataset.model_copy(update={"pagination": pages.model_copy(update={"size": size})})
    try:
        again = _look(connector, small, first.since, asked)
    except ConnectorError as error:
        return Finding(
            "paging",
            dataset.name,
            "fail",
            f"pages of {size} rows: {error.message}",
            "compare pagination with the interface document",
        )
    before, after = _ids(dataset, first.rows), _ids(dataset, again.rows)
    if before == after:
        return Finding(
            "paging",
            dataset.name,
            "ok",
            f"{len(again.asked)} pages of {size} bring the same {len(first.rows)} rows, and end",
        )
    twice, lost = (after - before).total(), (before - after).total()
    return Finding(
        "paging",
        dataset.name,
        "fail",
        f"pages of {size} bring {twice} rows too many and lose {lost}",
        "the order of the source's pages is not stable; ask for one, or for a cursor",
    )


def since(connector: Connector, dataset: Dataset, first: Look, asked: list[Asked]) -> Finding:
    """Rows from the middle of the time on: only those, and all of them."""
    cursor = dataset.sync.cursor
    if cursor is None:
        return Finding("since", dataset.name, "none", "everything is read each time, or by file")
    if dataset.sync.param is None and hasattr(dataset, "pagination"):
        return Finding("since", dataset.name, "warn", "sync.param is not declared, so every row comes each time")
    times = sorted(at for row in first.rows if (at := moment(row.get(cursor))) is not None)
    middle = times[len(times) // 2].replace(microsecond=0) if times else None
    if middle is None or times[0] >= middle:
        return Finding("since", dataset.name, "unknown", "the rows do not differ in time")
    try:
        newer = _look(connector, dataset, middle, asked)
    except ConnectorError as error:
        return Finding(
            "since", dataset.name, "fail", f"asked for changes: {error.message}", "compare sync.param and sync.format"
        )
    early = sum(1 for row in newer.rows if (at := moment(row.get(cursor))) is not None and at < middle)
    wanted = _ids(dataset, [row for row in first.rows if (at := moment(row.get(cursor))) is not None and at >= middle])
    lost = (wanted - _ids(dataset, newer.rows)).total() if newer.whole else 0
    if early:
        told = f"{early} of {len(newer.rows)} rows are older than asked for"
        return Finding("since", dataset.name, "fail", told, "the filter is ignored or takes another field or form")
    if lost:
        return Finding(
            "since", dataset.name, "fail", f"{lost} changed rows do not come", "ask which field it filters by"
        )
    return Finding(
        "since",
        dataset.name,
        "ok",
        f"the later half of the time brings {len(newer.rows)} of {len(first.rows)} rows, none older",
    )


def limit(connector: Connector, dataset: Dataset, asked: list[Asked]) -> Finding:
    """More rows than a page holds: refused, given, or silently cut."""
    pages = getattr(dataset, "pagination", None)
    if pages is None or "size" not in type(pages).model_fields:
        return Finding("limit", dataset.name, "none", "this source is not read in pages of a size")
    wanted = pages.size * TOO_MANY
    large = dataset.model_copy(update={"pagination": pages.model_copy(update={"size": wanted})})
    asked.clear()
    try:
        connector.preview(large, pages.size + 1)
    except ConnectorError as error:
        if not asked:
            return Finding("limit", dataset.name, "ok", f"a page of {wanted} rows is refused ({error.message})")
    first = asked[0].rows if asked else 0
    if first >= wanted:
        return Finding("limit", dataset.name, "ok", f"a page of {wanted} rows is given")
    if len(asked) > 1:
        return Finding(
            "limit",
            dataset.name,
            "warn",
            f"of {wanted} rows asked for, {first} come without an error",
            f"keep pagination.size at {first} or below",
        )
    return Finding(
        "limit", dataset.name, "unknown", f"a page of {wanted} rows is not refused, and only {first} are there"
    )


def errors(connector: Connector, dataset: Dataset) -> Finding:
    """A question that makes no sense: its answer must be an error and not an empty list."""
    pages = getattr(dataset, "pagination", None)
    if hasattr(dataset, "table"):
        wrong = dataset.model_copy(update={"table": "no_such_table_of_hub141"})
    elif pages is not None and "size" in type(pages).model_fields:
        wrong = dataset.model_copy(update={"pagination": pages.model_copy(update={"size": -1})})
    else:
        return Finding("errors", dataset.name, "none", "no wrong question can be asked of this source")
    try:
        found = connector.preview(wrong, 1)
    except ConnectorError as error:
        return Finding("errors", dataset.name, "ok", f"a wrong question is answered with an error ({error.message})")
    told = "rows as if nothing were wrong" if any(page.rows for page in found) else "an empty list"
    return Finding(
        "errors",
        dataset.name,
        "warn",
        f"a wrong question is answered with {told}",
        "a fault may look like no data: declare success, and a freshness that notices",
    )


def again(connector: Connector, dataset: Dataset, first: Look, asked: list[Asked]) -> Finding:
    """The same read once more: the same rows."""
    if not first.whole:
        return Finding("again", dataset.name, "unknown", f"more than {MOST} rows; only those were read")
    second = _look(connector, dataset, first.since, asked)
    before, after = _ids(dataset, first.rows), _ids(dataset, second.rows)
    if before == after:
        return Finding("again", dataset.name, "ok", f"a second read brings the same {len(first.rows)} rows")
    gone, new = (before - after).total(), (after - before).total()
    return Finding(
        "again",
        dataset.name,
        "warn",
        f"a second read lacks {gone} rows and has {new} others",
        "the source changed meanwhile, or its answers are not stable",
    )


def pace(dataset: Dataset, first: Look, declared: float | None) -> Finding:
    """How long an answer takes, and what rate that allows."""
    if not first.asked:
        return Finding("pace", dataset.name, "ok", f"{len(first.rows)} rows in {first.seconds:.2f} s")
    seconds = statistics.median(one.seconds for one in first.asked)
    rows = max(one.rows for one in first.asked)
    told = f"a page of up to {rows} rows takes {seconds:.2f} s"
    possible = 1 / seconds if seconds else 1000.0
    if declared is not None:
        told += f"; declared are {declared:g} a second, one at a time allows {possible:.0f}"
    if seconds > SLOW:
        return Finding("pace", dataset.name, "warn", told, "ask for smaller pages, or for a night window")
    return Finding("pace", dataset.name, "ok", told)


def _look(connector: Connector, dataset: Dataset, at: datetime | None, asked: list[Asked]) -> Look:
    asked.clear()
    began = time.monotonic()
    found = look(connector.read(dataset, Window(at, None, "backfill"), None, None), MOST)
    return Look(at, found.rows, found.left_out, len(found) < MOST, tuple(asked), time.monotonic() - began)


def _ids(dataset: Dataset, rows: list[Row]) -> Counter[Any]:
    return Counter(source_id(row, dataset) for row in rows)
