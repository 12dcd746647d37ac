"""The connector of the family database."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from connectors.base import Finding, address
from connectors.cursors import greatest_time
from connectors.database.rows import NoScannerError, fetched, scanned
from connectors.database.server import Server
from connectors.errors import ConnectorError, IncompleteDeliveryError
from operations.credentials import Credentials
from operations.settings import Settings
from schemas.declaration import Dataset
from schemas.declared.database import DatabaseDataset, DatabaseSource
from schemas.delivery import Page, Window


class DatabaseConnector:
    """Reads tables as Arrow in bounded batches. A broken read begins anew, or with its chunk: without an order in the
    table there is no place to resume from, and sorting it would cost the server more than reading it again."""

    def __init__(
        self,
        system: str,
        source: DatabaseSource,
        datasets: Mapping[str, Dataset],
        credentials: Credentials,
        settings: Settings,
    ) -> None:
        self._datasets = datasets
        self._settings = settings
        self._server = Server(system, address(system, source.url), source.statement_timeout, credentials)

    def check(self) -> list[Finding]:
        """Looks every table up, with its key and cursor columns."""
        return [self._check(_table(dataset)) for dataset in self._datasets.values()]

    def read(
        self, dataset: Dataset, window: Window, resume: str | None, bookmark: dict[str, Any] | None
    ) -> Iterator[Page]:
        """Arrow pages of the rows changed in the window; the first may be empty, to show the columns.

        A window longer than the declared chunk is read in pieces, oldest first. Its pages say where their piece
        began: a resumed read takes that piece again, and the rows that come twice count as duplicates.
        """
        table = _table(dataset)
        columns = self._server.columns(table)
        shown = resume is not None
        for since, until, last in self._pieces(table, window, resume):
            statement = self._server.statement(table, columns, since, until, undated=last)
            checkpoint = None if table.chunk is None or since is None else json.dumps({"since": str(since)})
            for rows in self._tables(table, statement):
                if rows.num_rows or (last and not shown):
                    shown = True
                    yield Page("parquet", rows.num_rows, rows, None, checkpoint, _cursor_high(table, rows))

    def keys(self, dataset: Dataset) -> Iterator[Page]:
        """The keys of every row in the table."""
        table = _table(dataset)
        columns = self._server.columns(table)
        ordered = table.change_log.order if table.change_log else []
        chosen = {name: columns[name] for name in dict.fromkeys([*table.key, *ordered])}
        statement = self._server.statement(table, chosen, None, None)
        for rows in self._tables(table, statement):
            keys = zip(*(rows.column(name).to_pylist() for name in table.key), strict=True)
            lines = [json.dumps({"source_id": "|".join(map(str, key))}, ensure_ascii=False) for key in keys]
            yield Page("ndjson", len(lines), "".join(f"{line}\n" for line in lines).encode())

    def preview(self, dataset: Dataset, limit: int = 20) -> list[Page]:
        """The first rows of the table as one page."""
        table = _table(dataset).model_copy(update={"batch_rows": limit})
        statement = self._server.statement(table, self._server.columns(table), None, None, limit=limit)
        for rows in self._tables(table, statement):
            first = rows.slice(0, limit)
            return [Page("parquet", first.num_rows, first)]
        return []

    def bookmark_after(self, dataset: Dataset) -> dict[str, Any] | None:
        """None: tables are remembered by their cursor."""
        return None

    def confirm(self, dataset: Dataset) -> None:
        """Nothing to tell: we remember ourselves what was read."""

    def close(self) -> None:
        """Give the connection back."""
        self._server.close()

    def _pieces(
        self, dataset: DatabaseDataset, window: Window, resume: str | None
    ) -> Iterator[tuple[datetime | None, datetime | None, bool]]:
        """(since, until, whether it is the last) of each piece of a window; without a lower bound there is but one."""
        since = datetime.fromisoformat(json.loads(resume)["since"]) if resume else window.since
        end = window.until or self._settings.clock()
        if since is not None and dataset.chunk is not None:
            while since + dataset.chunk < end:
                yield since, since + dataset.chunk, False
                since += dataset.chunk
        yield since, window.until, True

    def _check(self, dataset: DatabaseDataset) -> Finding:
        try:
            columns = self._server.columns(dataset)
        except ConnectorError as error:
            return Finding(False, dataset.name, str(error))
        found = f"{self._server.system}.{dataset.name}: {dataset.relation} with {len(columns)} columns"
        used = {one.source for one in dataset.fields.values()}
        if lost := [name for name in used if name is not None and name not in columns]:
            known = {*used, *dataset.key, *dataset.ignore, dataset.sync.cursor, getattr(dataset.deletes, "field", None)}
            new = ", ".join(name for name in columns if name not in known) or "none"
            remedy = f"not declared yet: {new}. If the department renamed them, correct `fields`, else take them out"
            lacking = f"{found}, and none of them is {', '.join(sorted(lost))}, which `fields` names; {remedy}"
            return Finding(dataset.drift.missing_field != "fail", dataset.name, lacking)
        return Finding(True, dataset.name, found)

    def _tables(self, dataset: DatabaseDataset, statement: str) -> Iterator[pa.Table]:
        """At least one table: an empty one when nothing matches."""
        empty: pa.Table | None = None
        any_rows = False
        for batch in self._batches(dataset, statement):
            if batch.num_rows:
                any_rows = True
                yield pa.Table.from_batches([batch])
            else:
                empty = pa.Table.from_batches([batch])
        if not any_rows and empty is not None:
            yield empty

    def _batches(self, dataset: DatabaseDataset, statement: str) -> Iterator[pa.RecordBatch]:
        try:
            yield from scanned(self._server, dataset, statement, self._settings)
        except NoScannerError:
            yield from fetched(self._server, dataset, statement)
        except duckdb.Error as error:
            raise IncompleteDeliveryError(
                self._server.system,
                dataset.name,
                f"{self._server.place} {dataset.relation}",
                f"the rows broke off ({type(error).__name__})",
                "the next run reads them again from where their window began",
                retryable=True,
                restart=dataset.chunk is None,
            ) from None


def _table(dataset: Dataset) -> DatabaseDataset:
    if not isinstance(dataset, DatabaseDataset):
        raise TypeError(f"{dataset.name} is not a table")
    return dataset


def _cursor_high(dataset: DatabaseDataset, rows: pa.Table) -> str | None:
    if dataset.sync.cursor is None or rows.num_rows == 0:
        return None
    texts = rows.column(dataset.sync.cursor).cast(pa.string())
    times = texts.filter(pc.match_substring_regex(texts, r"^\d{4}"))
    highest = pc.max(times).as_py()
    return greatest_time([highest], dataset) if highest else None
