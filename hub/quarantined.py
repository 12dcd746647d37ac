"""Quarantined rows as people meet them: which are still open, what is wrong with one, and checking them again.

Whether a row is open is not stored anywhere: it follows from what arrived after it, as the published view
``ops.open_rejections`` works it out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hub import catalogue, published
from operations.locks import reader_lock
from operations.settings import Settings

if TYPE_CHECKING:
    from quality.outcome import Outcome


def listing(settings: Settings, system: str | None, dataset: str | None, *, closed: bool) -> list[dict[str, Any]]:
    """Rejected rows, newest load first, without their values; open ones only unless ``closed`` is wanted too.

    Adds ``state`` (open | closed | pending: landed, and not yet in a published version) to what
    ``quality.quarantine.listing`` gives.
    """
    from quality import quarantine

    still_open, merged = _published_state(settings)
    rows = quarantine.listing(settings, system, dataset)
    for row in rows:
        key = (row["load_id"], row["position"])
        row["state"] = "open" if key in still_open else "closed" if row["load_id"] in merged else "pending"
    return [row for row in rows if closed or row["state"] != "closed"]


def _published_state(settings: Settings) -> tuple[set[tuple[str, int]], set[str]]:
    """((load_id, position) of open rows, load ids in the ledger) as of the published version; empty before one."""
    try:
        with published.current(settings) as connection:
            rows = connection.execute("SELECT load_id, position FROM ops.open_rejections").fetchall()
            loads = connection.execute("SELECT load_id FROM ops.loads").fetchall()
    except published.NothingPublishedError:
        return set(), set()
    return {(load_id, position) for load_id, position in rows}, {load_id for (load_id,) in loads}


def show(settings: Settings, load_id: str, position: int) -> dict[str, Any]:
    """One rejected row with its reasons, its place and its raw values. Raises QuarantineError if there is none."""
    from quality import quarantine

    return quarantine.show(settings, load_id, position)


def replay(settings: Settings, system_id: str, dataset_name: str) -> dict[str, Any] | None:
    """Check a dataset's open rows again as a load of kind ``replay``; None when none is open.

    Returns ``load_id, system, dataset, replayed, accepted, rejected``. `hub build` merges it.
    """
    from quality.check import check
    from quality.quarantine import replay_rows
    from warehouse.landing import Landing

    system, dataset = catalogue.dataset(system_id, dataset_name)
    keys = [(row["load_id"], row["position"]) for row in listing(settings, system_id, dataset_name, closed=False)]
    if not keys:
        return None
    with reader_lock(settings, system_id, dataset_name):
        load = Landing(settings).open(system_id, dataset_name, "replay", None, catalogue.fingerprint(system))
        for page in replay_rows(settings, system_id, dataset_name, keys):
            load.add(page)
        manifest = load.complete(None)
    outcome: Outcome = check(settings, manifest, system, dataset, catalogue.contract(dataset), settings.clock())
    return {
        "load_id": manifest.load_id,
        "system": system_id,
        "dataset": dataset_name,
        "replayed": manifest.landed,
        "accepted": outcome.accepted,
        "rejected": outcome.rejected,
    }
