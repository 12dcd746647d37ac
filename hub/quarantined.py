"""Quarantined rows as people meet them: which are still open, and what is wrong with one.

Whether a row is open is not stored anywhere: it follows from what arrived after it, as the published view
``ops.open_rejections`` works it out, and from the replays that are not published yet.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hub import catalogue, published
from operations.settings import Settings
from operations.store import Store

if TYPE_CHECKING:
    from schemas.delivery import Manifest

Key = tuple[str, int]
"""(load_id, position) of a row."""
WAITING = ("open", "pending")
"""The states of a row that waits for a correction or a replay."""


@dataclass
class Known:
    """What the published version knows of the loads, and the complete deliveries that it does not know."""

    open_rows: set[Key] = field(default_factory=set)
    kinds: dict[str, str] = field(default_factory=dict)  # of the loads in the ledger
    landed: list[Manifest] = field(default_factory=list)


def known_loads(settings: Settings) -> Known:
    """What the published version knows, and what has landed since; before the first version nothing is known."""
    from warehouse.landing import Landing

    known = Known()
    with suppress(published.NothingPublishedError), published.current(settings) as connection:
        known.open_rows = set(connection.execute("SELECT load_id, position FROM ops.open_rejections").fetchall())
        known.kinds = dict(connection.execute("SELECT load_id, kind FROM ops.loads").fetchall())
    known.landed = Landing(settings).complete_manifests(known.kinds)
    return known


def listing(settings: Settings, system: str | None, dataset: str | None, *, closed: bool) -> list[dict[str, Any]]:
    """Rejected rows, newest load first, without their values; closed ones only where ``closed`` is wanted.

    Adds to what ``quality.quarantine.listing`` gives ``state``: open, closed, pending (landed, and not yet in a
    published version), or replayed (checked again by the load ``replayed_by``; the next build decides). And ``origin``
    (load_id, position) with ``first_landed_at``: where and when a row of a replay first landed, of any other its own.
    """
    from quality import quarantine

    known = known_loads(settings)
    rows = quarantine.listing(settings, system, dataset)
    landed_at = {(row["load_id"], row["position"]): row["landed_at"] for row in rows}
    waiting = [row for row in rows if row["load_id"] not in known.kinds or _key(row) in known.open_rows]
    origins = _origins(settings, waiting, known)
    replayed = {
        origin: manifest.load_id
        for manifest in known.landed if manifest.kind == "replay" for origin in origins[manifest.load_id]
    }  # fmt: skip
    for row in rows:
        row |= {"state": "closed", "origin": _key(row), "first_landed_at": row["landed_at"], "replayed_by": None}
    for row in waiting:
        row["state"] = "open" if row["load_id"] in known.kinds else "pending"
        if row["load_id"] in origins:
            row["origin"] = origins[row["load_id"]][row["position"] - 1]
            row["first_landed_at"] = landed_at.get(row["origin"], row["landed_at"])
        if replayed.get(row["origin"], "") > row["load_id"]:
            row |= {"state": "replayed", "replayed_by": replayed[row["origin"]]}
    return rows if closed else waiting


def _key(row: dict[str, Any]) -> Key:
    return row["load_id"], row["position"]


def _origins(settings: Settings, rows: list[dict[str, Any]], known: Known) -> dict[str, list[Key]]:
    """Where the rows of replays first landed, in their order: of those not published yet, and of those of `rows`."""
    from quality.replayed import landed

    replays = {manifest.load_id: manifest for manifest in known.landed if manifest.kind == "replay"}
    for row in rows:
        if known.kinds.get(row["load_id"]) == "replay" and row["load_id"] not in replays:
            replays[row["load_id"]] = landed(settings, row["system"], row["dataset"], row["load_id"])
    return {load_id: list(manifest.origins()) for load_id, manifest in replays.items()}


def show(settings: Settings, load_id: str, position: int) -> dict[str, Any]:
    """One rejected row: what ``quality.quarantine.show`` gives, ``advice`` with each reason, and its ``orders``.

    ``orders`` has, for each work order that the row hangs from, rule_id, field, attached_at, settled_at and
    settled_how. Raises QuarantineError if there is no such row.
    """
    from quality import quarantine
    from quality.rules import UNREADABLE

    row = quarantine.show(settings, load_id, position)
    declared = catalogue.statement(
        *catalogue.dataset(row["system"], row["dataset"]), catalogue.decided(Store(settings))
    )
    advice = {rule.id: rule.advice for rule in (UNREADABLE, *declared.rules)}
    for reason in row["reasons"]:
        reason["advice"] = advice.get(reason["rule"])  # None: the rule is no longer there
    return row | {"orders": _orders(settings, load_id, position)}


def _orders(settings: Settings, load_id: str, position: int) -> list[dict[str, Any]]:
    with suppress(published.NothingPublishedError), published.current(settings) as connection:
        if published.has_table(connection, "ops.order_rows"):
            return published.rows(
                connection,
                "SELECT o.rule_id, o.field, o.attached_at, o.settled_at, o.settled_how"
                " FROM ops.rejected_rows AS r JOIN ops.order_rows AS o"
                " ON o.system = r.system AND o.dataset = r.dataset AND o.contract = r.contract"
                " AND o.row_key = coalesce(r.source_id, r.row_token) AND list_contains(r.rule_ids, o.rule_id)"
                " WHERE r.load_id = ? AND r.position = ? ORDER BY o.rule_id",
                [load_id, position],
            )
    return []
