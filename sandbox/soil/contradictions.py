"""Mistakes that only show beside something else: another field, another record, another system."""

from __future__ import annotations

from datetime import timedelta

from sandbox.departments import departments
from sandbox.soil.record import Mistake, Record
from sandbox.soil.slips import CENTURY_OFF, moved

MONTHS = timedelta(days=75)
"""So long has the other system been finished: no honest lag."""
SUCCESS = {"01", "02", "03"}
ELSEWHERE = ("330108002", "330681109", "330522110")
OLD_SYSTEM_YEAR = "2016"  # before every system here: a number that was never carried over
STRAY_COMMITTEE = "TW330000"  # no committee belongs to the province itself
SPARE_GRID = "019"  # no village has so many grids
SMALL = 3


def swapped(one: str, other: str) -> Mistake:
    """Two dates in each other's place."""

    def slip(record: Record) -> bool:
        first, second = record.get(one), record.get(other)
        if not first or not second or first == second:
            return False
        record.put(one, second)
        record.put(other, first)
        return True

    return slip


def missing_closed(record: Record) -> bool:
    """Finished, and no time of it."""
    if record.get("closed") is None or record.meaning("status", "status") != "90":
        return False
    record.put("closed", None)
    return True


def missing_way(record: Record) -> bool:
    """Resolved, and no word how."""
    if record.get("way") is None or record.meaning("result", "result") not in SUCCESS:
        return False
    record.put("way", None)
    return True


def missing_ruled(record: Record) -> bool:
    """A ruling without its date."""
    if record.get("ruled") is None or record.get("result") is None:
        return False
    record.put("ruled", None)
    return True


def missing_inspected(record: Record) -> bool:
    """An unsafe house, and no word when it was looked at."""
    if record.get("inspected") is None or record.meaning("building_safety", "safety") not in {"C", "D"}:
        return False
    record.put("inspected", None)
    return True


def early_platform(record: Record) -> bool:
    """A matter dated twenty years back under a platform that is there since 2021 only."""
    if record.meaning("platform", "platform") not in {"JZ", "YJ", "GG"}:
        return False
    record.put("reported", moved(record.get("reported"), -CENTURY_OFF))
    return True


def small_group(record: Record) -> bool:
    """A mass event of three people."""
    yes = {"court_odr": "1", "petition_hotline": True, "peoples_mediation": "Y", "youth_hotline": "true",
           **{one.system: one.yes_no[0] for one in departments().values()}}  # fmt: skip
    record.put("group", yes.get(record.system, "是"))
    record.put("people", type(record.get("people"))(SMALL))
    return True


def score_without_reply(record: Record) -> bool:
    """A score that nobody gave: praise by default."""
    if record.get("score") is None or record.get("replied") is None:
        return False
    record.put("replied", None)
    return True


# ------------------------------------------------------------------ divisions


def functional_zone(record: Record) -> bool:
    """The code that a development zone gave itself, in place of a county's."""
    record.put("county", f"{str(record.get('county'))[:4]}91")
    return True


def unknown_town(record: Record) -> bool:
    if not record.get("town"):
        return False
    record.put("town", f"{str(record.get('town'))[:6]}999")
    return True


def town_elsewhere(record: Record) -> bool:
    """A real town of another county."""
    if not record.get("town"):
        return False
    record.put("town", next(town for town in ELSEWHERE if town[:6] != str(record.get("county"))))
    return True


def unknown_village(record: Record) -> bool:
    if not record.get("village"):
        return False
    record.put("village", f"{record.get('village')[:9]}999")
    return True


def short_grid(record: Record) -> bool:
    """The number of the grid within its village alone, or, in the register of grids, a code that lacks digits."""
    code = record.get("grid") if "grid" in record.words else record.get("key")
    if not code:
        return False
    if "grid" in record.words:
        record.put("grid", code[-3:])
    else:
        record.put("key", code[:12] + code[-1])
    return True


