"""An old key stays while anything needs it, opens what it always did, and is gone for ever once it is destroyed."""

from __future__ import annotations

import os
import shutil
import signal
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from backed_up import make, restored
from court import SYSTEM, CourtHome
from decoded import places
from homes import hub_json, run_hub

from hub import pipeline
from hub.backups.making import Made
from hub.backups.restoring import verify
from hub.doctor import examine
from hub.erasing import whom
from hub.erasing.backups import erase_backup
from hub.rotation import inventory
from hub.rotation.destroying import destroy
from hub.rotation.register import KeyOrderError
from hub.rotation.rotating import rotate
from operations import erasures, keys
from operations.failpoints import FAILPOINTS
from operations.store import Store
from warehouse.build import attach, connect, opened

WHO = {"by": "保护官", "reason": "满两年"}
NAME, ID_NO, PHONE = "钱塘江月", "330106198203040026", "13957100141"
PERSON = {"sqr": NAME, "sqrzjhm": ID_NO, "sqrlxdh": PHONE, "ajmc": f"{NAME}与物业公司纠纷"}
ORDER = "(2024)浙01法令7号"


def newest(court: CourtHome, purpose: str) -> str:
    return keys.versions(court.settings, purpose)[-1]


def test_a_backup_from_before_a_rotation_is_restored_and_keeps_its_key(
    court: CourtHome, kept: Made, tmp_path: Path
) -> None:
    old = keys.secret(court.settings, "build")
    (name,) = rotate(court.settings, ["build"], **WHO).keys
    second = make(court, tmp_path)
    assert {one for one in second.backup.keys if keys.purpose_of(one) == "build"} == {name}
    assert "build" in kept.backup.keys
    again = restored(kept, tmp_path)
    assert keys.names(again) == sorted(kept.backup.keys), "a home of that day, with the keys of that day"
    with opened(again, again.build_path) as con:
        assert con.execute("SELECT count(*) FROM wh.record.case_reports").fetchall() == [(2,)]
    assert keys.age_days(again, "build") == keys.age_days(court.settings, "build") == 0

    with pytest.raises(KeyOrderError, match=f"still needed, by backup {kept.folder}"):
        destroy(court.settings, "build", **WHO)
    shelf = kept.folder.parent.rename(tmp_path / "shelf")
    with pytest.raises(KeyOrderError, match="not reached: backup"):
        destroy(court.settings, "build", **WHO)
    shelf.rename(kept.folder.parent)
    shutil.rmtree(kept.folder)
    shutil.rmtree(again.home)
    removed = destroy(court.settings, "build", **WHO, kept=tmp_path / "keys")
    assert removed == [tmp_path / "keys/build", court.settings.keys / "build"]
    assert places(tmp_path, court, old.hex()) == []
    verify(court.settings, second.folder, tmp_path / "keys", progress=pipeline.silent)


def test_what_is_not_to_be_destroyed_stays(court: CourtHome, tmp_path: Path) -> None:
    with pytest.raises(KeyOrderError, match="in use for whatever is written"):
        destroy(court.settings, "build", **WHO)
    with pytest.raises(KeyOrderError, match="no key nothing"):
        destroy(court.settings, "nothing", **WHO)
    with pytest.raises(KeyOrderError, match=r"there is no key nothing.*\(build, (?!.*session)"):
        rotate(court.settings, ["build", "nothing"], **WHO)
    with pytest.raises(KeyOrderError, match="say who asks"):
        rotate(court.settings, ["build"], by="", reason="")
    assert keys.versions(court.settings, "build") == ["build"]
    failing = [one.name for one in examine(court.settings) if not one.ok]
    assert {"rotate", "destroy key"}.isdisjoint(failing), "what was only asked for wrongly"
    rotate(court.settings, ["build"], **WHO)
    (tmp_path / "build").write_text("00" * 32)
    with pytest.raises(KeyOrderError, match="the key of another home"):
        destroy(court.settings, "build", **WHO, kept=tmp_path)
    assert (tmp_path / "build").exists()


