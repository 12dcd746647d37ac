"""Mistakes are dealt evenly and at the stated rate, stay with their rows, and go when somebody corrects them."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from sandbox.codes import meaning
from sandbox.identity import USCC_ALPHABET, USCC_WEIGHTS, org_check
from sandbox.soil import repair
from sandbox.soil.kinds import GROUPS, KINDS, STYLE
from sandbox.soil.words import REPORTS, WORDS
from sandbox.store import WorldStore
from sandbox.systems import mediation
from sandbox.world import World

TODAY = date(2026, 3, 10)
COURT = ("court_odr", "pre_suit_cases")


def new_world(folder: Path, cases: int, dirt: float) -> World:
    folder.mkdir()
    world = World.create(WorldStore(folder / "world.db"), 7, cases, dirt, TODAY)
    world.begin()
    return world


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The smallest world in which each kind of dirt has to be there, at the usual rate; no test changes it."""
    return new_world(tmp_path_factory.mktemp("soil") / "small", 600, 0.02)


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A world without dirt."""
    return new_world(tmp_path_factory.mktemp("soil") / "honest", 300, 0.0)


@pytest.fixture
def moving(tmp_path: Path) -> World:
    """A world that a test may change."""
    return new_world(tmp_path / "moving", 120, 0.1)


def body(world: World, system: str, dataset: str, key: str) -> dict[str, Any]:
    return world.book.served((system, dataset, key))


def open_dirt(world: World, system: str, dataset: str) -> dict[str, str]:
    return {
        key[2]: entry.kind
        for key, entries in world.book.entries(system).items()
        for entry in entries
        if key[1] == dataset and entry.open_at(world.clock)
    }


def test_each_kind_is_there_at_six_hundred_disputes_and_still_to_be_seen(small: World) -> None:
    for datasets in GROUPS:
        seen = {kind for one in datasets for kind in open_dirt(small, *one).values()}
        assert seen - {STYLE} == {kind for one in datasets for kind in KINDS[one]}


def test_a_row_has_one_mistake_so_that_none_hides_another(small: World) -> None:
    assert [key for key, entries in small.book.entries().items() if len(entries) > 1] == []


def test_kinds_are_dealt_evenly_and_mistakes_are_as_frequent_as_was_asked(tmp_path: Path) -> None:
    world = new_world(tmp_path / "large", 1500, 0.05)
    query = "SELECT system, dataset, kind FROM mistakes WHERE kind <> ?"
    dealt = Counter(world.store.connection.execute(query, (STYLE,)).fetchall())
    rows = world.store.connection.execute("SELECT count(*) FROM rows WHERE copy = 0").fetchone()[0]
    assert dealt.total() / rows == pytest.approx(0.05, rel=0.05)
    reports = Counter[str]()
    for (system, dataset, kind), count in dealt.items():
        if REPORTS.get(system) == dataset:
            reports[kind] += count
    assert max(reports.values()) - min(reports.values()) <= 2
    keys = world.store.connection.execute("SELECT source_id FROM mistakes WHERE dataset = 'work_orders'")
    assert len({key[2:8] for (key,) in keys}) > 18, "dirt is there all the time, not in one month"


def test_an_honest_row_obeys_what_dirt_breaks(honest: World) -> None:
    for system, dataset in REPORTS.items():
        words = WORDS[system, dataset]
        for row in honest.store.bodies(system, dataset):
            group = str(row.get(words["group"])) in {"1", "True", "Y", "是", "true"}
            assert not group or int(row[words["people"]]) >= 5
    codes = [row["USCC"] for row in honest.store.bodies("peoples_mediation", "committees")]
    assert len(set(codes)) == len(codes)
    assert all(org_check(code[8:16]) == code[16] for code in codes)


def test_the_stages_of_honest_steps_go_the_allowed_ways(honest: World) -> None:
    allowed = {("10", "20"), ("10", "40"), ("20", "30"), ("20", "40"), ("20", "50"), ("30", "50"), ("30", "20"),
               ("40", "20"), ("40", "50"), ("50", "20")}  # fmt: skip
    before: dict[str, str] = {}
    for step in honest.store.bodies("peoples_mediation", "mediation_steps"):
        stage = meaning("peoples_mediation", "stage", step["CASE_STATUS"]) or ""
        last = before.get(step["CASE_NO"], stage)
        assert last == stage or (last, stage) in allowed
        before[step["CASE_NO"]] = stage


def test_a_credit_code_can_check_around_a_wrong_organisation_code(small: World) -> None:
    (key,) = [key for key, kind in open_dirt(small, "peoples_mediation", "committees").items()
              if kind == "bad_org_code"][:1]  # fmt: skip
    code = body(small, "peoples_mediation", "committees", key)["USCC"]
    total = sum(USCC_ALPHABET.index(c) * w for c, w in zip(code[:17], USCC_WEIGHTS, strict=True))
    assert USCC_ALPHABET[(31 - total % 31) % 31] == code[17]
    assert org_check(code[8:16]) != code[16]


def test_a_dispute_is_left_open_in_one_system_months_after_another_closed_it(small: World) -> None:
    for system, dataset in REPORTS.items():
        for key in [key for key, kind in open_dirt(small, system, dataset).items() if kind == "left_open"]:
            words, row = WORDS[system, dataset], body(small, system, dataset, key)
            other = meaning(system, "system", row[words["related_system"]]) or ""
            there = body(small, other, REPORTS[other], row[words["related"]])
            assert row[words["closed"]] is None
            assert there[WORDS[other, REPORTS[other]]["closed"]]
            assert meaning(other, "result", there[WORDS[other, REPORTS[other]]["result"]]) in {"01", "02", "03"}
            return
    pytest.fail("no dispute is left open")


def test_mistakes_stay_with_rows_that_move_on(moving: World) -> None:
    dirty = {(system, dataset, key): kind for system, dataset in KINDS
             for key, kind in open_dirt(moving, system, dataset).items()}  # fmt: skip
    for _ in range(4):
        moving.tick()
    later = {(system, dataset, key): kind for system, dataset in KINDS
             for key, kind in open_dirt(moving, system, dataset).items()}  # fmt: skip
    gone = {row for row in dirty if row not in later}
    corrected = {key for key, entries in moving.book.entries().items() if any(one.until for one in entries)}
    assert all(row in corrected or not moving.store.has(row) or '"deleted"' in json.dumps(moving.book.served(row))
               for row in gone)  # fmt: skip
    assert later.keys() - dirty.keys(), "new days bring new mistakes"
    for row in later:
        honest = moving.store.connection.execute(
            "SELECT honest FROM mistakes WHERE (system, dataset, source_id, kind) = (?, ?, ?, ?)", (*row, later[row])
        ).fetchone()[0]  # fmt: skip
        served = moving.book.served(row)
        assert all(value != [served.get(name)] for name, value in json.loads(honest).items()), row


def test_a_corrected_row_is_honest_newly_changed_and_stays_so(moving: World, tmp_path: Path) -> None:
    honest = new_world(tmp_path / "honest", 120, 0.0)
    key = next(key for key, kind in open_dirt(moving, *COURT).items())
    assert repair.fix(moving.book, moving.clock, *COURT, [key]) == [key]
    assert moving.book.updated((*COURT, key)) == moving.clock
    assert body(moving, *COURT, key) | {"gxsj": ""} == body(honest, *COURT, key) | {"gxsj": ""}
    assert body(moving, *COURT, key)["gxsj"] == f"{moving.clock:%Y-%m-%d %H:%M:%S}"
    for _ in range(3):
        moving.tick()
    assert key not in open_dirt(moving, *COURT)
    with pytest.raises(ValueError, match="nothing is wrong with"):
        repair.fix(moving.book, moving.clock, *COURT, [key])


def test_a_share_of_a_kind_can_be_corrected(moving: World) -> None:
    dataset = ("peoples_mediation", "mediation_steps")
    dirty = [key for key, kind in open_dirt(moving, *dataset).items() if kind == "impossible_date"]
    fixed = repair.fix(moving.book, moving.clock, *dataset, [], "impossible_date", 0.5)
    assert len(fixed) == (len(dirty) + 1) // 2
    left = {key for key, kind in open_dirt(moving, *dataset).items() if kind == "impossible_date"}
    assert left == set(dirty) - set(fixed)
    with pytest.raises(ValueError, match="--key KEY"):
        repair.fix(moving.book, moving.clock, *dataset, [])


def test_a_department_falls_back_into_a_mistake_and_it_lasts(moving: World) -> None:
    keys = repair.spoil(moving.book, moving.clock, *COURT, "bad_id_checksum", 3)
    assert len(set(keys)) == 3
    moving.tick()
    assert {open_dirt(moving, *COURT)[key] for key in keys} == {"bad_id_checksum"}
    fixed = repair.fix(moving.book, moving.clock, *COURT, keys[:1])
    assert repair.spoil(moving.book, moving.clock, *COURT, "bad_id_checksum", 1) == fixed, "the last one changed"
    with pytest.raises(ValueError, match="clean rows have a place"):
        repair.spoil(moving.book, moving.clock, *COURT, "bad_id_checksum", 5000)
    with pytest.raises(ValueError, match="it carries: unmapped_code"):
        repair.spoil(moving.book, moving.clock, *COURT, "coffee", 1)


def test_a_renamed_code_is_one_code_on_exactly_so_many_rows(moving: World) -> None:
    for system, dataset in REPORTS.items():
        field = WORDS[system, dataset]["type"]
        if max(Counter(row.get(field) for row in moving.store.bodies(system, dataset)).values(), default=0) < 4:
            continue  # a small department, in a small world
        keys = repair.rename(moving.book, moving.clock, system, 2)
        new = {body(moving, system, dataset, key)[field] for key in keys}
        assert len(new) == 1
        assert meaning(system, "case_type", *new) is None
        assert sum(row.get(field) in new for row in moving.store.bodies(system, dataset)) == len(keys) == 2


def test_registers_carry_dirt_too(small: World) -> None:
    honest = mediation.registers(small.province)
    for dataset, records in honest.items():
        served = list(small.store.bodies("peoples_mediation", dataset))
        assert len(served) == len(records)
        assert sum(record not in records for record in served) == pytest.approx(len(records) * 0.02, abs=4)