def grid_of_neighbour(record: Record) -> bool:
    """The grid of the form that was filled in before."""
    before = record.before()
    if before is None or not record.get("village") or not before.get("grid") or not record.get("grid"):
        return False
    if before.get("grid")[:12] == record.get("village") or len(before.get("grid")) != 15:
        return False
    record.put("grid", before.get("grid"))
    return True


def village_of_neighbour(record: Record) -> bool:
    """The village of the line above in a register."""
    before = record.before()
    if before is None or not before.get("village") or before.get("village") == record.get("village"):
        return False
    record.put("village", before.get("village"))
    return True


def village_elsewhere(record: Record) -> bool:
    """A real village of another town: that of the form that was filled in before."""
    before = record.before()
    if before is None or not record.get("town") or not record.get("village") or not before.get("village"):
        return False
    if before.get("village")[:9] == record.get("town"):
        return False
    record.put("village", before.get("village"))
    return True


def unknown_grid(record: Record) -> bool:
    """A well-formed grid code in a real village, and no such grid in the register."""
    if not record.get("grid") or not record.get("village"):
        return False
    record.put("grid", record.get("village") + SPARE_GRID)
    return True


# ------------------------------------------------------------------ other records


def unknown_report(record: Record) -> bool:
    """The number of a report of the old system that was never carried over."""
    number = record.get("report")
    if not number:
        return False
    at = 8 if number[:2] in {"SQ", "RT"} else 2
    record.put("report", f"{number[:at]}{OLD_SYSTEM_YEAR}{number[at + 4 :]}")
    return True


def unnumbered(record: Record) -> bool:
    """ "无" for a number: a key that a table can hold once."""
    other = record.store.connection.execute(
        "SELECT 1 FROM mistakes WHERE system = ? AND dataset = ? AND kind = 'missing_key' AND until IS NULL "
        "AND source_id <> ?", (record.system, record.dataset, record.source_id)).fetchone()  # fmt: skip
    if other is not None:
        return False
    record.put("key", "无")
    return True


def unknown_committee(record: Record) -> bool:
    """A committee that is in no register any more."""
    record.put("committee", STRAY_COMMITTEE + record.get("committee")[-5:])
    return True


def same_uscc(record: Record) -> bool:
    """The credit code of the line above."""
    before = record.before()
    if before is None or not before.get("uscc"):
        return False
    record.put("uscc", before.get("uscc"))
    return True


def repeated_step(record: Record) -> bool:
    """The step before sent again under a number of its own, over the step that belongs here."""
    before = record.before()
    if before is None or before.get("report") != record.get("report"):
        return False
    record.put("step", before.get("step"))
    record.put("happened", before.get("happened"))
    return True


def closed_too_early(record: Record) -> bool:
    """A report that is finished when it is accepted, before anybody mediated."""
    if record.meaning("step", "step") != "02":
        return False
    record.put("status", record.own("status", "90"))
    return True


def confirmed_too_late(record: Record) -> bool:
    """Back from follow-up to judicial confirmation, which is not a way that a report can go."""
    if record.meaning("step", "step") != "15":
        return False
    record.put("status", record.own("status", "30"))
    return True


# ------------------------------------------------------------------ other systems


def left_open(record: Record) -> bool:
    """Still in mediation here, months after another system closed the same dispute as resolved."""
    if record.get("closed") is None or not _resolved_elsewhere(record):
        return False
    record.put("status", record.own("status", "21"))
    for field in ("closed", "result", "way"):
        record.put(field, None)
    return True


def other_result(record: Record) -> bool:
    """Failed here, resolved in another system."""
    if record.get("closed") is None or not _resolved_elsewhere(record):
        return False
    record.put("result", record.own("result", "04"))
    return True


def _resolved_elsewhere(record: Record) -> bool:
    if record.meaning("result", "result") not in SUCCESS:
        return False
    there = record.related(MONTHS)
    return there is not None and there.meaning("result", "result") in SUCCESS and there.get("closed") is not None
