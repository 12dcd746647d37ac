"""What a person says about cases: two are one dispute, some reports are another dispute, an earlier word is withdrawn.

A decision is checked against what is published and against the decisions that stand, kept, and carried out by the next
build. None is taken that would contradict another: whoever made that one must be asked first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from hub import published
from operations import decisions
from operations.decisions import Decision
from operations.store import Store, take_turn
from warehouse.link.decided import KIND, MERGE, SPLIT, UNDONE, Report, Standing, newest, standing
from warehouse.link.decided import reports as reports_of

if TYPE_CHECKING:
    import duckdb
    from sqlalchemy import Connection

    from operations.settings import Settings

WAITING = "waiting"
"""The state of a decision that no published version has carried out yet."""
SHOWN = 8
"""Reports that a message lists."""


class LinkError(ValueError):
    """A decision that cannot be taken; the message says why and what to do instead."""


@dataclass(frozen=True)
class _Case:
    code: str
    reports: frozenset[Report]
    first: Report
    """The report that the code was minted for, where it is in the record; else the earliest."""


@dataclass(frozen=True)
class _Desk:
    """What is published and what was decided, while nobody else decides."""

    con: duckdb.DuckDBPyConnection
    store: Store
    connection: Connection
    rows: list[Decision]
    effects: dict[int, str] = field(default_factory=dict)

    @property
    def standing(self) -> Standing:
        return standing(self.rows)

    @property
    def waiting(self) -> list[Decision]:
        return [one for one in newest(self.rows) if one.id not in self.effects]

    def case(self, code: str) -> _Case:
        """The case that a code, current or forwarded, leads to."""
        sql = "SELECT new_code FROM core.case_aliases WHERE old_code = ?"
        found = self.con.execute(sql, [code]).fetchone()
        now = found[0] if found else code
        sql = (
            "SELECT system, source_id FROM core.case_reports WHERE case_code = ?"
            " ORDER BY link_method <> 'first', report_seq"
        )
        members = self.con.execute(sql, [now]).fetchall()
        if not members:
            raise LinkError(f"no published case has the code {code}; check the code (22 characters, JF…)")
        return _Case(now, frozenset(members), members[0])

    def codes(self, reports: Set[Report]) -> list[str]:
        sql = (
            "SELECT DISTINCT r.case_code FROM core.case_reports AS r"
            " JOIN (SELECT unnest(?) AS system, unnest(?) AS source_id) AS n USING (system, source_id)"
            " WHERE r.case_code IS NOT NULL ORDER BY r.case_code"
        )
        named = sorted(reports)
        found = self.con.execute(sql, [[one[0] for one in named], [one[1] for one in named]]).fetchall()
        return [code for (code,) in found]

    def refuse_waiting(self, reports: Set[Report], *, but: str = "") -> None:
        """Raise where a decision about these reports is not carried out yet, unless its verdict is `but`."""
        for one in self.waiting:
            if one.verdict != but and _about(one) & reports:
                raise LinkError(
                    f"{_told(one)} concerns the same case and is not carried out yet; run `hub build`, then decide"
                )

    def keep(self, subject: dict[str, Any], verdict: str, by: str, reason: str) -> Decision:
        return decisions.append(self.connection, self.store, KIND, subject, verdict, by, reason)


def merge(settings: Settings, one_code: str, other_code: str, by: str, reason: str) -> dict[str, Any]:
    """Record that two cases are one dispute. Returns id, act, codes (as they are now).

    Raises LinkError: an unknown code, one case already, or a split that keeps them apart.
    """
    with _desk(settings, by, reason) as desk:
        one, other = desk.case(one_code), desk.case(other_code)
        if one.code == other.code:
            raise LinkError(f"{one_code} and {other_code} are one case already: {one.code}")
        desk.refuse_waiting(one.reports | other.reports, but=MERGE)
        left, right = _joined(desk, one), _joined(desk, other)
        if left & right:
            raise LinkError(f"{one.code} and {other.code} are to be one case already; `hub build` carries it out")
        if split := desk.standing.against_uniting(left | right):
            raise LinkError(
                f"{_told(split.decision)} keeps reports of {one.code} and {other.code} apart;"
                f" if it was wrong, withdraw it first: `hub link undo {split.decision.id}`, then `hub build`"
            )
        first, second = sorted((one, other), key=lambda case: case.code)
        subject = {
            "act": MERGE,
            "codes": [first.code, second.code],
            "reports": [list(first.first), list(second.first)],
        }
        return {"id": desk.keep(subject, MERGE, by, reason).id, "act": MERGE, "codes": subject["codes"]}


def split(settings: Settings, code: str, leaving: Sequence[Report], by: str, reason: str) -> dict[str, Any]:
    """Record that these reports are another dispute than the others of their case. Returns id, act, codes, leaving,
    staying (how many reports).

    Raises LinkError: reports that are not of the case, none or all of them, or a merge that joined both sides.
    """
    with _desk(settings, by, reason) as desk:
        case, named = desk.case(code), frozenset(leaving)
        desk.refuse_waiting(case.reports)
        if strange := named - case.reports:
            has = _listed(case.reports)
            raise LinkError(f"{case.code} has no report {_listed(strange)}; it has {has}")
        staying = case.reports - named
        if not named or not staying:
            raise LinkError(f"name some of the reports of {case.code} and leave some: {_listed(case.reports)}")
        if merged := desk.standing.against_parting(named, staying):
            raise LinkError(
                f"{_told(merged.decision)} says that {_listed({merged.one})} and {_listed({merged.other})} are one"
                f" dispute; if it was wrong, withdraw it first: `hub link undo {merged.decision.id}`"
            )
        subject = {
            "act": SPLIT,
            "codes": [case.code],
            "reports": [list(one) for one in sorted(named)],
            "others": [list(one) for one in sorted(staying)],
        }
        made = desk.keep(subject, SPLIT, by, reason)
        return {"id": made.id, "act": SPLIT, "codes": [case.code], "leaving": len(named), "staying": len(staying)}


def apart(settings: Settings, one_code: str, other_code: str, by: str, reason: str) -> dict[str, Any]:
    """Record that two cases are two disputes: no rule joins them from then on. It counts like a split and is withdrawn
    like one. Returns id, act, codes (as they are now).

    Raises LinkError: an unknown code, one case already, or kept apart already.
    """
    with _desk(settings, by, reason) as desk:
        first, second = sorted((desk.case(one_code), desk.case(other_code)), key=lambda case: case.code)
        if first.code == second.code:
            raise LinkError(f"{one_code} and {other_code} are one case: {first.code}; `hub link split` parts it")
        both = first.reports | second.reports
        desk.refuse_waiting(both)
        if split := desk.standing.against_uniting(both):
            raise LinkError(f"{_told(split.decision)} keeps them apart already")
        subject = {
            "act": SPLIT,
            "codes": [first.code, second.code],
            "reports": [list(one) for one in sorted(second.reports)],
            "others": [list(one) for one in sorted(first.reports)],
        }
        return {"id": desk.keep(subject, SPLIT, by, reason).id, "act": "apart", "codes": subject["codes"]}


def undo(settings: Settings, decision: int, by: str, reason: str) -> dict[str, Any]:
    """Withdraw a decision: cases that it made one are two again, a case that it parted is one again. From then on
    only rules say. Returns id, act, undoes.

    Raises LinkError: no such decision, withdrawn already, or another decision that needs it.
    """
    with _desk(settings, by, reason) as desk:
        found = next((one for one in desk.rows if one.id == decision), None)
        if found is None:
            raise LinkError(f"there is no decision {decision} about cases; `hub link list` shows them")
        counting = next(one for one in newest(desk.rows) if one.key == found.key)
        if counting.verdict == UNDONE or counting.id != found.id:
            raise LinkError(f"{_told(found)} counts no more: {_told(counting)}")
        _refuse_undo(desk, found)
        made = desk.keep(found.subject, UNDONE, by, reason)
        return {"id": made.id, "act": UNDONE, "undoes": found.id, "codes": found.subject["codes"]}


def listing(settings: Settings, *, everything: bool = False) -> list[dict[str, Any]]:
    """The decisions that count, newest first; with ``everything`` also those that were withdrawn.

    Keys: id, act, verdict, counts, codes (as they were), reports, by, reason, at, state (waiting, or what came of it).
    """
    rows = decisions.verdicts(Store(settings), KIND)
    effects = _published_effects(settings, published.identity(settings))
    counting = {one.id for one in newest(rows) if one.verdict != UNDONE}
    return [
        {
            "id": one.id,
            "act": one.subject["act"],
            "verdict": one.verdict,
            "counts": one.id in counting,
            "codes": one.subject["codes"],
            "reports": ["/".join(report) for report in one.subject["reports"]],
            "by": one.by_whom,
            "reason": one.reason,
            "at": one.at,
            "state": effects.get(one.id, WAITING),
        }
        for one in reversed(rows)
        if everything or one.id in counting
    ]


def _refuse_undo(desk: _Desk, found: Decision) -> None:
    acts = [one for one in desk.rows if one.key == found.key and desk.effects.get(one.id) in ("merged", "split")]
    if not acts or acts[-1].verdict == UNDONE:
        return  # nothing came of it
    effect, rest = desk.effects[acts[-1].id], desk.standing.without(found)
    if effect == "split":
        reports: frozenset[Report] = frozenset()
        for code in desk.codes(_about(found)):
            reports |= desk.case(code).reports
        desk.refuse_waiting(reports)
        if split := rest.against_uniting(reports):
            raise LinkError(
                f"{_told(split.decision)} keeps apart what {_told(found)} parted; withdraw it first:"
                f" `hub link undo {split.decision.id}`, then `hub build`"
            )
    else:
        sql = "SELECT system, source_id FROM core.case_moves WHERE decision_id = ?"
        moved = frozenset(desk.con.execute(sql, [acts[-1].id]).fetchall())
        for code in desk.codes(moved):
            case = desk.case(code)
            desk.refuse_waiting(case.reports)
            if merged := rest.against_parting(moved, case.reports - moved):
                raise LinkError(
                    f"without {_told(found)} the cases would still be one, because of {_told(merged.decision)};"
                    f" withdraw that first: `hub link undo {merged.decision.id}`, then `hub build`"
                )


def _joined(desk: _Desk, case: _Case) -> frozenset[Report]:
    """The reports of a case, and of all that merges waiting to be carried out join to it."""
    reports, grew = case.reports, True
    while grew:
        grew = False
        for one in standing(desk.waiting).merges:
            if len({one.one, one.other} & reports) == 1:
                for code in desk.codes({one.one, one.other}):
                    reports |= desk.case(code).reports
                grew = True
    return reports


@contextmanager
def _desk(settings: Settings, by: str, reason: str) -> Iterator[_Desk]:
    if not by.strip() or not reason.strip():
        raise LinkError("say who decides (--by) and why (--reason); both are kept for ever")
    store = Store(settings)
    with published.current(settings) as con, store.write() as connection:
        take_turn(connection, "decisions")
        yield _Desk(con, store, connection, decisions.verdicts(store, KIND), _effects(con))


@lru_cache(maxsize=2)  # of a version they never change, and to open its file takes most of the time of a page
def _published_effects(settings: Settings, _version: tuple[str, int, int]) -> dict[int, str]:
    """What `_effects` finds in the published version. Callers do not change it."""
    with published.current(settings) as con:
        return _effects(con)


def _effects(con: duckdb.DuckDBPyConnection) -> dict[int, str]:
    """decision -> what came of it, as far as is published."""
    if not published.has_table(con, "core.case_decisions"):
        return {}
    return dict(con.execute("SELECT decision_id, effect FROM core.case_decisions").fetchall())


def _about(one: Decision) -> frozenset[Report]:
    return reports_of(one.subject["reports"]) | reports_of(one.subject.get("others", []))


def _told(one: Decision) -> str:
    """A decision in a message."""
    return f"decision {one.id} ({one.verdict}, {one.by_whom}, {one.at:%Y-%m-%d}: {one.reason})"


def _listed(reports: Set[Report]) -> str:
    shown = ["/".join(one) for one in sorted(reports)]
    return ", ".join(shown[:SHOWN]) + (f" and {len(shown) - SHOWN} more" if len(shown) > SHOWN else "")
