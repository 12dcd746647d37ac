"""Brings codes and memberships in line with what people decided, each decision once, before rules see the new reports.

A code is the dispute of the report that it was minted for. So where a case is parted, that report's part keeps the
code; the other part gets back the code that was minted for one of its reports and merged away since, or a new one. Two
cases that are united keep the code minted first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse.link.decided import MERGE, SPLIT, UNDONE, Report, Standing, newest, reports, standing
from warehouse.statements import run, statements_of

if TYPE_CHECKING:
    import duckdb

    from operations.decisions import Decision

MERGED, PARTED, NOTHING, REFUSED, OVERTAKEN = "merged", "split", "nothing", "refused", "overtaken"
"""What came of a decision (link.events.effect)."""


class NotYetError(LookupError):
    """A decision about reports that are not here: it waits for them."""


def follow(con: duckdb.DuckDBPyConnection, as_of: datetime, decided: Sequence[Decision]) -> int:
    """Carry out, in the caller's transaction, every decision that was not carried out before; returns how many cases
    were merged or split. Needs the temp view linkable. A decision whose reports are not here is tried again next time.
    """
    sql = "SELECT decision_id FROM link.events WHERE decision_id IS NOT NULL"
    known = {decision for (decision,) in con.execute(sql).fetchall()}
    counting = {one.id for one in newest(decided)}
    done = 0
    for one in sorted(decided, key=lambda row: row.id):
        if one.id in known:
            continue
        act = _Act(con, as_of, one, decided)
        try:
            effect = act.carry_out() if one.id in counting else OVERTAKEN
        except NotYetError:
            continue
        act.close(effect)
        done += effect in (MERGED, PARTED)
    return done


class _Act:
    """One decision, carried out as one event."""

    def __init__(
        self, con: duckdb.DuckDBPyConnection, as_of: datetime, decision: Decision, decided: Sequence[Decision]
    ) -> None:
        self._con, self._decision, self._decided = con, decision, decided
        self._sql = statements_of(Path(__file__).parent / "follow.sql")
        self._standing: Standing = standing(decided).without(decision)
        last = self._rows("SELECT coalesce(max(event_id), 0) FROM link.events")
        self._values = {"event_id": last[0][0] + 1, "as_of": as_of, "decision_id": decision.id}
        self._minted = 0

    def carry_out(self) -> str:
        """The effect. Raises NotYetError."""
        subject = self._decision.subject
        named = reports(subject["reports"])
        if self._decision.verdict == MERGE:
            return self._unite({self._code(one) for one in named})
        if self._decision.verdict == SPLIT:
            return self._part(named, reports(subject["others"]))
        return self._undo(named, subject)

    def close(self, effect: str) -> None:
        """Add the event."""
        merged = 1 if effect == MERGED else 0
        self._run("closed", effect=effect, minted=self._minted, merged=merged)

    # ------------------------------------------------------------------ the inverse of an earlier decision

    def _undo(self, named: frozenset[Report], subject: dict[str, Any]) -> str:
        """Take back what the newest decision about the same subject did. What came to its reports since stays."""
        about = {one.id: one.verdict for one in self._decided if one.key == self._decision.key}
        found = self._rows(self._sql["last_act"], {"decisions": sorted(about)})
        if not found or about[found[0][0]] == UNDONE:
            return NOTHING
        _, event, effect = found[0]
        if effect == PARTED:
            both = {*self._codes(named), *self._codes(reports(subject["others"]))}
            return self._unite(both, undoing=event)
        moved = frozenset(self._rows("SELECT system, source_id FROM link.moves WHERE event_id = ?", event))
        return self._part(moved, frozenset(), undoing=event)

    # ------------------------------------------------------------------ the two things that can be done

    def _unite(self, codes: Iterable[str], undoing: int = 0) -> str:
        """Make one case of these, with the code minted first."""
        found = self._rows(
            "SELECT case_code FROM link.case_codes WHERE case_code IN (SELECT unnest(?)) ORDER BY minted_at, case_code",
            sorted(codes),
        )
        kept, *gone = [code for (code,) in found]
        if not gone:
            return NOTHING
        if self._standing.against_uniting({one for (code,) in found for one in self._members(code)}):
            return REFUSED
        for code in gone:
            self._move(code, kept, self._members(code), undoing)
            self._run("forwarded", old_code=code, new_code=kept)
        return MERGED

    def _part(self, leaving: frozenset[Report], staying: frozenset[Report], undoing: int = 0) -> str:
        """Part every case that has reports of both sides. Without `staying`, all others of a case stay in it."""
        parted: list[tuple[str, frozenset[Report]]] = []
        for code in self._codes(leaving):
            members = self._members(code)
            fixed = members & staying if staying else members - leaving - self._since(code, undoing)
            goes, stays = self._sides(code, members, members & leaving, fixed)
            if goes and stays:
                if self._standing.against_parting(goes, stays):
                    return REFUSED
                parted.append((code, stays if self._first(code) in goes else goes))
                self._refuse_codeless(parted[-1][1])
        for code, going in parted:
            self._move(code, self._code_for(going), going, undoing)
        return PARTED if parted else NOTHING

    def _sides(
        self, code: str, members: frozenset[Report], leaving: frozenset[Report], fixed: frozenset[Report]
    ) -> tuple[frozenset[Report], frozenset[Report]]:
        """All members, those that leave and those that stay: a report that nobody named goes where its links lead."""
        pairs = self._rows(self._sql["links"], {"code": code}) if members - leaving - fixed else []
        links: dict[Report, list[Report]] = {}
        for system_a, source_id_a, system_b, source_id_b in pairs:
            links.setdefault((system_a, source_id_a), []).append((system_b, source_id_b))
            links.setdefault((system_b, source_id_b), []).append((system_a, source_id_a))
        stays = _reached(fixed, links, members - leaving)
        goes = _reached(leaving, links, members - stays)
        first = self._first(code)
        if first not in leaving | fixed:
            goes -= {first}  # the report of the code itself stays unless it is named
        return frozenset(goes), frozenset(members - goes)

    def _refuse_codeless(self, going: frozenset[Report]) -> None:
        """Raises NotYetError when none of the reports is in the record: a new code needs its county and day."""
        self._name("going", going)
        if not self._rows(self._sql["present"]):
            raise NotYetError

    def _code_for(self, going: frozenset[Report]) -> str:
        """The code of a part that leaves: one that was minted for one of its reports, else a new one."""
        self._name("going", going)
        if found := self._rows(self._sql["revived"]):
            return str(found[0][0])
        self._run("grouped")
        for statement in self._con.extract_statements((Path(__file__).parent / "mint.sql").read_text(encoding="utf-8")):
            self._con.execute(statement)
        self._run("minted")
        self._minted += 1
        return str(self._rows("SELECT case_code FROM minted")[0][0])

    def _move(self, old_code: str, new_code: str, going: frozenset[Report], undoing: int) -> None:
        self._name("going", going)
        for name in ("moves", "moved", "first", "cut"):
            self._run(name, old_code=old_code, new_code=new_code)
        if undoing:
            self._run("restored", undoing=undoing, new_code=new_code)

    # ------------------------------------------------------------------ what the tables say

    def _codes(self, named: Iterable[Report]) -> list[str]:
        """The cases of these reports. Raises NotYetError when none of them has one."""
        self._name("named", named)
        found = [code for (code,) in self._rows(self._sql["codes"])]
        if not found:
            raise NotYetError
        return found

    def _code(self, report: Report) -> str:
        return self._codes([report])[0]

    def _members(self, code: str) -> frozenset[Report]:
        return frozenset(self._rows("SELECT system, source_id FROM link.memberships WHERE case_code = ?", code))

    def _since(self, code: str, event: int) -> frozenset[Report]:
        """Members that rules brought to the case after an event."""
        return frozenset(self._rows(self._sql["since"], {"code": code, "since": event}))

    def _first(self, code: str) -> Report:
        """The report that a code was minted for."""
        sql = "SELECT first_system, first_source_id FROM link.case_codes WHERE case_code = ?"
        return tuple(self._rows(sql, code)[0])

    def _name(self, table: str, found: Iterable[Report]) -> None:
        """Make a temp table (system, source_id) of reports."""
        self._con.execute(f"CREATE OR REPLACE TEMP TABLE {table} (system VARCHAR, source_id VARCHAR)")
        if rows := sorted(found):
            self._con.executemany(f"INSERT INTO {table} VALUES (?, ?)", rows)

    def _run(self, name: str, **values: Any) -> None:
        run(self._con, self._sql[name], self._values | values)

    def _rows(self, sql: str, *values: Any) -> list[Any]:
        given = values[0] if values and isinstance(values[0], dict) else list(values)
        return self._con.execute(sql, given).fetchall()


def _reached(
    start: frozenset[Report], links: dict[Report, list[Report]], among: frozenset[Report]
) -> frozenset[Report]:
    """`start`, and all of `among` that links lead to from it."""
    found, waiting = set(start), list(start)
    while waiting:
        for other in links.get(waiting.pop(), []):
            if other in among and other not in found:
                found.add(other)
                waiting.append(other)
    return frozenset(found)
