"""A backup is whole or is not there, holds no key, and becomes a home only when every byte and key of it is right."""

from __future__ import annotations

import os
import shutil
import signal
import stat
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from backed_up import ENV, files, flip, make, named, restored
from court import DATASET, SYSTEM, CourtHome
from homes import hub_json, run_hub
from published_content import content, differences

from hub.backups import manifest
from hub.backups.making import Made, backup
from hub.backups.manifest import BackupError
from hub.backups.restoring import verify
from hub.doctor import BACKUP_DAYS, examine
from hub.pipeline import silent
from operations import bookmarks, runs
from operations.settings import Settings
from operations.store import Store
from schemas.delivery import Page
from warehouse.landing import Landing


def test_a_restored_home_is_the_home(court: CourtHome, kept: Made, tmp_path: Path) -> None:
    home, again = court.settings.home, restored(kept, tmp_path).home
    for zone in ("landing", "staging", "quarantine", "keys"):
        assert files(again / zone) == files(home / zone), zone
    assert (again / "build.duckdb").read_bytes() == (home / "build.duckdb").read_bytes()
    assert (again / "env").read_text() == ENV
    assert differences(content(home), content(again)) == []
    assert len(runs.recent(Store(Settings(home=again)))) == 2, "the read, and the backup that was going on"


def test_a_restored_home_goes_on(court: CourtHome, kept: Made, tmp_path: Path) -> None:
    court.deliver({"sqdj_bh": "D"})
    court.publish()
    again = CourtHome(restored(kept, tmp_path).home, court.settings.clock())
    again.deliver({"sqdj_bh": "D"})
    assert again.publish() == 2
    assert differences(content(court.settings.home), content(again.settings.home)) == []


def test_a_restored_home_is_open_to_whom_it_was(court: CourtHome, kept: Made, tmp_path: Path) -> None:
    def modes(home: Path) -> dict[str, str]:
        names = ["", "keys/build", "env", "build.duckdb", "operations.db", "published", "published/v000001"]
        names += ["published/v000001/current.duckdb", "landing", "staging", "quarantine", "private", "keys"]
        names += [str(path.relative_to(home)) for path in home.glob("landing/*/*/*/*")]
        return {name: oct((home / name).stat().st_mode) for name in names}

    assert modes(restored(kept, tmp_path).home) == modes(court.settings.home)


def test_a_backup_is_closed_to_others_and_holds_no_key(court: CourtHome, kept: Made, tmp_path: Path) -> None:
    for folder in (tmp_path / "backups", tmp_path / "keys"):
        paths = [folder, *folder.rglob("*")]
        assert [path for path in paths if stat.S_IMODE(path.stat().st_mode) & 0o077 and path.name != ".lock"] == []
    everything = b"".join(files(tmp_path / "backups").values())
    secrets = [path.read_bytes().strip() for path in court.settings.keys.iterdir()]
    assert secrets
    assert [secret for secret in [*secrets, b"a-password"] if secret in everything] == []


def test_without_a_folder_for_keys_no_key_is_written(court: CourtHome, tmp_path: Path) -> None:
    backup(court.settings, tmp_path / "backups", None, progress=silent)
    assert "build" not in {path.name for path in tmp_path.rglob("*") if court.settings.home not in path.parents}


@pytest.mark.parametrize(
    ("out", "keys"),
    [("backups", "backups"), ("backups", "backups/keys"), ("keys/backups", "keys"), ("home/backups", "keys"),
     ("backups", "home/backups")],
)  # fmt: skip
def test_keys_and_backups_lie_apart(court: CourtHome, tmp_path: Path, out: str, keys: str) -> None:
    before = files(tmp_path)
    with pytest.raises(BackupError, match="choose"):
        backup(court.settings, tmp_path / out, tmp_path / keys, progress=silent)
    assert files(tmp_path).keys() == before.keys()


def test_keys_of_two_homes_do_not_share_a_folder(court: CourtHome, kept: Made, tmp_path: Path) -> None:
    other = CourtHome(tmp_path / "other", court.settings.clock())
    other.publish()
    before = files(tmp_path / "keys")
    with pytest.raises(BackupError, match="keys/build is the key of another home"):
        make(other, tmp_path)
    assert files(tmp_path / "keys") == before
    assert [one.name for one in manifest.listing(tmp_path / "backups")] == [kept.backup.name]


def test_a_second_backup_takes_space_only_for_what_is_new(court: CourtHome, kept: Made, tmp_path: Path) -> None:
    court.deliver({"sqdj_bh": "D"})
    second = make(court, tmp_path)

    def inodes(made: Made) -> dict[str, int]:
        return {file.path: (made.folder / file.path).stat().st_ino for file in made.backup.files}

    shared = {path for path, inode in inodes(kept).items() if inodes(second).get(path) == inode}
    assert shared == inodes(kept).keys() - {"build.duckdb", "operations.db"}
    assert any(path.startswith("published/") for path in shared), "copied the first time, as others may read it"
    shutil.rmtree(kept.folder)
    verify(court.settings, second.folder, tmp_path / "keys", progress=silent)


def test_what_went_bad_in_an_earlier_backup_does_not_go_on(court: CourtHome, kept: Made, tmp_path: Path) -> None:
    flip(kept.folder / "published/v000001/current.duckdb")
    second = make(court, tmp_path)
    verify(court.settings, second.folder, tmp_path / "keys", progress=silent)


