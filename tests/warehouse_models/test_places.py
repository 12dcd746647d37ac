"""A report is counted where its place lies today, and says where that was on the day that it came."""

from datetime import datetime

import pytest

BEFORE, AFTER = datetime(2021, 3, 1), datetime(2026, 6, 1)
# county and town as filed, day of the report; then county, name and town on today's map and on that of the day
PLACES = [
    ("330104", None, BEFORE, ("330102", "上城区", None), ("330104", "江干区", None)),
    ("330104", "330104008", BEFORE, ("330102", "上城区", "330102014"), ("330104", "江干区", "330104008")),
    ("330104", "330104010", BEFORE, ("330114", "钱塘区", "330114001"), ("330104", "江干区", "330104010")),
    ("330102", "330102014", BEFORE, ("330102", "上城区", "330102014"), ("330104", "江干区", "330104008")),
    ("330102", "330104008", BEFORE, ("330102", "上城区", "330102014"), ("330104", "江干区", "330104008")),
    ("330104", None, AFTER, ("330102", "上城区", None), ("330102", "上城区", None)),
    ("330104", "330104099", BEFORE, ("330102", "上城区", None), ("330104", "江干区", "330104099")),
    ("330104", "330104099", AFTER, ("330102", "上城区", None), ("330102", "上城区", None)),
    ("330110", "330110001", BEFORE, ("330113", "临平区", "330113001"), ("330110", "余杭区", "330110001")),
    ("330110", "330110013", BEFORE, ("330110", "余杭区", "330110013"), ("330110", "余杭区", "330110013")),
    ("330327", "330327101", datetime(2019, 1, 1), ("330383", "龙港市", None), ("330327", "苍南县", "330327101")),
    ("330383", None, datetime(2019, 1, 1), ("330383", "龙港市", None), ("330327", "苍南县", None)),
    ("330106", "330104008", BEFORE, ("330106", "西湖区", None), ("330106", "西湖区", None)),
    (None, "330104008", BEFORE, ("330102", "上城区", "330102014"), ("330104", "江干区", "330104008")),
    (None, None, BEFORE, (None, None, None), (None, None, None)),
]


@pytest.fixture
def placed(world):
    """The reports of PLACES, one case each."""
    for number, (county, town, day, *_) in enumerate(PLACES):
        world.report(source_id=f"{number:02d}", county_code=county, town_code=town, reported_at=day)
    world.build()
    return world


@pytest.mark.parametrize("table", ["core.case_reports", "core.cases"])
def test_a_place_is_shown_on_both_maps(placed, table):
    key = "source_id" if table == "core.case_reports" else "first_source_id"
    found = placed.rows(
        f"SELECT county_code, county_name, town_code, county_code_then, county_name_then, town_code_then"
        f" FROM {table} ORDER BY {key}"
    )
    assert [(row[:3], row[3:]) for row in found] == [(today, then) for *_, today, then in PLACES]


def test_the_governance_marts_count_by_todays_map(placed):
    counted = dict(placed.rows("SELECT area_code, value FROM mart.centre WHERE metric = 'reports' AND period = 'all'"))
    expected = [today[0] for *_, today, _ in PLACES]
    assert "330104" not in counted
    assert {code: counted[code] for code in ("330102", "330114", "330113")} == {
        code: expected.count(code) for code in ("330102", "330114", "330113")
    }
    assert counted["330102014"] == 4


def test_two_reports_meet_across_the_change_of_their_towns(world):
    same = {"respondent_id_no_token": "r", "applicant_phone_token": "p", "case_type_code": "0601"}
    world.report("peoples_mediation", county_code="330104", town_code="330104010", reported_at=BEFORE, **same)
    world.report("petition_hotline", county_code="330114", town_code="330114001", reported_at=BEFORE, **same)
    world.link()
    assert len(world.partition()) == 1


def test_grids_and_organisations_stand_where_their_town_is_today(world):
    old = {"county_code": "330104", "town_code": "330104010"}
    world.add("grids", "peoples_mediation", grid_code="330104010001001", **old)
    world.add("organisations", "peoples_mediation", name="下沙街道人民调解委员会", **old)
    world.build()
    for table in ("core.grids", "core.organisations"):
        assert world.one(f"SELECT county_code, town_code FROM {table}") == {
            "county_code": "330114", "town_code": "330114001",
        }  # fmt: skip


def test_an_organisation_of_a_register_is_in_use_while_it_exists(world):
    world.add("organisations", "peoples_mediation", name="甲镇人民调解委员会", active=True)
    for name, status in (("乙公司", "01"), ("丙公司", "02"), ("丁公司", None)):
        world.add("organisations", "base_library", name=name, status_code=status)
    world.build()
    assert dict(world.rows("SELECT name, active FROM core.organisations")) == {
        "甲镇人民调解委员会": True, "乙公司": True, "丙公司": False, "丁公司": None,
    }  # fmt: skip


def test_a_visit_is_on_the_map_of_its_day(world):
    world.add("visits", "petition_hotline", county_code="330104", visited_at=BEFORE, persons=1)
    world.build()
    assert world.one("SELECT county_code, county_code_then FROM core.visits") == {
        "county_code": "330102", "county_code_then": "330104",
    }  # fmt: skip


def test_a_visit_that_names_no_county_is_where_its_report_is(world):
    places = {"county_code": "330106", "town_code": "330106001", "village_code": "330106001001"}
    key = world.report("petition_hotline", **places)
    for county in (None, "330106", "330108"):
        world.add("visits", "petition_hotline", report_source_id=key, county_code=county, visited_at=AFTER, persons=1)
    world.build()
    assert world.rows("SELECT county_code, town_code, village_code FROM core.visits ORDER BY source_id") == [
        ("330106", "330106001", "330106001001"), ("330106", "330106001", "330106001001"), ("330108", None, None),
    ]  # fmt: skip
