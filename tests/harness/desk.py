"""A home in which a delivery can be landed and checked with one call, and a court report to begin with."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from court_row import COURT_ROW

from operations.settings import Settings
from quality.check import check
from quality.outcome import Outcome
from schemas.codes import Decided
from schemas.contract import load_contracts
from schemas.declaration import Dataset, System, load_systems
from schemas.delivery import Manifest, Part

AS_OF = datetime(2024, 7, 1, 20)
SYSTEMS, _ = load_systems()
CONTRACTS = load_contracts()


def ndjson(*rows: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)


class Desk:
    """Lands deliveries in its own home and checks them."""

    def __init__(self, home: Path) -> None:
        self.settings = Settings(home=home, memory_limit="512MiB", as_of=AS_OF)
        self.settings.prepare()
        self.loads = 0

    def land(
        self,
        *bodies: bytes,
        system: str = "court_odr",
        dataset: str = "pre_suit_cases",
        form: Any = "ndjson",
        rows: list[int] | None = None,
    ) -> Manifest:
        """A complete manifest with one part for each body; NDJSON rows are counted by their lines."""
        self.loads += 1
        manifest = Manifest(
            load_id=f"20240701T120000.{self.loads:06d}-abcd",
            kind="sync",
            system=system,
            dataset=dataset,
            state="complete",
            opened_at=AS_OF,
            completed_at=AS_OF,
            declaration_sha256="",
        )
        folder = manifest.folder(self.settings)
        folder.mkdir(parents=True)
        for number, body in enumerate(bodies):
            path = folder / f"part-{number + 1:05d}.{form}"
            path.write_bytes(body)
            count = rows[number] if rows else body.count(b"\n")
            digest = hashlib.sha256(body).hexdigest()
            manifest.parts.append(Part(path.name, form, count, digest, len(body), manifest.landed + 1))
            manifest.landed += count
        (folder / "manifest.json").write_bytes(msgspec.json.encode(manifest))
        return manifest

    def check(
        self,
        manifest: Manifest,
        dataset: Dataset | None = None,
        as_of: datetime = AS_OF,
        decided: Sequence[Decided] = (),
    ) -> Outcome:
        system: System = SYSTEMS[manifest.system]
        wanted = dataset or system.datasets[manifest.dataset]
        return check(self.settings, manifest, system, wanted, CONTRACTS[wanted.contract], as_of, decided)

    def court(self, *rows: dict[str, Any], decided: Sequence[Decided] = ()) -> Outcome:
        """Land and check court reports: each is the clean row with these changes."""
        changed = [{**COURT_ROW, "sqdj_bh": f"SQ{number}", **row} for number, row in enumerate(rows, start=1)]
        return self.check(self.land(ndjson(*changed)), decided=decided)
