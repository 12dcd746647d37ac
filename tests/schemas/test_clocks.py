"""The legal limits are those of their laws, and a limit starts at a time that some record has."""

from __future__ import annotations

import csv
from datetime import date

import pytest

from schemas.contract import load_contracts
from schemas.divisions import SUCCESSORS

FOLDER = SUCCESSORS.parent
UNITS = {"", "hour", "day", "working_day"}
# clock: limits to accept, to finish, and of the extension
LAW = {
    "petition": ("15 day", "60 day", "30 day"),
    "petition_review": ("", "30 day", ""),
    "petition_recheck": ("", "30 day", ""),
    "mediation": ("", "30 day", ""),
    "court_mediation": ("", "30 day", "30 day"),
    "commissioned_mediation": ("", "15 day", ""),
    "commissioned_mediation_summary": ("", "7 day", ""),
    "confirmation_application": ("", "30 day", ""),
    "confirmation": ("3 day", "30 day", "30 day"),
    "labour_arbitration": ("5 day", "45 day", "15 day"),
    "medical_mediation": ("", "30 working_day", ""),
    "consumer_complaint": ("7 working_day", "45 working_day", ""),
    "consumer_report": ("", "15 working_day", "15 working_day"),
    "reconsideration": ("5 day", "60 day", "30 day"),
    "reconsideration_summary": ("5 day", "30 day", ""),
    "hotline_consultation": ("", "2 working_day", ""),
    "hotline_ordinary": ("", "5 working_day", ""),
    "hotline": ("", "15 working_day", ""),
    "grid_event_sign": ("", "2 hour", ""),
    "grid_event": ("", "7 day", ""),
}


def clocks() -> list[dict[str, str]]:
    with (FOLDER / "clocks.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("code", LAW)
def test_a_clock_has_the_limits_of_its_law(code: str) -> None:
    (clock,) = [row for row in clocks() if row["clock_code"] == code]
    limits = (f"{clock[f'{part}_limit']} {clock[f'{part}_unit']}".strip() for part in ("accept", "finish", "extension"))
    assert tuple(limits) == LAW[code]


def test_a_clock_names_its_law_its_dates_and_a_time_that_records_have() -> None:
    times = {column.name for contract in load_contracts().values() for column in contract.columns}
    for clock in clocks():
        assert clock["starts_at"] in times
        assert {clock["accept_unit"], clock["finish_unit"], clock["extension_unit"]} <= UNITS
        assert clock["name"]
        assert clock["legal_basis"]
        assert date.fromisoformat(clock["valid_from"]) < date.fromisoformat(clock["valid_to"] or "9999-12-31")


def test_a_clock_that_runs_on_cases_is_counted_in_days() -> None:
    """The due time of a case is the end of a day; a limit in hours is for signing for a transfer."""
    with (FOLDER / "clock_rules.csv").open(encoding="utf-8", newline="") as file:
        assigned = {row["clock_code"] for row in csv.DictReader(file)}
    units = {row[unit] for row in clocks() if row["clock_code"] in assigned for unit in ("accept_unit", "finish_unit")}
    assert units <= {"", "day", "working_day"}


def test_the_petition_clock_of_2005_ends_where_that_of_2022_begins() -> None:
    by_code = {row["clock_code"]: row for row in clocks()}
    assert by_code["petition_2005"]["valid_to"] == by_code["petition"]["valid_from"]
