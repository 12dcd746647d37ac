"""mart.released worked out again: which small numbers are hidden, and which others with them so that none is derived.

The independent half of a comparison: no SQL, and nothing of `warehouse/`. The cases are those of `pandas_cases`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from pandas_cases import Counted

FEWEST = 5
SMALL_PLACES = {"town": ("cases_accepted", "closure_rate", "resolution_rate"), "grid": ("cases_accepted",)}
Place = tuple[str, str]  # level and code


@dataclass
class Unit:
    """A town or grid: its parent's code, and metric -> (numerator, denominator)."""

    parent: str
    counts: dict[str, tuple[int, int | None]]
    hidden: bool = field(default=False)

    @property
    def cases(self) -> int:
        return self.counts["cases_accepted"][0]

    @property
    def is_small(self) -> bool:
        """Whether a number, or what is left of one without another, counts fewer cases than may be shown."""
        told = [self.cases]
        if "closure_rate" in self.counts:
            (ended, accepted), (resolved, closed) = self.counts["closure_rate"], self.counts["resolution_rate"]
            told += [closed, ended, resolved, accepted - ended, closed - ended, closed - resolved]
        return any(0 < number < FEWEST for number in told)


def units(counted: Counted, parents: dict[Place, str]) -> dict[Place, Unit]:
    """Every town and grid, those to be hidden marked."""
    cases = counted.frames["cases"]
    found = {place: Unit(parent, dict.fromkeys(SMALL_PLACES[place[0]], (0, 0))) for place, parent in parents.items()}
    for level in SMALL_PLACES:
        for code, rows in cases.groupby(f"{level}_code"):
            if (level, code) not in found:
                continue
            accepted, closed = rows["accepted_at"].notna(), ~rows["is_open"].astype(bool)
            counts = {
                "cases_accepted": (int(accepted.sum()), None),
                "closure_rate": (int((accepted & closed).sum()), int(accepted.sum())),
                "resolution_rate": (int(rows["is_resolved"].sum()), int(closed.sum())),
            }
            found[level, code].counts = {name: counts[name] for name in SMALL_PLACES[level]}
    families: dict[tuple[str, str], dict[Place, Unit]] = {}
    for place, unit in found.items():
        families.setdefault((place[0], unit.parent), {})[place] = unit
    for siblings in families.values():
        _hide(siblings)
    for (level, _), unit in found.items():
        above = found.get(("town", unit.parent))
        unit.hidden = unit.hidden or (level == "grid" and above is not None and above.hidden)
    return found


def _hide(siblings: dict[Place, Unit]) -> None:
    hidden = [unit for unit in siblings.values() if unit.is_small]
    if not hidden:
        return
    others = [unit for _, unit in sorted(siblings.items()) if not unit.is_small and unit.cases > 0]
    others.sort(key=lambda unit: unit.cases)
    while others and not _enough(hidden):
        hidden.append(others.pop(0))
    for unit in hidden if _enough(hidden) else siblings.values():
        unit.hidden = True


def _enough(hidden: list[Unit]) -> bool:
    return len(hidden) >= 2 and sum(unit.cases for unit in hidden) >= FEWEST


def derivable(shown: dict[Place, int | None], parents: dict[Place, str]) -> set[Place]:
    """Hidden places whose number follows from what is shown, were every case of a place in one of its parts.

    Each parent is the sum of its parts: a linear equation. A hidden number follows when the equations span it.
    """
    hidden = sorted(place for place, number in shown.items() if number is None)
    at = {place: nth for nth, place in enumerate(hidden)}
    whole = {parents[place] for place in shown if place in parents}
    equations: dict[str, np.ndarray] = {}
    for place, nth in at.items():
        for code, sign in ((parents.get(place, ""), 1), (place[1], -1)):
            if code in whole:
                equations.setdefault(code, np.zeros(len(hidden)))[nth] = sign
    if not hidden:
        return set()
    _, sizes, directions = np.linalg.svd(np.array([*equations.values()]).reshape(-1, len(hidden)))
    free = directions[int((sizes > 1e-9).sum()) :]  # the ways in which the hidden may change and all sums stay
    return {place for place, nth in at.items() if np.allclose(free[:, nth], 0)}
