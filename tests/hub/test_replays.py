"""Rows are checked again when what decides them has changed, once, whatever kills the replay."""

from __future__ import annotations

import signal
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from court import CROSSWALK, DATASET, SYSTEM, CourtHome
from homes import run_hub

from hub import mapping, published, quarantined, replays, tracing
from operations.settings import Settings
from warehouse.landing import Landing

MORNING = datetime(2024, 7, 1, 8)


@pytest.fixture
def court(tmp_path: Path) -> CourtHome:
    return CourtHome(tmp_path / "home", MORNING)


def states(settings: Settings) -> list[str]:
    return [row["state"] for row in quarantined.listing(settings, SYSTEM, DATASET, closed=True)]


def approve(settings: Settings, code: str, means: str = "0701") -> dict[str, Any]:
    return mapping.approve(settings, CROSSWALK, code, means, "lin", "the court says so")


def loads_of(settings: Settings) -> int:
    return len(Landing(settings).complete_manifests())


def test_nothing_is_checked_again_while_the_same_would_be_said(court: CourtHome) -> None:
    court.deliver({"ay": "LD01"})
    done = replays.replay(court.settings, SYSTEM, DATASET)
    assert done is not None
    assert (done["load_id"], done["replayed"], done["unchanged"]) == (None, 0, 1)
    assert loads_of(court.settings) == 1


def test_an_approval_replays_exactly_the_rows_of_its_code(court: CourtHome) -> None:
    court.deliver({"sqdj_bh": "A", "ay": "LD01"}, {"sqdj_bh": "B", "ay": "LD02"}, {"sqdj_bh": "C", "ay": " ＬＤ01 "})
    [done] = approve(court.settings, "LD01")["replays"]
    assert (done["replayed"], done["accepted"], done["rejected"]) == (2, 2, 0), "the third is the same code, untidy"
    assert states(court.settings) == ["replayed", "pending", "replayed"]


def test_a_second_replay_and_a_second_approval_do_nothing(court: CourtHome) -> None:
    court.deliver({"ay": "LD01"}, {"sqdj_bh": "B", "ay": "LD02"})
    approve(court.settings, "LD01")
    assert loads_of(court.settings) == 2
    assert approve(court.settings, "LD01")["replays"] == []
    rest = replays.replay(court.settings, SYSTEM, DATASET)
    assert rest is not None
    assert rest["replayed"] == 1, "the other row was last checked before the crosswalk changed"
    again = replays.replay(court.settings, SYSTEM, DATASET)
    assert again is not None
    assert (again["replayed"], again["unchanged"]) == (0, 1)
    assert loads_of(court.settings) == 3


def test_a_code_that_waits_in_two_columns_needs_both(court: CourtHome) -> None:
    court.deliver({"ay": "LD01", "gmdm": "X"})
    [done] = approve(court.settings, "LD01")["replays"]
    assert (done["replayed"], done["accepted"], done["rejected"]) == (1, 0, 1)
    [entry] = mapping.desk(court.settings)
    assert (entry["crosswalk"], entry["from_code"], entry["rows"]) == ("court_odr_scale", "X", 1)
    assert entry["first_seen"] == MORNING, "as the row first landed"


def test_a_rejected_code_is_the_departments_until_it_is_given_a_meaning(court: CourtHome) -> None:
    court.deliver({"ay": "LD01"})
    [done] = mapping.reject(court.settings, CROSSWALK, "LD01", "lin", "a typing error of the court")["replays"]
    assert (done["replayed"], done["rejected"]) == (1, 1)
    assert mapping.desk(court.settings) == []
    [entry] = mapping.desk(court.settings, everything=True)
    assert (entry["rows"], entry["decided"][0]["to_code"], entry["decided"][0]["by"]) == (1, None, "lin")
    [row] = [row for row in quarantined.listing(court.settings, None, None, closed=False) if row["state"] == "pending"]
    [reason] = quarantined.show(court.settings, row["load_id"], row["position"])["reasons"]
    assert (reason["rule"], reason["responsibility"]) == ("case_type_code.code", "department")
    assert reason["advice"] == "请在源系统改填正确的纠纷类型后重报"
    [done] = approve(court.settings, "LD01")["replays"]
    assert (done["replayed"], done["accepted"]) == (1, 1)


def test_a_row_whose_record_came_again_is_left_to_the_build(court: CourtHome) -> None:
    """Without an update time the later landing wins, so an old version must not land again after its correction."""
    court.deliver({"ay": "LD01", "gxsj": None})
    court.deliver({"ay": "9130", "gxsj": None})
    [done] = approve(court.settings, "LD01")["replays"]
    assert (done["replayed"], done["unchanged"]) == (0, 1)
    court.publish()
    assert states(court.settings) == ["closed"]


def test_a_meaning_that_is_given_anew_before_the_build_is_the_one_that_counts(court: CourtHome) -> None:
    court.deliver({"ay": "LD01"})
    approve(court.settings, "LD01", "0701")
    [done] = approve(court.settings, "LD01", "0702")["replays"]
    assert (done["replayed"], done["accepted"]) == (1, 1)
    court.publish()
    with published.current(court.settings) as connection:
        assert connection.execute("SELECT case_type_code FROM record.case_reports").fetchall() == [("0702",)]


def test_a_rule_that_looks_at_the_time_is_asked_again_on_another_day(court: CourtHome) -> None:
    court.deliver({"sqsj": "2024-07-03 09:00:00", "slsj": None, "gxsj": "2024-07-03 09:00:00"}, {"ay": "LD01"})
    assert replays.replay(court.settings, SYSTEM, DATASET)["replayed"] == 0  # type: ignore[index]
    done = replays.replay(court.at(MORNING + timedelta(days=3)).settings, SYSTEM, DATASET)
    assert done is not None
    assert (done["replayed"], done["accepted"], done["unchanged"]) == (1, 1, 1)


def test_a_replayed_row_still_opens_the_file_that_it_came_from(court: CourtHome) -> None:
    court.deliver({}, {"sqdj_bh": "B", "ay": "LD01", "gmdm": "X"}, file="june.json")
    [done] = approve(court.settings, "LD01")["replays"]
    shown = quarantined.show(court.settings, done["load_id"], 1)
    assert shown["place"] == "june.json:2"
    assert '"ay": "LD01"' in shown["record"]
    origin = tracing.origin(court.settings, SYSTEM, done["load_id"], 1)
    assert (origin["file"], origin["line"]) == ("june.json", 2)


@pytest.mark.chaos
@pytest.mark.parametrize("failpoint", ["landing.part_written", "landing.completed"])
def test_a_replay_that_is_killed_is_begun_anew_or_finished(court: CourtHome, failpoint: str) -> None:
    court.deliver({"ay": "LD01"})
    home, as_of = court.settings.home, MORNING.isoformat()
    decision = ("mapping", "approve", CROSSWALK, "LD01", "0701", "--by", "lin", "--reason", "asked")
    killed = run_hub(home, *decision, check=False, HUB_AS_OF=as_of, HUB_FAILPOINT=failpoint)
    assert killed.returncode == -signal.SIGKILL
    approve(court.settings, "LD01")
    assert states(court.settings) == ["replayed"]
    assert [manifest.kind for manifest in Landing(court.settings).complete_manifests()] == ["sync", "replay"]
    [entry] = mapping.desk(court.settings, everything=True)
    assert [one["by"] for one in entry["decided"]] == ["lin"]
