"""The connector of the family files: which files are new and whole, and what becomes of each."""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from connectors.base import Finding
from connectors.errors import AuthError, ConnectorError, IncompleteDeliveryError, ProtocolError
from connectors.files.control import Delivery, NotWholeError, deliveries, verified_rows
from connectors.files.decoding import DecodeError, decode, landed_as
from connectors.files.transports import Found, Transport, open_transport
from connectors.files.unpacking import KeyMissingError, key_of, unpack
from operations.credentials import Credentials
from schemas.declaration import Dataset
from schemas.declared.file_packing import Sm4
from schemas.declared.files import FilesDataset, FilesSource
from schemas.delivery import Page, Window

log = logging.getLogger(__name__)

Seen = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class _Content:
    """What a file held: a page for each member (or one), none if it was read before; the control file's row count."""

    sha256: str
    pages: list[Page]
    stated: int | None


class FilesConnector:
    """Reads the files of a folder that were not read before, or changed since, in order of their names.

    A file is decoded to its end before any of it is handed over, so it lands whole or not at all. One that is broken
    does not hold up the others: they are delivered, it is named in the log, and it is fetched again by the next run.
    A run that finds nothing but broken files fails and names the first.
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
        self._source = source
        self._datasets = datasets
        self._extra = credentials.extra
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
        """A page for each new file, or for each member of an archive, with the file as it came.

        A resumed read leaves out those already landed; a backfill takes every file again.
        """
        form = _files(dataset)
        held = json.loads(resume) if resume else {}
        before = {} if window.kind == "backfill" else (bookmark or {}).get("files", {})
        seen: Seen = dict(held.get("files", before))
        states_rows = self._source.control is not None and "rows" in self._source.control.states
        declared = held.get("declared", 0 if states_rows else None)
        self._seen[dataset.name] = seen
        broken: list[ConnectorError] = []
        delivered = bool(held)
        for delivery in self._new(form, seen):
            found = delivery.found
            try:
                content = self._content(form, delivery, seen)
            except (IncompleteDeliveryError, ProtocolError) as error:
                log.error("%s", error)
                broken.append(error)
                continue
            seen[found.name] = _remembered(found, content.sha256)
            if not content.pages:
                continue
            delivered = True
            declared = None if declared is None or content.stated is None else declared + content.stated
            checkpoint = json.dumps({"files": seen, "declared": declared}, ensure_ascii=False)
            # Within an archive there is no place to resume at: a crash there begins the load anew.
            yield from content.pages[:-1]
            yield replace(content.pages[-1], declared=declared, checkpoint=checkpoint)
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

    def preview(self, dataset: Dataset, limit: int = 20) -> list[Page]:
        """The pages of the newest whole file that holds a record; their files stay until the connector is closed."""
        form = _files(dataset)
        for delivery in reversed(self._new(form, {})):
            pages = self._content(form, delivery, {}).pages
            if any(page.rows for page in pages):
                return pages
        return []

    def bookmark_after(self, dataset: Dataset) -> dict[str, Any] | None:
        """The files read so far: name → size, mtime, sha256, and etag where the source has one."""
        return {"files": self._seen.get(dataset.name, {})}

    def confirm(self, dataset: Dataset) -> None:
        """Nothing to tell: we remember ourselves what was read."""

    def close(self) -> None:
        """Close the connection and remove the fetched copies."""
        self._transport.close()
        shutil.rmtree(self._work, ignore_errors=True)

    def _check(self, dataset: FilesDataset, listed: list[Found]) -> Finding:
        mine = deliveries(self._source, dataset, listed)
        try:
            self._check_keys(dataset)
        except AuthError as error:
            return Finding(False, dataset.name, str(error))
        waiting = [f"{one.found.name} ({one.waits})" for one in mine if one.waits]
        note = f"; still being written: {', '.join(waiting)}" if waiting else ""
        message = f"{self._system}.{dataset.name} at {self._transport.place}: {len(mine)} files{note}"
        return Finding(True, dataset.name, message)

    def _new(self, dataset: FilesDataset, seen: Seen) -> list[Delivery]:
        """Whole files that are not known in this state; those that are not whole yet wait."""
        new = []
        for delivery in deliveries(self._source, dataset, self._transport.files()):
            found = delivery.found
            if _is_known(found, seen.get(found.name, {})):
                continue
            if delivery.waits:
                log.warning(
                    "%s.%s at %s/%s: %s, so it is still being written; the next run looks again",
                    self._system,
                    dataset.name,
                    self._transport.place,
                    found.name,
                    delivery.waits,
                )
                continue
            new.append(delivery)
        return new

    def _content(self, dataset: FilesDataset, delivery: Delivery, seen: Seen) -> _Content:
        """Fetch one file and everything in it. Raises ConnectorError; nothing of the file was handed over then."""
        found = delivery.found
        place = f"{self._transport.place}/{found.name}"
        folder = Path(tempfile.mkdtemp(dir=self._work))
        copy = folder / found.name
        self._transport.fetch(found, copy)
        with copy.open("rb") as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        try:
            stated = self._stated(delivery, copy)
            self._check_signature(delivery, copy)
            if seen.get(found.name, {}).get("sha256") == sha256:
                return _Content(sha256, [], stated)
            pages = self._pages(dataset, copy, stated)
            rows = sum(page.rows for page in pages)
            if stated is not None and rows != stated:
                raise NotWholeError(f"it holds {rows} records, its control file says {stated}")
        except NotWholeError as error:
            raise IncompleteDeliveryError(
                self._system,
                dataset.name,
                place,
                str(error),
                "half written or altered: ask the department to send both files again; the next run looks again",
            ) from None
        except DecodeError as error:
            raise ProtocolError(self._system, dataset.name, place, error.message, error.remedy) from None
        except KeyMissingError as error:
            raise self._no_key(dataset, place, error) from None
        return _Content(sha256, pages, stated)

    def _check_keys(self, dataset: FilesDataset) -> None:
        """Raise AuthError when the connection lacks a key that the declaration names."""
        try:
            for step in dataset.unpack:
                if isinstance(step, Sm4):
                    key_of(self._extra, step.key)
            if self._source.signature is not None:
                from connectors.files.signature import public_key_of

                public_key_of(self._extra, self._source.signature.public_key)
        except KeyMissingError as error:
            raise self._no_key(dataset, self._transport.place, error) from None

    def _no_key(self, dataset: FilesDataset, place: str, error: KeyMissingError) -> AuthError:
        remedy = f'set it in AIRFLOW_CONN_{self._system.upper()} under "extra"'
        return AuthError(self._system, dataset.name, place, str(error), remedy)

    def _stated(self, delivery: Delivery, copy: Path) -> int | None:
        """The row count of the control file, after all else that it says was compared with the file."""
        if self._source.control is None or delivery.control is None:
            return None
        return verified_rows(self._source.control, self._beside(delivery.control, copy), delivery.found.name, copy)

    def _check_signature(self, delivery: Delivery, copy: Path) -> None:
        if self._source.signature is None or delivery.signature is None:
            return
        from connectors.files.signature import check_signature

        check_signature(copy, self._beside(delivery.signature, copy), self._source.signature, self._extra)

    def _beside(self, found: Found, copy: Path) -> Path:
        fetched = copy.with_name(found.name)
        self._transport.fetch(found, fetched)
        return fetched

    def _pages(self, dataset: FilesDataset, copy: Path, stated: int | None) -> list[Page]:
        """A page of each member; what was unpacked on the way is removed, the file as it came is kept for landing."""
        fields = {field.source for field in dataset.fields.values() if field.source} | set(dataset.key)
        pages = []
        inside = Path(tempfile.mkdtemp(dir=copy.parent))
        members = unpack(copy, dataset.unpack, self._extra, inside)
        for number, one in enumerate(members):
            target = copy.with_name(f"{number:05d}.canonical")
            try:
                rows = decode(one.path, target, dataset.format, fields, stated if len(members) == 1 else None)
            except DecodeError as error:
                place = f"in {one.member}, " if one.member else ""
                raise DecodeError(place + error.message, error.remedy) from None
            name = f"{copy.name}/{one.member}" if one.member else copy.name
            pages.append(Page(landed_as(dataset.format), rows, target, original=copy, original_name=name))
        shutil.rmtree(inside)
        return pages


def _files(dataset: Dataset) -> FilesDataset:
    if not isinstance(dataset, FilesDataset):
        raise TypeError(f"{dataset.name} is not a dataset of files")
    return dataset


def _remembered(found: Found, sha256: str) -> dict[str, Any]:
    etag = {} if found.etag is None else {"etag": found.etag}
    return {"size": found.size, "mtime": found.mtime, "sha256": sha256, **etag}


def _is_known(found: Found, known: Mapping[str, Any]) -> bool:
    """By its ETag, or where there is none by its time; a file of another size is another one."""
    same = known.get("etag") == found.etag if found.etag else known.get("mtime") == found.mtime
    return same and known.get("size") == found.size