def test_a_load_that_is_still_arriving_is_left_out(court: CourtHome, tmp_path: Path) -> None:
    load = Landing(court.settings).open(SYSTEM, DATASET, "sync", None, "")
    load.add(Page("ndjson", 1, b"{}\n"))
    made = make(court, tmp_path)
    assert [file.path for file in made.backup.files if load.load_id in file.path] == []
    assert made.backup.position.loads == 2


def test_what_landed_and_was_not_merged_is_merged_after_the_restore(court: CourtHome, tmp_path: Path) -> None:
    court.deliver({"sqdj_bh": "D"})
    made = make(court, tmp_path)
    assert made.backup.position.loads == 2
    again = CourtHome(restored(made, tmp_path).home, court.settings.clock())
    again.publish()
    court.publish()
    assert differences(content(court.settings.home), content(again.settings.home)) == []


def test_no_bookmark_of_a_backup_has_passed_its_landing(court: CourtHome, tmp_path: Path) -> None:
    reads: list[str] = []

    def lands(what: str, done: int) -> None:
        if what in reads:
            return
        reads.append(what)
        load_id = court.deliver({"sqdj_bh": what}).load_id
        bookmarks.put(Store(court.settings), SYSTEM, DATASET, "landed", {"load_id": load_id})

    made = backup(court.settings, tmp_path / "backups", tmp_path / "keys", progress=lands)
    again = restored(made, tmp_path)
    landed = [one.load_id for one in Landing(again).complete_manifests()]
    assert reads == ["build.duckdb", "landing", "staging and quarantine"]
    assert bookmarks.get(Store(again), SYSTEM, DATASET, "landed") in [{"load_id": load_id} for load_id in landed]


def test_a_prune_meanwhile_leaves_whole_loads(court: CourtHome, tmp_path: Path) -> None:
    def prunes(what: str, done: int) -> None:
        if what == "staging and quarantine":
            for path in [*court.settings.staging.glob("*/*/*.json"), *court.settings.quarantine.glob("*/*/*.parquet")]:
                path.unlink()  # in the order of `hub quarantine prune`

    made = backup(court.settings, tmp_path / "backups", tmp_path / "keys", progress=prunes)
    home = restored(made, tmp_path).home
    assert len(list(home.glob("quarantine/*/*/*.parquet"))) == 1, "the one that was taken before"
    assert list(home.glob("staging/*/*/*.json")) == [], "an outcome says that both its files are there"


def test_a_writer_that_was_killed_leaves_a_log_that_belongs_to_the_build(court: CourtHome, tmp_path: Path) -> None:
    court.deliver({"sqdj_bh": "D"})
    pid = os.fork()
    if pid == 0:
        court.publish(lambda writer: os.kill(os.getpid(), signal.SIGKILL))
    os.waitpid(pid, 0)
    made = make(court, tmp_path)
    assert "build.duckdb.wal" in {file.path for file in made.backup.files}
    assert made.backup.position.loads == 3
    restored(made, tmp_path)


def test_the_list_says_which_are_whole(court: CourtHome, kept: Made, tmp_path: Path) -> None:
    second = make(court, tmp_path)
    named(kept, "landing/").unlink()
    (tmp_path / "backups" / "notes").mkdir()
    listed = hub_json(court.settings.home, "backup", "--list", "--out", str(tmp_path / "backups"))
    assert [(one["name"], one["whole"]) for one in listed] == [(second.backup.name, True), (kept.backup.name, False)]
    assert "1 files missing" in listed[1]["problem"]
    assert (
        listed[0]["bytes"]
        == sum(path.stat().st_size for path in second.folder.rglob("*") if path.is_file())
        - (second.folder / "manifest.json").stat().st_size
    )


def test_the_commands_say_what_to_do_next(court: CourtHome, tmp_path: Path) -> None:
    home, out, keys = court.settings.home, str(tmp_path / "backups"), str(tmp_path / "keys")
    assert "--keys" in run_hub(home, "backup", "--out", out).stderr
    made = hub_json(home, "backup", "--out", out, "--keys", keys)
    assert made["position"]["loads"] == 2
    done = run_hub(home, "restore", "--from", made["folder"], "--keys", keys, str(tmp_path / "again"))
    assert f"hub --home {tmp_path / 'again'} doctor" in done.stderr
    proven = hub_json(home, "restore", "--from", made["folder"], "--keys", keys, "--verify-only")
    assert proven["position"] == made["position"]
    both = run_hub(home, "restore", "--from", made["folder"], "--verify-only", str(tmp_path / "x"), check=False)
    assert both.returncode == 2


def test_the_doctor_misses_a_backup_only_where_backups_are_made(court: CourtHome, tmp_path: Path) -> None:
    def found(settings: Settings) -> list[bool]:
        return [finding.ok for finding in examine(settings) if finding.name == "backup"]

    assert found(court.settings) == []
    make(court, tmp_path)
    assert found(court.settings) == [True]
    later = replace(court.settings, as_of=court.settings.clock() + timedelta(days=BACKUP_DAYS + 1))
    assert found(later) == [False]


def test_a_postgresql_operations_database_is_named_and_not_dumped(
    court: CourtHome, tmp_path: Path, postgresql_url: str
) -> None:
    home = replace(court.settings, operations_url=postgresql_url.replace("//postgres@", "//postgres:word@"))
    made = backup(home, tmp_path / "backups", tmp_path / "keys", progress=silent)
    assert "operations.db" not in {file.path for file in made.backup.files}
    command = made.backup.operations_dump or ""
    assert command.startswith("pg_dump --format=custom --file=operations.dump 'postgresql://postgres@")
    assert "word" not in command
    restored(made, tmp_path)
