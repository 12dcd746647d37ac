"""Registers hold the people and firms of the disputes, as they are there, and move a little each day."""

from __future__ import annotations

import base64
import hmac
import sqlite3
import time
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox import codes
from sandbox.people import Party
from sandbox.registers import LISTS, all_registers, register_systems
from sandbox.store import WorldStore
from sandbox.world import World
from schemas.codes import code_list

TODAY = date(2026, 3, 10)
RESIDENTS = ("population_register", "residents")


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A world without dirt that no test changes."""
    made = World.create(WorldStore(tmp_path_factory.mktemp("honest") / "world.db"), 7, 300, 0.0, TODAY)
    made.begin()
    return made


@pytest.fixture
def moving(tmp_path: Path) -> World:
    made = World.create(WorldStore(tmp_path / "world.db"), 7, 120, 0.1, TODAY)
    made.begin()
    return made


def sides(world: World) -> list[Party]:
    """Everybody who applies or responds in a dispute, as reports show them."""
    reports = [one for number in range(world.calendar.cases) for one in world.reports(number) if one.dispute]
    return [side for one in reports for side in (one.applicant, one.respondent) if side is not None]


def test_most_people_of_disputes_are_in_the_population_register_as_they_are_there(honest: World) -> None:
    register = {row["zjhm"]: row for row in honest.store.bodies(*RESIDENTS)}
    people = {side.person.number: side.person for side in sides(honest) if side.person}
    shown = {who.id_no: (who.name, who.phone, "1" if who.male else "2", f"{who.born:%Y%m%d}", who.address)
             for who in people.values()}  # fmt: skip
    both = shown.keys() & register.keys()
    assert 0.5 < len(both) / len(shown) < 0.6
    assert len(both) > 200
    for number in both:
        row = register[number]
        assert (row["xm"], row["lxdh"], row["xbdm"], row["csrq"], row["jzdz"]) == shown[number]


def test_most_firms_of_disputes_are_in_the_base_library_under_their_credit_code(honest: World) -> None:
    library = {row["tyshxydm"]: row["dwmc"] for row in honest.store.bodies("base_library", "organisations")}
    firms = {side.uscc: side.name for side in sides(honest) if side.uscc}
    both = firms.keys() & library.keys()
    assert 0.7 < len(both) / len(firms) < 0.9
    assert all(library[code] == firms[code] for code in both)


def test_every_village_of_the_province_has_its_committee_and_every_grid_its_worker(honest: World) -> None:
    villages = {place.village for places in honest.province.places.values() for place in places}
    assert {row["org_no"][2:] for row in honest.store.bodies("social_assistance", "communities")} == villages
    workers = honest.store.bodies("social_assistance", "grid_workers")
    assert {row["grid_code"] for row in workers} == {grid.code for grid in honest.province.grids}


def test_a_committee_is_called_what_its_people_call_it(honest: World) -> None:
    names = [row["org_name"] for row in honest.store.bodies("social_assistance", "communities")]
    assert [name for name in names if name.count("委员会") != 1 or "村村村" in name or "居委会" in name] == []


def signed(sign_in: dict[str, Any], query: dict[str, str]) -> dict[str, str]:
    """The headers of a signed request."""
    own = {"X-Ca-Key": sign_in["login"], "X-Ca-Timestamp": str(time.time_ns() // 1_000_000), "X-Ca-Nonce": "1"}
    text = "&".join(f"{name}={value}" for name, value in sorted({**query, **own}.items()))
    digest = hmac.digest(sign_in["password"].encode(), text.encode(), "sha256")
    return {**own, "X-Ca-Signature": base64.b64encode(digest).decode()}


def test_what_a_register_tells_of_one_person_is_what_it_holds(province: Any) -> None:
    env, sign_in = province.env(), province.sign_in("population_register")
    held = {row["zjhm"]: row for row in WorldStore(province.home / "sandbox" / "world.db").bodies(*RESIDENTS)}
    told = {"00": 0, "98": 0}
    for number in [number for number in held if number and len(number) == 18][:60]:
        url = f"{env['POPULATION_REGISTER_URL']}/rkk/v1/residence"
        answer = requests.get(url, {"zjhm": number}, headers=signed(sign_in, {"zjhm": number}), timeout=5).json()
        told[answer["code"]] += 1
        for record in answer["records"]:
            assert record == {name: held[number][name] for name in ("xm", "jzdz", "djrq")}
    assert told["00"] > 50


def test_a_code_is_of_the_departments_own_list_or_of_the_shared_one(honest: World) -> None:
    for system, dataset, register in all_registers():
        for field in LISTS.keys() & register.words.keys():
            name = LISTS[field]
            own = set(codes.all_codes(system.system, name))
            known = own or {code.code for code in code_list(name)}
            found = {row[register.words[field]] for row in honest.store.bodies(system.system, dataset)}
            assert found - {None} <= known, (system.system, dataset, field)
            assert found != {None}, (system.system, dataset, field)


def test_a_day_brings_new_people_and_new_addresses_which_the_truth_knows(moving: World) -> None:
    def residents() -> dict[str, dict[str, Any]]:
        return {row["rybh"] or "": row for row in moving.store.bodies(*RESIDENTS)}

    before, clock = residents(), moving.clock
    for _ in range(3):
        moving.tick()
    after = residents()
    assert after.keys() > before.keys()
    moved = [key for key in before if before[key]["jzdz"] != after[key]["jzdz"]]
    assert moved
    known = {address for (address,) in moving.store.connection.execute("SELECT address FROM people")}
    assert {after[key]["jzdz"] for key in moved} <= known
    changed = [after[key]["gxsj"] for key in after if after[key] != before.get(key)]
    assert min(changed) > f"{clock:%Y-%m-%d %H:%M:%S}", "a delta that is read since the clock has all of them"
    assert {row["jzdz"] for row in after.values() if len(row["zjhm"] or "") == 18} <= known


def test_a_change_log_keeps_every_version_and_a_table_the_last(start: Any) -> None:
    province = start("--dirt", "0")
    folder = province.home / "sandbox"

    def counts(system: str, table: str, key: str) -> tuple[int, int]:
        with sqlite3.connect(folder / f"{system}.db") as database:
            rows, keys = database.execute(f"SELECT count(*), count(DISTINCT {key}) FROM {table}").fetchone()
            return rows, keys

    versions, records = counts("social_assistance", "mz_recipient_log", "recipient_no")
    assert versions == records > 0
    province.run("tick", "--days", "2")
    versions, records = counts("social_assistance", "mz_recipient_log", "recipient_no")
    assert versions > records
    rows, persons = counts("community_correction", "sqjz_person", "person_no")
    assert rows == persons > 0


@pytest.mark.parametrize("system", [name for name, one in register_systems().items() if one.carrier == "api"])
def test_nobody_else_is_answered(province: Any, system: str) -> None:
    path = next(iter(register_systems()[system].paths))
    url = province.env()[f"{system.upper()}_URL"] + path
    attempts: list[dict[str, Any]] = [
        {}, {"auth": ("hub141", "wrong")}, {"headers": {"X-Api-Key": "wrong"}},
        {"headers": {"X-Ca-Key": "hub141", "X-Ca-Timestamp": "1", "X-Ca-Signature": "wrong"}},
    ]  # fmt: skip
    assert [requests.get(url, timeout=5, **attempt).status_code for attempt in attempts] == [401] * 4


def test_whoever_a_register_names_is_private_in_the_truth(honest: World) -> None:
    """A search for leaks knows what the truth names."""
    people = honest.store.connection.execute("SELECT name, id_no, phone, address FROM people").fetchall()
    names, numbers, phones, addresses = map(set, zip(*people, strict=True))
    private = {"name": names, "id": numbers, "phone": phones, "address": addresses, "rep": names}
    for system, dataset, register in all_registers():
        for row in honest.store.bodies(system.system, dataset):
            said = {field: row[register.words[field]] for field in private if field in register.words}
            if register.holds in {"resident", "offender", "recipient"} or said.get("id") or register.holds == "firm":
                named = said.keys() - ({"name"} if register.holds == "firm" else set())
                assert all(said[field] in private[field] for field in named), (system.system, dataset, row)


def test_the_register_of_residential_areas_was_gone_through_until_lately(honest: World) -> None:
    rows = honest.store.bodies("property_management", "residential_areas")
    confirmed = sorted(datetime.fromisoformat(row["更新时间"]) for row in rows)
    assert honest.province.founded <= confirmed[0]
    assert timedelta(0) < honest.clock - confirmed[-1] < timedelta(days=60)
