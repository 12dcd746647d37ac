"""An order waits for a copy that it cannot reach, until somebody declares it destroyed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from backed_up import make
from court import SYSTEM, CourtHome
from homes import hub_json

from hub.doctor import examine
from hub.erasing.destroyed import DestroyedError
from hub.erasing.order import Report, carry_out
from hub.export import export
from operations import decisions
from operations.store import Store

ORDER = "(2024)浙01法令8号"


def test_a_copy_that_was_destroyed_is_waited_for_until_somebody_says_so(court: CourtHome, tmp_path: Path) -> None:
    make(court, tmp_path)
    export(court.settings, ["record.case_reports"], tmp_path / "disk" / "export")
    store, home = Store(court.settings), court.settings.home
    shutil.rmtree(tmp_path / "backups")
    shutil.rmtree(tmp_path / "disk")
    waiting = carry_out(court.settings, ORDER, by="保护官", record=(SYSTEM, "A"), role="applicant")
    waited = {one.name: one.note for one in waiting.places if one.left is None}
    assert (waiting.state, len(waited)) == ("waiting", 2)
    for name, note in waited.items():
        assert f"`hub erase --order '{ORDER}' --destroyed {name} --by NAME --reason HOW`" in note
    (told,) = [one for one in examine(court.settings) if one.name == "erasure"]
    assert all(name in told.message for name in waited)
    assert f"--destroyed {next(iter(waited))}" in told.remedy

    def declare(*paths: Path, by: str = "李敏", reason: str = "硬盘已粉碎") -> Report:
        return carry_out(court.settings, ORDER, by=by, destroyed=paths, reason=reason)

    with pytest.raises(DestroyedError, match="say who declares it"):
        declare(tmp_path / "backups", reason=" ")
    with pytest.raises(
        DestroyedError, match=rf"no copy at {tmp_path}/none; those that it cannot reach: {tmp_path}/backups"
    ):
        declare(tmp_path / "none")
    (tmp_path / "disk" / "export").mkdir(parents=True)
    with pytest.raises(DestroyedError, match=f"{tmp_path}/disk/export is there"):
        declare(tmp_path / "disk")
    shutil.rmtree(tmp_path / "disk")
    assert decisions.verdicts(store, "destroyed_copy") == []
    said = ["--by", "李敏", "--reason", "硬盘已粉碎"]
    words = ["--destroyed", str(tmp_path / "backups"), "--destroyed", str(tmp_path / "disk")]
    done = hub_json(home, "erase", "--order", ORDER, *words, *said, HUB_AS_OF=court.settings.clock().isoformat())
    assert done["state"] == "done"
    assert {one["name"]: one["note"] for one in done["places"] if one["name"] in waited} == dict.fromkeys(
        waited, "destroyed, says 李敏: 硬盘已粉碎"
    )
    kept = decisions.verdicts(store, "destroyed_copy")
    assert {(one.subject["path"], one.by_whom, one.reason) for one in kept} == {
        (name, "李敏", "硬盘已粉碎") for name in waited
    }
    assert [one for one in examine(court.settings) if one.name == "erasure"] == []
    assert carry_out(court.settings, ORDER, by="").state == "done", "nobody waits for it again"
