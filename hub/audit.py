"""The audit over everything that has landed and what is published: do two independent counts of each rule agree?"""

from __future__ import annotations

import shutil
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from hub import catalogue
from hub.pipeline import Progress, silent
from hub.steps import isolated, step
from operations import audits
from operations.locks import audit_lock
from operations.settings import Settings
from operations.store import Store

if TYPE_CHECKING:
    from quality.tally import Tally
    from schemas.delivery import Manifest


@dataclass(frozen=True)
class Audit:
    """What an audit found: readable landed rows that were judged, a tally per rule and dataset, and what failed."""

    rows: int
    tallies: list[Tally]
    failures: dict[str, str]

    @property
    def differences(self) -> list[Tally]:
        return [one for one in self.tallies if not one.agrees]

    @property
    def never_violated(self) -> list[str]:
        """The rules, as `contract rule`, that no row of any dataset breaks: whether they work is not known."""
        broken: dict[str, bool] = {}
        for one in self.tallies:
            contract = catalogue.dataset(one.system, one.dataset.split()[0])[1].contract
            name = f"{contract} {one.rule_id}"
            broken[name] = broken.get(name, False) or bool(one.compiled or one.expected)
        return sorted(name for name, is_broken in broken.items() if not is_broken)

    def as_dict(self) -> dict[str, Any]:
        """JSON values: how many rules, rows and disagreements; which differ, rules by kind, rules never violated."""
        return {
            "rules": len(self.tallies),
            "rows": self.rows,
            "disagreements": len(self.differences),
            "differences": [_plain(one) for one in self.differences],
            "kinds": dict(sorted(Counter(one.kind for one in self.tallies).items())),
            "never_violated": self.never_violated,
            "failures": self.failures,
        }


class AuditError(RuntimeError):
    """The two counts of a rule differ, or a dataset could not be audited; `audit` has everything that was found."""

    def __init__(self, audit: Audit) -> None:
        differ = [f"{_named(one)}: {one.error or f'{one.compiled} and {one.expected}'}" for one in audit.differences]
        failed = [f"{name}: {message}" for name, message in audit.failures.items()]
        super().__init__(
            f"{len(differ)} rules are counted differently, {len(failed)} datasets failed. {'; '.join(differ + failed)}."
            " One of the two counts is wrong: compare the rule in quality/ with its expectation in"
            " quality/audit_suite.py or quality/audit_records.py"
        )
        self.audit = audit


def audit(settings: Settings, systems: list[str] | None = None, *, progress: Progress = silent) -> Audit:
    """Count every rule twice, over all deliveries of the systems (all by default) and over the published records.

    The outcome is kept in the operations database. Raises AuditError after that when anything differs or fails, and
    UnknownNameError for a system that is not declared.
    """
    pairs = catalogue.selected(systems)
    store = Store(settings)
    with step(store, "", "", "audit"), audit_lock(settings):
        clear_leftovers(settings)
        failures: dict[str, str] = {}
        rows, tallies = _landed_rows(settings, store, pairs, failures, progress)
        with isolated(store, "", "", "audit records", failures):
            progress("records", rows)
            tallies += _records(settings, {system for system, _ in pairs})
        found = Audit(rows, tallies, failures)
        audits.record(store, settings.clock(), rows, [_plain(one) for one in tallies], failures)
        if found.differences or failures:
            raise AuditError(found)
    return found


def _landed_rows(
    settings: Settings,
    store: Store,
    pairs: Iterable[tuple[str, str]],
    failures: dict[str, str],
    progress: Progress,
) -> tuple[int, list[Tally]]:
    """How many rows of the datasets were judged, and their tallies. A dataset of which nothing has landed has none."""
    from quality.audit import audit_rows
    from warehouse.landing import Landing

    landed: dict[tuple[str, str], list[Manifest]] = defaultdict(list)
    for manifest in Landing(settings).complete_manifests():
        if manifest.kind in ("sync", "backfill"):
            landed[manifest.system, manifest.dataset].append(manifest)
    decided = catalogue.decided(store)
    rows, tallies = 0, []
    for place in pairs:
        if not landed[place]:
            continue
        with isolated(store, *place, "audit", failures):
            if place in (unfit := catalogue.unfit(decided)):
                raise unfit[place]
            dataset = catalogue.dataset(*place)[1]
            statement, contract = catalogue.statements(decided)[place], catalogue.contract(dataset)
            found = audit_rows(settings, landed[place], statement, dataset, contract, settings.clock(), decided)
            rows += found.rows
            tallies += found.tallies
        progress(".".join(place), rows)
    return rows, tallies


def _records(settings: Settings, systems: set[str]) -> list[Tally]:
    """The tallies of the rules over records; none before the first publish."""
    from quality.audit import audit_records

    current = settings.published / "current.duckdb"
    if not current.exists():
        return []
    everything, rules = catalogue.systems().values(), catalogue.record_rules()
    return audit_records(settings, current.resolve(), rules, catalogue.contracts(), everything, systems)


def clear_leftovers(settings: Settings) -> None:
    """Remove the unmasked rows that a killed audit left behind."""
    for folder in settings.private.glob("audit-*"):
        shutil.rmtree(folder)


def _named(tally: Tally) -> str:
    return f"{tally.system}.{tally.dataset} {tally.rule_id}"


def _plain(tally: Tally) -> dict[str, Any]:
    return asdict(tally) | {"keys": list(tally.keys), "agrees": tally.agrees}
