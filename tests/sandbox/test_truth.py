"""The truth agrees with what is served, and what it says is private can be searched for without false finds."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from sandbox.codes import FOLDER, SYSTEMS
from sandbox.identity import id_is_valid, old_id_number
from sandbox.names import GIVEN
from sandbox.places import DIVISIONS
from sandbox.soil.kinds import GROUPS, KINDS, STYLE
from sandbox.soil.slips import NO_SUCH_DAY, NULL_TOKENS
from sandbox.soil.words import REPORTS, WORDS
from sandbox.store import WorldStore
from sandbox.true_rows import write_parquet
from sandbox.world import World


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A world large and dirty enough for each kind of dirt."""
    made = World.create(WorldStore(tmp_path_factory.mktemp("dirty") / "world.db"), 7, 600, 0.4, date(2026, 3, 10))
    made.begin()
    return made


@pytest.fixture(scope="module")
def truth(world: World, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    folder = tmp_path_factory.mktemp("truth")
    write_parquet(world.store, folder)
    return {path.stem: pq.read_table(path).to_pylist() for path in folder.glob("*.parquet")}


def served(world: World, system: str) -> dict[str, dict[str, Any]]:
    query = "SELECT source_id, body FROM rows WHERE system = ? AND dataset = ? AND copy = 0"
    return {key: json.loads(body) for key, body in world.store.connection.execute(query, (system, REPORTS[system]))}


def test_each_true_report_is_served_and_each_served_report_is_true_or_a_consultation_or_deleted(
    world: World, truth: dict[str, list[dict[str, Any]]]
) -> None:
    cases = {row["case_id"] for row in truth["cases"]}
    kindless = {row["source_id"] for row in truth["dirt"] if row["kind"] in {"unmapped_matter", "missing_matter"}}
    for system in SYSTEMS:
        true = {row["source_id"] for row in truth["reports"] if row["system"] == system}
        bodies = served(world, system)
        assert true <= bodies.keys()
        for key in bodies.keys() - true:
            kind = bodies[key].get("orderKind") or bodies[key].get("KindCode")
            assert kind in {"CON", "ZX"} or bodies[key].get("deleted") or key in kindless
    assert {row["case_id"] for row in truth["reports"]} <= cases


def test_the_truth_names_each_private_person_once_with_valid_numbers(truth: dict[str, list[dict[str, Any]]]) -> None:
    people = truth["people"]
    assert len({row["person_id"] for row in people}) == len(people)
    assert all(id_is_valid(row["id_no"]) for row in people)
    assert all(re.fullmatch(r"1[3-9]\d[6-9]\d{7}", row["phone"]) for row in people)


def test_every_id_number_that_is_served_belongs_to_somebody_of_the_truth(
    world: World, truth: dict[str, list[dict[str, Any]]]
) -> None:
    known = {row["id_no"] for row in truth["people"]} | {old_id_number(row["id_no"]) for row in truth["people"]}
    wrong = {(row["system"], row["source_id"]) for row in truth["dirt"]
             if row["kind"] in {"bad_id_checksum", "scientific_id", "masked_id"}}  # fmt: skip
    for system, dataset in REPORTS.items():
        for key, body in served(world, system).items():
            number = body.get(WORDS[system, dataset]["id"])
            if number and (system, key) not in wrong:
                assert str(number).strip() in known


def test_each_kind_of_dirt_is_there_and_where_the_truth_says(
    world: World, truth: dict[str, list[dict[str, Any]]]
) -> None:
    for datasets in GROUPS:
        there = {row["kind"] for row in truth["dirt"] if (row["system"], row["dataset"]) in datasets}
        assert there - {STYLE} == {kind for dataset in datasets for kind in KINDS[dataset]}
    bodies = {system: served(world, system) for system in SYSTEMS}
    for row in truth["dirt"]:
        if row["dataset"] != REPORTS.get(row["system"]):
            continue
        body, field = bodies[row["system"]][row["source_id"]], WORDS[row["system"], row["dataset"]]
        if row["kind"] == "missing_required":
            assert body[field["reported"]] is None
        elif row["kind"] == "bad_id_checksum":
            assert not id_is_valid(body[field["id"]])
        elif row["kind"] == "null_token":
            assert body[field["address"]] in NULL_TOKENS
        elif row["kind"] == "lone_surrogate":
            assert body[field["title"]].endswith("\ud83d")
        elif row["kind"] == "old_id":
            assert len(body[field["id"]]) == 15
        elif row["kind"] == "impossible_update":
            assert body[field["updated"]] == NO_SUCH_DAY


def test_no_dirt_is_seen_when_none_is_asked_for(tmp_path: Path, world: World) -> None:
    clean = World.create(WorldStore(tmp_path / "world.db"), 7, 60, 0.0, world.first_today)
    clean.begin()
    kinds = {kind for (kind,) in clean.store.connection.execute("SELECT kind FROM mistakes")}
    assert kinds <= {STYLE}


def test_no_private_name_can_be_part_of_a_public_text(world: World, truth: dict[str, list[dict[str, Any]]]) -> None:
    tables = [DIVISIONS, *FOLDER.glob("*.csv"), *(DIVISIONS.parent / "codes").glob("*.csv")]
    public = "".join(path.read_text(encoding="utf-8") for path in tables)
    for organisation in world.province.organisations:
        public += organisation.name + "".join(mediator.name for mediator in organisation.mediators)
    public += "".join(grid.name + grid.leader for grid in world.province.grids)
    assert not set(GIVEN) & set(public)
    assert all(set(row["name"]) & set(GIVEN) for row in truth["people"])


def test_the_words_of_the_pages_share_no_character_with_given_names() -> None:
    root = DIVISIONS.parent.parent
    pages = [*root.glob("portal/**/*.html"), *root.glob("portal/*.py"), *root.glob("warehouse/*.yml"),
             *root.glob("quality/*.py"), *root.glob("schemas/contracts/*.yaml")]  # fmt: skip
    text = "".join(path.read_text(encoding="utf-8") for path in pages)
    assert not set(GIVEN) & set(text)
