"""The ground truth, gathered while the world is rendered and written as Parquet on request."""

from __future__ import annotations

import csv
import json
from datetime import datetime
from itertools import combinations
from pathlib import Path
from typing import Any

from sandbox.reports import Report
from sandbox.store import WorldStore


class TrueRows:
    """Collects what is true of a batch of disputes."""

    def __init__(self, store: WorldStore) -> None:
        self.store = store
        self.cases: list[tuple[str, str]] = []
        self.reports: list[tuple[str, str, str]] = []
        self.people: dict[str, tuple[str, str, str, str, str]] = {}
        self.pauses: list[tuple[str, str, str | None, str | None, str | None]] = []
        self.removed: list[tuple[str, str, str]] = []

    def note(self, made: list[Report], to: datetime) -> None:
        """Note the people, the case and the reports of one dispute, as far as a system shows them."""
        seen = [report for report in made if report.seen <= to]
        for report in seen:
            for party in (report.applicant, report.respondent):
                if party is not None and party.person is not None:
                    who = party.person
                    key = f"P{who.number:08d}"
                    self.people[key] = (key, who.name, who.id_no, who.phone, who.address)
            if report.dispute is not None:
                self.reports.append((report.system, report.source_id, f"C{report.number:07d}"))
                self._note_pauses(report, to)
        subjects = [report for report in seen if report.dispute is not None]
        if subjects:
            self.cases.append((f"C{subjects[0].number:07d}", json.dumps(_case(subjects, to), ensure_ascii=False)))

    def _note_pauses(self, report: Report, to: datetime) -> None:
        at = {step.name: step.at.isoformat() for step in report.steps if step.at <= to}
        if at.keys() & {"suspend", "extend"}:
            times = at.get("suspend"), at.get("resume"), at.get("extend")
            self.pauses.append((report.system, report.source_id, *times))

    def remove(self, report: Report, at: datetime) -> None:
        """Note that a report was deleted at its source at a moment."""
        self.removed.append((report.system, report.source_id, at.isoformat()))

    def write(self) -> None:
        """Store the batch, and start the next one."""
        run = self.store.connection.executemany
        run("INSERT OR REPLACE INTO true_cases VALUES (?, ?)", self.cases)
        run("INSERT OR REPLACE INTO true_reports VALUES (?, ?, ?)", self.reports)
        run("INSERT OR REPLACE INTO true_pauses VALUES (?, ?, ?, ?, ?)", self.pauses)
        run("INSERT OR REPLACE INTO people VALUES (?, ?, ?, ?, ?)", self.people.values())
        run("INSERT OR IGNORE INTO gone VALUES (?, ?, ?)", self.removed)
        for batch in (self.cases, self.reports, self.pauses, self.removed):
            batch.clear()
        self.people.clear()


def _case(reports: list[Report], to: datetime) -> dict[str, Any]:
    subject = reports[0].dispute
    assert subject is not None
    accepted = sorted(s.at for r in reports for s in r.steps if s.name == "accept" and s.at <= to)
    ended = [s.at for s in reports[0].steps if s.name in {"close", "withdraw", "refuse"} and s.at <= to]
    return {
        "case_type_code": subject.type_code, "county_code": subject.county, "town_code": subject.place.town,
        "village_code": subject.place.village, "grid_code": subject.grid.code,
        "reported_at": subject.opened.isoformat(), "accepted_at": accepted[0].isoformat() if accepted else None,
        "closed_at": ended[0].isoformat() if ended else None, "outcome": subject.outcome if ended else "open",
        "series_id": None if subject.series is None else f"S{subject.series:07d}",
        "applicant_id": None if subject.applicant.person is None else f"P{subject.applicant.person.number:08d}",
    }  # fmt: skip


def write_parquet(store: WorldStore, folder: Path) -> None:
    """Write people, cases, reports, pauses and dirt to `<folder>/*.parquet`, and pairs of reports to
    `<folder>/pairs.csv`; deleted reports are left out."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder.mkdir(parents=True, exist_ok=True)
    query = store.connection.execute

    def write(name: str, columns: tuple[str, ...], rows: list[tuple[Any, ...]], types: dict[str, Any]) -> None:
        table = {c: pa.array([row[i] for row in rows], types.get(c, pa.string())) for i, c in enumerate(columns)}
        pq.write_table(pa.table(table), folder / f"{name}.parquet")

    write("people", ("person_id", "name", "id_no", "phone", "address"),
          query("SELECT * FROM people ORDER BY 1").fetchall(), {})  # fmt: skip
    live = "NOT EXISTS (SELECT 1 FROM gone AS g WHERE g.system = t.system AND g.source_id = t.source_id)"
    reports = query(f"SELECT system, source_id, case_id FROM true_reports AS t WHERE {live} ORDER BY 1, 2")
    true = reports.fetchall()
    write("reports", ("system", "source_id", "case_id"), true, {})
    counts = dict(query(f"SELECT case_id, count(*) FROM true_reports AS t WHERE {live} GROUP BY 1").fetchall())
    cases = [(key, json.loads(body)) for key, body in query("SELECT case_id, body FROM true_cases ORDER BY 1")]
    names = tuple(cases[0][1]) if cases else ()
    times = {name: pa.timestamp("us") for name in ("reported_at", "accepted_at", "closed_at")}
    write("cases", ("case_id", *names, "reports"),
          [(key, *(datetime.fromisoformat(body[n]) if n in times and body[n] else body[n] for n in names),
            counts.get(key, 0)) for key, body in cases], {**times, "reports": pa.int32()})  # fmt: skip
    moments = ("paused_at", "resumed_at", "extended_at")
    held = query(f"SELECT system, source_id, {', '.join(moments)} FROM true_pauses AS t WHERE {live} ORDER BY 1, 2")
    write("pauses", ("system", "source_id", *moments),
          [(*row[:2], *(at and datetime.fromisoformat(at) for at in row[2:])) for row in held],
          dict.fromkeys(moments, pa.timestamp("us")))  # fmt: skip
    write("dirt", ("system", "dataset", "source_id", "kind"),
          query("SELECT system, dataset, source_id, kind FROM mistakes WHERE since <= ? "
                "AND coalesce(until > ?, true) ORDER BY 1, 2, 3, 4", (store.get("clock"),) * 2).fetchall(),
          {})  # fmt: skip
    _write_pairs(folder / "pairs.csv", true, dict(cases))


def _write_pairs(path: Path, reports: list[tuple[str, str, str]], cases: dict[str, dict[str, Any]]) -> None:
    """Every pair of reports of one dispute (same 1), and those of two that are easily taken for one (same 0): the
    applicant is the same, or both belong to one series."""
    alike: dict[str, list[tuple[str, str, str]]] = {}
    for report in reports:
        of = cases[report[2]]
        for mark in (report[2], of["applicant_id"], of["series_id"]):
            if mark is not None:
                alike.setdefault(mark, []).append(report)
    pairs = {pair for held in alike.values() for pair in combinations(sorted(held), 2)}
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(("system_a", "source_id_a", "system_b", "source_id_b", "same"))
        lines.writerows((*one[:2], *other[:2], int(one[2] == other[2])) for one, other in sorted(pairs))
