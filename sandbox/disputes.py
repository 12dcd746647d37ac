"""One real dispute: where, between whom, about what, and how it ends."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from itertools import accumulate
from random import Random

from sandbox.people import Party, Person, county_of, firm, house, office, person
from sandbox.places import Grid, Place, Province

TYPES = {
    "0101": 5, "0102": 4, "0103": 3, "0201": 6, "0202": 4, "0203": 5, "0302": 2, "0303": 4, "0401": 3, "0402": 7,
    "0501": 2, "0502": 6, "0503": 7, "0504": 2, "0505": 2, "0506": 2, "0507": 3, "0601": 8, "0602": 6, "0603": 4,
    "0701": 10, "0702": 3, "0703": 3, "0803": 2, "0804": 6, "0901": 3, "0902": 2, "1001": 1, "1101": 1,
    "1102": 2, "1103": 2, "1301": 2,
}  # fmt: skip
YOUNG = ("0102", "0302", "0501", "0506")  # types in which the applicant may be a minor
AGAINST_FIRMS = {"0402": 0.95, "0505": 0.9, "0507": 0.9, "0601": 0.95, "0602": 0.5, "0603": 0.7, "0701": 1.0,
                 "0702": 1.0, "0703": 1.0, "0803": 1.0, "0504": 0.8, "1001": 0.9}  # fmt: skip
OFFICES = {"0502": ("第一人民医院", "中医院"), "0501": ("实验小学", "第二中学"), "1101": ("征收补偿办公室",),
           "1102": ("征收补偿办公室",), "1103": ("综合行政执法局",), "1301": ("综合行政执法局",)}  # fmt: skip
OUTCOMES = {"agree": 62, "reconcile": 6, "perform": 4, "fail": 6, "to_court": 8, "withdraw": 6, "stop": 2,
            "refuse": 3, "stuck": 3}  # fmt: skip
HISTORY_DAYS = 730
SERIES_EVERY, SERIES_FIRST, SERIES_LENGTH = 400, 100, 20  # twenty workers of one firm are twenty disputes


@dataclass(slots=True)
class Dispute:
    number: int
    type_code: str
    county: str
    place: Place
    grid: Grid
    address: str
    opened: datetime
    occurred: datetime
    late: timedelta
    scale: str
    risk: int
    amount: float | None
    people: int
    minor: bool
    group: bool
    applicant: Party
    respondent: Party
    outcome: str
    repeat_of: int | None
    series: int | None


@dataclass
class Calendar:
    """Which disputes open on which day: honest weeks before the first today, a fixed rate after it."""

    first_today: date
    cases: int

    @cached_property
    def start(self) -> date:
        return self.first_today - timedelta(days=HISTORY_DAYS - 1)

    @cached_property
    def _upto(self) -> list[float]:
        days = (self.start + timedelta(days=n) for n in range(HISTORY_DAYS))
        weights = list(accumulate(0.4 if day.weekday() >= 5 else 1.0 for day in days))
        return [weight / weights[-1] * self.cases for weight in weights]

    @property
    def daily(self) -> int:
        """Disputes a day after the history."""
        return max(6, self.cases // HISTORY_DAYS)

    def day_index(self, number: int) -> int:
        """Return how many days after the start a dispute opens; a series opens on one day."""
        member = number % SERIES_EVERY - SERIES_FIRST
        if 0 <= member < SERIES_LENGTH and number - member < self.cases:
            number -= member
        if number < self.cases:
            return min(bisect_right(self._upto, number), HISTORY_DAYS - 1)
        return HISTORY_DAYS + (number - self.cases) // self.daily

    def numbers(self, until: date) -> int:
        """Return how many disputes have opened by the end of a day on or after the first today."""
        return self.cases + self.daily * (until - self.first_today).days

    def late(self, number: int) -> bool:
        """Tell whether a dispute reaches the systems long after it was reported; one on each new day does."""
        if number >= self.cases:
            return (number - self.cases) % self.daily == 0
        return number % 101 == 7


def type_of(seed: int, number: int) -> str:
    """Return the canonical type of a dispute."""
    if series_of(number) is not None:
        return "0701"
    return Random(f"{seed}:type:{number}").choices(list(TYPES), list(TYPES.values()))[0]


def series_of(number: int) -> int | None:
    """Return the number of the first dispute of the mass event that this one belongs to."""
    member = number % SERIES_EVERY - SERIES_FIRST
    return number - member if 0 <= member < SERIES_LENGTH else None


def dispute(province: Province, calendar: Calendar, seed: int, number: int) -> Dispute:
    """Return the number-th dispute of a seed."""
    rng = Random(f"{seed}:dispute:{number}")
    type_code = type_of(seed, number)
    series = series_of(number)
    day = calendar.start + timedelta(days=calendar.day_index(number))
    minute = rng.randrange(0, 540) if rng.random() < 0.93 else rng.randrange(-60, 660)
    opened = datetime.combine(day, time(8, 30)) + timedelta(minutes=minute, seconds=rng.randrange(60))
    late = timedelta(days=rng.randrange(35, 110)) if calendar.late(number) else timedelta(0)
    opened -= late
    repeat_of = _earlier(rng, seed, number, type_code) if series is None else None
    home = number if repeat_of is None else repeat_of
    county = county_of(province, seed, home if series is None else series)
    minor = type_code in YOUNG and series is None and repeat_of is None and rng.random() < 0.35
    applicant = _applicant(province, seed, rng, home, county, type_code,
                           minor_on=day if minor else None)  # fmt: skip
    place = rng.choice(province.places[county])
    if series is not None:
        place = Random(f"{seed}:series:{series}").choice(province.places[county])
    address = house(rng, place)
    if applicant.person and series is None and rng.random() < 0.6:
        place, address = applicant.person.home, applicant.person.address
    group = series is not None or rng.random() < 0.03
    people = SERIES_LENGTH if series is not None else rng.randrange(5, 60) if group or rng.random() < 0.05 else (
        rng.randrange(2, 5))  # fmt: skip
    return Dispute(
        number, type_code, county, place, rng.choice(place.grids), address, opened,
        opened - timedelta(days=rng.randrange(0, 40), hours=rng.randrange(24)), late,
        scale="02" if series is not None else rng.choices(("01", "02", "03"), (94, 5, 1))[0],
        risk=rng.choices((1, 2, 3, 4), (2, 8, 50, 40))[0],
        amount=None if rng.random() < 0.25 else round(rng.lognormvariate(9.4, 1.3), 2),
        people=people, minor=minor, group=group, applicant=applicant,
        respondent=_respondent(province, seed, rng, number, county, type_code, series),
        outcome=rng.choices(list(OUTCOMES), list(OUTCOMES.values()))[0], repeat_of=repeat_of, series=series,
    )  # fmt: skip


def _earlier(rng: Random, seed: int, number: int, type_code: str) -> int | None:
    """Return the earlier dispute whose applicant comes again with another matter."""
    if number < 20 or rng.random() >= 0.06:
        return None
    other = rng.randrange(max(0, number - 1500), number)
    if series_of(other) is not None or type_of(seed, other) == type_code or type_of(seed, other) in YOUNG:
        return None
    return other


def _applicant(
    province: Province, seed: int, rng: Random, home: int, county: str, type_code: str, *, minor_on: date | None
) -> Party:
    if type_code in {"0603", "0804", "1001"} and rng.random() < 0.25:
        return firm(province, seed, county, rng.randrange(40, 60))
    who: Person = person(province, seed, home * 4, minor_on=minor_on)
    return Party(who.name, who.phone, who)


def _respondent(
    province: Province, seed: int, rng: Random, number: int, county: str, type_code: str, series: int | None
) -> Party:
    if series is not None:
        return firm(province, seed, county, series % 40)
    if type_code in OFFICES:
        return office(province, seed, county, rng.choice(OFFICES[type_code]))
    if rng.random() < AGAINST_FIRMS.get(type_code, 0.05):
        return firm(province, seed, county, min(39, int(rng.expovariate(0.12))))
    who = person(province, seed, number * 4 + 1)
    return Party(who.name, who.phone, who)
