"""Every indicator of warehouse/metrics.yml counted again in pandas, at every grain, by what its definition says.

The independent half of a comparison: no SQL, and nothing of `warehouse/`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any, NamedTuple

import duckdb
import pandas as pd
from pandas_cases import RESOLVED, Counted

from schemas.divisions import divisions

Frame = pd.DataFrame
GRAINS: dict[str, tuple[str, ...]] = {"centre": (), "platforms": ("platform_code",), "types": ("case_type_code",)}
TYPED = {"cases_accepted", "closed_cases", "resolution_rate", "open_cases", "overdue_open", "red_open"}
"""What is counted by type of case, in counties and above."""
LEVELS = {"province": None, "prefecture": "prefecture_code", "county": "county_code", "town": "town_code"}


@dataclass(frozen=True)
class Indicator:
    """Rows that are counted, and how: `part` marks a share's numerator, `of` is what is summed or ranked."""

    frame: str
    rows: Callable[[Frame], pd.Series]
    date: str | None = None
    part: Callable[[Frame], pd.Series] | None = None
    of: str | None = None
    how: str = "count"


class Number(NamedTuple):
    """What is published of an indicator in one place and period."""

    numerator: int | None
    denominator: int | None
    value: float | None


def known(column: str) -> Callable[[Frame], pd.Series]:
    return lambda frame: frame[column].notna()


def when(column: str, *values: Any) -> Callable[[Frame], pd.Series]:
    return lambda frame: frame[column].isin(values)


def both(*conditions: Callable[[Frame], pd.Series]) -> Callable[[Frame], pd.Series]:
    def all_hold(frame: Frame) -> pd.Series:
        held = pd.Series(True, index=frame.index)
        for condition in conditions:
            held &= condition(frame)
        return held

    return all_hold


everything = both()
is_open, is_closed = when("is_open", True), when("is_open", False)
timed = both(is_closed, known("accepted_at"))
due = both(known("due_at"), lambda frame: frame["is_overdue"].isin([True]) | frame["is_open"].isin([False]))
in_time = both(is_closed, lambda frame: frame["closed_at"] <= frame["due_at"])
late = both(is_closed, lambda frame: frame["closed_at"] > frame["due_at"])
rated = known("satisfaction")
inward = when("direction_code", "to_mediation")

INDICATORS = {
    "reports": Indicator("reports", everything, "reported_at"),
    "visits": Indicator("visits", known("persons"), "visited_at", of="persons", how="sum"),
    "cases_accepted": Indicator("cases", known("accepted_at"), "accepted_at"),
    "duplicates_merged": Indicator("reports", when("is_duplicate", True), "reported_at"),
    "open_cases": Indicator("cases", is_open),
    **{f"open_stage_{one}": Indicator("cases", both(is_open, when("stage_code", one))) for one in
       ("10", "20", "30", "40", "50")},
    "closed_cases": Indicator("cases", is_closed, "closed_at"),
    "resolved_cases": Indicator("cases", both(is_closed, when("result_code", *RESOLVED)), "closed_at"),
    "closure_rate": Indicator("cases", known("accepted_at"), "accepted_at", part=is_closed),
    "resolution_rate": Indicator("cases", is_closed, "closed_at", part=when("result_code", *RESOLVED)),
    "on_time_rate": Indicator("cases", due, "due_at", part=in_time),
    "overdue_open": Indicator("cases", when("is_overdue", True)),
    "closed_late": Indicator("cases", late, "closed_at"),
    "red_open": Indicator("cases", when("colour", "red")),
    "yellow_open": Indicator("cases", when("colour", "yellow")),
    "mean_working_days": Indicator("cases", timed, "closed_at", of="working_days", how="mean"),
    "p50_working_days": Indicator("cases", timed, "closed_at", of="working_days", how="p50"),
    "p90_working_days": Indicator("cases", timed, "closed_at", of="working_days", how="p90"),
    "satisfaction_rate": Indicator("evaluations", rated, "replied_at", part=when("satisfaction", 4, 5)),
    "rated_share": Indicator("evaluations", known("invited_at"), "invited_at", part=rated),
    "confirmation_rate": Indicator("agreements", when("form_code", "02"), "signed_at", part=when("confirmed", True)),
    "referral_to_mediation": Indicator("referrals", inward, "referred_at"),
    "referral_to_court": Indicator("referrals", when("direction_code", "to_court"), "referred_at"),
    "referral_success_rate": Indicator("referrals", both(inward, known("closed_at")), "referred_at",
                                       part=when("result_code", *RESOLVED)),
    "grid_resolution_rate": Indicator("cases", when("is_resolved", True), "closed_at",
                                      part=when("is_settled_on_the_spot", True)),
    "cross_channel_repeat_rate": Indicator("cases", known("accepted_at"), "accepted_at",
                                           part=lambda frame: frame["systems"] >= 2),
    "transfers": Indicator("case_transfers", known("sent_at"), "sent_at"),
    "returned_transfer_rate": Indicator("case_transfers", known("sent_at"), "sent_at", part=known("returned_at")),
}  # fmt: skip

