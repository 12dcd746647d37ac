"""`hub preview`: the first rows of a dataset as its source gives them, beside what the hub would make of them.

Nothing is landed, no bookmark moves: the few records are judged in a folder of the private zone that goes at the end.
Values are shown whole, personal ones too, as `hub quarantine show` shows them: no mask tells what is wrong with one.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub import catalogue
from hub.onboarding.rows import Looked, Row, look
from quality.compiler import CompileError
from quality.trial import Judged, judged

if TYPE_CHECKING:
    from operations.settings import Settings
    from operations.store import Store
    from schemas.declaration import Dataset


@dataclass(frozen=True)
class Line:
    """One column of one row: the source's field and what it wrote, the contract's column and what it becomes. `field`
    is None for a constant, `column` for a field that no column takes."""

    column: str | None
    field: str | None
    raw: Any
    conformed: Any


@dataclass(frozen=True)
class Preview:
    """The records looked at; what would become of each that can be read, in their order; and the declaration's fault
    where it does not fit its contract yet, so that only the raw rows can be shown. `lacking` are fields of the
    declaration that no row has, for which a sync refuses the whole delivery."""

    looked: Looked
    judged: list[Judged]
    unfit: str = ""
    lacking: tuple[str, ...] = ()

    def pairs(self) -> list[tuple[Row, Judged]]:
        """Each row as it came, and as it would become; none while the declaration does not fit."""
        rows = self.looked.numbered()
        return [(rows[one.position], one) for one in self.judged if one.position in rows]


def preview(settings: Settings, store: Store, system_id: str, name: str, limit: int) -> Preview:
    """The first `limit` records of a dataset. Raises ConnectorError, UnknownNameError."""
    system, dataset = catalogue.dataset(system_id, name)
    statement, unfit = None, ""
    try:
        statement = catalogue.statement(system, dataset, catalogue.decided(store))
    except CompileError as error:
        unfit = catalogue.placed(error)
    with catalogue.connector(system, store, settings) as connector:
        pages = connector.preview(dataset, limit)
        looked = look(pages, limit)
        if statement is None:
            return Preview(looked, [], unfit)
        contract, named = catalogue.contract(dataset), f"{system_id}.{name} preview"
        with tempfile.TemporaryDirectory(dir=settings.private / "work", prefix="preview-") as folder:
            found = judged(settings, named, statement, contract, pages, limit, Path(folder))
            return Preview(looked, found, lacking=_lacking(dataset, statement.fields, looked.rows))


def lines(dataset: Dataset, row: Row, one: Judged) -> list[Line]:
    """A row column by column, as the declaration maps it, then the fields that it takes to no column."""
    mapped = {name: origin for name, origin in dataset.fields.items() if name in one.values}
    found = [Line("source_id", ", ".join(dataset.key), "|".join(_text(row, key) for key in dataset.key), one.source_id)]
    found += [
        Line(name, origin.source, row.get(origin.source) if origin.source else None, one.values[name])
        for name, origin in mapped.items()
    ]
    taken = {origin.source for origin in mapped.values()} | set(dataset.key)
    return found + [Line(None, field, value, None) for field, value in row.items() if field not in taken]


def _lacking(dataset: Dataset, fields: Iterable[str], rows: list[Row]) -> tuple[str, ...]:
    came = {name for row in rows for name in row}
    return tuple(name for name in fields if name not in came) if rows and dataset.drift.missing_field == "fail" else ()


def _text(row: Row, field: str) -> str:
    value = row.get(field)
    return "" if value is None else str(value)
