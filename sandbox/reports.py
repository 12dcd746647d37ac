"""The arrivals of one dispute in one to four systems, and the consultations beside them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from sandbox import codes, texts
from sandbox.departments import Department, departments
from sandbox.disputes import Calendar, Dispute, dispute
from sandbox.lifecycle import Step, course
from sandbox.people import Party, county_of, house, person
from sandbox.places import Mediator, Organisation, Province

PREFIX = {"court_odr": "SQ", "petition_hotline": "WO", "peoples_mediation": "RT", "medical_disputes": "YJ",
          "union_rights": "GH", "youth_hotline": "YH"}  # fmt: skip
ID_MISSING = {"court_odr": 0.02, "petition_hotline": 0.45, "peoples_mediation": 0.08, "medical_disputes": 0.03,
              "union_rights": 0.1, "youth_hotline": 0.6,
              **{one.system: one.id_missing for one in departments().values()}}  # fmt: skip
CHANNELS = {
    "court_odr": ("01", "02", "09", "10"),
    "petition_hotline": ("03", "02", "04", "01", "05", "09"),
    "peoples_mediation": ("12", "13", "10", "11", "09", "05", "02"),
    "youth_hotline": ("03", "02", "01", "09"),
    "medical_disputes": ("01", "03", "02", "10", "09"),
    "union_rights": ("03", "01", "02", "09", "04"),
    **{one.system: one.channels for one in departments().values()},
}
WAYS = {"court_odr": ("03", "01", "06", "07", "14"), "petition_hotline": ("01", "02", "02", "14", "06"),
        "peoples_mediation": ("01", "01", "01", "06", "07", "14"), "medical_disputes": ("06", "06", "02", "14"),
        "union_rights": ("06", "06", "04", "10", "14"), "youth_hotline": ("01", "02", "14", "07"),
        **{one.system: one.ways for one in departments().values()}}  # fmt: skip
# Multipliers that share no factor with 10: neighbouring disputes never have neighbouring serial numbers.
SCATTER = 39119


@dataclass(slots=True)
class Report:
    """One arrival. `dispute` is None for a consultation, which belongs to no case."""

    system: str
    source_id: str
    number: int
    dispute: Dispute | None
    kind: str
    type_code: str
    reported: datetime
    seen: datetime  # from here on the system shows it
    occurred: datetime
    county: str
    place_town: str | None
    village: str | None
    grid: str | None
    address: str
    title: str
    summary: str
    applicant: Party
    respondent: Party | None
    id_no: str | None
    phone: str | None
    channel: str
    way: str | None
    outcome: str
    organisation: Organisation
    mediator: Mediator
    related: tuple[str, str] | None
    steps: list[Step]
    draw: float  # one number in [0, 1) for the choices that a row leaves open


def bundle(province: Province, calendar: Calendar, seed: int, number: int) -> list[Report]:
    """Return everything that dispute `number` makes arrive: its reports, then consultations of the day."""
    subject = dispute(province, calendar, seed, number)
    rng = Random(f"{seed}:reports:{number}")
    made: list[Report] = []
    for system in _systems(rng, subject):
        made.append(_report(province, rng, subject, system, made))
    beside = Random(f"{seed}:beside:{number}")
    for system in _beside(beside, subject):
        made.append(_report(province, beside, subject, system, made))
    if rng.random() < 0.16:
        made.append(_consultation(province, seed, rng, subject, "petition_hotline"))
    if rng.random() < 0.035:
        made.append(_consultation(province, seed, rng, subject, "youth_hotline"))
    return made


def _systems(rng: Random, subject: Dispute) -> list[str]:
    """Return the systems that a dispute reaches, in the order of time."""
    weights = {"court_odr": 17, "petition_hotline": 34, "peoples_mediation": 32, "medical_disputes": 70,
               "union_rights": 38, "youth_hotline": 70 if subject.minor else 7}  # fmt: skip
    able = [s for s in weights if subject.type_code in codes.case_types(s)]
    if subject.applicant.person is None:
        able = [s for s in able if s in {"court_odr", "petition_hotline", "peoples_mediation"}]
    if subject.respondent.person is not None:
        able = [s for s in able if s not in {"union_rights", "medical_disputes"}]
    count = 1 if rng.random() > 0.3 else rng.choices((2, 3, 4), (70, 23, 7))[0]
    chosen: list[str] = []
    while able and len(chosen) < count:
        system = rng.choices(able, [weights[s] for s in able])[0]
        able.remove(system)
        chosen.append(system)
    if subject.outcome == "to_court" and "court_odr" in chosen[1:]:
        chosen.remove("court_odr")
        chosen.append("court_odr")
    return chosen


def _beside(rng: Random, subject: Dispute) -> list[str]:
    """Return the departments that hear of a dispute too: of those whose business it is, mostly none."""
    able = {one.system: one.weight for one in departments().values() if _reaches(one, subject)}
    chosen: list[str] = []
    for _ in range(min(len(able), rng.choices((0, 1, 2), (70, 24, 6))[0])):
        chosen += rng.choices(list(able), list(able.values()))
        del able[chosen[-1]]
    return chosen


def _reaches(department: Department, subject: Dispute) -> bool:
    """Tell whether a dispute is a department's to hear."""
    sides = ((department.applicant, subject.applicant), (department.respondent, subject.respondent))
    return subject.type_code in codes.case_types(department.system) and all(
        wanted is None or (wanted == "person") == (side.person is not None) for wanted, side in sides
    )


