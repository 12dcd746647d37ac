"""Every place read again after an erasure, each decoded by its own means, and searched for the person."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from hub.erasing import originals
from hub.erasing.loads import manifests
from hub.erasing.order import Place
from hub.erasing.parts import count
from hub.erasing.traces import Traces
from hub.returns.forgetting import files
from operations import copies
from operations.erasures import Order
from operations.settings import Settings
from operations.store import Store
from warehouse.build import attach, literal, opened
from warehouse.erasure import remains
from warehouse.persons import stage
from warehouse.reveal import path_of

if TYPE_CHECKING:
    from hub.pipeline import Progress


def prove(
    settings: Settings, store: Store, order: Order, traces: Traces, places: dict[str, Place], progress: Progress
) -> None:
    """Write into each place how often the person is left there; places that were not touched get their own."""
    _files(settings, traces, places, "", progress)
    _build(settings, settings.build_path, order, places, "build.duckdb")
    for path in sorted(settings.published.glob("v[0-9]*/*.duckdb")):
        with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as con:
            con.execute(f"ATTACH {literal(path)} AS wh (READ_ONLY)")
            _put(places, "published", _left(con, order))
    _put(places, "private/reveal.duckdb", _reveals(settings, order))
    _put(places, "returns", _returns(settings, order))
    _put(places, "private/faults.log", 0)
    _put(places, "answers not landed", 0)
    for folder in copies.known(store, "backup"):
        if folder.is_dir():
            inside = replace(settings, home=folder, operations_url="")
            _files(inside, traces, places, str(folder), progress)
            _build(settings, inside.build_path, order, places, str(folder))


def _files(settings: Settings, traces: Traces, places: dict[str, Place], whole: str, progress: Progress) -> None:
    """Landing with what its parts were made of, staging, quarantine; all in one place where `whole` names it."""
    for name, zone in (
        ("landing", settings.landing),
        ("staging", settings.staging),
        ("quarantine", settings.quarantine),
    ):
        left = 0
        for path in sorted(one for one in zone.glob("*/*/**/*") if one.is_file()):
            progress(f"proof: {whole or 'home'} {name}", left)
            if path.suffix in (".parquet", ".ndjson", ".csv") and not path.name.startswith("original-"):
                left += count(path, traces)
        _put(places, whole or name, left)
    for manifest in manifests(settings):
        kept = {part.original for part in manifest.parts if part.original is not None}
        for original in kept:
            _put(places, whole or "landing", _original(manifest.folder(settings) / original, traces))


def _original(path: Path, traces: Traces) -> int:
    """Files as they came are read as text in every member and every encoding that sources use."""
    return sum(
        1
        for name, leaf in originals.leaves(path.read_bytes(), path.name)
        for text in originals.texts(name, leaf)
        if traces.holds(text)
    )


def _build(settings: Settings, path: Path, order: Order, places: dict[str, Place], name: str) -> None:
    with opened(settings, path) as wh:
        _put(places, name, _left(wh, order))


def _reveals(settings: Settings, order: Order) -> int:
    with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as con:
        attach(con, settings, path_of(settings), "reveal", read_only=True)
        return _left(con, order)


def _left(con: duckdb.DuckDBPyConnection, order: Order) -> int:
    """Rows of the file attached as `wh` in which the person is."""
    con.execute("USE wh")
    stage(con, order.tokens, order.records)
    return sum(remains(con).values())


def _returns(settings: Settings, order: Order) -> int:
    """What is kept of returns is in Parquet files, a table each."""
    left = 0
    for path in files(settings):
        with duckdb.connect() as con:
            con.execute(f"ATTACH ':memory:' AS wh; CREATE TABLE wh.kept AS FROM read_parquet({literal(path)})")
            stage(con, order.tokens, order.records)
            con.execute("USE wh")
            left += sum(remains(con).values())
    return left


def _put(places: dict[str, Place], name: str, left: int) -> None:
    place = places.setdefault(name, Place(name))
    place.left = (place.left or 0) + left