SUCCESS = {*RESOLVED, "05"}  # a withdrawal counts as one
accepted_report = both(known("accepted_at"), known("case_code"))
VARIANTS = {
    "closure_rate_in_period": Indicator("cases", lambda frame: is_closed(frame) | frame["is_overdue"].isin([True]),
                                        "closed_or_due_at", part=is_closed),
    "resolution_rate_of_accepted": Indicator("cases", known("accepted_at"), "accepted_at",
                                             part=when("is_resolved", True)),
    "resolution_rate_with_withdrawals": Indicator("cases", is_closed, "closed_at", part=when("result_code", *SUCCESS)),
    "on_time_rate_of_closed": Indicator("cases", both(is_closed, known("due_at")), "closed_at", part=in_time),
    "cases_accepted_by_report": Indicator("reports", accepted_report, "accepted_at"),
    "reports_without_consultations": Indicator("reports", known("case_code"), "reported_at"),
    "overdue_with_closed": Indicator("cases", lambda frame: late(frame) | frame["is_overdue"].isin([True])),
    "mean_natural_days": Indicator("cases", timed, "closed_at", of="natural_days", how="mean"),
    "satisfaction_rate_by_default": Indicator("evaluations", known("invited_at"), "invited_at",
                                              part=lambda frame: ~frame["satisfaction"].isin([1, 2, 3])),
    "confirmation_rate_of_applications": Indicator("confirmations", known("applied_at"), "applied_at",
                                                   part=when("result_code", "01")),
    "referral_success_with_withdrawals": Indicator("referrals", both(inward, known("closed_at")), "referred_at",
                                                   part=when("result_code", *SUCCESS)),
    "returned_rate_of_cases": Indicator("cases", both(known("accepted_at"), when("transferred", True)), "accepted_at",
                                        part=when("returned", True)),
}  # fmt: skip


def numbers(counted: Counted, name: str, *extra: str) -> dict[tuple[str, ...], Number]:
    """(place, period, *values of `extra`) -> the number, wherever something was counted.

    Every level is counted on its own from the rows, so that no number is a sum of others.
    """
    one = (INDICATORS | VARIANTS)[name]
    frame = counted.frames[one.frame]
    rows = frame[one.rows(frame)]
    rows = rows.assign(part=one.part(rows) if one.part else True, measured=rows[one.of] if one.of else 0)
    found: dict[tuple[str, ...], Number] = {}
    for column in LEVELS.values():
        here = rows.assign(place="33" if column is None else rows[column]).dropna(subset=["place", *extra])
        here = here[here["place"].isin(shown_places())]
        spans = [here.assign(period="all")]
        if one.date:
            dated = here.dropna(subset=[one.date])
            dated = dated.assign(period=pd.to_datetime(dated[one.date]).dt.strftime("%Y-%m"))
            spans.append(dated if one.date == "due_at" else dated[dated["period"] <= f"{counted.as_of:%Y-%m}"])
        for span in spans:
            groups = span.groupby(["place", "period", *extra])[["part", "measured"]]
            kept = groups.agg(part=("part", "sum"), size=("part", "size"), values=("measured", list))
            for key, part, size, values in kept.itertuples():
                found[key] = _measured(one, int(part), int(size), sorted(map(int, values)))
    return found


