"""What stops a backup or a restore is named with its remedy, and leaves nothing that looks whole; so does a kill."""

from __future__ import annotations

import json
import resource
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from backed_up import files, flip, make, named, restored
from court import CourtHome
from homes import hub_json, run_hub
from processes import start_hub

from hub.backups import manifest
from hub.backups.making import Made
from hub.backups.manifest import BackupError
from hub.backups.restoring import restore, verify
from hub.pipeline import silent
from operations.failpoints import FAILPOINTS
from operations.locks import LockedError, writer_lock
from operations.settings import Settings

KILLS = 8


def nothing_whole(tmp_path: Path) -> bool:
    return not any(one.whole for one in manifest.listing(tmp_path / "backups"))


def refused(made: Made, tmp_path: Path, keys: Path | None = None) -> str:
    """What a restore says; it leaves nothing behind."""
    before = set(tmp_path.iterdir())
    with pytest.raises(BackupError) as told:
        restore(Settings(home=tmp_path / "no"), made.folder, keys or tmp_path / "keys", progress=silent)
    assert set(tmp_path.iterdir()) == before
    return str(told.value)


@pytest.mark.parametrize(
    "start", ["build.duckdb", "operations.db", "landing/", "staging/", "quarantine/", "published/"]
)
@pytest.mark.parametrize("harm", [flip, Path.unlink], ids=["changed", "missing"])
def test_a_file_that_is_not_what_it_was_is_named(
    kept: Made, tmp_path: Path, start: str, harm: Callable[[Path], None]
) -> None:
    path = named(kept, start)
    harm(path)
    message = refused(kept, tmp_path)
    assert str(path) in message
    assert "choose another backup" in message


def test_a_wrong_key_is_named(court: CourtHome, kept: Made, tmp_path: Path) -> None:
    others = tmp_path / "others"
    shutil.copytree(tmp_path / "keys", others)
    token = next(path for path in others.iterdir() if path.name.startswith("token_"))
    for name in ("build", token.name):
        right = (others / name).read_text()
        (others / name).write_text("0" * 64)
        assert f"the key `{name}` in {others} is another" in refused(kept, tmp_path, others)
        (others / name).write_text("short")
        assert f"{name} must hold 64 hex digits" in refused(kept, tmp_path, others)
        (others / name).unlink()
        assert f"the key `{name}` of this backup is not in {others}" in refused(kept, tmp_path, others)
        (others / name).write_text(right)


