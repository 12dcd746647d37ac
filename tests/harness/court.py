"""A home in which court reports are landed, checked, merged and published, all in this process."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from court_row import COURT_ROW

from hub import catalogue
from operations.settings import Settings
from operations.store import Store
from quality.check import check
from schemas.delivery import Kind, Manifest, Page
from warehouse.build import Writer
from warehouse.landing import Landing
from warehouse.ledger import pending
from warehouse.merge import merge
from warehouse.publish import prepare
from warehouse.tables import create_tables

SYSTEM, DATASET = "court_odr", "pre_suit_cases"
CROSSWALK = "court_odr_case_type"


class CourtHome:
    """What happens in it happens at the moment that `at` was called with last."""

    def __init__(self, home: Path, moment: datetime) -> None:
        self.settings = Settings(home=home, memory_limit="512MiB", as_of=moment)
        self.settings.prepare()

    def at(self, moment: datetime) -> CourtHome:
        self.settings = replace(self.settings, as_of=moment)
        return self

    def deliver(self, *rows: dict[str, Any] | bytes, file: str | None = None, kind: Kind = "sync") -> Manifest:
        """Land rows, each the clean one with these changes (or a line as it is), and check them."""
        lines = [
            row if isinstance(row, bytes) else json.dumps({**COURT_ROW, **row}, ensure_ascii=False).encode()
            for row in rows
        ]
        load = Landing(self.settings).open(SYSTEM, DATASET, kind, None, "")
        load.add(Page("ndjson", len(lines), b"".join(line + b"\n" for line in lines), original_name=file))
        manifest = load.complete(None)
        if kind != "deletes":
            self.check(manifest)
        return manifest

    def publish(self, prepared: Callable[[Writer], None] = lambda writer: None) -> int:
        """Merge what has landed and publish the records; models are not built. `prepared` may add to the tables."""
        with Writer(self.settings) as writer:
            create_tables(writer, list(catalogue.contracts().values()))
            for manifest in pending(writer, Landing(self.settings).complete_manifests()):
                outcome = None if manifest.kind == "deletes" else self.check(manifest)
                merge(writer, manifest, outcome, catalogue.contracts()["case_reports"], self.settings.clock())
            prepared(writer)
            return prepare(writer, self.settings.clock()).commit()

    def check(self, manifest: Manifest) -> Any:
        system, dataset = catalogue.dataset(SYSTEM, DATASET)
        decided = catalogue.decided(Store(self.settings))
        return check(
            self.settings, manifest, system, dataset, catalogue.contract(dataset), self.settings.clock(), decided
        )
