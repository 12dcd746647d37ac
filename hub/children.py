"""Datasets whose rows came inside another dataset's rows: landed from what the parent landed, so read once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from operations.settings import Settings
from schemas.declared.child import ChildDataset
from schemas.delivery import Manifest, Page

if TYPE_CHECKING:
    from collections.abc import Callable

    from warehouse.landing import OpenLoad

_FROM_SOURCE = ("sync", "backfill")
"""The kinds of deliveries that came from the source. A replay's rows were in one of these before."""


def land(
    settings: Settings,
    load: OpenLoad,
    dataset: ChildDataset,
    bookmark: dict[str, Any] | None,
    landed: Callable[[int], None],
) -> Manifest:
    """Fill a load with the rows inside the parent's complete deliveries since the bookmark, in landing order, and
    complete it. `landed` is told how many there are so far."""
    from warehouse.landing import Landing

    last = bookmark["load_id"] if bookmark else ""
    found = Landing(settings).complete_of(load.manifest.system, dataset.within.dataset, last)
    parents = [one for one in found if one.kind in _FROM_SOURCE]
    for page in _pages(settings, dataset, parents, load.resume):
        load.add(page)
        landed(load.manifest.landed)
    return load.complete({"load_id": parents[-1].load_id if parents else last})


def _pages(settings: Settings, dataset: ChildDataset, parents: list[Manifest], resume: str | None) -> Iterator[Page]:
    """A page for each part of the parents that has rows for us, after the part at which an earlier read stopped."""
    from connectors.json_rows import ndjson
    from connectors.nested import nested_rows

    done = tuple(json.loads(resume)) if resume else ("", 0)
    for parent in parents:
        for number, part in enumerate(parent.parts):
            if (parent.load_id, number) <= done:
                continue
            lines = (parent.folder(settings) / part.path).read_bytes().split(b"\n")
            rows = nested_rows((line for line in lines if line), dataset.within)
            if rows:
                yield Page("ndjson", len(rows), ndjson(rows), checkpoint=json.dumps([parent.load_id, number]))
