"""The whole system, top to bottom: read → land → check → merge → ask → link → build → gate → publish → work orders.

A load of one dataset (``sync``) runs without the warehouse and beside any number of others. ``build`` is
the single writer: it takes every complete delivery that the ledger does not know yet, in landing order,
whoever landed it and whenever. So a crash anywhere repeats work and loses none.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from connectors.errors import ConnectorError
from hub import catalogue, children, deletions, notices, publication, verification, work_orders
from hub.drift import concerns, read_again, refusal_kept
from hub.steps import isolated, step
from hub.summary import BuildSummary, RunSummary, Stopwatch, summarise
from hub.windows import keys_due, next_bookmark, refuse_hours, window_since
from operations import bookmarks, loads, runs
from operations.locks import reader_lock
from operations.settings import Settings
from operations.slow_reads import newest, slow_reads
from operations.store import Store
from schemas.declaration import ChildDataset
from schemas.delivery import Manifest, Window

if TYPE_CHECKING:
    from quality.outcome import Outcome
    from warehouse.build import Writer

Progress = Callable[[str, int], None]
"""Called with what is being done and how many rows or loads of it are done."""


def silent(what: str, done: int) -> None:
    """The progress of a caller that shows none."""


# ------------------------------------------------------------------ one dataset: read, land, check


def sync(
    settings: Settings,
    system_id: str,
    dataset_name: str,
    *,
    window: Window | None = None,
    progress: Progress = silent,
) -> Manifest:
    """Read one dataset from where it stopped, land it durably, and check it.

    A ``window`` makes it a backfill, which moves no bookmark. Raises ConnectorError when the source cannot be
    read, CompileError before it is asked when the declaration does not fit its contract, DriftError when the
    source's form has changed beyond the declaration, UnknownNameError when there is no such
    dataset, NotNowError outside the hours that its system allows. Each leaves every other dataset alone; calling
    again resumes what was landed.
    """
    refuse_hours(settings, *catalogue.dataset(system_id, dataset_name))
    store = Store(settings)
    with ExitStack() as held:
        with step(store, system_id, dataset_name, "wait"):
            held.enter_context(reader_lock(settings, system_id, dataset_name))
        with step(store, system_id, dataset_name, runs.READ):
            manifest = _land(settings, store, system_id, dataset_name, window, progress)
        if keys_due(settings, store, *catalogue.dataset(system_id, dataset_name)):
            with step(store, system_id, dataset_name, "keys"):
                deletions.land_keys(settings, store, system_id, dataset_name)
    with step(store, system_id, dataset_name, "check") as notes:
        outcome = _check(settings, store, manifest)
        notes += concerns(catalogue.dataset(system_id, dataset_name)[1], manifest, outcome)
    return manifest


def _land(
    settings: Settings,
    store: Store,
    system_id: str,
    dataset_name: str,
    window: Window | None,
    progress: Progress,
) -> Manifest:
    from warehouse.landing import Landing

    system, dataset = catalogue.dataset(system_id, dataset_name)
    catalogue.statement(system, dataset, catalogue.decided(store))  # what could not be checked is not asked for
    bookmark = bookmarks.get(store, system_id, dataset_name, "landed")
    wanted = window or Window(since=window_since(dataset, bookmark), until=None)
    if isinstance(dataset, ChildDataset):
        wanted = Window(None, None)  # whatever its parent brought, which has a window of its own
    load = Landing(settings).open(system_id, dataset_name, wanted.kind, wanted, catalogue.fingerprint(system))
    if isinstance(dataset, ChildDataset):
        manifest = children.land(settings, load, dataset, bookmark, partial(progress, f"{system_id}.{dataset_name}"))
        return _remembered(store, manifest)
    with catalogue.connector(system, store, settings) as connector:
        try:
            for page in connector.read(dataset, load.window, load.resume, bookmark):
                load.add(page)
                progress(f"{system_id}.{dataset_name}", load.manifest.landed)
        except ConnectorError as error:
            if error.restart:
                load.abandon()  # the source has changed under it: only a fresh read can be whole
            raise
        manifest = load.complete(next_bookmark(dataset, bookmark, load.manifest, connector))
        connector.confirm(dataset)
    return _remembered(store, manifest)


def _remembered(store: Store, manifest: Manifest) -> Manifest:
    """A complete manifest whose bookmark is stored; a backfill moves none."""
    if manifest.kind == "sync" and manifest.bookmark is not None:
        bookmarks.put(store, manifest.system, manifest.dataset, "landed", manifest.bookmark)
    return manifest


def _check(settings: Settings, store: Store, manifest: Manifest) -> Outcome:
    """Conform and check a delivery, without whoever was erased, or return what an earlier check of it found."""
    from hub.erasing.standing import keep_out
    from quality.check import check

    manifest = keep_out(settings, store, manifest)
    system, dataset = catalogue.dataset(manifest.system, manifest.dataset)
    contract, decided = catalogue.contract(dataset), catalogue.decided(store)
    return check(settings, manifest, system, dataset, contract, settings.clock(), decided)


# ------------------------------------------------------------------ the warehouse: merge, link, build, publish


def build(settings: Settings, *, progress: Progress = silent) -> BuildSummary:
    """Merge what has landed, settle deletes, link, build the models, publish if the gate agrees, tell departments.

    Raises GateError when the gate finds a critical failure: the merge stays, and so does the last good publish.
    """
    as_of, store, watch = settings.clock(), Store(settings), Stopwatch()
    with step(store, "", "", "build"), publication.warehouse(settings) as writer:
        with watch.time("merge"):
            lines, failures = _merge(settings, store, writer, as_of, progress)
        version = _publish(settings, store, writer, as_of, watch, progress)
    notices.tell(store)
    return BuildSummary(version, lines, *publication.totals(settings), failures, watch.seconds)


def merge(settings: Settings, *, progress: Progress = silent) -> list[dict[str, Any]]:
    """Merge what has landed and publish nothing yet, so that ``verification.verify`` knows whom to ask about.

    Returns the ledger lines. What cannot be taken waits for ``build``, which names it.
    """
    store = Store(settings)
    with step(store, "", "", "build"), publication.warehouse(settings) as writer:
        lines, _ = _merge(settings, store, writer, settings.clock(), progress)
    return lines


def publish(settings: Settings) -> int:
    """Publish the warehouse as it stands, through the gate, without merging. Raises GateError."""
    store = Store(settings)
    with step(store, "", "", "build"), publication.warehouse(settings) as writer:
        return _publish(settings, store, writer, settings.clock(), Stopwatch(), silent)


def _publish(
    settings: Settings, store: Store, writer: Writer, as_of: datetime, watch: Stopwatch, progress: Progress
) -> int:
    """Link, build the models, let the gate judge, swap; then the work orders follow what is published."""
    publication.refresh(writer, store, as_of, watch, progress)
    with watch.time("copy"):
        candidate = publication.candidate(writer, as_of)
    with watch.time("gate"):
        version = publication.publish(settings, store, candidate, as_of)
    with watch.time("orders"):
        work_orders.refresh(store, writer, as_of)
    return version


def _merge(
    settings: Settings, store: Store, writer: Writer, as_of: datetime, progress: Progress
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Merge what has landed, then the deletes that follow from it: the ledger lines, and what failed by its name."""
    lines: list[dict[str, Any]] = []
    failures: dict[str, str] = {}
    _mirror_missing(store, writer)
    _merge_pending(settings, store, writer, as_of, lines, failures, progress)
    if deletions.settle(settings, store, writer):
        failures.clear()  # what still waits is tried again, and named again if it fails
        _merge_pending(settings, store, writer, as_of, lines, failures, progress)
    return lines, failures


