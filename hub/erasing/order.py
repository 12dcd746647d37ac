"""`hub erase`: a legal order carried out in every place that the hub knows, top to bottom, and proven there.

    landing, staging, quarantine → logs → answers → build file → backups → new version → old versions, exports, returns

Every step can be repeated, and a build file, whose vault says what the person is called, comes after the files that lie
beside it. So an order that was killed at any moment is gone on with by the same command. Reads of sources wait for
their dataset's turn, a build for the whole.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from hub import pipeline, publication
from hub.erasing import whom
from hub.erasing.destroyed import DestroyedError, command, declare
from hub.erasing.loads import Gone, erase_load, manifests, rejected
from hub.erasing.parts import write_text
from hub.erasing.traces import Traces
from hub.returns.forgetting import forget
from hub.steps import faults_log, step
from operations import copies, erasures, lookups
from operations.erasures import Order
from operations.failpoints import failpoint
from operations.locks import backup_lock, reader_lock, writer_lock
from operations.settings import Settings
from operations.store import Store
from warehouse.compaction import compact
from warehouse.erasure import erase, values_of
from warehouse.landing import read_manifest
from warehouse.persons import PersonError, stage
from warehouse.publish import drop_versions_before
from warehouse.reveal import path_of

if TYPE_CHECKING:
    from hub.pipeline import Progress
    from warehouse.build import Writer


class OrderError(RuntimeError):
    """An order that cannot be carried out as it was asked for; the message says what to do."""


@dataclass
class Place:
    """One place: what was taken out of it (records, rows or files), what is left (0, or it is not erased), and why."""

    name: str
    taken: int = 0
    left: int | None = None  # None: nobody could look
    note: str = ""


@dataclass
class Report:
    """What an order came to."""

    order_no: str
    state: str
    version: int
    places: list[Place] = field(default_factory=list)


def carry_out(
    settings: Settings,
    order_no: str,
    *,
    by: str,
    token: str | None = None,
    record: tuple[str, str] | None = None,
    role: str | None = None,
    backups: Sequence[Path] = (),
    destroyed: Sequence[Path] = (),
    reason: str = "",
    progress: Progress = pipeline.silent,
) -> Report:
    """Erase the person behind a token or a record's key, or go on with the order of this number where it is known.

    `backups` are folders of backups that the hub did not write itself, or wrote before it remembered where; `destroyed`
    are copies that cannot be reached any more, `reason` how they went. Raises OrderError, PersonError and
    DestroyedError before anything is touched, LockedError, GateError; then the same call goes on.
    """
    from hub.erasing.proof import prove

    store = Store(settings)
    with step(store, "", "", "erase", refusals=(OrderError, PersonError, DestroyedError)):
        for folder in backups:
            for one in _backups_in(folder.expanduser().resolve()):
                copies.record(store, one, "backup")
        places: dict[str, Place] = {}
        with publication.warehouse(settings) as writer:
            order = _order(settings, store, writer, order_no, by, token, record, role)
            for folder in declare(store, order, destroyed, by, reason):
                places[str(folder)] = Place(str(folder), left=0, note=f"destroyed, says {by}: {reason}")
            order = whom.known_as(settings, writer.con, order)
            held = whom.contracts(writer.con)
            stage(writer.con, order.tokens, order.records)
            known = values_of(writer.con, held)
            traces = whom.traces(settings, [order], known)
            gone = _loads(settings, order_no, traces, progress)
            _note(places, gone.records)
            if gone.removed:
                names = ", ".join(str(path.relative_to(settings.home)) for path in gone.removed)
                places.setdefault("landing", Place("landing")).note = f"could not be rewritten, so removed: {names}"
            _note(places, {"private/faults.log": _log(settings, traces)})
            _note(places, {"answers not landed": lookups.erase(store, order.tokens["id_no"])})
            progress("build.duckdb", 0)
            with writer.transaction() as con:
                touched = erase(con, held, order.rejected, whom.redacting(traces), known)
                failpoint("erase.before_commit")
            _note(places, {"build.duckdb": sum(touched.values())})
        path_of(settings).unlink(missing_ok=True)  # the publish below writes it anew
        failpoint("erase.committed")
        with writer_lock(settings):
            compact(settings, settings.build_path)  # free blocks hold what was deleted
            failpoint("erase.compacted")
            _backups(settings, store, order, places, progress)
        progress("publish", 0)
        version = pipeline.publish(settings)
        failpoint("erase.published")
        _note(places, {"published": drop_versions_before(settings, version)})
        _note(places, {"returns": forget(settings, store, order_no, version)})  # from now on no copy of one is made
        _exports(store, order_no, places)
        prove(settings, store, order, traces, places, progress)
        state = _state(places)
        erasures.end(store, order_no, state, [asdict(place) for place in places.values()])
    return Report(order_no, state, version, list(places.values()))


def _order(
    settings: Settings,
    store: Store,
    writer: Writer,
    order_no: str,
    by: str,
    token: str | None,
    record: tuple[str, str] | None,
    role: str | None,
) -> Order:
    """The order of this number, or a new one, kept before anything is erased."""
    if (known := erasures.find(store, order_no)) is not None:
        if token is not None or record is not None:
            raise OrderError(
                f"order {order_no} is known, of {known.at} by {known.by_whom}: give its number alone to go on with it,"
                " or the number of the new order"
            )
        return known
    if (token is None) == (record is None):
        raise OrderError(f"order {order_no} is new: name the person by --token or by --record, one of both")
    if not order_no.strip() or not by.strip():
        raise OrderError("an order has a number (--order) and somebody who carries it out (--by)")
    tokens, records = whom.person(settings, writer.con, token=token, record=record, role=role)
    if not records:
        raise PersonError(f"no record is about the person of order {order_no}; nothing was erased")
    subject = f"token {token}" if record is None else f"record {'/'.join(record)}"
    order = Order(order_no, by, subject, tokens, records, settings.clock())
    order = whom.known_as(settings, writer.con, order)
    stage(writer.con, order.tokens, records)
    traces = whom.traces(settings, [order], values_of(writer.con, whom.contracts(writer.con)))
    rows = rejected(settings, traces)
    keyed = {(row["contract"], "", row["system"], row["source_id"]) for row in rows if row["source_id"]}
    order = replace(
        order,
        records=sorted({*records, *keyed}),
        rejected=[(row["load_id"], row["position"]) for row in rows],
    )
    erasures.open_order(store, order)
    return order


def _loads(settings: Settings, order_no: str, traces: Traces, progress: Progress) -> Gone:
    """Every load that is there, each while nobody reads its dataset."""
    gone = Gone()
    for number, manifest in enumerate(list(manifests(settings)), start=1):
        with reader_lock(settings, manifest.system, manifest.dataset):
            path = manifest.folder(settings) / "manifest.json"
            if path.exists():  # an open load may be complete or gone by now
                erase_load(settings, read_manifest(path), order_no, traces, gone)
        progress("landing, staging, quarantine", number)
    return gone


def _log(settings: Settings, traces: Traces) -> int:
    """Tracebacks of the private zone may quote a row."""
    path = faults_log(settings)
    if not path.exists():
        return 0
    draft = path.with_name(f".{path.name}.erasing")
    draft.touch(mode=0o600)
    with draft.open("wb") as out:
        taken = write_text(path, out, traces)
    draft.replace(path)
    return taken.records


def _backups(settings: Settings, store: Store, order: Order, places: dict[str, Place], progress: Progress) -> None:
    """Every backup that is known; one that cannot be reached keeps the order waiting."""
    from hub.erasing.backups import erase_backup

    for folder in copies.known(store, "backup"):
        progress(f"backup {folder.name}", 0)
        place = places[str(folder)] = Place(str(folder))
        if not folder.parent.is_dir():
            place.note = _unreachable(folder.parent, folder, order.order_no)
            continue
        with backup_lock(folder.parent):  # one that is being written is waited for
            if folder.is_dir():
                place.taken = sum(erase_backup(settings, folder, order).values())
            else:
                place.left, place.note = 0, "dropped by its owner"
                copies.forget(store, folder)


def _backups_in(folder: Path) -> Iterator[Path]:
    from hub.backups import manifest

    found = manifest.folders(folder)
    if not found:
        raise OrderError(f"{folder} holds no backup; name the folder that `hub backup --out` wrote into")
    yield from found


def _exports(store: Store, order_no: str, places: dict[str, Place]) -> None:
    """Remove every export and every return handed over that is known: tables as they were published before."""
    from hub.export import MANIFEST

    kinds: tuple[tuple[copies.Kind, str, int], ...] = (
        ("export", "export again", 0),
        ("return", "the next return tells its receiver", 1),  # in a folder of the receiver, which may drop it
    )
    for kind, remedy, above in kinds:
        for folder in copies.known(store, kind):
            place = places[str(folder)] = Place(str(folder))
            if not (shelf := folder.parents[above]).is_dir():
                place.note = _unreachable(shelf, folder, order_no)
                continue
            shutil.rmtree(folder.with_name(f".{folder.name}.draft"), ignore_errors=True)
            if (folder / MANIFEST).is_file():
                shutil.rmtree(folder)
                place.taken, place.note = 1, f"removed: {remedy}"
            copies.forget(store, folder)
            place.left = 0


def _unreachable(shelf: Path, folder: Path, order_no: str) -> str:
    return f"{shelf} is not there: mount it and go on with the order; {command(order_no, folder)}"


def _note(places: dict[str, Place], taken: dict[str, int]) -> None:
    for name, count in taken.items():
        places.setdefault(name, Place(name)).taken += count


def _state(places: dict[str, Place]) -> erasures.State:
    if any(place.left for place in places.values()):
        return "open"
    return "waiting" if any(place.left is None for place in places.values()) else "done"
