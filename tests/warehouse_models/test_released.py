"""What is handed to people who may not see the cases: no small number of a small place, shown or derived."""

import random
from collections import Counter
from datetime import datetime

import duckdb
import pandas as pd
import pytest
from pandas_cases import Counted, counted
from pandas_released import derivable, units

from warehouse.runner import FOLDER, parse

MODEL = FOLDER / "mart" / "released.sql"
TABLES = """CREATE SCHEMA core; CREATE SCHEMA mart;
CREATE TABLE core.divisions (code VARCHAR, name VARCHAR, parent_code VARCHAR, level VARCHAR, is_current BOOLEAN);
CREATE TABLE core.grids (grid_code VARCHAR, name VARCHAR, town_code VARCHAR, county_code VARCHAR);
CREATE TABLE mart.centre (area_code VARCHAR, area_name VARCHAR, area_level VARCHAR, parent_code VARCHAR, period VARCHAR,
    metric VARCHAR, numerator BIGINT, denominator BIGINT, value DOUBLE, as_of TIMESTAMP)"""

AS_OF = datetime(2026, 9, 15, 8)
# town, grid (or none), accepted, of them closed, of those resolved
CASES = [
    ("330106002", "1", 20, 0, 0), ("330106002", "2", 10, 0, 0), ("330106002", "3", 0, 0, 0),  # nothing small
    ("330106004", "1", 3, 0, 0),  # small
    ("330106005", "1", 10, 0, 0), ("330106005", "2", 12, 0, 0),  # the least of the others
    ("330106008", "1", 90, 20, 15),  # large, and five on each side
    ("330108001", "1", 2, 0, 0), ("330108001", "2", 3, 0, 0), ("330108001", "3", 45, 0, 0),  # two grids, five cases
    ("330108002", "1", 1, 0, 0), ("330108002", "2", 8, 0, 0), ("330108002", "3", 9, 0, 0),  # one grid and its least
    ("330108003", "1", 4, 0, 0), ("330108003", "2", 0, 0, 0), ("330108003", None, 4, 0, 0),  # only one has cases
    ("330602001", "1", 2, 0, 0),  # the only cases of a county
    ("330110005", "1", 20, 10, 8), ("330110009", "1", 60, 0, 0), ("330110010", "1", 70, 0, 0),  # two unresolved
]  # fmt: skip


@pytest.fixture(scope="module")
def filled(new_world):
    world = new_world()
    with world.writer.transaction():
        for town, grid, accepted, closed, resolved in CASES:
            code = grid and f"{town}00100{grid}"
            place = {"county_code": town[:6], "town_code": town, "grid_code": code}
            if code:
                world.add("grids", "peoples_mediation", name=f"{grid}网格", village_code=f"{town}001", **place)
            for number in range(accepted):
                ended = {"closed_at": AS_OF, "status_code": "90", "result_code": "01" if number < resolved else "04"}
                world.report(accepted_at=AS_OF, **place, **(ended if number < closed else {"status_code": "21"}))
    world.build()
    return world


def released(world, metric="cases_accepted"):
    """(level, code) -> the number shown of each place, None where it is withheld."""
    rows = world.rows(
        "SELECT place_level, place_code, numerator FROM mart.released WHERE metric = ? AND period = 'all'", metric
    )
    return {(level, code): number for level, code, number in rows}


def parents(world):
    towns = world.rows("SELECT 'town', code, parent_code FROM core.divisions WHERE is_current AND level = 'town'")
    grids = world.rows("SELECT 'grid', grid_code, coalesce(town_code, county_code) FROM core.grids")
    return {(level, code): parent for level, code, parent in (*towns, *grids)}


def hidden(world, start):
    return {code for (_, code), number in released(world).items() if number is None and code.startswith(start)}


def test_small_numbers_are_hidden_with_enough_of_their_neighbours(filled):
    assert hidden(filled, "330106") == {
        "330106004", "330106005", "330106004001001", "330106005001001", "330106005001002",
    }  # fmt: skip
    assert hidden(filled, "330108") == {
        *("330108001001001", "330108001001002"), *("330108002001001", "330108002001002"),
        *("330108003001001", "330108003001002"),
    }  # fmt: skip


