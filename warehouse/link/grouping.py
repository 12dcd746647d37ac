"""Which reports form one dispute: edges are taken from the strongest down, unless the united case would contradict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

LONGEST = timedelta(days=90)


@dataclass(frozen=True)
class Node:
    """A report: when it came, the tokens of its parties' ID numbers, and the case that it has so far.

    `part` names the reports of that case that rules put together: a case has several parts where a person merged it.
    `sides` are the (split, side) of the case, or of a report that has none: a person keeps the sides of a split apart.
    """

    reported_at: datetime
    applicant: str | None
    respondent: str | None
    case_code: str | None
    part: str | None = None
    sides: frozenset[tuple[int, int]] = frozenset()


@dataclass(frozen=True)
class Grouping:
    """`group_of[node]` and `part_of[node]` are the smallest nodes of its group and of its part of the group;
    `refused[edge]` is None or why the edge was not taken."""

    group_of: list[int]
    part_of: list[int]
    refused: list[str | None]


class _Sets:
    """Disjoint sets of nodes, each named by its smallest."""

    def __init__(self, keys: Sequence[object]) -> None:
        first: dict[object, int] = {}
        self.of = [first.setdefault(key, index) for index, key in enumerate(keys)]
        self.members: dict[int, list[int]] = {}
        for index, name in enumerate(self.of):
            self.members.setdefault(name, []).append(index)

    def unite(self, a: int, b: int) -> None:
        left, right = sorted((self.of[a], self.of[b]))
        if left != right:
            for index in self.members[right]:
                self.of[index] = left
            self.members[left] += self.members.pop(right)


def contradict(one: Node, other: Node) -> bool:
    """Both parties are known on both sides and neither agrees, not even with roles swapped."""
    ours, theirs = (one.applicant, one.respondent), (other.applicant, other.respondent)
    return None not in ours and None not in theirs and not set(ours) & set(theirs)


def group(nodes: Sequence[Node], edges: Sequence[tuple[int, int]]) -> Grouping:
    """Unite nodes along `edges` (strongest first), the nodes of one existing case to begin with.

    An edge is refused when a person keeps apart what it would unite, or when any two reports of the united parts would
    contradict each other, also through a third one, or lie more than 90 days apart. Reports that already share a case
    stay together, whatever they say now; what a person merged is not held against a report that fits one part of it.
    """
    groups = _Sets([node.case_code or index for index, node in enumerate(nodes)])
    parts = _Sets([(node.case_code, node.part) if node.case_code else index for index, node in enumerate(nodes)])
    sides = {name: set().union(*(nodes[index].sides for index in found)) for name, found in groups.members.items()}
    refused: list[str | None] = []
    for a, b in edges:
        left, right = sorted((groups.of[a], groups.of[b]))
        if left == right:
            refused.append(None)
            continue
        reason = _objection(nodes, parts.members[parts.of[a]], parts.members[parts.of[b]])
        if any((split, 1 - side) in sides[right] for split, side in sides[left]):
            reason = "kept_apart"
        refused.append(reason)
        if reason is None:
            groups.unite(a, b)
            parts.unite(a, b)
            sides[left] |= sides.pop(right)
    return Grouping(groups.of, parts.of, refused)


def _objection(nodes: Sequence[Node], left: list[int], right: list[int]) -> str | None:
    times = [nodes[index].reported_at for index in (*left, *right)]
    if max(times) - min(times) > LONGEST:
        return "too_far_apart"
    if any(contradict(nodes[x], nodes[y]) for x in left for y in right):
        return "parties_contradict"
    return None
