"""Reports and cases worked out again from the published record rows, in pandas and plain Python.

The independent half of a comparison: no SQL, and nothing of `warehouse/`. Legal clocks, platforms and codes that
changed are read from the CSV files of `schemas/`; working days come from `chinese_calendar` itself. Which reports make
one case is taken from the warehouse, since that is a matter of linking and not of counting.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import chinese_calendar
import duckdb
import pandas as pd
from pandas_pauses import HeldUp, held_up_by

from schemas import divisions

SCHEMAS = Path(__file__).parents[2] / "schemas"
FINAL = {"11", "24", "42", "50", "51", "52", "90", "91", "95", "96"}  # refused, ended, filed, rated, closed, merged, …
RESOLVED = {"01", "02", "03"}  # mediated, settled, performed
PLACES = ("prefecture_code", "county_code", "town_code", "village_code", "grid_code")
EVENTS = ("case_transfers", "agreements", "confirmations", "referrals", "evaluations", "visits")
Row = dict[str, Any]


@dataclass(frozen=True)
class Counted:
    """What indicators count, one frame each, and the moment as of which they are counted."""

    as_of: datetime
    frames: dict[str, pd.DataFrame]


def counted(con: duckdb.DuckDBPyConnection, as_of: datetime) -> Counted:
    """Everything that indicators count, from the record rows of a warehouse."""
    departments = dict(con.table("ref.systems").project("system, department").fetchall())
    linked = con.table("core.case_reports").project("system, source_id, case_code").fetchall()
    codes = {(system, key): code for system, key, code in linked}
    held_up = held_up_by(_rows(con, "case_steps"))
    reports = [_report(row, codes, departments, held_up, as_of) for row in _rows(con, "case_reports")]
    by_key = {(one["system"], one["source_id"]): one for one in reports}
    events = {name: [_event(row, by_key) for row in _rows(con, name)] for name in EVENTS}
    for visit in events["visits"]:
        _visited(visit)
    cases = _cases(reports, events, as_of)
    confirmed = {one["case_code"] for one in events["confirmations"] if one["result_code"] == "01"} - {None}
    for one in events["agreements"]:
        one["confirmed"] = one["case_code"] in confirmed
    frames = {"cases": cases, "reports": reports} | events
    return Counted(as_of, {name: pd.DataFrame(rows) for name, rows in frames.items()})


def _rows(con: duckdb.DuckDBPyConnection, name: str) -> list[Row]:
    found = con.table(f"record.{name}")
    return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


# ---- places, platforms, clocks


def place(county: str | None, smaller: str | None) -> str | None:
    """Where this is on today's map; a smaller place counts only inside the county that is named with it."""
    today = divisions.today()
    county_now = today.get(county, county) if county else None
    if smaller is None:
        return county_now
    town = smaller[:9]
    town_now = today.get(town) or today.get(town[:6]) or town
    return town_now if county is None or town[:6] == county or town_now[:6] == county_now else county_now


def _put(row: Row, at: str | None, town: bool) -> None:
    row["prefecture_code"], row["county_code"] = (at[:4], at[:6]) if at else (None, None)
    row["town_code"] = at if at and town and len(at) == 9 else None
    for name in ("village_code", "grid_code"):
        row[name] = row[name] if at and row[name] and row[name][:6] == at[:6] else None


@cache
def _csv(name: str) -> list[dict[str, str | None]]:
    frame = pd.read_csv(SCHEMAS / f"{name}.csv", dtype=str).astype(object)
    return frame.where(frame.notna(), None).to_dict("records")


def _in_force(row: dict[str, str | None], day: date) -> bool:
    first, last = row["valid_from"], row["valid_to"]
    return date.fromisoformat(first or "0001-01-01") <= day < date.fromisoformat(last or "9999-12-31")


def platform(row: Row) -> str | None:
    """The platform that the source names, while there is such a one; else that of the most particular rule."""
    day, kind, case_type = row["reported_at"].date(), row["matter_kind"], row["case_type_code"] or ""
    if any(one["code"] == row["platform_code"] and _in_force(one, day) for one in _csv("platforms")):
        return str(row["platform_code"])
    rules = [
        one
        for one in _csv("platform_rules")
        if one["matter_kind"] in (None, kind) and case_type.startswith(one["case_type"] or "") and _in_force(one, day)
    ]
    rules.sort(key=lambda one: (one["matter_kind"] is None, -len(one["case_type"] or ""), one["platform_code"]))
    return rules[0]["platform_code"] if rules else None


