"""A system with a night window is read in it and skipped outside, which is no failure."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from hub import catalogue, workers
from hub.windows import NotNowError, refuse_hours
from operations import runs
from operations.settings import Settings
from operations.store import Store
from schemas.declaration import load_systems


@pytest.mark.parametrize(
    ("hours", "now", "inside"),
    [
        ("22:00-06:00", "21:59", False),
        ("22:00-06:00", "22:00", True),
        ("22:00-06:00", "05:59", True),
        ("22:00-06:00", "06:00", False),
        ("01:00-05:30", "00:59", False),
        ("01:00-05:30", "05:29", True),
        ("01:00-05:30", "05:30", False),
        (None, "12:00", True),
    ],
)
def test_hours(hours: str | None, now: str, inside: bool, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, as_of=datetime.fromisoformat(f"2026-06-30T{now}:30"))
    system = SimpleNamespace(id="trial", source=SimpleNamespace(window=hours))
    dataset = SimpleNamespace(name="cases")
    if inside:
        refuse_hours(settings, system, dataset)  # type: ignore[arg-type]
        return
    with pytest.raises(NotNowError, match=rf"trial\.cases: skipped, it may be read from .* and it is {now};"):
        refuse_hours(settings, system, dataset)  # type: ignore[arg-type]


def test_a_skipped_dataset_fails_nothing_and_leaves_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    system = load_systems()[0]["peoples_mediation"]
    closed = system.model_copy(update={"source": system.source.model_copy(update={"window": "22:00-06:00"})})
    monkeypatch.setattr(catalogue, "_loaded", lambda: ({system.id: closed}, []))
    settings = Settings(home=tmp_path / "home", as_of=datetime(2026, 6, 30, 12))
    settings.prepare()
    assert workers.sync_all(settings, [(system.id, "mediators")], 1, lambda what, done: None) == {}
    assert "peoples_mediation.mediators: skipped" in caplog.text
    assert runs.recent(Store(settings)) == []
