"""Where a matter should go, which level and which agency takes it, and why."""

import csv
from pathlib import Path

import pytest

SCHEMAS = Path(__file__).parents[2] / "schemas"
MEDIATION = "peoples_mediation"


def proposed(world, **values):
    world.report(**({"stage_code": "10", "status_code": "12", "town_code": "330106001"} | values))
    world.build()
    return world.one("SELECT * FROM mart.triage")


@pytest.mark.parametrize(
    ("values", "path", "level"),
    [
        ({"case_type_code": "0201"}, "mediation", "village_unknown"),
        ({"case_type_code": "0201", "amount_involved": 3000, "party_count": 2}, "mediation", "village"),
        ({"case_type_code": "0201", "amount_involved": 60000}, "mediation", "town_amount"),
        ({"case_type_code": "0201", "amount_involved": 500000}, "mediation", "county_amount"),
        ({"case_type_code": "0201", "amount_involved": 100, "party_count": 12}, "mediation", "county_group"),
        ({"case_type_code": "0201", "is_group": True}, "mediation", "county_mass"),
        ({"case_type_code": "0701"}, "labour", None),
        ({"case_type_code": "0502"}, "medical", None),
        ({"case_type_code": "0599"}, "mediation", "village_unknown"),
        ({"case_type_code": "1501"}, "discipline", None),
        ({"case_type_code": "1403"}, "court", None),
        ({"case_type_code": "1401"}, "litigation", None),
        ({"case_type_code": "0701", "risk_level": 1}, "danger", None),
        ({"case_type_code": None}, "mediation", "village_unknown"),
    ],
)
def test_the_first_rule_that_fits_decides(world, values, path, level):
    found = proposed(world, **values)
    assert (found["path_rule"], found["level_rule"]) == (path, level)
    assert found["path_reason"]
    assert (found["level_reason"] is None) == (found["level"] is None)


def test_only_what_waits_at_the_window_gets_a_proposal(world, at):
    world.report(stage_code="20", status_code="21")
    world.report(stage_code="10", case_type_code="0201", closed_at=at(6, 2))
    world.build()
    assert world.rows("SELECT * FROM mart.triage") == []


def test_of_the_agencies_of_its_town_the_one_with_least_to_do_is_proposed(world, at):
    place = {"county_code": "330106", "town_code": "330106001", "active": True}
    busy = world.add("organisations", MEDIATION, name="甲调委会", org_type_code="02", **place)
    free = world.add("organisations", MEDIATION, name="乙调委会", org_type_code="02", **place)
    world.add("organisations", MEDIATION, name="丙调委会", org_type_code="02", **(place | {"town_code": "330106002"}))
    world.add("organisations", MEDIATION, name="丁调委会", org_type_code="02", **(place | {"active": False}))
    for agency in (busy, free):
        world.add("mediators", MEDIATION, name="王", organisation_source_id=agency, active=True, county_code="330106")
    world.report(case_type_code="0301", stage_code="20", handling_org_name="甲调委会")
    world.report(case_type_code="0301", closed_at=at(9, 1), result_code="01", handling_org_name="乙调委会")
    found = proposed(world, case_type_code="0201", amount_involved=60000)
    assert (found["agency_source_id"], found["agency_name"]) == (free, "乙调委会")
    assert found["agency_reason"] == "在办0件，在任调解员1名，近90天化解率100%"
    assert found["alternatives"] == "甲调委会"


def test_without_an_agency_a_person_at_the_window_decides(world):
    found = proposed(world, case_type_code="0201")
    assert (found["agency_source_id"], found["agency_reason"], found["alternatives"]) == (None, None, None)


def test_every_rule_names_codes_that_exist():
    def codes(name):
        return {row["code"] for row in csv.DictReader((SCHEMAS / "codes" / f"{name}.csv").open(encoding="utf-8"))}

    types = codes("case_type")
    for rule in csv.DictReader((SCHEMAS / "triage_rules.csv").open(encoding="utf-8")):
        assert any(code.startswith(rule["case_type"]) for code in types), rule
        assert rule["org_type_code"] in codes("org_type") | {""}
        assert rule["status_code"] in codes("status") | {""}
        assert rule["taken_level"] in {"village", "town", "county", ""}
