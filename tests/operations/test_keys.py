"""Each key is made once, stays, and is readable by its owner alone."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from operations.keys import KeyUnusable, key
from operations.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(home=tmp_path / "home")
    made.prepare()
    return made


def test_a_key_is_made_once_and_stays(settings: Settings) -> None:
    first = key(settings, "session")
    assert len(first) == 32
    assert key(settings, "session") == first
    assert stat.S_IMODE((settings.keys / "session").stat().st_mode) == 0o600


def test_each_purpose_has_its_own_key(settings: Settings) -> None:
    assert len({key(settings, name) for name in ("build", "token_name", "token_phone")}) == 3


def test_processes_that_race_for_a_key_get_the_same_one(
    settings: Settings, in_processes: Callable[..., list[bytes]]
) -> None:
    assert len(set(in_processes(8, lambda _: key(settings, "token_person")))) == 1
    assert [path.name for path in settings.keys.iterdir()] == ["token_person"]


def test_the_environment_comes_first(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_KEY_BUILD", "ab" * 32)
    assert key(settings, "build") == b"\xab" * 32
    assert not (settings.keys / "build").exists()


def test_a_malformed_key_is_named_but_not_quoted(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_KEY_BUILD", "hunter2")
    with pytest.raises(KeyUnusable, match="HUB_KEY_BUILD") as raised:
        key(settings, "build")
    assert "hunter2" not in str(raised.value)


def test_a_lost_build_key_is_not_replaced_by_one_that_opens_nothing(settings: Settings) -> None:
    key(settings, "build")
    settings.build_path.touch()
    (settings.keys / "build").unlink()
    with pytest.raises(KeyUnusable, match="restore"):
        key(settings, "build")


@pytest.mark.parametrize("name", ["../build", "Build", "", "a/b"])
def test_a_name_cannot_leave_the_folder(settings: Settings, name: str) -> None:
    with pytest.raises(ValueError, match="key name"):
        key(settings, name)
