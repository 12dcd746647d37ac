"""The connector of the family files: which files are new and whole, and what becomes of each."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from connectors.base import Finding
from connectors.errors import ConnectorError, IncompleteDeliveryError, ProtocolError
from connectors.files.decoding import DecodeError, decode_csv, decode_xlsx
from connectors.files.transports import Found, Transport, open_transport
from operations.credentials import Credentials
from schemas.declaration import Dataset
from schemas.declared.files import CsvFormat, FilesDataset, FilesSource
from schemas.delivery import Page, Window

log = logging.getLogger(__name__)

Seen = dict[str, dict[str, Any]]


class FilesConnector:
    """Reads the files of a folder that were not read before, or changed since, in order of their names.

    A file that is broken does not hold up the others: they are delivered, it is named in the log, and it is
    fetched again by the next run. A run that finds nothing but broken files fails and names the first.
    """

    def __init__(
        self,
        system: str,
        source: FilesSource,
        datasets: Mapping[str, Dataset],
        credentials: Credentials,
        workdir: Path,
    ) -> None:
        self._system = system
        self._control = source.control.suffix if source.control else None
        self._datasets = datasets
        self._transport: Transport = open_transport(system, source, credentials)
        self._work = Path(tempfile.mkdtemp(prefix=f"{system}-", dir=workdir))
        self._seen: dict[str, Seen] = {}

    def check(self) -> list[Finding]:
        """Lists the folder and counts, for each dataset, the files there and those still being written."""
        try:
            listed = self._transport.files()
        except ConnectorError as error:
            return [Finding(False, None, str(error))]
        return [self._check(_files(dataset), listed) for dataset in self._datasets.values()]

    def read(
        self, dataset: Dataset, window: Window, resume: str | None, bookmark: dict[str, Any] | None
    ) -> Iterator[Page]:
        """A page for each new file, with the file as it came.

        A resumed read leaves out those already landed; a backfill takes every file again.
        """
        form = _files(dataset)
        held = json.loads(resume) if resume else {}
        before = {} if window.kind == "backfill" else (bookmark or {}).get("files", {})
        seen: Seen = dict(held.get("files", before))
        declared = held.get("declared", 0 if self._control else None)
        self._seen[dataset.name] = seen
        broken: list[ConnectorError] = []
        delivered = bool(held)
        for found, control in self._new(form, seen):
            try:
                page, sha256 = self._page(form, found, control, seen)
            except (IncompleteDeliveryError, ProtocolError) as error:
                log.error("%s", error)
                broken.append(error)
                continue
            seen[found.name] = {"size": found.size, "mtime": found.mtime, "sha256": sha256}
            if page is None:
                continue
            delivered = True
            declared = None if declared is None else declared + page.rows
            checkpoint = json.dumps({"files": seen, "declared": declared}, ensure_ascii=False)
            yield Page(page.format, page.rows, page.body, declared, checkpoint, None, page.original, page.original_name)
        if broken and not delivered:
            raise broken[0]

    def keys(self, dataset: Dataset) -> Iterator[Page]:
        """No files are compared by keys: a file holds what changed, never all there is."""
        raise ConnectorError(
            self._system,
            dataset.name,
            self._transport.place,
            "files cannot list all keys of their source",
            "leave deletes out of the declaration",
        )

    def preview(self, dataset: Dataset, limit: int = 20) -> list[dict[str, Any]]:
        """The first records of the newest whole file."""
        import csv

        form = _files(dataset)
        for found, control in reversed(self._new(form, {})):
            page, _ = self._page(form, found, control, {})
            if page is None:
                continue
            if isinstance(page.body, bytes):
                return [json.loads(line) for line in page.body.splitlines()[:limit]]
            if isinstance(page.body, Path):
                with page.body.open(encoding="utf-8", newline="") as text:
                    return [dict(row) for row, _ in zip(csv.DictReader(text), range(limit), strict=False)]
        return []

    def bookmark_after(self, dataset: Dataset) -> dict[str, Any] | None:
        """The files read so far: name → size, mtime, sha256."""
        return {"files": self._seen.get(dataset.name, {})}

    def close(self) -> None:
        """Close the connection and remove the fetched copies."""
        self._transport.close()
        shutil.rmtree(self._work, ignore_errors=True)

    def _check(self, dataset: FilesDataset, listed: list[Found]) -> Finding:
        names = {found.name for found in listed}
        mine = [found.name for found in listed if _is_delivery(dataset, found.name)]
        waiting = [name for name in mine if self._control and name + self._control not in names]
        note = f"; without control file, so still being written: {', '.join(waiting)}" if waiting else ""
        message = f"{self._system}.{dataset.name} at {self._transport.place}: {len(mine)} files{note}"
        return Finding(True, dataset.name, message)

    def _new(self, dataset: FilesDataset, seen: Seen) -> list[tuple[Found, Found | None]]:
        """Whole files not seen with this size and time, each with its control file; without it they wait."""
        listed = self._transport.files()
        by_name = {found.name: found for found in listed}
        new = []
        for found in listed:
            known = seen.get(found.name, {})
            same = (known.get("size"), known.get("mtime")) == (found.size, found.mtime)
            if not _is_delivery(dataset, found.name) or same:
                continue
            control = by_name.get(found.name + self._control) if self._control else None
            if self._control and control is None:
                log.warning(
                    "%s.%s at %s/%s: no control file yet, so it is still being written; the next run looks again",
                    self._system,
                    dataset.name,
                    self._transport.place,
                    found.name,
                )
                continue
            new.append((found, control))
        return new

    def _page(self, dataset: FilesDataset, found: Found, control: Found | None, seen: Seen) -> tuple[Page | None, str]:
        """The page of one file and its sha256; no page when the content is what was read before."""
        copy = self._work / found.name
        self._transport.fetch(found, copy)
        with copy.open("rb") as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        stated = None if control is None else self._stated(dataset, found, control, copy)
        if seen.get(found.name, {}).get("sha256") == sha256:
            return None, sha256
        fields = {field.source for field in dataset.fields.values() if field.source} | set(dataset.key)
        try:
            page = _decoded(dataset, copy, fields, stated)
        except DecodeError as error:
            raise ProtocolError(
                self._system, dataset.name, f"{self._transport.place}/{found.name}", error.message, error.remedy
            ) from None
        if stated is not None and page.rows != stated:
            raise self._incomplete(dataset, found, f"it holds {page.rows} records, its control file says {stated}")
        return page, sha256

    def _stated(self, dataset: FilesDataset, found: Found, control: Found, copy: Path) -> int:
        """The row count of the control file, whose md5 must be the file's."""
        fetched = self._work / control.name
        self._transport.fetch(control, fetched)
        lines = fetched.read_text(encoding="utf-8", errors="replace").splitlines()
        stated = dict(line.strip().partition("=")[::2] for line in lines if "=" in line)
        if not stated.get("rows", "").isdigit() or "md5" not in stated:
            raise self._incomplete(dataset, found, f"{control.name} has no md5= and rows= lines")
        with copy.open("rb") as stream:
            md5 = hashlib.file_digest(stream, "md5").hexdigest()
        if stated["md5"].lower() != md5:
            raise self._incomplete(dataset, found, f"its md5 is not that of {control.name}")
        return int(stated["rows"])

    def _incomplete(self, dataset: FilesDataset, found: Found, message: str) -> IncompleteDeliveryError:
        return IncompleteDeliveryError(
            self._system,
            dataset.name,
            f"{self._transport.place}/{found.name}",
            message,
            "half written or altered: ask the department to send both files again; the next run looks again",
        )


def _decoded(dataset: FilesDataset, copy: Path, fields: set[str], stated: int | None) -> Page:
    form = dataset.format
    if isinstance(form, CsvFormat):
        target = copy.with_name(copy.name + ".utf8")
        rows = decode_csv(copy, target, form, fields, stated)
        return Page("csv", rows, target, original=copy, original_name=copy.name)
    lines, rows = decode_xlsx(copy, form, fields)
    return Page("ndjson", rows, lines, original=copy, original_name=copy.name)


def _files(dataset: Dataset) -> FilesDataset:
    if not isinstance(dataset, FilesDataset):
        raise TypeError(f"{dataset.name} is not a dataset of files")
    return dataset


def _is_delivery(dataset: FilesDataset, name: str) -> bool:
    """By the declared pattern; lock files of office programs and hidden files never are."""
    return fnmatchcase(name, dataset.pattern) and not name.startswith(("~$", "."))
