"""People and firms as pure functions of the seed and a number: nobody has to be kept in memory."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random

from sandbox import names
from sandbox.identity import birthday, credit_code, id_number, mobile
from sandbox.places import MAIN, RETIRED, Place, Province

NATIVES_ELSEWHERE = ("340122", "360121", "410224", "510121", "522628", "420881", "431028")


@dataclass(slots=True)
class Person:
    number: int
    name: str
    id_no: str
    phone: str
    address: str
    male: bool
    born: date
    home: Place


@dataclass(slots=True)
class Party:
    """Applicant or respondent: a person, or an organisation with a credit code."""

    name: str
    phone: str
    person: Person | None = None
    uscc: str | None = None

    @property
    def kind(self) -> str:
        return "person" if self.person else "organisation"

    @property
    def id_no(self) -> str | None:
        return self.person.id_no if self.person else None

    @property
    def sex(self) -> str | None:
        return None if self.person is None else ("1" if self.person.male else "2")


def county_of(province: Province, seed: int, number: int) -> str:
    """Return the county of the number-th dispute: most in the main counties, each county in turn."""
    if number % 8 == 3:
        return province.counties[number // 8 % len(province.counties)]
    return Random(f"{seed}:county:{number}").choices(list(MAIN), list(MAIN.values()))[0]


def house(rng: Random, place: Place) -> str:
    """Return a street address in a village."""
    where = f"{place.county_name}{place.town_name}{place.village_name}"
    if place.village_name.endswith("社区"):
        return f"{where}{rng.randrange(1, 60)}幢{rng.randrange(1, 5)}单元{rng.randrange(1, 19)}0{rng.randrange(1, 5)}室"
    return f"{where}{rng.randrange(1, 320)}号"


def person(province: Province, seed: int, number: int, *, minor_on: date | None = None) -> Person:
    """Return the number-th person; numbers 4n to 4n+3 live in the county of dispute n."""
    rng = Random(f"{seed}:person:{number}")
    county = county_of(province, seed, number // 4)
    place = rng.choice(province.places[county])
    male = rng.random() < 0.52
    origin = rng.choice(NATIVES_ELSEWHERE) if rng.random() < 0.22 else RETIRED.get(county, county)
    name = names.dotted_name(rng) if number % 97 == 0 else names.private_name(rng)
    born = birthday(rng, minor_on=minor_on)
    return Person(
        number, name, id_number(rng, origin, born, male=male), mobile(rng), house(rng, place), male, born, place
    )


def firm(province: Province, seed: int, county: str, index: int) -> Party:
    """Return the index-th firm of a county; its telephone is a landline."""
    rng = Random(f"{seed}:firm:{county}:{index}")
    return Party(names.firm_name(rng, province.county_names[county]), landline(rng), uscc=credit_code(rng, county))


def office(province: Province, seed: int, county: str, name: str) -> Party:
    """Return a public body of a county: a hospital, a school, a street office."""
    rng = Random(f"{seed}:office:{county}:{name}")
    return Party(province.county_names[county] + name, landline(rng), uscc=credit_code(rng, county, "12"))


def landline(rng: Random) -> str:
    """Return an office telephone number."""
    return f"0571-8{rng.randrange(1000000, 9999999)}"
