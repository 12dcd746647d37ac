"""From a case back to where it came from: every report, its system, load, file and line."""

from __future__ import annotations

import csv
import itertools
import json
from typing import TYPE_CHECKING, Any

from hub import published
from operations import decisions
from operations.store import Store
from warehouse.link.decided import KIND

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from operations.settings import Settings
    from schemas.delivery import Part


class UnknownCaseError(LookupError):
    """No case carries this code, and no code forwards from it."""


def trace(settings: Settings, case_code: str) -> dict[str, Any]:
    """The case of a code (old and local codes lead on), with its reports and their places of origin.

    Returns the case's row with ``steps``, ``reports`` (one dict a report, with the columns of core.case_reports and
    what ``origin`` adds), ``aliases`` (codes that lead here) and ``history`` (what ``_history`` returns). Raises
    UnknownCaseError, and NothingPublishedError when there is no publication yet.
    """
    with published.current(settings) as connection:
        code = _forwarded(connection, case_code)
        cases = published.rows(connection, "SELECT * FROM core.cases WHERE case_code = ?", [code])
        if not cases:
            raise UnknownCaseError(f"no case has the code {case_code}; check the code (22 characters, JF…)")
        reports = published.rows(
            connection,
            "SELECT * FROM core.case_reports WHERE case_code = ? ORDER BY reported_at, system, source_id",
            [code],
        )
        steps = published.rows(connection, "SELECT * FROM core.case_steps WHERE case_code = ? ORDER BY seq", [code])
        sql = "SELECT old_code FROM core.case_aliases WHERE new_code = ? ORDER BY old_code"
        aliases = [alias for (alias,) in connection.execute(sql, [code]).fetchall()]
        history = _history(settings, connection, {case_code, code, *aliases})
    for report in reports:
        report |= origin(settings, report["system"], report["load_id"], report["position"])
    found = {"asked": case_code, "reports": reports, "steps": steps, "aliases": aliases, "history": history}
    return cases[0] | found


def _forwarded(connection: duckdb.DuckDBPyConnection, case_code: str) -> str:
    """The code that a superseded or a local code leads to now, or the code itself."""
    found = connection.execute("SELECT new_code FROM core.case_aliases WHERE old_code = ?", [case_code]).fetchone()
    if found is None and published.has_table(connection, "core.local_codes"):
        sql = "SELECT case_code FROM core.local_codes WHERE local_code = ? ORDER BY case_code"
        local = [code for (code,) in connection.execute(sql, [case_code]).fetchall()]
        if len(local) > 1:
            raise UnknownCaseError(f"the local code {case_code} is of several cases: {', '.join(local)}; ask for one")
        found = (local[0],) if local else None
    return str(found[0]) if found else case_code


def _history(settings: Settings, connection: duckdb.DuckDBPyConnection, codes: set[str]) -> list[dict[str, Any]]:
    """When reports went from or to one of these codes, oldest first: moved_at, from_code, to_code, reports (how many),
    and decision (id, verdict, by, reason, at; None where a rule did it)."""
    if not published.has_table(connection, "core.case_moves"):
        return []
    moves = published.rows(
        connection,
        "SELECT moved_at, from_code, to_code, decision_id AS decision, count(*) AS reports FROM core.case_moves"
        " WHERE from_code IN (SELECT unnest(?)) OR to_code IN (SELECT unnest(?))"
        " GROUP BY event_id, moved_at, from_code, to_code, decision_id ORDER BY event_id, from_code",
        [sorted(codes), sorted(codes)],
    )
    made = {one.id: one for one in decisions.verdicts(Store(settings), KIND)}
    for move in moves:
        one = made.get(move["decision"])
        if one is not None:
            told = {"id": one.id, "verdict": one.verdict, "by": one.by_whom, "reason": one.reason, "at": one.at}
            move["decision"] = told
    return moves


# ------------------------------------------------------------------ the landed place of one row


def origin(settings: Settings, system: str, load_id: str, position: int) -> dict[str, Any]:
    """Where a row first landed: ``file`` (as the source named it, else our copy's), ``line`` (1-based), ``sheet``,
    and ``landed_path``, our copy.

    A line is worked out here, for display only; a row spanning several lines counts by its first. All are None
    for a load that retention has removed.
    """
    from warehouse.landing import read_manifest

    for path in settings.landing.glob(f"{system}/*/{load_id}/manifest.json"):
        manifest = read_manifest(path)
        first, place = manifest.origin(position)
        if first != load_id:  # a replay took it from another load
            return origin(settings, system, first, place)
        part = manifest.part_at(position)
        if part is not None:
            landed = path.parent / part.path
            sheet, line = _place(landed, part, position - part.first_position)
            return {
                "file": part.original_name or landed.name,
                "line": line,
                "sheet": sheet,
                "landed_path": str(landed),
            }
    return {"file": None, "line": None, "sheet": None, "landed_path": None}


def _place(landed: Path, part: Part, ordinal: int) -> tuple[str | None, int]:
    """(sheet, line) of the record at 0-based ``ordinal`` of a landed part; Excel rows keep their own numbers."""
    if part.format == "csv":
        with landed.open(encoding="utf-8", newline="") as file:
            reader = csv.reader(file)
            for _ in itertools.islice(reader, ordinal + 1):
                pass
            return None, reader.line_num + 1
    if part.format == "ndjson" and part.original_name:
        with landed.open(encoding="utf-8") as lines:
            line = next(itertools.islice(lines, ordinal, None))
        if line.startswith('{"_sheet":'):  # the connector's own keys come first
            row = json.loads(line)
            return row["_sheet"], int(row["_row"])
    return None, ordinal + 1
