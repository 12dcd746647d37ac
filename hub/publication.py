"""From the merged records to a published version: link, build the models, copy, gate, swap."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from hub import catalogue, published, shrinking, work_orders
from operations import decisions, gates, runs
from operations.settings import Settings
from operations.store import Store

if TYPE_CHECKING:
    from hub.pipeline import Progress
    from hub.summary import Stopwatch
    from warehouse.build import Writer
    from warehouse.publish import Candidate


ATTEMPTS = timedelta(days=30)
"""How far back the warehouse knows how often sources were read."""


class GateError(RuntimeError):
    """The gate refused a version. The last good publish is still in place; the message says what failed."""

    def __init__(self, critical: list[str], fallen: int) -> None:
        found = "; ".join(critical)
        meant = " Where rows were meant to go, accept that first (`hub decisions list`);" if fallen else ""
        super().__init__(
            f"not published, the last good version stays in place: {found}.{meant}"
            " Correct the cause and run `hub publish`; `hub doctor` shows the state"
        )
        self.critical = critical


@contextmanager
def warehouse(settings: Settings) -> Iterator[Writer]:
    """The build file, open for the one writer, with a table for every contract."""
    from warehouse.build import Writer
    from warehouse.tables import create_tables

    with Writer(settings) as writer:
        create_tables(writer, list(catalogue.contracts().values()))
        yield writer


def refresh(writer: Writer, store: Store, as_of: datetime, watch: Stopwatch, progress: Progress) -> None:
    """Bring reference tables, what the reads came to, links, failing records, models and rows of orders up to date."""
    from hub import failing_records
    from warehouse import colours, metric_changes, quality_history
    from warehouse.attempts import load_attempts
    from warehouse.link import link
    from warehouse.link.decided import KIND
    from warehouse.reference import load_reference
    from warehouse.remask import remask
    from warehouse.runner import build_models

    with watch.time("link"):
        progress("link", 0)
        rules = catalogue.rules(catalogue.decided(store))
        load_reference(writer, catalogue.systems().values(), catalogue.contracts(), rules)
        load_attempts(writer, runs.reads(store, as_of - ATTEMPTS))
        remask(writer, catalogue.contracts().values())
        link(writer, as_of, decisions.verdicts(store, KIND))
    with watch.time("records"):
        progress("records", 0)
        failing_records.find(writer, as_of)
    with watch.time("models"):
        progress("models", 0)
        build_models(writer, as_of)
        quality_history.keep(writer, as_of)
        colours.keep(writer, as_of)
    with watch.time("changes"):
        progress("changes", 0)
        metric_changes.keep(writer, as_of)
    with watch.time("orders"):
        work_orders.attach(writer, as_of)


def candidate(writer: Writer, as_of: datetime) -> Candidate:
    """The masked copies of the next version, in a hidden folder, and beside them what its reveals are to read."""
    from warehouse import reveal
    from warehouse.publish import prepare

    made = prepare(writer, as_of)
    reveal.write(writer, list(catalogue.contracts().values()), made.version)
    return made


def publish(settings: Settings, store: Store, made: Candidate, as_of: datetime) -> int:
    """Let the gate judge the candidate; swap it in and return its version, or throw it away and raise GateError."""
    from quality.gate import gate
    from warehouse import reveal

    linked = settings.published / "current.duckdb"
    previous = linked.resolve() if linked.exists() else None
    version = int(previous.parent.name.removeprefix("v")) if previous else None
    verdict = gate(made.current, previous, catalogue.contracts(), as_of, shrinking.accepted(store, version))
    gates.record(store, str(made.version), as_of, verdict.success, verdict.critical, verdict.results)
    if not verdict.success:
        made.discard()
        raise GateError(verdict.critical, shrinking.ask(store, version, verdict))
    reveal.swap(settings)  # first: it holds whatever the version before it needs
    return made.commit()


def totals(settings: Settings) -> tuple[int, int]:
    """(reports, cases) of the published version."""
    with published.current(settings) as connection:
        found = published.rows(
            connection,
            "SELECT (SELECT count(*) FROM core.case_reports) AS reports, (SELECT count(*) FROM core.cases) AS cases",
        )[0]
    return found["reports"], found["cases"]
