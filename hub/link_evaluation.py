"""How good linking is, measured against pairs of reports of which somebody knows whether they are one dispute.

Precision: of the pairs that the hub put together, how many are one dispute. Recall: of those that are, how many it put
together. Both over the pairs of the file; pairs that the hub put together and that the file does not name are counted,
because precision says nothing of them.
"""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from hub import published
from warehouse.link.decided import Report

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from operations.settings import Settings

COLUMNS = ("system_a", "source_id_a", "system_b", "source_id_b", "same")
WORDS = {"1": True, "true": True, "yes": True, "是": True, "0": False, "false": False, "no": False, "否": False}
"""What `same` may say, in small letters."""
SHOWN = 20
"""So many pairs that are wrong are named."""
Labelled = tuple[Report, Report]


class LabelError(ValueError):
    """A file of labelled pairs that cannot be used; the message names file, line and what to do."""


@dataclass(frozen=True)
class Evaluation:
    """Counts of pairs, and the rates 0..1 that follow (None: of nothing).

    labelled = absent + both + joined + parted + neither: pairs of which a report is not published (or in no case, as a
    consultation is), pairs that are one dispute and one case, one case only, one dispute only, neither. `unnamed` are
    pairs of reports of the file that are one case and are no line of it.
    """

    labelled: int
    absent: int
    both: int
    joined: int
    parted: int
    neither: int
    unnamed: int
    wrongly_joined: list[Labelled]
    wrongly_parted: list[Labelled]

    @property
    def precision(self) -> float | None:
        return self.both / (self.both + self.joined) if self.both + self.joined else None

    @property
    def recall(self) -> float | None:
        return self.both / (self.both + self.parted) if self.both + self.parted else None

    @property
    def f1(self) -> float | None:
        """The harmonic mean of both."""
        if not self.precision or not self.recall:
            return None if self.precision is None or self.recall is None else 0.0
        return 2 * self.precision * self.recall / (self.precision + self.recall)


def evaluate(settings: Settings, path: Path) -> Evaluation:
    """Compare the published cases with the labelled pairs of a CSV file. Raises LabelError, NothingPublishedError."""
    labels = read(path)
    with published.current(settings) as con:
        codes = _codes(con, sorted({report for pair in labels for report in pair}))
    counts: Counter[str] = Counter()
    wrong: dict[str, list[Labelled]] = {"joined": [], "parted": []}
    for pair, is_same in labels.items():
        one, other = (codes.get(report) for report in pair)
        if one is None or other is None:
            counts["absent"] += 1
            continue
        found = {(True, True): "both", (True, False): "joined", (False, True): "parted", (False, False): "neither"}
        kind = found[one == other, is_same]
        counts[kind] += 1
        if kind in wrong:
            wrong[kind].append(pair)
    together = sum(size * (size - 1) // 2 for size in Counter(codes.values()).values())
    kinds = {kind: counts[kind] for kind in ("absent", "both", "joined", "parted", "neither")}
    return Evaluation(
        labelled=len(labels), **kinds, unnamed=together - counts["both"] - counts["joined"],
        wrongly_joined=wrong["joined"][:SHOWN], wrongly_parted=wrong["parted"][:SHOWN],
    )  # fmt: skip


def read(path: Path) -> dict[Labelled, bool]:
    """The labelled pairs of a CSV file (UTF-8, columns COLUMNS), each with its reports in order. Raises LabelError."""
    labels: dict[Labelled, bool] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, strict=True)
            if missing := [name for name in COLUMNS if name not in (rows.fieldnames or ())]:
                raise LabelError(
                    f"{path}: the first line has no {', '.join(missing)}; write the columns {','.join(COLUMNS)}"
                )
            for row in rows:
                pair, is_same = _label(row, f"{path} line {rows.line_num}")
                if labels.setdefault(pair, is_same) != is_same:
                    raise LabelError(
                        f"{path} line {rows.line_num}: {_told(pair)} are one dispute and two in the same file;"
                        " keep one of the lines"
                    )
    except OSError as error:
        raise LabelError(f"{path} cannot be read: {error.strerror}; name a CSV file of labelled pairs") from error
    except UnicodeDecodeError as error:
        raise LabelError(f"{path} is not UTF-8 (byte {error.start}); save it as CSV UTF-8") from error
    except csv.Error as error:
        raise LabelError(f"{path} line {rows.line_num + 1}: {error}; mend the quotes of this line") from error
    if not labels:
        raise LabelError(f"{path} has no pair; write a line for each, such as court_odr,SQ1,petition_hotline,WO1,1")
    return labels


def _label(row: dict[str, str], place: str) -> tuple[Labelled, bool]:
    cells = {name: (row[name] or "").strip() for name in COLUMNS}
    if empty := [name for name, cell in cells.items() if not cell]:
        raise LabelError(f"{place}: {', '.join(empty)} is empty; fill it, or remove the line")
    if (same := WORDS.get(cells["same"].lower())) is None:
        raise LabelError(f"{place}: same is {cells['same']!r}; write one of {', '.join(WORDS)}")
    one, other = sorted(((cells["system_a"], cells["source_id_a"]), (cells["system_b"], cells["source_id_b"])))
    if one == other:
        raise LabelError(f"{place}: {'/'.join(one)} stands on both sides; name two reports")
    return (one, other), same


def _told(pair: Labelled) -> str:
    return " and ".join("/".join(report) for report in pair)


def _codes(con: duckdb.DuckDBPyConnection, reports: list[Report]) -> dict[Report, str]:
    """The case of each report that has one."""
    found: dict[Report, str] = {}
    rest = iter(reports)
    while batch := list(islice(rest, 100_000)):
        sql = (
            "SELECT r.system, r.source_id, r.case_code FROM core.case_reports AS r"
            " JOIN (SELECT unnest(?) AS system, unnest(?) AS source_id) AS n USING (system, source_id)"
            " WHERE r.case_code IS NOT NULL"
        )
        rows = con.execute(sql, [[one for one, _ in batch], [other for _, other in batch]]).fetchall()
        found |= {(system, source_id): code for system, source_id, code in rows}
    return found