def test_where_no_neighbour_has_cases_all_are_hidden(filled):
    towns = {code for (level, code), parent in parents(filled).items() if level == "town" and parent == "330602"}
    assert len(towns) > 5
    assert hidden(filled, "330602") == towns | {"330602001001001"}


def test_a_remainder_that_is_small_hides_as_well(filled):
    assert {"330110005", "330110009"} <= hidden(filled, "330110")
    assert released(filled, "resolution_rate")["town", "330110010"] == 0
    assert released(filled, "resolution_rate")["town", "330106008"] == 15


def test_what_is_shown_is_what_pandas_would_show(filled):
    expected = units(counted(filled.writer.con, AS_OF), parents(filled))
    for metric in ("cases_accepted", "closure_rate", "resolution_rate"):
        shown = released(filled, metric)
        for place, unit in expected.items():
            if metric in unit.counts:
                assert shown[place] == (None if unit.hidden else unit.counts[metric][0]), (place, metric)


def test_no_hidden_number_follows_from_what_is_shown(filled):
    assert derivable(released(filled), parents(filled)) == set()


def test_the_attack_finds_a_number_that_was_hidden_alone(filled):
    shown = released(filled)
    careless = shown | {("town", "330106005"): 22, ("grid", "330106004001001"): None}
    assert ("town", "330106004") in derivable(careless, parents(filled))


def test_a_place_above_the_town_has_the_numbers_of_the_centre(filled):
    assert filled.one(
        "SELECT count(*) AS n FROM ((SELECT area_code, period, metric, numerator, denominator, value FROM mart.centre "
        "WHERE area_level <> 'town') EXCEPT ALL (SELECT place_code, period, metric, numerator, denominator, value "
        "FROM mart.released WHERE place_level NOT IN ('town', 'grid') AND NOT is_withheld))"
    ) == {"n": 0}


@pytest.mark.parametrize("seed", range(12))
def test_by_chance_too_the_same_is_hidden_and_nothing_follows(seed):
    chance = random.Random(seed)
    towns = {f"3301{nth:05d}": f"3301{nth % 4:02d}" for nth in range(14)}
    grids = {f"{town}00100{nth}": town for town in towns for nth in range(chance.randrange(5))}
    sizes = {place: chance.choice([0, 0, 1, 2, 3, 4, 5, 6, 8, 30]) for place in (*grids, *towns)}
    ended = {town: chance.choice([0, 0.5, 0.9]) for town in towns}
    cases = [
        (place[:9], place if place in grids else None, AS_OF, chance.random() > ended[place[:9]])
        for place, size in sizes.items()
        for _ in range(size)
    ]
    frame = pd.DataFrame(cases, columns=["town_code", "grid_code", "accepted_at", "is_open"])
    frame["closed_at"] = frame["accepted_at"].where(~frame["is_open"])
    frame["is_resolved"] = ~frame["is_open"] & (frame.index % 7 > 0)
    with duckdb.connect() as con:
        con.execute(TABLES)
        con.executemany("INSERT INTO core.divisions VALUES (?, '镇', ?, 'town', true)", list(towns.items()))
        con.executemany("INSERT INTO core.grids VALUES (?, '网格', ?, NULL)", list(grids.items()))
        con.register("cases", frame)
        con.execute("CREATE TABLE core.cases AS SELECT * FROM cases")
        con.execute(f"SET VARIABLE as_of = TIMESTAMP '{AS_OF}'")
        rows = con.execute(f"SELECT metric, place_level, place_code, numerator FROM ({parse(MODEL).sql})").fetchall()
    above = {("town", town): county for town, county in towns.items()}
    above |= {("grid", grid): town for grid, town in grids.items()}
    expected = units(Counted(AS_OF, {"cases": frame}), above)
    shown = {(metric, (level, code)): number for metric, level, code, number in rows}
    assert shown == {
        (metric, place): None if unit.hidden else number
        for place, unit in expected.items()
        for metric, (number, _) in unit.counts.items()
    }
    accepted = {place: number for (metric, place), number in shown.items() if metric == "cases_accepted"}
    siblings = Counter(above.values())  # an only grid whose town is shown has not all of its cases, so nothing follows
    assert {place for place in derivable(accepted, above) if siblings[above[place]] > 1} == set()
