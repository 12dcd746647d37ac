"""Judge a few records before anything of them is landed, by the one statement that judges a load.

The records are written to a folder of the caller's, in the form in which they would land, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quality.conform import Landed, connect, judge_load
from quality.landed import piece_of
from quality.masks import picked
from quality.mend import csv_records
from quality.predicates import literal
from quality.rules import SOURCE_UPDATED_AT
from schemas.delivery import Page, Part

if TYPE_CHECKING:
    from operations.settings import Settings
    from quality.compiler import Statement
    from quality.rules import Rule
    from schemas.contract import Contract


@dataclass(frozen=True)
class Judged:
    """What would become of a record: its position (from 1), its key, the contract's columns with their values, whether
    it would be quarantined or deletes, and every critical and warning rule that it breaks."""

    position: int
    source_id: str | None
    values: dict[str, Any]
    rejected: bool
    deletes: bool
    broken: tuple[Rule, ...]


def judged(
    settings: Settings,
    named: str,
    statement: Statement,
    contract: Contract,
    pages: Iterable[Page],
    limit: int,
    folder: Path,
) -> list[Judged]:
    """The first `limit` records of pages, judged; those that cannot be read are left out. `folder` is a private one
    that the caller removes; `named` names the records in errors. Raises CheckError."""
    parts = _written(pages, limit, folder)
    names = [column.name for column in (*contract.columns, SOURCE_UPDATED_AT)]
    as_of = settings.clock()
    pieces = [piece_of(folder / part.path, part.format) for part in parts]
    with closing(connect(settings, folder)) as con:
        judge_load(con, Landed(named, folder, parts, pieces), statement, as_of, folder / "judged.parquet", as_of)
        columns = ", ".join(f'c."{name}"' for name in names)
        ids = picked(statement.rules, [literal(rule.id) for rule in statement.rules], "critical", "warning")
        rows = con.execute(
            f"SELECT c.position, c.source_id, c.rejected, c.is_tombstone, {ids}, {columns} FROM checked AS c"
            " WHERE c.position NOT IN (SELECT position FROM unreadable) ORDER BY c.position"
        ).fetchall()
    rules = {rule.id: rule for rule in statement.rules}
    return [
        Judged(
            position=position,
            source_id=source_id,
            values=dict(zip(names, values, strict=True)),
            rejected=rejected,
            deletes=deletes and not rejected,
            broken=tuple(rules[one] for one in broken),
        )
        for position, source_id, rejected, deletes, broken, *values in rows
    ]


def _written(pages: Iterable[Page], limit: int, folder: Path) -> list[Part]:
    """The first `limit` records of pages as parts in the folder; a page's own file is left as it is."""
    parts: list[Part] = []
    left = limit
    for number, page in enumerate(pages, start=1):
        if left <= 0:
            break
        path = folder / f"first-{number:05d}.{page.format}"
        rows = min(page.rows, left)
        if isinstance(page.body, bytes):
            path.write_bytes(_first(BytesIO(page.body), rows))
        elif isinstance(page.body, Path):
            with page.body.open("rb") as lines:
                if page.format == "csv":
                    path.write_bytes(b"".join(islice(csv_records(lines), rows + 1)))
                else:
                    path.write_bytes(_first(lines, rows))
        else:
            from pyarrow import parquet

            parquet.write_table(page.body.slice(0, rows), path)
        first = 1 + limit - left
        parts.append(Part(path.name, page.format, rows, "", path.stat().st_size, first, places=page.places))
        left -= rows
    return parts


def _first(lines: Iterable[bytes], rows: int) -> bytes:
    return b"".join(islice((line for line in lines if line.strip()), rows))
