"""Who is in a register: pure functions of the seed and the number of the dispute that brings somebody there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from random import Random
from typing import Any

from sandbox import names
from sandbox.disputes import Calendar, Dispute
from sandbox.identity import credit_code
from sandbox.people import Party, Person, landline, person
from sandbox.places import Grid, Place, Province
from sandbox.registers import Holds

ADULT = timedelta(days=18 * 365.25)
IN_POPULATION, IN_LIBRARY, WITH_CREDIT = 0.55, 0.8, 0.6
"""Shares: of the people of disputes in the population register, of their firms in the base library, with a record."""


@dataclass(frozen=True)
class Ground:
    """What every register stands on."""

    province: Province
    calendar: Calendar
    seed: int


@dataclass(slots=True)
class Entry:
    """One record of a register in canonical words and codes, since when it is shown, and which people it names."""

    key: str
    at: datetime
    values: dict[str, Any]
    people: list[Person] = field(default_factory=list)


def standing(ground: Ground, holds: Holds) -> Iterator[Entry]:
    """Yield what a register holds from its beginning."""
    if holds in STANDING:
        yield from STANDING[holds](ground)


def arriving(ground: Ground, holds: Holds, subject: Dispute) -> Iterator[Entry]:
    """Yield what comes into a register with a dispute. Whoever is in two disputes comes with each."""
    if holds in ARRIVING:
        yield from ARRIVING[holds](ground, subject)


def home(rng: Random, place: Place) -> dict[str, Any]:
    """Return where somebody lives, but for the house."""
    return {"county": place.county, "town": place.town, "village": place.village, "grid": rng.choice(place.grids).code}


def _shown(subject: Dispute) -> datetime:
    return subject.opened + subject.late


def _sides(subject: Dispute) -> tuple[Party, Party]:
    return subject.applicant, subject.respondent


def _day(at: datetime, days: int) -> datetime:
    return at - timedelta(days=days)


# ------------------------------------------------------------------ people


def _person(who: Person, at: datetime, rng: Random) -> dict[str, Any]:
    minor = at.date() - who.born < ADULT
    return {
        "name": who.name, "cert": "111", "id": who.id_no, "phone": who.phone, "sex": "1" if who.male else "2",
        "born": who.born, "marital": "10" if minor else rng.choice(("10", "20", "21", "22", "30", "40")),
        **home(rng, who.home), "address": who.address, "minor": minor,
    }  # fmt: skip


def _residents(ground: Ground, subject: Dispute) -> Iterator[Entry]:
    at = _shown(subject)
    for side in _sides(subject):
        who = side.person
        if who is None:
            continue
        rng = Random(f"{ground.seed}:resident:{who.number}")
        if rng.random() >= IN_POPULATION:
            continue
        values = _person(who, at, rng)
        local, minor = who.id_no.startswith("33"), values["minor"]
        since = max(_day(at, rng.randrange(40, 4000)), datetime.combine(who.born + timedelta(days=20), time(9)))
        yield Entry(f"RK{who.number:09d}", at, values | {
            "nation": rng.choice(("03", "11", "15")) if names.DOTS[0] in who.name else "01",
            "education": rng.choice(("70", "80") if minor else ("20", "30", "40", "60", "70", "80")),
            "political": "13" if minor else rng.choice(("01", "03", "13", "13")),
            "employment": "31" if minor else rng.choice(("17", "24", "27", "51", "54", "70", "80")),
            "residence": "01" if local else "02", "hukou": who.id_no[:6], "registered": since,
            "cancelled": _day(at, rng.randrange(1, 20)) if rng.random() < 0.05 else None}, [who])  # fmt: skip


def _offenders(ground: Ground, subject: Dispute) -> Iterator[Entry]:
    at, who = _shown(subject), subject.applicant.person
    if who is None or subject.minor or subject.number % 16 != 7:
        return
    rng = Random(f"{ground.seed}:offender:{who.number}")
    listed, freed = _day(at, rng.randrange(20, 700)), rng.random() < 0.2
    yield Entry(f"JZ{who.number:09d}", at, _person(who, at, rng) | {
        "group": "02" if freed else "01", "correction": None if freed else rng.choice(("01", "02", "02", "03", "04")),
        "listed": listed,
        "delisted": listed + timedelta(days=rng.randrange(180, 1500)),
        "supervisor": f"{who.home.county_name}社区矫正管理局"}, [who])  # fmt: skip


def _recipients(ground: Ground, subject: Dispute) -> Iterator[Entry]:
    at, who = _shown(subject), subject.applicant.person
    if who is None or subject.number % 9 != 4:
        return
    rng = Random(f"{ground.seed}:recipient:{who.number}")
    values = _person(who, at, rng)
    group = "09" if values["minor"] else rng.choice(("05", "05", "07", "07", "08"))
    disabled, listed = group == "05", _day(at, rng.randrange(100, 1500))
    yield Entry(f"SZ{who.number:09d}", at, values | {
        "group": group, "disability": rng.choice("1234567") if disabled else None,
        "disability_level": rng.choice("1234") if disabled else None, "listed": listed,
        "delisted": _day(at, rng.randrange(1, 90)) if rng.random() < 0.2 else None,
        "supervisor": committee_name(who.home)}, [who])  # fmt: skip


def _users(ground: Ground, subject: Dispute) -> Iterator[Entry]:
    at = _shown(subject)
    side = subject.applicant if subject.number % 6 == 1 else subject.respondent if subject.number % 6 == 3 else None
    if side is None:
        return
    rng = Random(f"{ground.seed}:user:{subject.number}")
    who, registered = side.person, _day(at, rng.randrange(1, 400))
    seen = registered + (at - registered) * rng.random()
    yield Entry(f"U{subject.number:09d}", at, {
        "name": side.name, "party": side.kind, "role": "01", "cert": "111" if who else None, "id": side.id_no,
        "phone": side.phone, "uscc": side.uscc, "org": None, "sex": side.sex, "county": subject.county,
        "verified": rng.random() < 0.9, "registered": registered, "seen": seen,
        "cancelled": seen + (at - seen) / 2 if rng.random() < 0.15 else None,
        "minor": who is not None and at.date() - who.born < ADULT}, [who] if who else [])  # fmt: skip


def _mediators(ground: Ground) -> Iterator[Entry]:
    at = ground.province.founded
    for centre in ground.province.centres.values():
        for one in centre.mediators:
            if one.full_time:
                yield Entry(f"U{one.number}", at, {
                    "name": one.name, "party": "person", "role": "02", "cert": None, "id": None, "phone": one.phone,
                    "uscc": None, "org": one.organisation, "sex": None, "county": one.county, "verified": True,
                    "registered": _day(at, 90), "seen": _day(at, 1), "cancelled": None, "minor": False})  # fmt: skip


def _grid_workers(ground: Ground) -> Iterator[Entry]:
    for places in ground.province.places.values():
        for place in places:
            for grid in place.grids:
                yield _grid_worker(ground, place, grid)


def _grid_worker(ground: Ground, place: Place, grid: Grid) -> Entry:
    rng, at = Random(f"{ground.seed}:worker:{grid.code}"), ground.province.founded
    leads, started, left = rng.random() < 0.7, _day(at, rng.randrange(300, 1500)), rng.random() < 0.12
    return Entry(f"WG{grid.code}", at, {
        "grid": grid.code, "name": grid.leader if leads else names.official_name(rng),
        "worker": "01" if leads else rng.choice(("02", "03", "04", "05")), "org": committee_name(place),
        "phone": landline(rng), "village": place.village, "town": place.town, "county": place.county,
        "started": started, "ended": _day(at, rng.randrange(10, 200)) if left else None, "active": not left,
    })  # fmt: skip


# ------------------------------------------------------------------ organisations


def committee_name(place: Place) -> str:
    """Return the name of the committee of a village or community."""
    where = f"{place.county_name}{place.town_name}"
    name = re.sub(r"(村民委员会|居民委员会|居委会|村委会)+$", "", place.village_name)
    if place.village_name.endswith(("社区", "居委会", "居民委员会")):
        return f"{where}{name}居民委员会"
    return f"{where}{name.removesuffix('村')}村村民委员会"


def _committees(ground: Ground) -> Iterator[Entry]:
    for places in ground.province.places.values():
        for place in places:
            rng = Random(f"{ground.seed}:committee:{place.village}")
            yield Entry(f"ZZ{place.village}", ground.province.founded, {
                "name": committee_name(place), "uscc": credit_code(rng, place.county, "54"), "county": place.county,
                "town": place.town, "rep": names.official_name(rng), "active": True,
                "registered": _day(ground.province.founded, rng.randrange(400, 6000))})  # fmt: skip


def _firms(ground: Ground, subject: Dispute) -> Iterator[Entry]:
    at = _shown(subject)
    for side in _sides(subject):
        if side.uscc is None:
            continue
        rng = Random(f"{ground.seed}:library:{side.uscc}")
        if rng.random() >= IN_LIBRARY:
            continue
        rep = person(ground.province, ground.seed, subject.number * 4 + 3)
        place = rng.choice(ground.province.places[side.uscc[2:8]])
        status = rng.choices(("01", "02", "03", "05"), (86, 8, 3, 3))[0]
        yield Entry(f"{side.uscc[:2]}{side.uscc[8:]}", at, {
            "name": side.name, "uscc": side.uscc, "class": "20" if side.uscc.startswith("91") else "23",
            "county": place.county, "town": place.town, "status": status, "rep": rep.name,
            "registered": _day(at, rng.randrange(400, 7000)),
            "cancelled": _day(at, rng.randrange(1, 200)) if status == "02" else None}, [rep])  # fmt: skip


def _credits(ground: Ground, subject: Dispute) -> Iterator[Entry]:
    at = _shown(subject)
    side = subject.respondent
    rng = Random(f"{ground.seed}:credit:{subject.number}")
    if rng.random() >= (WITH_CREDIT if side.uscc else WITH_CREDIT / 2):
        return
    decided = _day(at, rng.randrange(30, 700))
    kind = rng.choice(("01", "02", "02", "03", "05", "06", "06", "07", "08", "09"))
    what = f"{side.name}因拖欠款项被记入信用档案" if kind not in {"01", "06", "07"} else f"{side.name}的信用信息"
    yield Entry(f"XY{subject.number:09d}", at, {
        "party": side.kind, "name": side.name, "uscc": side.uscc, "id": side.id_no, "kind": kind,
        "level": rng.choice("ABCDE") if kind == "06" else None, "number": f"浙信〔{decided.year}〕{subject.number}号",
        "org": f"{ground.province.county_names[subject.county]}市场监督管理局", "summary": f"{what}。",
        "amount": f"{rng.lognormvariate(9, 1):.2f}" if kind in {"02", "03", "08", "09"} else None,
        "decided": decided, "published": decided + timedelta(days=rng.randrange(1, 9)), "effective": decided,
        "expires": decided + timedelta(days=rng.choice((365, 730, 1095))) if rng.random() < 0.8 else None,
        "repaired": decided + timedelta(days=rng.randrange(10, 29)) if rng.random() < 0.25 else None,
        "county": subject.county}, [side.person] if side.person else [])  # fmt: skip


STANDING: dict[str, Callable[[Ground], Iterator[Entry]]] = {
    "user": _mediators, "grid_worker": _grid_workers, "committee": _committees,
}  # fmt: skip
ARRIVING: dict[str, Callable[[Ground, Dispute], Iterator[Entry]]] = {
    "resident": _residents, "offender": _offenders, "recipient": _recipients, "user": _users, "firm": _firms,
    "credit": _credits,
}  # fmt: skip
