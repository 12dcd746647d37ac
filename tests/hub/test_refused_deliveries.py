"""A delivery that was refused for its form is passed over once what it had has been read again, and not before."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from court import DATASET, SYSTEM, CourtHome
from court_row import COURT_ROW

from hub import catalogue, pipeline
from hub.drift import read_again
from operations import loads
from operations.store import Store
from schemas.declaration import Dataset
from schemas.delivery import Kind, Manifest, Page, Part, Window
from warehouse.landing import Landing

MOMENT = datetime(2026, 9, 15, 8)
DAY = timedelta(days=1)


def manifest(number: int, since: datetime | None, until: datetime | None, *files: str, kind: Kind = "sync") -> Manifest:
    parts = [
        Part(path=file, format="csv", rows=1, bytes=1, sha256="", first_position=1, original_name=file)
        for file in files
    ]
    return Manifest(
        load_id=f"2026-{number}", kind=kind, system=SYSTEM, dataset=DATASET, state="complete", opened_at=MOMENT,
        since=since, until=until, landed=1, parts=parts, declaration_sha256="",
    )  # fmt: skip


def dataset(mode: str) -> Dataset:
    found = catalogue.dataset(SYSTEM, DATASET)[1]
    return found.model_copy(update={"sync": found.sync.model_copy(update={"mode": mode})})


@pytest.mark.parametrize(
    ("since", "until", "kind", "covers"),
    [
        (MOMENT - DAY, None, "backfill", True),
        (MOMENT - 2 * DAY, MOMENT, "backfill", True),
        (None, None, "sync", True),
        (MOMENT, None, "sync", False),
        (MOMENT - DAY, MOMENT - timedelta(hours=1), "backfill", False),
        (MOMENT - DAY, None, "keys", False),
        (MOMENT - DAY, None, "replay", False),
    ],
)
def test_a_stretch_of_time_is_read_again_by_a_read_that_has_all_of_it(
    since: datetime | None, until: datetime | None, kind: Kind, covers: bool
) -> None:
    refused, later = manifest(1, MOMENT - DAY, None), manifest(2, since, until, kind=kind)
    assert read_again(dataset("incremental"), refused, [refused, later]) is covers
    assert not read_again(dataset("incremental"), later, [refused, later]), "what landed before says nothing"


def test_a_first_read_is_made_up_for_by_one_from_the_beginning() -> None:
    refused = manifest(1, None, None)
    assert read_again(dataset("incremental"), refused, [manifest(2, datetime(1900, 1, 1), None, kind="backfill")])
    assert not read_again(dataset("incremental"), refused, [manifest(2, datetime(2000, 1, 1), None, kind="backfill")])


def test_files_are_read_again_under_their_names_and_a_snapshot_by_the_next() -> None:
    refused = manifest(1, None, None, "a.csv", "b.csv")
    assert read_again(dataset("files"), refused, [manifest(2, None, None, "b.csv", "a.csv", "c.csv")])
    assert not read_again(dataset("files"), refused, [manifest(2, None, None, "a.csv", "c.csv")])
    assert read_again(dataset("snapshot"), refused, [manifest(2, None, None)])
    empty = manifest(2, None, None)
    empty.landed = 0
    assert not read_again(dataset("snapshot"), refused, [empty]), "an empty list has none of it"
    assert not read_again(dataset("queue"), refused, [manifest(2, None, None)]), "a message comes once"


def land(court: CourtHome, window: Window, *rows: dict[str, object]) -> None:
    load = Landing(court.settings).open(SYSTEM, DATASET, "backfill", window, "")
    body = b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)
    load.add(Page("ndjson", len(rows), body))
    load.complete(None)


def test_a_refused_delivery_waits_until_it_has_been_read_again(tmp_path: Path) -> None:
    court = CourtHome(tmp_path / "home", MOMENT)
    window = Window(MOMENT - DAY, None, "backfill")
    without_title = {name: value for name, value in COURT_ROW.items() if name != "ajmc"}
    land(court, window, without_title, {**without_title, "sqdj_bh": "B"})
    for _ in range(2):
        [message] = pipeline.build(court.settings).failures.values()
        assert "lacks the declared fields ajmc" in message
        assert "`hub sync court_odr pre_suit_cases --since 2026-09-14T08:00:00` reads it again" in message
    land(court, window, COURT_ROW, {**COURT_ROW, "sqdj_bh": "B"}, {**COURT_ROW, "sqdj_bh": "C"})
    summary = pipeline.build(court.settings)
    assert (summary.failures, summary.reports) == ({}, 3)
    lines = loads.lines(Store(court.settings))
    assert [(one["landed"], one["superseded"], one["loaded"], one["balance"]) for one in lines] == [
        (2, 2, 0, 0),
        (3, 0, 3, 0),
    ]
    assert pipeline.build(court.settings).lines == []


def test_every_refused_delivery_of_a_dataset_is_named(tmp_path: Path) -> None:
    court = CourtHome(tmp_path / "home", MOMENT)
    without_title = {name: value for name, value in COURT_ROW.items() if name != "ajmc"}
    for days in (1, 2):  # neither has all of what the other had
        window = Window(MOMENT - days * DAY, MOMENT - (days - 1) * DAY, "backfill")
        land(court, window, {**without_title, "sqdj_bh": f"A{days}"})
    first, second = (one.load_id for one in Landing(court.settings).complete_manifests())
    failures = pipeline.build(court.settings).failures
    assert list(failures) == [f"{SYSTEM}.{DATASET}", f"{SYSTEM}.{DATASET} load {second}"]
    assert [load in said for load, said in zip((first, second), failures.values(), strict=True)] == [True, True]
