"""Departments that send files: what each declared system reads is what its department shows, value by value."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.errors import ConnectorError
from sandbox.deliveries import files
from sandbox.departments import Department, of_carrier
from sandbox.home import Home
from sandbox.store import WorldStore
from sandbox.world import World
from schemas.declaration import System, load_systems
from schemas.declared.files import FilesSource, LocalFolder
from schemas.delivery import Page, Window

TODAY = date(2026, 3, 11)  # a Wednesday
DEPARTMENTS = {one.system: one for one in of_carrier("files")}
DATASETS = [(one.system, dataset) for one in DEPARTMENTS.values() for dataset in one.listings]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A world in which half of all rows are dirty; no test changes it."""
    made = World.create(WorldStore(tmp_path_factory.mktemp("world") / "world.db"), 7, 600, 0.5, TODAY)
    made.begin()
    return made


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "province")
    made.prepare()
    return made


@pytest.fixture
def outbox(world: World, home: Home) -> Callable[[str], Path]:
    """Delivers for a department on a day after the first; returns its folder."""

    def deliver(system: str, days: int = 0) -> Path:
        folder = home.outbox_of(DEPARTMENTS[system])
        clock = world.clock + timedelta(days=days)
        files.deliver(world.store, DEPARTMENTS[system], folder, clock, home.credentials)
        return folder

    return deliver


@pytest.fixture
def read(connect: Callable, home: Home) -> Callable[[str, str, Path], list[dict[str, Any]]]:
    """The records that the declared system reads in a folder, with the keys of its connection."""

    def read(system: str, dataset: str, folder: Path) -> list[dict[str, Any]]:
        declared = _in_folder(load_systems()[0][system], folder)
        extra = home.sign_in(DEPARTMENTS[system], "")["extra"]
        connector = connect(declared, **extra)
        return _records(list(connector.read(declared.datasets[dataset], Window(None, None), None, None)))

    return read


def _in_folder(system: System, folder: Path) -> System:
    assert isinstance(system.source, FilesSource)
    source = system.source.model_copy(update={"transport": LocalFolder(kind="local", folder=str(folder))})
    return system.model_copy(update={"source": source})


def _records(pages: list[Page]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for page in pages:
        assert isinstance(page.body, Path)
        with page.body.open(encoding="utf-8", newline="") as lines:
            found += csv.DictReader(lines) if page.format == "csv" else map(json.loads, lines)
    return found


def _shown(department: Department, dataset: str, body: dict[str, Any]) -> tuple[str, ...]:
    """A record as it is read: a text for every word, a day where it is a date cell, a `?` for what has no code."""
    form = department.drop.encoding
    cells = [body.get(word) for word in department.listings[dataset].words.values()]
    texts = ("" if cell is None else str(cell["date"] if isinstance(cell, dict) else cell) for cell in cells)
    return tuple(text.encode(form, "replace").decode(form) for text in texts)


@pytest.mark.parametrize(("system", "dataset"), DATASETS)
def test_every_row_arrives_with_every_value_however_it_was_sent(
    world: World, outbox: Callable, read: Callable, system: str, dataset: str
) -> None:
    department = DEPARTMENTS[system]
    there = [_shown(department, dataset, body) for body in world.store.bodies(system, dataset)]
    here = [_shown(department, dataset, record) for record in read(system, dataset, outbox(system))]
    assert sorted(here) == sorted(there)
    assert there


@pytest.mark.parametrize("system", [one.system for one in DEPARTMENTS.values() if one.drop.proof != "none"])
def test_what_lies_beside_a_file_vouches_for_that_file_alone(
    world: World, outbox: Callable, read: Callable, system: str
) -> None:
    department, folder = DEPARTMENTS[system], outbox(system)
    dataset, file = department.dataset, folder / department.place.format(at=world.clock)
    (proof,) = set(folder.iterdir()) - {file}
    kept = proof.read_bytes()
    proof.unlink()
    assert read(system, dataset, folder) == [], "a file without its proof is still being written"
    proof.write_bytes(kept)
    assert read(system, dataset, folder)
    if kept:  # more than a marker: it says of what it is
        file.write_bytes(file.read_bytes() + b"\n")
        with pytest.raises(ConnectorError, match=f"{system}.{dataset} at "):
            read(system, dataset, folder)


@pytest.mark.parametrize("system", DEPARTMENTS)
def test_a_day_is_a_file_and_a_week_is_one_that_grows(world: World, outbox: Callable, system: str) -> None:
    department = DEPARTMENTS[system]
    names = {department.place.format(at=world.clock + timedelta(days=days)) for days in range(7)}
    weekly = len(names) == 2
    assert weekly or len(names) == 7
    folder = outbox(system)
    (first,) = [path for path in folder.iterdir() if path.name in names]
    whole = first.read_bytes()
    outbox(system, 1)
    assert len([path for path in folder.iterdir() if path.name in names]) == (1 if weekly else 2)
    outbox(system, 6)
    assert len([path for path in folder.iterdir() if path.name in names]) == (2 if weekly else 3)
    assert first.read_bytes() == whole, "the first file has all there is, and keeps it"


def test_the_keys_of_a_home_are_its_own_and_stay(home: Home, tmp_path: Path) -> None:
    other = Home(tmp_path / "other")
    other.prepare()
    secret = [name for name in home.credentials if name.endswith(("_key", "password", "secret"))]
    assert {"sm4_key", "sm2_private_key", "sftp_private_key"} <= set(secret)
    assert all(home.credentials[name] != other.credentials[name] for name in secret)
    assert Home(home.root).credentials == home.credentials
    assert (home.folder / "credentials.json").stat().st_mode & 0o077 == 0


def test_a_report_that_was_deleted_stays_in_a_dbase_table_with_its_key_and_a_mark(
    world: World, outbox: Callable, read: Callable
) -> None:
    department, gone = DEPARTMENTS["school_disputes"], "JY202600000"
    run = world.store.connection.execute
    run("INSERT INTO gone VALUES (?, ?, ?)", (department.system, gone, f"{world.clock.isoformat()}"))
    try:
        records = read(department.system, department.dataset, outbox(department.system))
    finally:
        run("DELETE FROM gone WHERE source_id = ?", (gone,))
    marked = [record for record in records if record["_deleted"] == "true"]
    assert len(records) > 1
    assert [{name: text for name, text in one.items() if text} for one in marked] == [
        {department.words["key"]: gone, "_deleted": "true"}
    ]
