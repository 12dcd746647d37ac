"""A reader of published versions that never stops looking."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from types import TracebackType

import duckdb
import msgspec
from published_content import Content, content_of


class PollingReader:
    """Context manager: polls `published/latest` of a home from its own thread until the end.

    `seen` has the content of every version that was ever visible, in the order in which they appeared; `faults` what
    a reader must never meet: an error, two files of different versions, fewer rows than the manifest says, a version
    older than the last one. `polls` counts the looks.
    """

    def __init__(self, home: Path, every: float = 0.5) -> None:
        self.seen: dict[int, Content] = {}
        self.faults: list[str] = []
        self.polls = self._asked = 0
        self._latest, self._every = home / "published" / "latest", every
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._poll)

    def __enter__(self) -> PollingReader:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        self._thread.join()

    def meet(self, last: Content) -> None:
        """Return once the reader has looked at this version, or has met a fault."""
        while int(last.folder.name[1:]) not in self.seen and not self.faults:
            time.sleep(self._every)

    def new(self) -> list[Content]:
        """What it has seen since it was asked last."""
        known, self._asked = self._asked, len(self.seen)
        return list(self.seen.values())[known:]

    def _poll(self) -> None:
        while not self._ending.wait(self._every):
            try:
                if self._latest.exists():
                    self._look(self._latest.resolve())
            except Exception as error:
                self.faults.append(f"{type(error).__name__}: {error}")
            self.polls += 1

    def _look(self, folder: Path) -> None:
        version = int(folder.name[1:])
        with duckdb.connect() as connection:
            for file in ("current", "marts"):
                connection.execute(f"ATTACH '{folder / file}.duckdb' AS {file} (READ_ONLY)")
                if connection.execute(f"SELECT version FROM {file}.ops.versions").fetchall() != [(version,)]:
                    self.faults.append(f"{file} is of another version than its folder {folder.name}")
        if version < max(self.seen, default=0):
            self.faults.append(f"{folder.name} came after version {max(self.seen)}")
        if version not in self.seen:
            whole = content_of(folder)
            self._compare(folder, whole)
            self.seen[version] = whole

    def _compare(self, folder: Path, whole: Content) -> None:
        manifest = msgspec.json.decode((folder / "manifest.json").read_bytes())
        for file in manifest["files"]:
            for name, rows in file["rows"].items():
                found, _ = whole.tables.get(
                    f"{Path(file['name']).stem}.{name}", (rows, 0)
                )  # not where all columns differ
                if found != rows:
                    self.faults.append(f"{folder.name}: {file['name']} has {found} rows of {name}, not {rows}")
