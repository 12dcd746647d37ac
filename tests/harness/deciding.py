"""A person who merges, splits and withdraws, and takes no decision that contradicts another, as `hub link` does."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from operations.decisions import Decision
from warehouse.link.decided import KIND, MERGE, SPLIT, UNDONE, Report, Standing, newest, standing

AT = datetime(2026, 9, 15, 8)
Members = dict[Report, str]


class Person:
    """`rows` is what the operations database would hold. Each act returns the row's id, or None where it is refused."""

    def __init__(self) -> None:
        self.rows: list[Decision] = []

    @property
    def standing(self) -> Standing:
        return standing(self.rows)

    def merge(self, one: Report, other: Report, members: Members) -> int | None:
        codes = {members[one], members[other]}
        together = {report for report, code in members.items() if code in codes}
        if len(codes) < 2 or self.standing.against_uniting(together):
            return None
        return self.say(MERGE, {"act": MERGE, "reports": sorted([list(one), list(other)])})

    def split(self, leaving: Iterable[Report], members: Members) -> int | None:
        named = set(leaving)
        codes = {members[report] for report in named}
        staying = {report for report, code in members.items() if code in codes} - named
        if len(codes) != 1 or not staying or self.standing.against_parting(named, staying):
            return None
        sides = {"reports": [list(one) for one in sorted(named)], "others": [list(one) for one in sorted(staying)]}
        return self.say(SPLIT, {"act": SPLIT, **sides})

    def undo(self, row: int, members: Members, moved: Iterable[Report]) -> int | None:
        """Withdraw; `moved` are the reports that the decision moved when it was carried out."""
        found = next(one for one in self.rows if one.id == row)
        rest = self.standing.without(found)
        if found.id not in {one.id for one in newest(self.rows)} or found.verdict == UNDONE:
            return None
        if found.verdict == SPLIT:
            about = {tuple(one) for one in (*found.subject["reports"], *found.subject["others"])}
            codes = {members[report] for report in about if report in members}
            if rest.against_uniting({report for report, code in members.items() if code in codes}):
                return None
        gone = set(moved)
        for code in {members[report] for report in gone} if found.verdict == MERGE else ():
            if rest.against_parting(gone, {report for report, own in members.items() if own == code} - gone):
                return None
        return self.say(UNDONE, found.subject)

    def say(self, verdict: str, subject: dict[str, Any]) -> int:
        row = len(self.rows) + 1
        self.rows.append(Decision(row, KIND, subject, verdict, "steward", "checked", AT))
        return row
