"""The course of one report through the five stages, as dated steps that a clock can cut off anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random

from sandbox.departments import departments

PAUSING = {"court_odr", "peoples_mediation"}
"""Systems whose steps say when the time that the law gives does not run."""
STUCK = timedelta(days=40)  # within which something happens to a matter that nobody ends
FINAL = {"agree", "reconcile", "perform", "fail", "stop", "withdraw", "refuse", "to_court"}
STATUS = {
    "register": "10", "accept": "12", "refuse": "11", "assign": "20", "sign": "21", "inquire": "21", "mediate": "21",
    "agree": "22", "fail": "23", "stop": "24", "withdraw": "96", "apply": "30", "rule": "31", "reject": "32",
    "from_court": "40", "to_court": "42", "close": "90", "suspend": "21", "resume": "21", "extend": "21",
}  # fmt: skip
CODE = {
    "register": "01", "accept": "02", "refuse": "03", "assign": "04", "sign": "05", "inquire": "99", "mediate": "07",
    "agree": "08", "fail": "09", "stop": "99", "withdraw": "17", "apply": "10", "rule": "11", "reject": "11",
    "from_court": "12", "to_court": "13", "callback": "15", "close": "14", "suspend": "20", "resume": "21",
    "extend": "22",
}  # fmt: skip
"""The code of the list `step` that each step has, whatever a system calls it."""
RESULT = {"agree": "01", "reconcile": "02", "perform": "03", "fail": "04", "withdraw": "05", "stop": "06",
          "to_court": "07", "refuse": "09"}  # fmt: skip
MEDIAN_DAYS = {"court_odr": 14, "petition_hotline": 6, "peoples_mediation": 11, "medical_disputes": 19,
               "union_rights": 16, "youth_hotline": 7,
               **{one.system: one.days for one in departments().values()}}  # fmt: skip


@dataclass(slots=True)
class Step:
    """Something that happened; `edit` changes the row without being a step of the case."""

    name: str
    at: datetime


def course(
    rng: Random, system: str, reported: datetime, outcome: str, *, court_first: bool, confirm: bool
) -> list[Step]:
    """Return the steps of a report in the order of time, in office hours, however far into the future."""
    steps = _course(rng, system, reported, outcome, court_first=court_first, confirm=confirm)
    if system in PAUSING:
        steps = sorted([*steps, *_held_up(steps)], key=lambda step: step.at)
    earliest = steps[0].at
    for step in steps[1:]:
        step.at = earliest = max(_office(step.at), earliest + timedelta(minutes=3))
    return steps


def _office(at: datetime) -> datetime:
    """Return the time itself, or the next morning's first hour when nobody is at work."""
    if 8 <= at.hour < 19:
        return at.replace(microsecond=0)
    day = at.date() + timedelta(days=at.hour >= 19)
    return datetime.combine(day, time(8, 30 + at.minute % 30, at.second))


def _course(
    rng: Random, system: str, reported: datetime, outcome: str, *, court_first: bool, confirm: bool
) -> list[Step]:
    steps = [Step("register", reported)]
    now = reported + timedelta(minutes=rng.randrange(20, 60 * 30))
    if outcome == "refuse":
        return [*steps, Step("refuse", now), *_edits(rng, now)]
    steps.append(Step("accept", now))
    if court_first:
        now = _later(rng, now, 0.2, 2)
        steps.append(Step("from_court", now))
    now = _later(rng, now, 0.05, 1.5)
    steps.append(Step("assign", now))
    now = _later(rng, now, 0.02, 1.2)
    steps.append(Step("sign", now))
    if outcome == "stuck":
        return [*steps, *_edits(rng, now)]
    days = MEDIAN_DAYS[system] * rng.lognormvariate(0, 0.55) * (2.6 if rng.random() < 0.05 else 1.0)
    end = now + timedelta(days=max(0.05, days))
    if outcome == "withdraw":
        end = now + (end - now) * rng.random()
        return [*steps, Step("withdraw", end), *_edits(rng, end)]
    if days > 2:
        steps.append(Step("inquire", now + (end - now) * rng.uniform(0.1, 0.4)))
    for _ in range(2 if days > 12 and rng.random() < 0.4 else 1):
        steps.append(Step("mediate", now + (end - now) * rng.uniform(0.45, 0.95)))
    if outcome == "to_court":
        steps.append(Step("fail", end))
        end = _later(rng, end, 1, 9)
        steps.append(Step("to_court", end))
    else:
        steps.append(Step("agree" if outcome in {"reconcile", "perform"} else outcome, end))
    if confirm and outcome == "agree":
        end = _later(rng, end, 0.5, 20)
        steps.append(Step("apply", end))
        end = _later(rng, end, 2, 18)
        steps.append(Step("rule" if rng.random() < 0.93 else "reject", end))
    end = _later(rng, end, 0.05, 2.5)
    steps.append(Step("close", end))
    if rng.random() < 0.6:
        steps.append(Step("callback", _later(rng, end, 1, 12)))
    steps.extend(_edits(rng, reported))
    return sorted(steps, key=lambda step: step.at)


def _held_up(steps: list[Step]) -> list[Step]:
    """Return the pause of a matter that waits for an appraisal, or the longer time to which both sides agree.

    Its numbers are its own, so that whatever else happens does not depend on it.
    """
    signed = next((step.at for step in steps if step.name == "sign"), None)
    ended = next((step.at for step in steps if step.name in FINAL), None)
    if signed is None:
        return []
    rng = Random(f"{signed.isoformat()}:held up")
    whole = (ended or signed + STUCK) - signed
    draw = rng.random()
    if whole < timedelta(days=3) or draw >= 0.25:
        return []
    if draw >= 0.18:
        return [Step("extend", signed + whole * rng.uniform(0.6, 0.95))]
    paused = rng.uniform(0.1, 0.4)
    steps = [Step("suspend", signed + whole * paused)]
    if ended or rng.random() < 0.5:
        steps.append(Step("resume", signed + whole * (paused + (1 - paused) * rng.uniform(0.3, 0.9))))
    return steps


def _later(rng: Random, at: datetime, least: float, most: float) -> datetime:
    return at + timedelta(seconds=int(rng.uniform(least, most) * 86400))


def _edits(rng: Random, after: datetime) -> list[Step]:
    """Return the corrections that somebody types in afterwards, up to half a year later."""
    return [Step("edit", _later(rng, after, 0.5, 180))] if rng.random() < 0.06 else []
