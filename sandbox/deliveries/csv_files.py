"""CSV files in an outbox, each followed by its control file: what several departments send each day."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import md5
from pathlib import Path
from typing import Any

from sandbox.departments import Department
from sandbox.store import WorldStore
from sandbox.systems.view import stamp

OVERLAP = timedelta(days=2)


def deliver(store: WorldStore, department: Department, folder: Path, since: datetime | None, clock: datetime) -> None:
    """Write the file of the day of `clock`: what changed after `since` and the overlap before it (None: everything)."""
    after = stamp(since - OVERLAP) if since else None
    records = list(store.bodies(department.system, department.dataset, "updated > ?", after or ""))
    body = content(records, department.words.values()).encode(department.encoding, "replace")
    write(folder, f"{department.place}_{clock:%Y%m%d}.csv", body, len(records))


def content(records: Iterable[dict[str, Any]], columns: Iterable[str]) -> str:
    """Return the CSV text of records."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns := list(columns))
    for record in records:
        writer.writerow(["" if record.get(name) is None else record[name] for name in columns])
    return text.getvalue()


def write(folder: Path, name: str, body: bytes, count: int, *, control: bool = True) -> None:
    """Put a file into the outbox, then its control file."""
    (folder / f"{name}.ok").unlink(missing_ok=True)  # an old control file must not vouch for a new body
    (folder / name).write_bytes(body)
    if control:
        lines = f"file={name}\nmd5={md5(body).hexdigest()}\nrows={count}\n"
        (folder / f"{name}.ok").write_text(lines, encoding="utf-8")
