"""The contracts of people, places and look-ups: a proper row breaks no rule, and each spoilt one the rule it should."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from schemas.contract import load_contracts
from schemas.declaration import FieldMap, load_systems

CONTRACTS = load_contracts()
SYSTEMS = load_systems()[0]
Table = Callable[[Any], list[dict[str, Any]]]
PLACE = {
    "county_code": "330108",
    "town_code": "330108002",
    "village_code": "330108002001",
    "grid_code": "330108002001001",
}
WOMAN = "330522196503072348"
FIRM = "91330000755918469E"
PROPER: dict[str, dict[str, Any]] = {
    "case_parties": {
        "report_source_id": "RT1", "party_no": 1, "role_code": "10", "party_kind": "person", "party_name": "陈大文",
        "cert_kind_code": "111", "party_id_no": WOMAN, "party_phone": "13800000000", "sex_code": "2",
        "birth_date": "1965-03-07", "nation_code": "22", "education_code": "70", "party_category_code": "14",
        "home_county_code": "340122",
    },
    "persons": {
        "person_name": "陈大文", "cert_kind_code": "111", "id_no": WOMAN, "sex_code": "2", "birth_date": "1965-03-07",
        "nation_code": "01", "marital_code": "21", "political_code": "13", "employment_code": "27",
        "residence_kind_code": "02", "hukou_county_code": "340122", **PLACE, "registered_at": "2022-01-02",
        "special_group_code": "05", "disability_kind_code": "4", "disability_level_code": "2",
        "listed_at": "2020-01-01", "delisted_at": "2030-01-01", "has_minor": "0",
    },
    "verifications": {
        "related_system": "court_odr", "related_no": "SQ1", "item_code": "04", "reason_code": "01",
        "subject_kind": "person", "subject_name": "陈大文", "subject_id_no": WOMAN, "asked_at": "2024-06-01 09:00:00",
        "result_code": "answered", "answered_at": "2024-06-01 09:00:02", "valid_until": "2024-07-01", "is_match": "1",
    },
    "grid_workers": {
        **PLACE, "name": "王立新", "worker_kind_code": "02", "phone": "13800000000", "started_at": "2023-01-01",
    },
    "residential_areas": {
        "name": "西兴人家", "kind_code": "03", **PLACE, "built_year": "2004", "household_count": 812,
        "management_code": "01", "management_org_name": "某物业服务有限公司", "management_uscc": FIRM,
        "safety_level_code": "C", "inspected_at": "2023-05-05",
    },
    "credit_records": {
        "subject_kind": "organisation", "subject_name": "某物业服务有限公司", "subject_uscc": FIRM, "kind_code": "06",
        "level_code": "B", "decided_at": "2024-01-31", "published_at": "2024-02-02", "effective_at": "2024-02-02",
        "expires_at": "2025-02-02", "county_code": "330104",
    },
    "platform_users": {
        "user_name": "陈大文", "user_kind": "person", "role_code": "01", "id_no": WOMAN, "phone": "13800000000",
        "sex_code": "2", "registered_at": "2021-07-08 08:00:00", "last_seen_at": "2024-06-01",
    },
    "organisations": {
        "name": "某物业服务有限公司", "uscc": FIRM, "org_type_code": "20", "status_code": "01",
        "legal_rep_name": "陈大文", "registered_at": "2004-01-01", "county_code": "330108",
    },
}  # fmt: skip
SPOILT: list[tuple[str, dict[str, Any], set[str]]] = [
    ("case_parties", {"party_kind": "organisation", "party_id_no": None}, {"party_uscc.missing_when_party_kind"}),
    ("case_parties", {"party_id_no": "3.30522E+17"}, {"party_id_no.scientific"}),
    ("case_parties", {"sex_code": "1"}, {"sex_code.differs_from_id"}),
    ("case_parties", {"nation_code": "57"}, {"nation_code.code"}),
    ("case_parties", {"home_county_code": "杭州"}, {"home_county_code.pattern"}),
    ("persons", {"birth_date": "1965-03-08"}, {"birth_date.differs_from_id"}),
    ("persons", {"disability_kind_code": None}, {"disability_kind_code.missing_when_special_group_code"}),
    ("persons", {"delisted_at": "2019-01-01"}, {"delisted_at.before_listed_at"}),
    ("persons", {"town_code": "330106002"}, {"town_code.outside_county_code", "village_code.outside_town_code"}),
    ("verifications", {"reason_code": None}, {"reason_code.required"}),
    ("verifications", {"reason_code": "02"}, {"reason_code.not_in_force"}),
    ("verifications", {"answered_at": None}, {"answered_at.missing_when_result_code"}),
    ("verifications", {"answered_at": "2024-05-31 09:00:00"}, {"answered_at.before_asked_at"}),
    ("verifications", {"result_code": "refused"}, {"refusal_reason_code.missing_when_result_code"}),
    ("grid_workers", {"grid_code": "33010800200100"}, {"grid_code.division"}),
    ("grid_workers", {"ended_at": "2022-12-31"}, {"ended_at.before_started_at"}),
    ("residential_areas", {"management_org_name": None}, {"management_org_name.missing_when_management_code"}),
    ("residential_areas", {"inspected_at": None}, {"inspected_at.missing_when_safety_level_code"}),
    ("credit_records", {"subject_kind": "person"}, {"subject_id_no.missing_when_subject_kind"}),
    ("credit_records", {"expires_at": "2024-01-01"}, {"expires_at.before_effective_at"}),
    ("credit_records", {"level_code": None}, {"level_code.missing_when_kind_code"}),
    ("platform_users", {"role_code": "02"}, {"organisation_source_id.missing_when_role_code"}),
    ("platform_users", {"last_seen_at": "2021-07-01"}, {"last_seen_at.before_registered_at"}),
    ("organisations", {"cancelled_at": "2003-01-01"}, {"cancelled_at.before_registered_at"}),
]


@pytest.mark.parametrize("contract", sorted(PROPER))
def test_each_spoilt_row_breaks_the_rule_it_should_and_a_proper_one_none(
    contract: str, desk: Any, lines: Callable[..., bytes], staged: Table, quarantined: Table
) -> None:
    """One delivery a contract, whose every column comes from a field of the same name."""
    columns = [column.name for column in CONTRACTS[contract].columns]
    dataset = (
        SYSTEMS["court_odr"]
        .datasets["pre_suit_cases"]
        .model_copy(
            update={
                "contract": contract,
                "key": ["key"],
                "fields": {name: FieldMap.model_validate({"from": name}) for name in columns},
                "ignore": [],
            }
        )
    )
    spoilt = [(changes, rules) for name, changes, rules in SPOILT if name == contract]
    rows = [
        {"key": str(number), **dict.fromkeys(columns), **PROPER[contract], **changes}
        for number, (changes, _) in enumerate([({}, set()), *spoilt], start=1)
    ]
    outcome = desk.check(desk.land(lines(*rows)), dataset)
    broken = {row["position"]: set(row["warnings"]) for row in staged(outcome)}
    broken |= {row["position"]: {reason["rule"] for reason in row["reasons"]} for row in quarantined(outcome)}
    assert [broken[number] for number in sorted(broken)] == [set(), *(rules for _, rules in spoilt)]
