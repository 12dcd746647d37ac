"""The departments that send files: each format is a module here, and so is what is wrapped around and put beside."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sandbox.deliveries.files import delimited, fixed, json_texts, workbooks, xml
from sandbox.deliveries.files.proofs import put
from sandbox.deliveries.files.sealing import packed
from sandbox.departments import Department, Drop, Listing
from sandbox.store import WorldStore
from sandbox.systems.view import stamp

FORMATS: dict[str, Callable[[list[dict[str, Any]], Listing, Drop], bytes]] = {
    "csv": delimited.content, "xlsx": workbooks.xlsx, "xls": workbooks.xls, "xml": xml.content,
    "json_lines": json_texts.lines, "json_array": json_texts.array, "fixed_width": fixed.lines, "dbf": fixed.dbf,
}  # fmt: skip
DAY, OVERLAP = timedelta(days=1), timedelta(days=2)


def deliver(store: WorldStore, department: Department, folder: Path, clock: datetime, keys: dict[str, str]) -> None:
    """Write a department's files of the day of `clock`, over those of an earlier day that have the same name."""
    for dataset, listing in department.listings.items():
        name = listing.place.format(at=clock)
        after = _after(store, listing, clock)
        records = list(store.bodies(department.system, dataset, "updated > ?", after))
        if department.drop.format == "dbf":
            key = listing.words["key"]
            records += [{key: source_id} for source_id in store.deleted(department.system, after)]
        body = FORMATS[department.drop.format](records, listing, department.drop)
        put(folder, name, packed(body, name, department.drop, keys), len(records), department.drop, keys)


def _after(store: WorldStore, listing: Listing, clock: datetime) -> str:
    """Return since when what changed is in a file: the days of its name and an overlap; everything is in the first."""
    begun = date.fromisoformat(store.get("first_today") or "")
    first = clock
    while first.date() > begun and listing.place.format(at=first - DAY) == listing.place.format(at=clock):
        first -= DAY
    return (stamp(first - DAY - OVERLAP) or "") if first.date() > begun else ""