def _measured(one: Indicator, part: int, size: int, values: list[int]) -> Number:
    """The number over `size` rows, at least one, of which `part` are in the numerator."""
    if one.part is not None:
        return Number(part, size, float(Fraction(part, size)))
    if one.how == "count":
        return Number(size, None, float(size))
    if one.how == "sum":
        return Number(sum(values), None, float(sum(values)))
    if one.how == "mean":
        return Number(size, size, float(Fraction(sum(values), size)))
    share = int(one.how.removeprefix("p"))
    return Number(size, size, float(values[-(-size * share // 100) - 1]))  # the least that so many do not exceed


Published = dict[tuple[str, str], dict[tuple[str, ...], Number]]


def published_numbers(con: duckdb.DuckDBPyConnection) -> Published:
    """(table, indicator) -> every number of the marts of GRAINS, keyed as `numbers` keys them."""
    found: Published = {}
    for table, extra in GRAINS.items():
        rows = con.table(f"mart.{table}").project(
            ", ".join(["metric", "numerator", "denominator", "value", "area_code", "period", *extra])
        )
        for metric, numerator, denominator, value, *key in rows.fetchall():
            found.setdefault((table, metric), {})[tuple(key)] = Number(numerator, denominator, value)
    return found


def differences(counted: Counted, published: Published, name: str) -> list[str]:
    """Where pandas and the published numbers differ, of one indicator at all its grains; empty when nowhere.

    A number of nothing may be left out, except that the centre has every place for the whole time.
    """
    wrong = []
    for table, extra in GRAINS.items():
        told = published.get((table, name), {})
        ours = numbers(counted, name, *extra) if _is_counted(counted, table, name) else {}
        if table == "types":
            ours = {key: number for key, number in ours.items() if len(key[0]) <= 6}
        if table == "centre":
            nothing = Number(0, None, 0.0) if INDICATORS[name].how in ("count", "sum") else Number(0, 0, None)
            nothing = Number(0, 0, None) if INDICATORS[name].part else nothing
            ours = {(place, "all"): nothing for place in shown_places()} | ours
        wrong += [
            f"{name} {table} {key}: pandas {ours.get(key)}, published {told.get(key)}"
            for key in sorted(told.keys() | ours.keys())
            if told.get(key) != ours.get(key)
        ]
    return wrong


def _is_counted(counted: Counted, table: str, name: str) -> bool:
    if table == "types":
        return name in TYPED
    return set(GRAINS[table]) <= set(counted.frames[INDICATORS[name].frame].columns)


@cache
def shown_places() -> frozenset[str]:
    """Today's places from province to town."""
    return frozenset(one.code for one in divisions() if one.valid_to is None and one.level in LEVELS)


OTHER_UNITS = {"mean_natural_days"}
MISSING = Number(None, None, None)


def variant_differences(counted: Counted, con: duckdb.DuckDBPyConnection, name: str) -> list[str]:
    """Where pandas and mart.definition_differences differ, of one variant: both numbers and what lies between them."""
    rows = con.table("mart.definition_differences").filter(f"variant = '{name}'").project(
        "area_code, period, metric, numerator, denominator, value, other_numerator, other_denominator, other_value,"
        " difference"
    ).fetchall()  # fmt: skip
    told = {(area, period): (Number(*one[:3]), Number(*one[3:6]), one[6]) for area, period, _, *one in rows}
    (metric,) = {row[2] for row in rows}
    nothing = Number(0, None, 0.0) if INDICATORS[metric].how == "count" and not INDICATORS[metric].part else MISSING
    ours, theirs = ({k: n for k, n in numbers(counted, of).items() if len(k[0]) <= 6} for of in (metric, name))
    wanted = {}
    for key in ours.keys() | theirs.keys():
        own, other = ours.get(key, nothing), theirs.get(key, nothing)
        comparable = name not in OTHER_UNITS and own.value is not None and other.value is not None
        wanted[key] = (own, other, other.value - own.value if comparable else None)
    return [
        f"{name} {key}: pandas {wanted.get(key)}, published {told.get(key)}"
        for key in sorted(told.keys() | wanted.keys())
        if told.get(key) != wanted.get(key)
    ]


def grid_differences(counted: Counted, con: duckdb.DuckDBPyConnection) -> list[str]:
    """Where pandas and mart.grids differ; empty when nowhere."""
    columns = ("cases", "open_cases", "red_open", "yellow_open", "overdue_open", "resolved_in_grid", "last_case_at",
               "silent_days", "flag")  # fmt: skip
    told = {code: one for code, *one in con.table("mart.grids").project(f"grid_code, {', '.join(columns)}").fetchall()}
    by_grid = dict(list(counted.frames["cases"].groupby("grid_code")))
    wrong = []
    for code, found in told.items():
        wanted: list[Any] = [0, 0, 0, 0, 0, 0, None, None, "silent"]
        if code in by_grid:
            rows = by_grid[code]
            marks = (is_open, when("colour", "red"), when("colour", "yellow"), when("is_overdue", True),
                     when("is_settled_on_the_spot", True))  # fmt: skip
            last = max(rows["last_reported_at"]).to_pydatetime()
            days = max((counted.as_of.date() - last.date()).days, 0)
            counts = [len(rows), *(int(mark(rows).sum()) for mark in marks)]
            finished = "all_closed" if counts[0] >= 5 and counts[1] == 0 else None
            wanted = [*counts, last, days, "silent" if days >= 14 else finished]
        if found != wanted:
            wrong.append(f"{code}: pandas {wanted}, published {found}")
    return wrong