@pytest.mark.chaos
def test_a_destruction_killed_anywhere_is_gone_on_with(court: CourtHome) -> None:
    home = court.settings.home
    rotate(court.settings, ["build"], **WHO)
    old, asked = keys.secret(court.settings, "build"), ("--by", "保护官", "--reason", "满两年")
    for name in (one for one in FAILPOINTS if one.startswith("destroy.")):
        killed = run_hub(home, "keys", "destroy", "build", *asked, check=False, HUB_FAILPOINT=name)
        assert killed.returncode == -signal.SIGKILL, f"{name}: {killed.stdout}{killed.stderr}"
        with opened(court.settings, court.settings.build_path):
            asked = ()
    assert hub_json(home, "keys", "destroy", "build") == {"removed": []}
    assert [path.name for path in court.settings.keys.glob(".*")] == []
    assert places(home, court, old.hex()) == []
    listed = {one["key"]: one for one in hub_json(home, "keys")}
    assert "build" not in listed
    assert listed[newest(court, "build")]["uses"] == ["build.duckdb"]


def test_keys_of_the_environment_are_rotated_to_the_next_one_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_KEY_BUILD", "ab" * 32)
    court = CourtHome(tmp_path / "home", datetime(2024, 7, 1, 8))
    court.deliver({"sqdj_bh": "A"})
    court.publish()
    with pytest.raises(KeyOrderError, match=r"set HUB_KEY_BUILD_\d{8}T\d{6}Z \(64 hex digits\)"):
        rotate(court.settings, ["build"], **WHO)
    monkeypatch.setenv("HUB_KEY_BUILD_20240701T000000Z", "cd" * 32)
    assert rotate(court.settings, ["build"], **WHO).keys == ["build.20240701T000000Z"]
    with pytest.raises(KeyOrderError, match="remove HUB_KEY_BUILD where it is set"):
        destroy(court.settings, "build", **WHO)
    monkeypatch.delenv("HUB_KEY_BUILD")
    with opened(court.settings, court.settings.build_path):
        assert not list(court.settings.keys.glob("build*"))
    with pytest.raises(KeyOrderError, match="HUB_KEY_BUILD_"):
        rotate(court.settings, ["build"], **WHO)


def test_doctor_and_the_list_speak_of_a_key_that_is_too_old(court: CourtHome) -> None:
    made = court.settings.keys / "build"
    os.utime(made, (0, made.stat().st_mtime - 3 * 86400))
    assert [one.ok for one in examine(court.settings) if one.name in ("keys", "key build")] == [True]
    strict = replace(court.settings, key_days=2)
    (finding,) = [one for one in examine(strict) if one.name == "key build"]
    assert (finding.ok, finding.message) == (False, "3 days old; 2 are allowed (HUB_MAX_KEY_DAYS)")
    (held,) = [one for one in inventory.listing(strict, Store(strict)) if one.key == "build"]
    assert (held.age_days, held.advice) == (3, "older than 2 days: `hub keys rotate build`")
    assert set(inventory.PURPOSES) >= {keys.purpose_of(name) for name in keys.names(strict)}


def test_an_order_of_erasure_outlives_a_rotation_and_reaches_a_backup_of_before(tmp_path: Path) -> None:
    court = CourtHome(tmp_path / "home", datetime(2024, 7, 1, 8))
    court.deliver({"sqdj_bh": "A-0001", **PERSON}, {"sqdj_bh": "A-0002"})
    pipeline.merge(court.settings)
    store, before = Store(court.settings), make(court, tmp_path)
    old = person(court)
    rotate(court.settings, ["token_id_no", "token_phone", "token_name"], **WHO)
    new = person(court)
    assert not old.tokens["id_no"].keys() & new.tokens["id_no"].keys()

    assert places(before.folder, court, ID_NO)
    erase_backup(court.settings, before.folder, new)
    assert places(before.folder, court, NAME, ID_NO, PHONE, *old.tokens["id_no"]) == []

    erasures.open_order(store, old)
    load = court.deliver({"sqdj_bh": "A-0003", **PERSON}).folder(court.settings)
    assert places(load, court, ID_NO)
    (line,) = pipeline.merge(court.settings)
    assert line["balance"] == 0
    assert places(load, court, NAME, ID_NO, PHONE) == [], "known again by the key of the order's day"
    shutil.rmtree(before.folder)
    with pytest.raises(KeyOrderError, match=r"by order \(2024\)浙01法令7号, for ever\. A backup"):
        destroy(court.settings, "token_id_no", **WHO)


def person(court: CourtHome) -> erasures.Order:
    con = connect(court.settings)
    attach(con, court.settings, court.settings.build_path, "build")
    con.execute("USE wh")
    tokens, records = whom.person(court.settings, con, record=(SYSTEM, "A-0001"), role="applicant")
    con.close()
    return erasures.Order(ORDER, "保护官", "", tokens, records, court.settings.clock())
