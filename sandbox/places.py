"""The used part of the province: counties, towns, villages, grids, organisations and mediators."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random

from sandbox import names
from sandbox.identity import credit_code

DIVISIONS = Path(__file__).resolve().parent.parent / "schemas" / "divisions.csv"
# Most disputes happen in these counties (weight), the rest is spread evenly over all ninety.
MAIN = {
    "330108": 12, "330102": 10, "330109": 10, "330212": 9, "330282": 8, "330383": 6, "330302": 8,
    "330522": 8, "330483": 6, "330681": 8, "330782": 9, "331127": 3, "331002": 6,
}  # fmt: skip
RETIRED = {  # today's county → codes that people and slow systems still carry
    "330102": "330104", "330105": "330103", "330111": "330183", "330112": "330185", "330212": "330204",
    "330213": "330283", "330305": "330322", "330603": "330621", "330604": "330682", "331083": "331021",
}  # fmt: skip
TOWNLESS = "330383"


@dataclass(slots=True)
class Grid:
    code: str
    name: str
    village: str
    town: str | None
    county: str
    kind: str
    households: int
    people: int
    leader: str


@dataclass(slots=True)
class Mediator:
    number: str
    name: str
    organisation: str
    full_time: bool
    county: str
    phone: str


@dataclass(slots=True)
class Organisation:
    number: str
    name: str
    uscc: str
    kind: str  # letter of people's mediation's own list: C X Q H Z
    county: str
    town: str | None
    mediators: list[Mediator] = field(default_factory=list)


@dataclass(slots=True)
class Place:
    """A village with what belongs to it."""

    village: str
    village_name: str
    town: str | None
    town_name: str
    county: str
    county_name: str
    grids: list[Grid] = field(default_factory=list)
    organisations: list[Organisation] = field(default_factory=list)


@dataclass
class Province:
    """Everything of the world that does not change from day to day."""

    founded: datetime
    places: dict[str, list[Place]]  # county → villages in use
    counties: list[str]
    county_names: dict[str, str]
    grids: list[Grid]
    organisations: list[Organisation]
    centres: dict[str, Organisation]  # county → county mediation centre
    industry: dict[str, Organisation]  # prefecture → specialised committee
    city_names: dict[str, str]  # prefecture → name


def _short(name: str) -> str:
    return name[:-1] if name.endswith(("区", "市", "县")) and len(name) > 2 else name


def province(seed: int, founded: datetime) -> Province:
    """Build the province of a seed from the official division list."""
    rng = Random(f"{seed}:province")
    with DIVISIONS.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if not row.get("valid_to")]
    label = {row["code"]: row["name"] for row in rows}
    below: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        below[row["parent_code"]].append(row["code"])
    counties = sorted(row["code"] for row in rows if row["level"] == "county")
    cities = {county[:4]: label[county[:4]] for county in counties}
    made = Province(founded, {}, counties, {c: label[c] for c in counties}, [], [], {}, {}, cities)
    for county in counties:
        _county(made, rng, county, label, below)
    return made


def _county(made: Province, rng: Random, county: str, label: dict[str, str], below: dict[str, list[str]]) -> None:
    towns, villages, grids = (6, 3, 4) if county in MAIN else (2, 2, 2)
    place_name = label[county]
    prefecture = county[:4]
    if prefecture not in made.industry:
        made.industry[prefecture] = _organisation(
            made, rng, f"{label[prefecture]}医疗纠纷人民调解委员会", "H", county, None, 5)  # fmt: skip
    made.centres[county] = _organisation(
        made, rng, f"{place_name}社会矛盾纠纷调处化解中心", "Z", county, None, 6 if county in MAIN else 3)  # fmt: skip
    used = made.places.setdefault(county, [])
    real_towns = [code for code in below[county] if label[code][-1] in "道镇乡治划"]
    for town in sorted(rng.sample(real_towns, min(towns, len(real_towns)))):
        town_code = None if county == TOWNLESS else town
        town_name = "" if town_code is None else label[town]
        committee = made.centres[county] if town_code is None else _organisation(
            made, rng, f"{place_name}{town_name}人民调解委员会", "X", county, town_code, 2)  # fmt: skip
        count = villages * towns if town_code is None else villages
        for village in sorted(rng.sample(below[town], min(count, len(below[town])))):
            place = Place(village, label[village], town_code, town_name, county, place_name)
            local = _organisation(
                made, rng, f"{place_name}{town_name}{label[village]}人民调解委员会", "C", county, town_code, 1
            )
            place.organisations = [local, committee, made.centres[county]]
            for number in range(1, grids + 1):
                homes = rng.randrange(180, 620)
                name = f"{label[village]}第{'一二三四'[number - 1]}网格"
                kind = "1" if rng.random() < 0.06 else "0"
                people, leader = int(homes * rng.uniform(2.1, 3.1)), names.official_name(rng)
                code = f"{village}{number:03d}"
                place.grids.append(Grid(code, name, village, town_code, county, kind, homes, people, leader))
            made.grids.extend(place.grids)
            used.append(place)


def _organisation(
    made: Province, rng: Random, name: str, kind: str, county: str, town: str | None, staff: int
) -> Organisation:
    number = f"TW{county}{len(made.organisations) + 1:05d}"
    created = Organisation(number, name, credit_code(rng, county, "53"), kind, county, town)
    for index in range(1, staff + 1):
        created.mediators.append(Mediator(
            f"{number}-{index:02d}", names.official_name(rng), number, rng.random() < 0.4, county,
            f"0571-{rng.randrange(80000000, 89999999)}"))  # fmt: skip
    made.organisations.append(created)
    return created
