"""Deletes that a source does not tell: full key lists are landed, compared twice, and become tombstones.

A key is gone when two complete lists in a row lack it and it had landed before the first of them began. More
than the declared share at once waits for a person, who decides on the lists as they were read.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import msgspec

from hub import catalogue
from operations import bookmarks, decisions
from operations.locks import LockedError, reader_lock
from operations.settings import Settings
from operations.store import Store
from schemas.declaration import KeyCompare
from schemas.delivery import Manifest, Page, Window

if TYPE_CHECKING:
    from warehouse.build import Writer

OVER_BUDGET = "delete_over_budget"
"""The kind of the decision that a person takes when too many keys are gone at once."""
DELETE, KEEP = VERDICTS = ("delete", "keep")
"""What that person may say: the records are gone, or they stay as they are."""
PAGE = 10_000
"""Tombstones in one page."""


def land_keys(settings: Settings, store: Store, system_id: str, dataset_name: str) -> Manifest:
    """Read and land the list of all keys. Only a list that was read to its end becomes complete."""
    from warehouse.landing import Landing

    system, dataset = catalogue.dataset(system_id, dataset_name)
    load = Landing(settings).open(
        system_id, dataset_name, "keys", Window(None, None, "keys"), catalogue.fingerprint(system)
    )
    with catalogue.connector(system, store, settings) as connector:
        for page in connector.keys(dataset):
            load.add(page)
    manifest = load.complete(None)
    read_at = {"read_at": manifest.opened_at.isoformat(sep=" ")}
    bookmarks.put(store, system_id, dataset_name, "keys", read_at)
    return manifest


def settle(settings: Settings, store: Store, writer: Writer) -> int:
    """Compare the newest two key lists of every dataset; land what is gone as tombstones. Returns how many.

    A dataset that is being read just now is left to the next build: the one writer waits for no source.
    """
    from warehouse.deletes import OverBudget, tombstones
    from warehouse.landing import Landing

    lists: dict[tuple[str, str], list[Manifest]] = {}
    for manifest in Landing(settings).complete_manifests():
        if manifest.kind == "keys":
            lists.setdefault((manifest.system, manifest.dataset), []).append(manifest)
    landed, declared = 0, set(catalogue.selected(None))
    for (system, name), found in lists.items():
        if (system, name) not in declared:
            continue  # its declaration is gone or cannot be read: what is merged of it stays as it is
        dataset = catalogue.dataset(system, name)[1]
        if not isinstance(dataset.deletes, KeyCompare):
            continue
        subject = {"system": system, "dataset": name, "lists": [one.load_id for one in found[-2:]]}
        share = 1.0 if _allowed(store, subject) else dataset.deletes.max_delete_share
        keys = tombstones(writer, dataset.contract, system, name, found, share)
        if isinstance(keys, OverBudget):
            decisions.propose(store, OVER_BUDGET, subject, reason=str(keys))
        elif keys:
            with suppress(LockedError), reader_lock(settings, system, name, timeout=0):
                _land(settings, system, name, keys, subject)
                landed += len(keys)
    return landed


def _allowed(store: Store, subject: dict[str, Any]) -> bool:
    return any(
        decision.subject == subject and decision.verdict == DELETE
        for decision in decisions.effective(store, OVER_BUDGET)
    )


def _land(settings: Settings, system: str, dataset: str, keys: Iterable[str], subject: dict[str, Any]) -> None:
    from warehouse.landing import Landing

    keys = list(keys)
    load = Landing(settings).open(system, dataset, "deletes", None, catalogue.fingerprint(catalogue.system(system)))
    for start in range(0, len(keys), PAGE):
        some = keys[start : start + PAGE]
        rows = (msgspec.json.encode({"source_id": key, "absent_from": subject["lists"]}) for key in some)
        load.add(Page(format="ndjson", rows=len(some), body=b"\n".join(rows) + b"\n", declared=len(keys)))
    load.complete(None)
