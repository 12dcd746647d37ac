"""Checking waiting rows again, after a rule, a mapping or a declaration was mended.

A replay is a load like any other: it is landed, checked, and merged by the next build. Its records are read from
landing, so it follows a changed declaration too.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any

from hub import catalogue
from hub.quarantined import WAITING, Key, known_loads, listing
from operations.locks import reader_lock
from operations.settings import Settings
from operations.store import Store

if TYPE_CHECKING:
    from quality.outcome import Outcome
    from schemas.delivery import Manifest

Row = dict[str, Any]


def replay(
    settings: Settings, system_id: str, dataset_name: str, among: Callable[[], Collection[Key]] | None = None
) -> dict[str, Any] | None:
    """Check a dataset's waiting rows again as a load of kind ``replay``; None when none waits.

    ``among`` says, once nobody else reads the dataset, which rows are meant; all by default. A row of which the same
    would be said again is left alone, and so is one whose record was delivered again since. So a second replay finds
    nothing to do; one that was killed is begun anew, or finished.

    Returns ``system, dataset, load_id`` (None where no row was checked) and, in rows, ``replayed, accepted, rejected,
    unchanged``. `hub build` merges it. Raises CompileError, LandedError, LockedError.
    """
    with reader_lock(settings, system_id, dataset_name):
        replaying = _Replaying(settings, system_id, dataset_name)
        rows, due = replaying.rows(among)
        origins = {row["origin"] for row in due}
        outcome = replaying.run(origins) if origins else None
    if not rows and not origins:
        return None
    return {
        "system": system_id,
        "dataset": dataset_name,
        "load_id": outcome.load_id if outcome else None,
        "replayed": len(origins),
        "accepted": outcome.accepted if outcome else 0,
        "rejected": outcome.rejected if outcome else 0,
        "unchanged": sum(row["origin"] not in origins for row in rows),
    }


class _Replaying:
    """One dataset under the declarations, rules and decisions of this moment."""

    def __init__(self, settings: Settings, system_id: str, name: str) -> None:
        from quality.outcome import judge
        from quality.rules import UNREADABLE

        self._settings = settings
        self._system, self._dataset = catalogue.dataset(system_id, name)
        self._decided = catalogue.decided(Store(settings))
        self._as_of = settings.clock()
        statement = catalogue.statement(self._system, self._dataset, self._decided)
        self._judge = judge(statement)
        self._timed = {UNREADABLE.id} | {rule.id for rule in statement.rules if "$as_of" in rule.predicate}

    def rows(self, among: Callable[[], Collection[Key]] | None) -> tuple[list[Row], list[Row]]:
        """(waiting rows, rows to check again: those of them, and of the replayed ones that no build has merged yet, of
        which something else may be said)."""
        from quality.replayed import last_delivery

        deliveries, unchecked = self._unpublished()
        rows = listing(self._settings, self._system.id, self._dataset.name, closed=False)
        if among is not None:
            keys = set(among())
            rows = [row for row in rows if (row["load_id"], row["position"]) in keys]
        newest = last_delivery(self._settings, deliveries, [row["source_id"] for row in rows])
        judged = self._judged(rows)
        due = [
            row
            for row in rows
            if not _is_overtaken(row, newest, unchecked) and self._is_due(row, judged[_checked_by(row)])
        ]
        return [row for row in rows if row["state"] in WAITING], due

    def run(self, origins: Collection[Key]) -> Outcome:
        """Land the records anew and check them."""
        from quality.replayed import replay_rows
        from warehouse.landing import Landing

        system, dataset = self._system.id, self._dataset.name
        load = Landing(self._settings).open(system, dataset, "replay", None, catalogue.fingerprint(self._system))
        for page in replay_rows(self._settings, system, dataset, origins):
            load.add(page)
        return self._check(load.complete(None))

    def _check(self, manifest: Manifest) -> Outcome:
        from quality.check import check

        contract = catalogue.contract(self._dataset)
        return check(self._settings, manifest, self._system, self._dataset, contract, self._as_of, self._decided)

    def _unpublished(self) -> tuple[list[Outcome], list[str]]:
        """(what the deliveries came to that are not published yet, load ids of those that are not checked yet).

        A replay that was killed before its check is finished here; every other load is checked by who landed it.
        """
        from quality.outcome import read_outcome

        found, unchecked = [], []
        for manifest in known_loads(self._settings).landed:
            if (manifest.system, manifest.dataset) != (self._system.id, self._dataset.name):
                continue
            if manifest.kind == "replay":
                self._check(manifest)
            elif manifest.kind in ("sync", "backfill", "verification"):
                outcome = read_outcome(self._settings, manifest)
                if outcome is None:
                    unchecked.append(manifest.load_id)
                else:
                    found.append(outcome)
        return found, unchecked

    def _judged(self, rows: Sequence[Row]) -> dict[str, Outcome | None]:
        """What the last check of each row left behind, by the load that it was a part of."""
        from quality.outcome import read_outcome
        from quality.replayed import landed

        return {
            load_id: read_outcome(self._settings, landed(self._settings, self._system.id, self._dataset.name, load_id))
            for load_id in {_checked_by(row) for row in rows}
        }

    def _is_due(self, row: Row, earlier: Outcome | None) -> bool:
        """Whether checking a row again may end otherwise.

        The judge has changed, or a day has passed for a rule that looks at the time. That a record could not be read
        lies in no statement, so it too is tried once a day.
        """
        if earlier is None or earlier.as_of is None or earlier.judged_by != self._judge:
            return True
        is_another_day = row["state"] != "replayed" and earlier.as_of.date() < self._as_of.date()
        return is_another_day and not self._timed.isdisjoint(row["rules"])


def _checked_by(row: Row) -> str:
    return str(row["replayed_by"] or row["load_id"])


def _is_overtaken(row: Row, newest: dict[str, str], unchecked: list[str]) -> bool:
    """Whether the record of a row was delivered again: the build will merge that, and needs no older version.

    A load that is not checked yet may hold it too. That matters to a record without an update time, of which the later
    landing wins.
    """
    landed = str(row["origin"][0])
    may_be_held = row["source_updated_at"] is None and max(unchecked, default="") > landed
    return may_be_held or newest.get(row["source_id"], "") > landed
