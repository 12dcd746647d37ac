"""What people decided about cases: two are one dispute, or reports of one case are another dispute.

A decision is a row of the operations database of kind `link`. It names reports, not only codes, so that it holds
whatever becomes of the codes. What counts is the newest row about a subject; `undone` withdraws the earlier ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass

from operations.decisions import Decision

KIND = "link"
MERGE, SPLIT, UNDONE = "merge", "split", "undone"
Report = tuple[str, str]
"""(system, source_id)"""


@dataclass(frozen=True)
class Merge:
    """A person said that these two reports are of one dispute."""

    decision: Decision
    one: Report
    other: Report


@dataclass(frozen=True)
class Split:
    """A person said that no report of one side is of the dispute of the other side."""

    decision: Decision
    leaving: frozenset[Report]
    staying: frozenset[Report]

    @property
    def sides(self) -> tuple[frozenset[Report], frozenset[Report]]:
        return self.leaving, self.staying


@dataclass(frozen=True)
class Standing:
    """The decisions that count. No two of them contradict each other: `hub.linking` takes none that would."""

    merges: tuple[Merge, ...]
    splits: tuple[Split, ...]

    def without(self, decision: Decision) -> Standing:
        """What would count if `decision` and all rows about the same subject were withdrawn."""
        return Standing(
            tuple(one for one in self.merges if one.decision.key != decision.key),
            tuple(one for one in self.splits if one.decision.key != decision.key),
        )

    def concerned(self) -> frozenset[Report]:
        """Every report that a decision names."""
        merged = (report for one in self.merges for report in (one.one, one.other))
        return frozenset(merged).union(*(side for one in self.splits for side in one.sides))

    def against_uniting(self, reports: Set[Report]) -> Split | None:
        """The split that keeps some of these reports apart from others of them."""
        return next((one for one in self.splits if all(side & reports for side in one.sides)), None)

    def against_parting(self, leaving: Set[Report], staying: Set[Report]) -> Merge | None:
        """The merge that joined a report of one side with one of the other."""
        return next(
            (
                one
                for one in self.merges
                if (one.one in leaving and one.other in staying) or (one.other in leaving and one.one in staying)
            ),
            None,
        )


def reports(named: Iterable[Sequence[str]]) -> frozenset[Report]:
    """Reports as the JSON of a decision's subject has them."""
    return frozenset((system, source_id) for system, source_id in named)


def newest(decided: Iterable[Decision]) -> list[Decision]:
    """The row that counts for each subject, in the order in which they were made."""
    found = {one.key: one for one in sorted(decided, key=lambda one: one.id)}
    return sorted(found.values(), key=lambda one: one.id)


def standing(decided: Iterable[Decision]) -> Standing:
    """What counts of the rows of kind `link`."""
    found = newest(decided)
    merges = [
        Merge(one, *(tuple(report) for report in one.subject["reports"])) for one in found if one.verdict == MERGE
    ]
    splits = [
        Split(one, reports(one.subject["reports"]), reports(one.subject["others"]))
        for one in found
        if one.verdict == SPLIT
    ]
    return Standing(tuple(merges), tuple(splits))
