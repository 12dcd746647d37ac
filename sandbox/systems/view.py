"""What a system knows of a report at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from sandbox import codes
from sandbox.lifecycle import FINAL, RESULT, STATUS, Step
from sandbox.places import RETIRED
from sandbox.reports import Report

UNSEEN = {"callback", "edit"}


@dataclass(slots=True)
class Row:
    """One served record: the body is in the department's own words."""

    dataset: str
    source_id: str
    updated: datetime
    body: dict[str, Any]


@dataclass(slots=True)
class View:
    report: Report
    at: datetime
    done: list[Step]
    updated: datetime
    accepted: datetime | None
    closed: datetime | None
    status: str
    result: str | None
    way: str | None
    county: str
    town: str | None
    village: str | None
    grid: str | None
    summary: str
    applicant: str

    def code(self, list_name: str, canonical: str | None) -> str | None:
        """Return the department's own code for a canonical one."""
        return codes.one(self.report.system, list_name, canonical, int(self.report.draw * 12))

    def visible(self, step: Step) -> datetime:
        """Return when the system showed a step: a late report shows its past at once."""
        return max(step.at, self.report.seen)


def view(report: Report, at: datetime) -> View | None:
    """Return the report as its system shows it at a moment, None before it shows it at all."""
    if report.seen > at:
        return None
    done = [step for step in report.steps if step.at <= at]
    status = "10"
    result = closed = accepted = None
    for step in done:
        if step.name in UNSEEN:
            continue
        status = STATUS[step.name]
        if step.name == "accept":
            accepted = step.at
        if step.name in {"close", "refuse", "withdraw"}:
            closed = step.at
    last = next((step.name for step in reversed(done) if step.name in FINAL), None)
    if closed and last:
        result = RESULT[report.outcome] if last == "agree" and report.outcome in RESULT else RESULT[last]
    resolved = result in {"01", "02", "03"}
    edited = sum(step.name == "edit" for step in done)
    subject = report.dispute
    old = RETIRED.get(report.county) if report.draw * 1000 % 1 < 0.04 else None
    name = report.applicant.name
    return View(
        report, at, [step for step in done if step.name != "edit"],
        max(report.seen, done[-1].at), accepted, closed, status, result,
        ("13" if result == "07" else report.way) if closed and (resolved or subject) else None,
        old or report.county, None if old else report.place_town, None if old else report.village,
        None if old else report.grid, report.summary + "（经补充核实，情况属实。）" * edited, name,
    )  # fmt: skip


def stamp(at: datetime | None) -> str | None:
    """Return `YYYY-MM-DD HH:MM:SS`."""
    return None if at is None else f"{at:%Y-%m-%d %H:%M:%S}"


def slashed(at: datetime) -> str:
    """Return `YYYY/M/D`."""
    return f"{at.year}/{at.month}/{at.day}"


def chinese(at: datetime) -> str:
    """Return `YYYY年M月D日`."""
    return f"{at.year}年{at.month}月{at.day}日"


def choices(report: Report, purpose: str) -> Random:
    """Return the random numbers of one purpose of one report: the same at every moment."""
    return Random(f"{report.source_id}:{purpose}")
