"""The crosswalks that declarations use: which columns each one fills, what it maps to, and what counts by now."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from hub import catalogue
from schemas.codes import HERE, Decided, Mapping, code_list, effective
from schemas.divisions import in_force

if TYPE_CHECKING:
    from datetime import date

    from schemas.contract import Column

HEADER = ("from_code", "from_label", "to_code", "confidence", "approved_by", "valid_from", "valid_to")


class UnknownCrosswalkError(LookupError):
    """No declaration uses a crosswalk of this name; the message lists those of the same system."""


@dataclass(frozen=True)
class Use:
    """A column of a dataset that is filled through the crosswalk from the field `source`."""

    crosswalk: str
    system: str
    dataset: str
    contract: str
    column: Column
    source: str

    @property
    def meaning(self) -> str:
        """What the crosswalk maps to: the name of a code list, or of a column that has none."""
        return self.column.code_list or self.column.name


@cache
def uses() -> dict[str, tuple[Use, ...]]:
    """Every crosswalk that is used, by name, in the order of the declarations."""
    found: dict[str, tuple[Use, ...]] = {}
    for use in _uses():
        found[use.crosswalk] = (*found.get(use.crosswalk, ()), use)
    return found


def _uses() -> Iterator[Use]:
    for system in catalogue.systems().values():
        for dataset in system.datasets.values():
            for column in catalogue.contract(dataset).columns:
                mapped = dataset.fields.get(column.name)
                if mapped is not None and mapped.crosswalk is not None and mapped.source is not None:
                    yield Use(mapped.crosswalk, system.id, dataset.name, dataset.contract, column, mapped.source)


def used(name: str) -> tuple[Use, ...]:
    """The uses of one crosswalk. Raises UnknownCrosswalkError."""
    if name not in uses():
        near = [one for one in uses() if one.split("_")[0] == name.split("_")[0]] or list(uses())
        raise UnknownCrosswalkError(f"no crosswalk {name!r} is used; there are: {', '.join(near)}")
    return uses()[name]


def mappings(name: str, decided: Sequence[Decided] = ()) -> tuple[Mapping, ...]:
    """The rows that count. Raises UnknownCrosswalkError, and CodeError where they do not fit their code list."""
    return effective(name, used(name)[0].column.code_list, decided)


def alike(name: str) -> list[str]:
    """The crosswalks that map to the same thing, this one first."""
    meaning = used(name)[0].meaning
    return [name, *(one for one, found in uses().items() if found[0].meaning == meaning and one != name)]


def labels(name: str, day: date) -> dict[str, str]:
    """Shared code -> label of what the crosswalk may map to on a day: the codes of a list, or the divisions of a level;
    where there is neither, what others map to."""
    column = used(name)[0].column
    if column.code_list is not None:
        codes = [code for code in code_list(column.code_list) if code.valid_to is None or day < code.valid_to]
        return {code.code: code.label for code in codes}
    if column.division is not None and (places := in_force(column.division, day)):
        return places
    return {row.to_code: row.from_label for one in reversed(alike(name)) for row in reversed(mappings(one))}


def text_of(name: str, from_code: str) -> str:
    """What a department calls a code: its label on other days, or for another column that the same field fills."""
    fields = {(use.system, use.dataset, use.source) for use in used(name)}
    beside = [
        one for one, found in uses().items() if any((use.system, use.dataset, use.source) in fields for use in found)
    ]
    for one in dict.fromkeys([name, *beside]):
        for row in mappings(one):
            if row.from_code == from_code:
                return row.from_label
    return from_code


def export(folder: Path, decided: Sequence[Decided]) -> list[Path]:
    """Write the crosswalks that count as complete CSV files, in the form of schemas/crosswalks; returns their paths.

    One that nobody decided about is written byte for byte as it is shipped.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name in sorted(path.stem for path in (HERE / "crosswalks").glob("*.csv")):
        rows = mappings(name, decided) if name in uses() else effective(name, None, decided)
        path = folder / f"{name}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(HEADER)
            for row in rows:
                days = ["" if day is None else day.isoformat() for day in (row.valid_from, row.valid_to)]
                code = [row.from_code, row.from_label, row.to_code, row.confidence, row.approved_by]
                writer.writerow([*code, *days])
        paths.append(path)
    return paths
