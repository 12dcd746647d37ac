"""Which stage of a report may follow which, as `stage_transitions.csv` declares it.

A row `from,to` names two codes of the list `stage`; a report may always stay in its stage. A row whose `from` is `*`
names a code of the list `status` that may come after any stage.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import NamedTuple

TRANSITIONS = Path(__file__).parent / "stage_transitions.csv"
ANY = "*"


class Transitions(NamedTuple):
    """`stages`: the allowed changes of stage; `statuses`: those allowed whatever the stage was."""

    stages: tuple[tuple[str, str], ...]
    statuses: tuple[str, ...]


@cache
def transitions(path: Path = TRANSITIONS) -> Transitions:
    """The allowed transitions, in file order."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [(row["from"], row["to"]) for row in csv.DictReader(file)]
    return Transitions(tuple(row for row in rows if row[0] != ANY), tuple(to for before, to in rows if before == ANY))
