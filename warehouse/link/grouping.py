"""Which reports form one dispute: edges are taken from the strongest down, unless the united case would contradict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

LONGEST = timedelta(days=90)


@dataclass(frozen=True)
class Node:
    """A report: when it came, the tokens of its parties' ID numbers, and the case that it has so far."""

    reported_at: datetime
    applicant: str | None
    respondent: str | None
    case_code: str | None


@dataclass(frozen=True)
class Grouping:
    """`group_of[node]` is the smallest node of its group; `refused[edge]` is None or why the edge was not taken."""

    group_of: list[int]
    refused: list[str | None]


def contradict(one: Node, other: Node) -> bool:
    """Both parties are known on both sides and neither agrees, not even with roles swapped."""
    ours, theirs = (one.applicant, one.respondent), (other.applicant, other.respondent)
    return None not in ours and None not in theirs and not set(ours) & set(theirs)


def group(nodes: Sequence[Node], edges: Sequence[tuple[int, int]]) -> Grouping:
    """Unite nodes along `edges` (strongest first), the nodes of one existing case to begin with.

    An edge is refused when any two reports of the united case would contradict each other, also through a third
    one, or lie more than 90 days apart. Reports that already share a case stay together, whatever they say now.
    """
    members: dict[int, list[int]] = {}
    group_of = list(range(len(nodes)))
    first_of_case: dict[str, int] = {}
    for index, node in enumerate(nodes):
        first = index if node.case_code is None else first_of_case.setdefault(node.case_code, index)
        group_of[index] = first
        members.setdefault(first, []).append(index)
    refused: list[str | None] = []
    for a, b in edges:
        left, right = sorted((group_of[a], group_of[b]))
        reason = None if left == right else _objection(nodes, members[left], members[right])
        refused.append(reason)
        if left != right and reason is None:
            for index in members[right]:
                group_of[index] = left
            members[left] += members.pop(right)
    return Grouping(group_of, refused)


def _objection(nodes: Sequence[Node], left: list[int], right: list[int]) -> str | None:
    times = [nodes[index].reported_at for index in (*left, *right)]
    if max(times) - min(times) > LONGEST:
        return "too_far_apart"
    if any(contradict(nodes[x], nodes[y]) for x in left for y in right):
        return "parties_contradict"
    return None
