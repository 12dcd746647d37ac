"""Every number of mart.centre, platforms and types, counted again by pandas from the records, in other words."""

import random
import re
from datetime import datetime, timedelta
from typing import NamedTuple

import pandas_cases
import pytest
from pandas_indicators import (
    INDICATORS,
    TYPED,
    VARIANTS,
    differences,
    grid_differences,
    published_numbers,
    variant_differences,
)

from schemas import strict_yaml
from schemas.contract import load_contracts
from warehouse import variants
from warehouse.metrics import REGISTRY, MetricError, metrics

AS_OF = datetime(2026, 9, 15, 8)
REPORTS = 300
SYSTEMS = (
    *("petition_hotline", "peoples_mediation", "court_odr", "medical_disputes", "union_rights", "consumer_complaints"),
    *("labour_disputes", "work_safety"),
)
# Today's codes, codes of old that moved to another county, a county without towns, a smaller place of a neighbour.
PLACES = [
    ("330106", "330106001", "330106001001", "330106001001001"), ("330106", "330106002", None, None),
    ("330108", "330108001", None, None), ("330602", None, None, None), ("330383", None, "330383198001", None),
    ("330103", "330103006", None, None), ("330104", None, None, None), ("330322", None, None, None),
    ("330108", "330106001", "330106001001", None), ("330106", None, None, "330106001001001"), (None, None, None, None),
]  # fmt: skip
KINDS = ("dispute", "dispute", "petition", "complaint", "incident", "hazard", "consultation")
TYPES = ("0201", "0601", "0502", "0701", "0505", "1103", "1201", "1303", None)


def by_chance(world):
    """A province of three hundred reports with all that hangs on them, by chance but always the same."""
    with world.writer.transaction():
        fill(world)
    world.build()
    return world


def fill(world):
    chance = random.Random(141)
    keys: list[tuple[str, str]] = []
    for number in range(REPORTS):
        system = chance.choice(SYSTEMS)
        county, town, village, grid = chance.choice(PLACES)
        # Most of them in the last weeks, so that open cases of every colour are among them, some from long ago.
        hours = chance.choice([24 * 40, 24 * 40, 24 * 40, 24 * 365 * 8])
        reported = AS_OF - timedelta(hours=chance.randrange(hours), seconds=chance.randrange(3600))
        accepted = reported + timedelta(hours=chance.randrange(50)) if chance.random() < 0.9 else None
        closed = (accepted or reported) + timedelta(days=chance.randrange(60)) if chance.random() < 0.5 else None
        status = chance.choice(["90", "96", "95", "22", "11"]) if closed else chance.choice(["21", "20", "50", None])
        related = chance.choice(keys) if keys and chance.random() < 0.15 else (None, None)
        key = world.report(
            system, related_system=related[0], related_no=related[1],
            matter_kind=chance.choice(KINDS), case_type_code=chance.choice(TYPES),
            reported_at=reported, accepted_at=accepted, closed_at=closed,
            stage_code=chance.choice(["10", "20", "20", "30", "40", "50", None]), status_code=status,
            result_code=chance.choice(["01", "02", "03", "04", "05", "09", None]) if closed else None,
            county_code=county, town_code=town, village_code=village, grid_code=grid,
            platform_code=chance.choice([None, None, None, "GG", "SJ"]),
            risk_level=chance.choice([*[None] * 12, 1, 2, 3]),
            scale_code=chance.choice([*[None] * 8, *["01"] * 4, "02", "03"]),
            amount_involved=chance.choice([*[None, 300] * 5, 500_000]),
            has_minor=chance.choice([None, *[False] * 9, True]),
            is_group=chance.choice([None, *[False] * 9, True]),
            source_updated_at=chance.choice([None, reported + timedelta(days=chance.randrange(20))]),
        )  # fmt: skip
        keys.append((system, key))
        about = {"report_source_id": key}
        day = reported + timedelta(days=chance.randrange(10))
        if chance.random() < 0.3:
            sent = chance.choice([day, AS_OF - timedelta(hours=chance.randrange(40)), None])
            for _ in range(chance.choice([1, 1, 2])):
                world.add(
                    "case_transfers", system, sent_at=sent, received_at=chance.choice([None, day]),
                    accepted_at=chance.choice([None, day]), returned_at=chance.choice([None, None, day]), **about,
                )  # fmt: skip
        if chance.random() < 0.4:
            world.add("agreements", system, form_code=chance.choice(["01", "02"]), signed_at=day, **about)
        if chance.random() < 0.3:
            world.add("confirmations", system, applied_at=day, result_code=chance.choice(["01", "02"]), **about)
        if chance.random() < 0.4:
            score = chance.choice([None, 2, 4, 5])
            world.add(
                "evaluations", system, invited_at=chance.choice([None, day]), satisfaction=score,
                replied_at=chance.choice([None, day]) if score else None, **about,
            )  # fmt: skip
        if chance.random() < 0.2:
            world.add(
                "referrals", system, direction_code=chance.choice(["to_court", "to_mediation"]), referred_at=day,
                closed_at=chance.choice([None, day]), result_code=chance.choice([None, "01", "04"]), **about,
            )  # fmt: skip
        if number % 4 == 0:
            where = chance.choice([county, None, "330105", "330104"])
            persons = chance.choice([1, 2, 3, None])
            world.add("visits", system, county_code=where, visited_at=reported, persons=persons, **about)
        if number % 20 == 0:
            world.add("visits", system, county_code=county, visited_at=reported, persons=7)
    for grid in ("330106001001001", "330106002001001"):
        world.add("grids", SYSTEMS[0], grid_code=grid, county_code=grid[:6], town_code=grid[:9])
    world.add("case_transfers", SYSTEMS[0], sent_at=AS_OF, report_source_id="nobody's")


