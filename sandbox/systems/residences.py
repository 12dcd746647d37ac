"""property_management's register: the residential areas of the province, with their managers and their state."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

from sandbox.codes import one
from sandbox.departments import departments
from sandbox.identity import credit_code
from sandbox.names import BRANDS, official_name
from sandbox.people import landline
from sandbox.places import Place, Province
from sandbox.systems.view import stamp

ROUND = timedelta(days=700)
"""Less than the two years that a province is old when it begins."""
SYSTEM, DATASET = "property_management", "residential_areas"
FIRST, LAST = ("金桂", "望江", "锦绣", "阳光", "翠苑", "丽景", "春江", "文景"), ("苑", "花园", "公寓", "新村", "家园")
KINDS = {"01": 50, "02": 8, "03": 14, "04": 18, "05": 5, "06": 4, "07": 1}
MANAGEMENT = {"01": 70, "02": 15, "03": 10, "04": 5}
SAFETY = {"A": 72, "B": 20, "C": 6, "D": 2}


def registers(province: Province) -> dict[str, list[dict[str, Any]]]:
    """Return the register of residential areas: one to three in each village."""
    words = departments()[SYSTEM].registers[DATASET].words
    areas: list[dict[str, Any]] = []
    for places in province.places.values():
        for place in places:
            rng = Random(f"{place.village}:areas")
            for _ in range(rng.randrange(1, 4)):
                found = _area(province, rng, place, len(areas) + 1)
                areas.append({word: found[name] for name, word in words.items()})
    return {DATASET: areas}


def _area(province: Province, rng: Random, place: Place, number: int) -> dict[str, Any]:
    kind, management, safety = (rng.choices(list(some), list(some.values()))[0] for some in (KINDS, MANAGEMENT, SAFETY))
    built, buildings = rng.randrange(1985, 2023), rng.randrange(2, 40)
    where = f"{place.county_name}{place.town_name}{place.village_name}"
    name = f"{place.village_name}{rng.choice(FIRST)}{rng.choice(LAST)}"
    managed = management == "01"
    inspected = province.founded - timedelta(days=rng.randrange(30, 900)) if safety != "A" else None
    ends = province.founded + timedelta(days=rng.randrange(100, 1500)) if managed else None
    households = buildings * rng.randrange(20, 60)
    key = f"XQ{place.county}{number:05d}"
    return {
        "key": key, "name": name, "city": province.city_names[place.county[:4]],
        "county": place.county, "town": place.town, "village": place.village, "grid": rng.choice(place.grids).code,
        "kind": one(SYSTEM, "property_kind", kind),
        "location": f"{where}{rng.choice(FIRST)}路{rng.randrange(1, 300)}号",
        "built": built, "buildings": buildings, "households": households, "area": households * rng.randrange(70, 130),
        "management": one(SYSTEM, "property_management", management),
        "org": f"{place.county_name}{rng.choice(BRANDS)}物业服务有限公司" if managed else None,
        "uscc": credit_code(rng, place.county) if managed else None, "manager": official_name(rng) if managed else None,
        "phone": landline(rng), "ends": ends and f"{ends:%Y-%m-%d}", "committee": rng.choice(("是", "是", "否")),
        "safety": one(SYSTEM, "building_safety", safety), "inspected": inspected and f"{inspected:%Y-%m-%d}",
        "updated": stamp(_confirmed(province, key)),
    }  # fmt: skip


def _confirmed(province: Province, key: str) -> datetime:
    """When the department last went through what it says of an area: each in its turn, all within ROUND."""
    return province.founded + Random(f"{key}:confirmed").random() * ROUND
