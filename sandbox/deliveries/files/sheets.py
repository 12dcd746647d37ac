"""A workbook as people lay it out: a title, a header, the records, a total; notes and an old sheet beside them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Any

from sandbox.departments import Drop, Listing

Cell = str | float | date | None
FIRST_ROW = 2  # 0-based: below the title and the header
NOTES = "填表说明"
EXAMPLE = "填写示例"  # has the columns of the others, and no record


@dataclass
class Sheet:
    """A sheet: rows of cells, merged areas (first row, last row, first column, last column), hidden or not."""

    name: str
    rows: list[list[Cell]]
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden: bool = False


def sheets(records: list[dict[str, Any]], listing: Listing, drop: Drop) -> list[Sheet]:
    """Return the sheets of a workbook of records: one, or one for each value of the field that parts them."""
    part = listing.words[listing.sheets] if listing.sheets else None
    parts = {drop.title: records}
    if part:
        records = sorted(records, key=lambda record: str(record.get(part)))  # stable: within a sheet by their keys
        parts = {name: list(found) for name, found in groupby(records, lambda record: str(record.get(part)))}
    made = [_sheet(name, found, listing, drop) for name, found in parts.items()]
    example = dict.fromkeys(listing.words.values(), "示例")
    beside = [_sheet(EXAMPLE, [example], listing, drop)] if part else []
    notes = Sheet(NOTES, [["填报单位：省级主管部门"], ["日期可填写年月日或年月日时分。"]])
    old = _sheet("上期", records[:3], listing, drop)
    old.hidden = True
    return [*made, *beside, notes, old]


def _sheet(name: str, records: list[dict[str, Any]], listing: Listing, drop: Drop) -> Sheet:
    columns = list(listing.words.values())
    rows: list[list[Cell]] = [[_cell(record.get(word)) for word in columns] for record in records]
    merged = []
    if listing.merged:
        column = columns.index(listing.words[listing.merged])
        merged = _merge(rows, column)
    return Sheet(name, [[drop.title], list(columns), *rows, ["合计", len(rows)]], merged)


def _cell(value: Any) -> Cell:
    """Return what stands in a cell: `{"date": …}` is a day."""
    if isinstance(value, dict):
        return date.fromisoformat(value["date"])
    found: Cell = value
    return found


def _merge(rows: list[list[Cell]], column: int) -> list[tuple[int, int, int, int]]:
    """Merge equal neighbours of a column: only the first of them keeps its value."""
    areas, first = [], 0
    for value, run in groupby([row[column] for row in rows]):
        end = first + len(list(run))
        if value is not None and end - first > 1:
            areas.append((FIRST_ROW + first, FIRST_ROW + end - 1, column, column))
            for row in rows[first + 1 : end]:
                row[column] = None
        first = end
    return areas
