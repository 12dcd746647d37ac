"""Each key is made once, stays, and is readable by its owner alone."""

from __future__ import annotations

import stat
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from operations.keys import KeyUnusable, destroy, key, made_at, make, names, next_name, secret, variable, versions
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


def test_the_newest_version_is_in_use_and_the_others_stay(settings: Settings) -> None:
    first = key(settings, "build")
    for _ in range(2):
        make(settings, next_name(settings, "build"))
    bare, second, third = versions(settings, "build")
    assert (bare, secret(settings, bare)) == ("build", first)
    assert second < third, "a second apart at least, however fast they are made"
    assert key(settings, "build") == secret(settings, third) != secret(settings, second)
    make(settings, third)
    assert key(settings, "build") == secret(settings, third), "no key is ever replaced"


def test_a_version_tells_when_it_was_made(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    make(settings, "session.20261127T014500Z")
    assert made_at(settings, "session.20261127T014500Z") == datetime(2026, 11, 27, 9, 45)
    monkeypatch.setenv("HUB_KEY_BUILD", "ab" * 32)
    assert made_at(settings, "build") is None
    assert next_name(settings, "session") > "session.20261127T014500Z", "whatever the clock says"


def test_versions_come_from_the_environment_too(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    key(settings, "token_id_no")
    monkeypatch.setenv("HUB_KEY_TOKEN_ID_NO_20261127T014500Z", "cd" * 32)
    assert versions(settings, "token_id_no") == ["token_id_no", "token_id_no.20261127T014500Z"]
    assert variable("token_id_no.20261127T014500Z") == "HUB_KEY_TOKEN_ID_NO_20261127T014500Z"
    assert key(settings, "token_id_no") == b"\xcd" * 32


def test_what_is_no_key_is_not_taken_for_one(settings: Settings) -> None:
    key(settings, "build")
    for name in ("build.bak", "build.20261127T014500Z.old", "build.2026", ".build.20261127T014500Z"):
        (settings.keys / name).write_text("00" * 32)
    assert names(settings) == ["build"]


def test_a_destroyed_key_is_gone(settings: Settings) -> None:
    old = key(settings, "build")
    destroy(settings.keys, "build")
    destroy(settings.keys, "build")
    assert [*settings.keys.iterdir()] == []
    with pytest.raises(KeyUnusable, match="keys/build is missing"):
        secret(settings, "build")
    assert key(settings, "build") != old