@pytest.fixture
def province(world):
    return by_chance(world)


class Told(NamedTuple):
    """What pandas takes from the records, what the warehouse says, and where the two differ on other definitions."""

    counted: pandas_cases.Counted
    published: dict
    variants: dict
    grids: list


@pytest.fixture(scope="module")
def told(new_world):
    con = by_chance(new_world()).writer.con
    counted = pandas_cases.counted(con, AS_OF)
    others = {name: variant_differences(counted, con, name) for name in VARIANTS}
    return Told(counted, published_numbers(con), others, grid_differences(counted, con))


@pytest.mark.parametrize("name", strict_yaml.load(REGISTRY)[0])
def test_an_indicator_is_what_pandas_counts(told, name):
    assert differences(told.counted, told.published, name) == []


@pytest.mark.parametrize("name", strict_yaml.load(variants.REGISTRY)[0])
def test_another_definition_and_its_difference_are_what_pandas_counts(told, name):
    assert told.variants[name] == []


def test_what_a_grid_has_is_what_pandas_counts(told):
    assert told.grids == []


def test_pandas_knows_no_indicator_that_the_registry_does_not():
    assert set(INDICATORS) == {one.name for one in metrics()}


def test_chance_left_no_indicator_without_something_to_count(told):
    for name in INDICATORS:
        assert told.published["centre", name]["33", "all"].numerator > 1, name
    for name in TYPED:
        types = {kind for area, period, kind in told.published["types", name] if (area, period) == ("33", "all")}
        assert len(types) > 1, name
    colours = told.counted.frames["cases"]["colour"]
    assert set(colours.dropna()) == {"red", "yellow", "green"}


def test_a_number_opens_exactly_its_rows(province):
    place = {"province": "true", "prefecture": "prefecture_code", "county": "county_code", "town": "town_code"}
    registry = province.rows(
        "SELECT name, rows_table, rows_predicate, numerator, denominator, date_field, measure, measure_column "
        "FROM ref.metrics"
    )
    checked = 0
    for name, table, rows, numerator, denominator, date, measure, column in registry:
        numbers = province.rows(
            "SELECT area_code, area_level, period, numerator, denominator FROM mart.centre "
            "WHERE metric = ? AND numerator > 0 ORDER BY ALL", name
        )  # fmt: skip
        for area, level, period, counted, below in random.Random(name).sample(numbers, min(12, len(numbers))):
            where = "true" if level == "province" else f"{place[level]} = '{area}'"
            month = "true" if period == "all" else f"strftime({date}, '%Y-%m') = '{period}'"
            total = f"sum({column})" if measure == "sum" else "count(*)"
            found = province.one(
                f"SELECT {total} AS opened, count(CASE WHEN {numerator} THEN 1 END) AS counted "
                f"FROM {table} WHERE ({rows}) AND {where} AND {month}"
            )
            if denominator is None:
                assert found["opened"] == counted, (name, area, period)
            else:
                assert (found["opened"], found["counted"]) == (below, counted), (name, area, period)
            checked += 1
    assert checked > 200


def test_types_of_cases_are_counted_in_counties_and_above_and_no_case_twice(told):
    assert {one.name for one in metrics() if "type" in one.grains} == TYPED
    assert {len(area) for (table, _), found in told.published.items() if table == "types" for area, *_ in found} == {
        2, 4, 6,
    }  # fmt: skip
    cases = told.counted.frames["cases"]
    untyped = int((cases["is_open"] & cases["case_type_code"].isna()).sum())
    by_type = sum(
        one.numerator
        for (area, period, _), one in told.published["types", "open_cases"].items()
        if (area, period) == ("33", "all")
    )
    assert by_type + untyped == told.published["centre", "open_cases"]["33", "all"].numerator


