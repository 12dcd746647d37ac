"""A manifest survives the disk."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec

from operations.settings import Settings
from schemas.delivery import Manifest, Part


def test_a_manifest_comes_back_from_json_as_it_was(tmp_path: Path) -> None:
    manifest = Manifest(
        load_id="20260630T000000000000Z-0001",
        kind="sync",
        system="court_odr",
        dataset="confirmations",
        state="complete",
        opened_at=datetime(2026, 6, 30, 8),
        completed_at=datetime(2026, 6, 30, 8, 1),
        declared=2,
        landed=2,
        parts=[Part(path="000001.ndjson", format="ndjson", rows=2, sha256="ab", bytes=9, first_position=1)],
        declaration_sha256="cd",
        bookmark={"cursor": "2026-06-30 07:58:00"},
    )
    assert msgspec.json.decode(msgspec.json.encode(manifest), type=Manifest) == manifest
    settings = Settings(home=tmp_path)
    assert manifest.folder(settings) == settings.landing / "court_odr/confirmations/20260630T000000000000Z-0001"