def source_number(system: str, county: str, at: datetime, number: int, turn: int) -> str:
    """Return a report's number in its system."""
    serial = (number * 7 + turn) * SCATTER % 100_000
    if system in departments():
        return departments()[system].number.format(at=at, county=county, serial=serial)
    if system == "union_rights":
        return f"GH{at:%Y%m}-{serial:05d}"
    if system == "petition_hotline":
        return f"WO{at:%Y%m%d}{serial * 10 + serial % 7:06d}"
    place = county if system in {"court_odr", "peoples_mediation"} else ""
    return f"{PREFIX[system]}{place}{at:%Y%m%d}{serial:05d}"


def _report(province: Province, rng: Random, subject: Dispute, system: str, before: list[Report]) -> Report:
    first = before[0] if before else None
    reported = subject.opened if first is None else before[-1].reported + timedelta(
        days=rng.expovariate(0.3) % 12, minutes=rng.randrange(10, 600))  # fmt: skip
    if first and system == "court_odr" and subject.outcome == "to_court":
        failed = next((step.at for step in first.steps if step.name == "to_court"), reported)
        reported = max(reported, failed + timedelta(hours=rng.randrange(2, 60)))
    reported = reported.replace(microsecond=0)
    related, has_id, has_phone = _traces(rng, system, before)
    court_first = system == "court_odr" and first is None and rng.random() < 0.4
    confirm = rng.random() < {"court_odr": 0.35, "peoples_mediation": 0.12, "medical_disputes": 0.15}.get(system, 0)
    steps = course(rng, system, reported, subject.outcome, court_first=court_first, confirm=confirm)
    organisation = _organisation(province, rng, subject, system)
    place = subject.place
    label = codes.type_labels()[subject.type_code]
    miscoded = first is not None and rng.random() < 0.03
    report = Report(
        system, source_number(system, subject.county, reported, subject.number, len(before)), subject.number, subject,
        _kind(rng, system), "99" if miscoded else subject.type_code, reported, reported, subject.occurred,
        subject.county, None if rng.random() < 0.04 else place.town, place.village, subject.grid.code, subject.address,
        texts.title(rng, subject.applicant, subject.respondent, label),
        texts.summary(rng, subject.applicant, subject.respondent, subject.type_code, subject.address),
        subject.applicant, subject.respondent, subject.applicant.id_no if has_id else None,
        subject.applicant.phone if has_phone else None, rng.choice(CHANNELS[system]), rng.choice(WAYS[system]),
        subject.outcome, organisation, rng.choice(organisation.mediators), related, steps, rng.random(),
    )  # fmt: skip
    if subject.late:
        report.seen = reported + subject.late
    elif rng.random() < 0.01:
        report.seen = reported + timedelta(days=rng.randrange(3, 60))
    return report


def _traces(rng: Random, system: str, before: list[Report]) -> tuple[tuple[str, str] | None, bool, bool]:
    """Decide what of an earlier report this one shows: its number, or at least the same ID or telephone."""
    has_id, has_phone = rng.random() >= ID_MISSING[system], rng.random() >= 0.05
    if system in departments():  # it has a word for some of the other systems
        before = [one for one in before if codes.own(system, "system", one.system)]
    if not before:
        return None, has_id, has_phone
    earlier = rng.choice(before)
    if rng.random() < 0.72:
        return (earlier.system, earlier.source_id), has_id, has_phone
    if rng.random() < 0.85:
        if before[0].phone is None and before[0].id_no is None:
            before[0].phone = before[0].applicant.phone
        has_phone = has_phone or before[0].phone is not None
        has_id = has_id or before[0].id_no is not None
    return None, has_id, has_phone


def _kind(rng: Random, system: str) -> str:
    if system == "petition_hotline":
        return rng.choices(("dispute", "petition", "complaint"), (55, 25, 20))[0]
    if system == "youth_hotline":
        return rng.choices(("dispute", "complaint"), (80, 20))[0]
    if system in departments():
        kinds = departments()[system].kinds
        return rng.choices(list(kinds), list(kinds.values()))[0]
    return "dispute"


def _organisation(province: Province, rng: Random, subject: Dispute, system: str) -> Organisation:
    if system == "medical_disputes":
        return province.industry[subject.county[:4]]
    if system == "peoples_mediation":
        return rng.choices(subject.place.organisations, (45, 40, 15))[0]
    return province.centres[subject.county]


def _consultation(province: Province, seed: int, rng: Random, subject: Dispute, system: str) -> Report:
    number = subject.number
    county = county_of(province, seed, number)
    place = rng.choice(province.places[county])
    who = person(province, seed, number * 4 + (2 if system == "petition_hotline" else 3))
    caller = Party(who.name, who.phone, who)
    reported = subject.opened + subject.late + timedelta(seconds=rng.randrange(0, 7200))
    text = rng.choice(texts.CONSULTED)
    done = reported + timedelta(minutes=rng.randrange(5, 2880))
    centre = province.centres[county]
    named = f"{who.name}{'来电' if rng.random() < 0.5 else f'（{who.phone}）'}{text}。"
    return Report(
        system, source_number(system, county, reported, number, 5), number, None, "consultation",
        rng.choice(sorted(codes.case_types(system) - {"99"})), reported, reported, reported, county, place.town,
        place.village, rng.choice(place.grids).code, house(rng, place), text, named,
        caller, None, who.id_no if rng.random() < 0.1 else None, who.phone, rng.choice(CHANNELS[system][:2]), None,
        "consult", centre, rng.choice(centre.mediators), None,
        [Step("register", reported), Step("accept", reported + timedelta(minutes=2)), Step("close", done)],
        rng.random(),
    )  # fmt: skip