def clock(row: Row, department: str) -> dict[str, str | None] | None:
    """The legal clock that applies to a report on its day."""
    day, case_type = row["reported_at"].date(), row["case_type_code"] or ""
    clocks = {one["clock_code"]: one for one in _csv("clocks") if _in_force(one, day)}
    for rule in sorted(_csv("clock_rules"), key=lambda one: int(one["priority"] or 0)):
        fits = rule["department"] in (None, department) and rule["matter_kind"] in (None, row["matter_kind"])
        if fits and case_type.startswith(rule["case_type"] or "") and rule["clock_code"] in clocks:
            return clocks[rule["clock_code"]]
    return None


# ---- working days


@cache
def _workdays() -> list[date]:
    """All working days from 2004, the calendar's first year; weekdays where no calendar is published yet."""
    days = [date(2004, 1, 1) + timedelta(days=n) for n in range(366 * 26)]
    last = max(chinese_calendar.holidays).year
    return [day for day in days if (chinese_calendar.is_workday(day) if day.year <= last else day.weekday() < 5)]


def workdays_until(day: date) -> int:
    """How many working days there have been, `day` included."""
    return bisect_right(_workdays(), day)


def due(row: Row, limits: dict[str, str | None] | None, held_up: HeldUp | None, end: datetime) -> datetime | None:
    """The last second of the day on which the limit of a report ends; what held it up counts until `end`."""
    if limits is None:
        return None
    waiting = row["accepted_at"] is None
    until_accepted = waiting and limits["accept_limit"] is not None
    amount, unit = (limits[f"{'accept' if until_accepted else 'finish'}_{word}"] for word in ("limit", "unit"))
    start = row["reported_at"] if waiting or limits["starts_at"] == "reported_at" else row["accepted_at"]
    row["started"], row["limit"], allowed = start, int(amount or 0), int(amount or 0)
    if held_up and not until_accepted:
        if held_up.extended and limits["extension_unit"] == limits["finish_unit"]:
            allowed += int(limits["extension_limit"] or 0)
        for day, until in held_up.spans(end):
            working = workdays_until(until) - workdays_until(day)
            allowed += working if unit == "working_day" else (until - day).days
    if unit == "working_day":
        last = _workdays()[workdays_until(start.date()) + allowed - 1]
    else:
        last = start.date() + timedelta(days=allowed)
    return datetime.combine(last, time(23, 59, 59))


# ---- reports and what came of them


def _report(
    row: Row,
    codes: dict[tuple[str, str], str | None],
    departments: dict[str, str],
    held_up: dict[tuple[str, str], HeldUp],
    as_of: datetime,
) -> Row:
    row["case_code"] = codes[row["system"], row["source_id"]]
    row["platform_code"] = platform(row)
    row["is_closed"] = row["closed_at"] is not None or row["status_code"] in FINAL
    row["updated"] = row["source_updated_at"] or row["closed_at"] or row["accepted_at"] or row["reported_at"]
    limits, key = clock(row, departments[row["system"]]), (row["system"], row["source_id"])
    row["due_at"] = due(row, limits, held_up.get(key), row["closed_at"] or as_of)
    at = place(row["county_code"], row["town_code"] or row["village_code"] or row["grid_code"])
    _put(row, at, row["town_code"] is not None)
    return row


def _event(row: Row, reports: dict[tuple[str, str], Row]) -> Row:
    """What came of a report has the case, place and platform of the report."""
    report = reports.get((row["system"], row["report_source_id"]), {})
    row["own_county"] = row.get("county_code")
    return row | {name: report.get(name) for name in ("case_code", "platform_code", *PLACES)}


def _visited(visit: Row) -> None:
    """A visit is counted in the county that it names itself."""
    own = visit["own_county"]
    county = divisions.today().get(own, own) if own else visit["county_code"]
    if county != visit["county_code"]:
        visit |= {"prefecture_code": county[:4], "county_code": county}
        visit |= dict.fromkeys(("town_code", "village_code", "grid_code"))
    del visit["platform_code"]  # visits are not cut by platform


# ---- cases


def _cases(reports: list[Row], events: dict[str, list[Row]], as_of: datetime) -> list[Row]:
    members: dict[str, list[Row]] = {}
    for one in sorted(reports, key=lambda one: (one["reported_at"], one["system"], one["source_id"])):
        if one["case_code"] is not None:
            one["is_duplicate"] = one["case_code"] in members
            members.setdefault(one["case_code"], []).append(one)
    follow: dict[str, dict[str, list[Row]]] = {code: {name: [] for name in events} for code in members}
    for name, rows in events.items():
        for row in rows:
            if row["case_code"] is not None:
                follow[row["case_code"]][name].append(row)
    return [_case(code, rows, follow[code], as_of) for code, rows in members.items()]