def test_a_key_may_come_from_the_environment(kept: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in kept.backup.keys:
        monkeypatch.setenv(f"HUB_KEY_{name.upper()}", (tmp_path / "keys" / name).read_text().strip())
    restore(Settings(home=tmp_path / "again"), kept.folder, None, progress=silent)
    assert list((tmp_path / "again" / "keys").iterdir()) == []


def test_a_manifest_that_lies_is_found_out(kept: Made, tmp_path: Path) -> None:
    path = kept.folder / "manifest.json"
    said = json.loads(path.read_bytes())

    def write(**changes: Any) -> None:
        path.write_text(json.dumps({**said, **changes}))

    write(position={**said["position"], "cases": 7})
    assert "and 7 cases" in refused(kept, tmp_path)
    write(schema_revision="9999")
    assert "at schema 9999, this program knows" in refused(kept, tmp_path)
    assert "install the newer hub141" in refused(kept, tmp_path)
    write(files=[*said["files"], {"path": "../out", "bytes": 0, "sha256": ""}])
    assert "outside of a home" in refused(kept, tmp_path)
    path.write_text("{")
    assert f"{path} is not the manifest" in refused(kept, tmp_path)
    path.unlink()
    assert f"{path} is missing: this is no backup" in refused(kept, tmp_path)


def test_a_home_that_holds_anything_is_left_alone(court: CourtHome, kept: Made, tmp_path: Path) -> None:
    before = files(court.settings.home)
    with pytest.raises(BackupError, match="is not empty"):
        restore(court.settings, kept.folder, tmp_path / "keys", progress=silent)
    assert files(court.settings.home) == before
    (tmp_path / "empty").mkdir()
    restored(kept, tmp_path, "empty")


def test_to_verify_keeps_nothing(kept: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    assert verify(Settings(home=scratch), kept.folder, tmp_path / "keys", progress=silent) == kept.backup
    assert list(scratch.iterdir()) == []
    flip(named(kept, "landing/"))
    with pytest.raises(BackupError, match="is not what was backed up"):
        verify(Settings(home=scratch), kept.folder, tmp_path / "keys", progress=silent)
    assert list(scratch.iterdir()) == []


@pytest.fixture
def small_files() -> Iterator[None]:
    """No file may grow beyond 64 KiB, as when the disk is full: the build file does not fit."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 << 10, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_disk_that_takes_no_more_leaves_no_backup(court: CourtHome, tmp_path: Path, small_files: None) -> None:
    with pytest.raises(BackupError, match=r"build\.duckdb: File too large; nothing unfinished was kept"):
        make(court, tmp_path)
    assert manifest.listing(tmp_path / "backups") == []
    assert not (tmp_path / "keys").exists()


def test_a_disk_that_takes_no_more_leaves_no_home(kept: Made, tmp_path: Path, small_files: None) -> None:
    assert "File too large; nothing unfinished was kept" in refused(kept, tmp_path)


def test_a_landing_file_that_is_gone_stops_the_backup(court: CourtHome, tmp_path: Path) -> None:
    part = next(court.settings.landing.glob("*/*/*/part-*"))
    part.unlink()
    with pytest.raises(BackupError, match=f"{part} is missing"):
        make(court, tmp_path)
    assert nothing_whole(tmp_path)


def test_a_build_that_runs_for_long_is_waited_for_only_so_long(court: CourtHome, tmp_path: Path) -> None:
    with writer_lock(court.settings), pytest.raises(LockedError, match="the warehouse is being written"):
        make(court, tmp_path, wait=0.1)
    assert nothing_whole(tmp_path)
    writing = threading.Event()

    def build() -> None:
        court.publish(lambda writer: (writing.set(), time.sleep(0.5)))

    court.deliver({"sqdj_bh": "D"})
    builder = threading.Thread(target=build)
    builder.start()
    writing.wait()
    made = make(court, tmp_path)
    builder.join()
    assert (made.backup.position.loads, made.backup.published) == (3, 2), "of after the build, not of its middle"


def test_nothing_built_is_nothing_to_back_up(tmp_path: Path) -> None:
    done = run_hub(tmp_path / "home", "backup", "--out", str(tmp_path / "backups"), check=False)
    assert done.returncode == 1
    assert "run `hub run` first" in done.stderr


# ------------------------------------------------------------------ kills


@pytest.mark.chaos
@pytest.mark.parametrize("name", [name for name in FAILPOINTS if name.startswith("backup.")])
def test_a_killed_backup_is_no_backup(court: CourtHome, tmp_path: Path, name: str) -> None:
    home, out, keys = court.settings.home, tmp_path / "backups", tmp_path / "keys"
    arguments = ("backup", "--out", str(out), "--keys", str(keys))
    killed = run_hub(home, *arguments, check=False, HUB_FAILPOINT=name)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    [left] = hub_json(home, "backup", "--list", "--out", str(out))
    assert (left["whole"], left["problem"]) == (False, "being written, or killed while it was")
    assert manifest.folders(out) == []
    run_hub(home, *arguments)
    [whole] = hub_json(home, "backup", "--list", "--out", str(out))
    assert whole["whole"]


@pytest.mark.chaos
@pytest.mark.parametrize("name", [name for name in FAILPOINTS if name.startswith("restore.")])
def test_a_killed_restore_is_no_home(kept: Made, tmp_path: Path, name: str) -> None:
    home = tmp_path / "again"
    arguments = ("restore", "--from", str(kept.folder), "--keys", str(tmp_path / "keys"), str(home))
    killed = run_hub(tmp_path / "nowhere", *arguments, check=False, HUB_FAILPOINT=name)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert not home.exists()
    run_hub(tmp_path / "nowhere", *arguments)
    assert sorted(path.name for path in tmp_path.glob(".again*")) == []
    assert (home / "build.duckdb").exists()


@pytest.mark.chaos
def test_a_backup_killed_at_any_moment_is_no_backup(court: CourtHome, tmp_path: Path) -> None:
    began = time.monotonic()
    run_hub(court.settings.home, "backup", "--out", str(tmp_path / "backups"))
    took = time.monotonic() - began
    for number in range(KILLS):
        running = start_hub(court.settings.home, "backup", "--out", str(tmp_path / "backups"))
        time.sleep(took * (number + 1) / KILLS)
        running.kill()
        running.process.join()
        for folder in manifest.folders(tmp_path / "backups"):
            verify(court.settings, folder, court.settings.keys, progress=silent)