def test_a_share_of_nothing_has_no_value(world):
    world.build()
    rows = world.rows("SELECT DISTINCT numerator, denominator, value FROM mart.centre WHERE metric = 'closure_rate'")
    assert rows == [(0, 0, None)]
    rows = world.rows("SELECT DISTINCT numerator, denominator, value FROM mart.centre WHERE metric = 'open_cases'")
    assert rows == [(0, None, 0.0)]


def test_what_has_not_happened_has_no_month(world):
    key = world.report("court_odr", reported_at=AS_OF, county_code="330108")
    for replied in (AS_OF, AS_OF + timedelta(days=10), datetime(2026, 10, 1), datetime(2045, 3, 1)):
        world.add("evaluations", "court_odr", report_source_id=key, satisfaction=5, replied_at=replied)
    world.build()
    rows = world.rows(
        "SELECT period, denominator FROM mart.centre WHERE metric = 'satisfaction_rate' AND area_code = '330108'"
    )
    assert sorted(rows) == [("2026-09", 2), ("all", 4)], "the month of the day is counted whole"


def test_nobody_has_used_the_platform_in_the_future(world):
    for seen in (AS_OF - timedelta(days=31), AS_OF - timedelta(days=3), datetime(2045, 3, 1)):
        world.add("platform_users", "court_odr", county_code="330108", role_code="01", last_seen_at=seen)
    world.build()
    assert world.rows("SELECT users, active_30d FROM mart.users") == [(3, 1)]


def test_only_a_limit_has_months_to_come(told):
    ahead = {name for (_, name), numbers in told.published.items() for key in numbers if "2026-09" < key[1] < "all"}
    assert ahead == {"on_time_rate"}


@pytest.mark.parametrize(
    "one", [one for one in (*metrics(), *variants.variants()) if one.date], ids=lambda one: one.name
)
def test_a_row_whose_date_has_not_come_is_refused_before_it_is_counted(one):
    """Dates of cases are those of their reports; a limit is worked out by us."""
    table = {"core.cases": "case_reports", "core.transfers": "case_transfers"}.get(one.rows, one.rows[5:])
    contract = load_contracts()[table]
    for date in set(re.findall(r"\w+_at", one.date)) - {"due_at"}:
        severities = [check.severity for check in contract.rules if check.id == f"{date}.future"]
        assert severities == ["critical"], f"{table}.{date}"


def test_a_number_without_a_date_has_no_months(told):
    assert {period for _, period in told.published["centre", "open_cases"]} == {"all"}


@pytest.mark.parametrize(
    "entry",
    ["where: a\n  counted: b", "where: a\n  measure: share", "where: a\n  measure: p50", "where: a\n  colour: b"],
)
def test_an_entry_out_of_form_is_refused_by_name(tmp_path, entry):
    path = tmp_path / "metrics.yml"
    head = "broken:\n  title: a\n  unit: a\n  definition: a\n  rows: core.cases\n  version: a\n  "
    path.write_text(head + entry + "\n", encoding="utf-8")
    with pytest.raises(MetricError, match="broken"):
        metrics(path)


@pytest.mark.parametrize(
    ("rows", "grain", "fault"),
    [
        ("core.visits", "platform", "core.visits have no platform"),
        ("core.case_reports", "type", "only core.cases have a type"),
        ("core.cases", "colour", "grains"),
    ],
)
def test_a_grain_that_its_rows_do_not_have_is_refused_by_name(tmp_path, rows, grain, fault):
    path = tmp_path / "metrics.yml"
    said = f"title: a\n  unit: a\n  definition: a\n  where: a\n  version: a\n  rows: {rows}\n  grains: [{grain}]\n"
    path.write_text(f"broken:\n  {said}", encoding="utf-8")
    with pytest.raises(MetricError, match=f"broken: .*{fault}"):
        metrics(path)


@pytest.mark.parametrize(("of", "fault"), [("no_such", "names an indicator"), ("open_cases", "a count beside a count")])
def test_another_definition_bears_the_name_of_an_indicator(tmp_path, of, fault):
    path = tmp_path / "variants.yml"
    said = "".join(f"  {word}: a\n" for word in ("held_by", "differs", "basis", "unit", "definition", "rows", "where"))
    path.write_text(f"broken:\n  metric: {of}\n{said}  counted: a\n  measure: share\n  version: a\n", encoding="utf-8")
    with pytest.raises(MetricError, match=f"broken: .*{fault}"):
        variants.variants(path)