def _merge_pending(
    settings: Settings,
    store: Store,
    writer: Writer,
    as_of: datetime,
    lines: list[dict[str, Any]],
    failures: dict[str, str],
    progress: Progress,
) -> None:
    """Merge every complete delivery that the ledger lacks; what cannot be checked waits and is named, unless it is
    refused for its form and has been read again."""
    from quality.errors import DriftError
    from warehouse.landing import Landing
    from warehouse.ledger import pending
    from warehouse.merge import merge, pass_over

    landed = Landing(settings).complete_manifests()
    for manifest in pending(writer, landed):
        with (
            isolated(store, manifest.system, manifest.dataset, "merge", failures, manifest.load_id),
            refusal_kept(writer, manifest),
        ):
            dataset = catalogue.dataset(manifest.system, manifest.dataset)[1]
            contract = catalogue.contract(dataset)
            try:
                outcome = None if manifest.kind == "deletes" else _check(settings, store, manifest)
            except DriftError:
                if not read_again(dataset, manifest, landed):
                    raise
                line = pass_over(writer, manifest, contract, as_of).as_dict()
            else:
                line = merge(writer, manifest, outcome, contract, as_of).as_dict()
            loads.mirror(store, line)
            bookmarks.put(store, manifest.system, manifest.dataset, "merged", {"load_id": manifest.load_id})
            lines.append(line)
        progress(f"merge {manifest.system}.{manifest.dataset}", len(lines))


def _mirror_missing(store: Store, writer: Writer) -> None:
    """Copy the ledger lines that a killed build had merged and not yet copied to the operations database."""
    from warehouse.ledger import lines

    known = {line["load_id"] for line in loads.lines(store)}
    for line in lines(writer):
        if line.load_id not in known:
            loads.mirror(store, line.as_dict())


# ------------------------------------------------------------------ everything, without Airflow


def run(
    settings: Settings,
    *,
    parallel: int = 1,
    systems: list[str] | None = None,
    progress: Progress = silent,
) -> RunSummary:
    """Sync the systems (all by default), ``parallel`` datasets at once, ask the query-only ones among them about what
    came, then build. A failing dataset is named in ``failures`` and stops only itself; one that came far more slowly
    than it usually does is named in ``slow``. Raises what ``build`` raises."""
    from hub.workers import sync_all

    watch, store = Stopwatch(), Store(settings)
    pairs, before = catalogue.selected(systems), newest(store)
    with watch.time("sync"):
        failures = sync_all(settings, pairs, parallel, progress)
    lines = []
    if asked := catalogue.lookups(systems):
        with watch.time("merge"):
            lines = merge(settings, progress=progress)
        with watch.time("verify"):
            failures |= verification.verify(settings, asked)
    with watch.time("build"):
        built = build(settings, progress=progress)
    slow = {f"{one.system}.{one.dataset}": str(one) for one in slow_reads(store, before)}
    return summarise(pairs, replace(built, lines=lines + built.lines), failures, slow, watch)