def _case(code: str, rows: list[Row], follow: dict[str, list[Row]], as_of: datetime) -> Row:
    oldest_first = sorted(
        sorted(rows, key=lambda r: (r["system"], r["source_id"]), reverse=True), key=lambda r: r["updated"]
    )

    def newest(name: str, among: list[Row] = oldest_first) -> Any:
        return next((one[name] for one in reversed(among) if one[name] is not None), None)

    leading = min(
        reversed(oldest_first),
        key=lambda r: (r["is_closed"], r["status_code"] == "95", -int(r["stage_code"] or 0)),
    )
    closed = [one for one in oldest_first if one["is_closed"]]
    told = [one for one in closed if one["result_code"] not in (None, "09")] or closed  # 09, other, says nothing
    case: Row = {name: newest(name) for name in PLACES} | {
        "case_code": code,
        "platform_code": newest("platform_code"),
        "case_type_code": newest("case_type_code"),
        "is_open": not leading["is_closed"],
        "stage_code": leading["stage_code"],
        "accepted_at": min((one["accepted_at"] for one in rows if one["accepted_at"]), default=None),
        "reported_at": min(one["reported_at"] for one in rows),
        "last_reported_at": max(one["reported_at"] for one in rows),
        "systems": len({one["system"] for one in rows}),
        "due_at": leading["due_at"],
        "result_code": None if not leading["is_closed"] else newest("result_code", told),
    }
    for name in ("town_code", "village_code", "grid_code"):
        case[name] = case[name] if case[name] and case[name][:6] == case["county_code"] else None
    ends = [one["closed_at"] or one["source_updated_at"] or one["accepted_at"] or one["reported_at"] for one in closed]
    case["closed_at"] = None if case["is_open"] else max(ends)
    case["is_overdue"] = case["is_open"] and case["due_at"] is not None and case["due_at"] < as_of
    first, last = case["accepted_at"] or case["reported_at"], case["closed_at"] or as_of
    case["working_days"] = max(workdays_until(last.date()) - workdays_until(first.date()), 0)
    case["is_resolved"] = not case["is_open"] and case["result_code"] in RESOLVED
    case["is_settled_on_the_spot"] = (
        case["is_resolved"] and case["systems"] == 1 and not follow["case_transfers"] and not follow["referrals"]
        and (case["grid_code"] or case["village_code"]) is not None
    )  # fmt: skip
    case["natural_days"] = None if case["is_open"] else max((last.date() - first.date()).days, 0)
    case["transferred"] = bool(follow["case_transfers"])
    case["returned"] = any(one["returned_at"] for one in follow["case_transfers"])
    case["closed_or_due_at"] = case["closed_at"] or case["due_at"]
    case["colour"] = _colour(case, rows, leading, follow["case_transfers"], as_of) if case["is_open"] else None
    return case


def _colour(case: Row, rows: list[Row], leading: Row, transfers: list[Row], as_of: datetime) -> str:
    """The worse of what time and what risk say of an open case."""

    def most(name: str) -> Any:
        return max((one[name] for one in rows if one[name] is not None), default=0)

    signs = ("received_at", "accepted_at", "returned_at")
    unsigned = [one["sent_at"] for one in transfers if one["sent_at"] and not any(one[name] for name in signs)]
    waited = (as_of - min(unsigned)) // timedelta(minutes=1) if unsigned else 0
    returned = sum(one["returned_at"] is not None for one in transfers)
    scale = max((one["scale_code"] for one in rows if one["scale_code"]), default="01")
    if case["is_overdue"] or waited > 1440 or scale == "03" or returned >= 2:
        return "red"
    if any(one["risk_level"] == 1 for one in rows):
        return "red"
    near = False
    if case["due_at"] is not None:
        run, allowed = as_of - leading["started"], case["due_at"] - leading["started"]
        left = workdays_until(case["due_at"].date()) - workdays_until(as_of.date())
        near = run >= 0.7 * allowed or (left <= 2 if leading["limit"] >= 5 else allowed - run <= timedelta(days=1))
    risky = scale == "02" or most("amount_involved") >= 500_000 or case["systems"] >= 2
    grave = any(one["has_minor"] or (one["is_group"] and scale == "01") for one in rows)
    return "yellow" if near or waited > 720 or risky or grave else "green"
