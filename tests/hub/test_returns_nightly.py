"""Who gets a return each night, what a night makes, and what `hub doctor` says when it was missed or is ignored."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from homes import hub_json, run_hub
from returned_world import COUNTY, JUSTICE, World

from hub.doctor import Finding, examine
from hub.returns.acknowledging import acknowledge
from hub.returns.errors import ReturnError
from hub.returns.making import make
from hub.returns.nightly import BY, Wanted, end, make_ordered, order, orders
from operations import returns
from operations.returns import Return
from operations.settings import Settings
from operations.store import Store

AS_OF = datetime(2026, 6, 30, 8)


class Nights:
    """A home in which nights pass, each with a new version."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(home=folder / "home", as_of=AS_OF)
        self.settings.prepare()
        self.world, self.out = World(), folder / "out"
        self.out.mkdir()
        self.world.counties["JF0"] = COUNTY
        self.world.reports[("peoples_mediation", "S0")] = {
            "case": "JF0", "county": COUNTY, "token": "p0", "stage": "10"
        }  # fmt: skip
        self.publish()

    def publish(self) -> None:
        self.world.publish(self.settings.published, self.settings.clock())

    def later(self, **delta: float) -> None:
        self.settings = replace(self.settings, as_of=self.settings.clock() + timedelta(**delta))

    def ledger(self, receiver: str) -> list[Return]:
        return returns.listing(Store(self.settings), receiver)

    def told(self) -> list[Finding]:
        return [one for one in examine(self.settings) if one.name.startswith("returns")]


@pytest.fixture
def nights(tmp_path: Path) -> Nights:
    return Nights(tmp_path)


def test_a_night_makes_what_was_ordered_and_hands_it_over(nights: Nights) -> None:
    order(nights.settings, Wanted(COUNTY, nights.out, csv=True), "李敏", "agreement 7")
    order(nights.settings, Wanted(JUSTICE), "李敏", "API")
    made, failures = make_ordered(nights.settings)
    assert ([(one.receiver, one.made_by) for one in made], failures) == ([(COUNTY, BY), (JUSTICE, BY)], [])
    assert (nights.out / COUNTY / "R000001" / "core.cases.csv").is_file()
    assert [one.fetched_by for one in nights.ledger(JUSTICE)] == [None]
    again, _ = make_ordered(nights.settings)
    assert [one.name for one in again] == ["R000001", "R000001"], "nothing newer is published"
    nights.publish()
    assert [one.name for one in make_ordered(nights.settings)[0]] == ["R000002", "R000002"]


def test_the_newest_word_about_a_receiver_counts(nights: Nights) -> None:
    for out in (nights.out, None):
        order(nights.settings, Wanted(COUNTY, out), "李敏", "agreement 7")
    assert [one.wanted for one in orders(Store(nights.settings))] == [Wanted(COUNTY)]
    end(nights.settings, COUNTY, "李敏", "agreement ended")
    assert orders(Store(nights.settings)) == []
    assert make_ordered(nights.settings) == ([], [])
    with pytest.raises(ReturnError, match="330108 gets no return each night; `hub returns nightly` lists who does"):
        end(nights.settings, COUNTY, "李敏", "again")
    with pytest.raises(ReturnError, match="no receiver '330199'"):
        order(nights.settings, Wanted("330199"), "李敏", "why")
    with pytest.raises(ReturnError, match="is not there; make the folder, or mount its disk"):
        order(nights.settings, Wanted(COUNTY, nights.out / "none"), "李敏", "why")


def test_a_disk_that_is_not_mounted_stops_only_its_receiver(nights: Nights) -> None:
    order(nights.settings, Wanted(COUNTY, nights.out), "李敏", "files")
    order(nights.settings, Wanted(JUSTICE), "李敏", "API")
    nights.out.rmdir()
    made, failures = make_ordered(nights.settings)
    assert [one.receiver for one in made] == [JUSTICE]
    assert [f"no return of {COUNTY}: {nights.out} is not there" in str(one) for one in failures] == [True]
    assert not nights.out.exists()


def test_the_doctor_says_when_a_night_was_missed(nights: Nights) -> None:
    order(nights.settings, Wanted(COUNTY), "李敏", "API")
    make(nights.settings, JUSTICE, by="hub")  # asked for once: none is due
    assert nights.told() == []
    nights.later(hours=37)
    (missed,) = nights.told()
    assert (missed.name, missed.ok) == (f"returns of {COUNTY}", False)
    assert "a return of version 1 is due since 2026-07-01 20:00 and was not made: none" in missed.message
    assert "`hub returns nightly --run`" in missed.remedy
    make_ordered(nights.settings)
    nights.later(hours=37)
    assert nights.told() == [], "nothing newer is published"
    nights.publish()
    (missed,) = nights.told()
    assert "the last, R000001, is of version 1" in missed.message
    run_hub(nights.settings.home, "returns", "nightly", "--run", HUB_AS_OF=nights.settings.clock().isoformat())
    assert nights.told() == []


def test_the_doctor_says_who_acknowledges_nothing_for_long(nights: Nights) -> None:
    order(nights.settings, Wanted(COUNTY, nights.out), "李敏", "files")
    for _ in range(8):
        make_ordered(nights.settings)
        nights.later(days=2)
        nights.publish()
    make_ordered(nights.settings)
    (silent,) = nights.told()
    assert silent.message == (
        "has had returns since 2026-06-30, fetched R000009 on 2026-07-16, and acknowledged nothing"
    )
    assert f"`hub returns acknowledge {COUNTY} 9 --by NAME`" in silent.remedy
    acknowledge(nights.settings, COUNTY, 9, by="李敏")
    assert nights.told() == []
    for _ in range(8):
        nights.later(days=2)
        nights.publish()
        make_ordered(nights.settings)
    assert nights.told() == []
    nights.later(hours=1)
    assert [one.message for one in nights.told()] == [
        "has had returns since 2026-07-18, fetched R000017 on 2026-08-01, and acknowledged R000009 on 2026-07-16"
    ]


def test_what_was_made_once_and_never_fetched_is_nobodys_fault(nights: Nights) -> None:
    made = make(nights.settings, JUSTICE, by="hub")
    nights.later(days=30)
    assert nights.told() == []
    returns.mark_fetched(Store(nights.settings), made, "justice")
    nights.later(days=30)
    (silent,) = nights.told()
    assert "fetched R000001" in silent.message


def test_the_command_says_who_gets_one(nights: Nights) -> None:
    home = nights.settings.home
    why = ("--by", "李敏", "--reason", "agreement 7")
    assert run_hub(home, "returns", "nightly", COUNTY, check=False).returncode == 2
    run_hub(home, "returns", "nightly", COUNTY, *why, "--out", str(nights.out), "--csv")
    (one,) = hub_json(home, "returns", "nightly")
    assert one["wanted"] == {"receiver": COUNTY, "out": str(nights.out), "csv": True, "everything": False}
    (made,) = hub_json(home, "returns", "nightly", "--run", HUB_AS_OF=nights.settings.clock().isoformat())
    assert (made["name"], made["receiver"]) == ("R000001", COUNTY)
    assert {line["balance"] for line in made["lines"]} == {0}
    shutil.rmtree(nights.out)
    failed = run_hub(home, "returns", "nightly", "--run", "--json", check=False)
    assert (failed.returncode, json.loads(failed.stdout), "mount its disk" in failed.stderr) == (1, [], True)
    run_hub(home, "returns", "nightly", COUNTY, *why, "--end")
    assert hub_json(home, "returns", "nightly") == []
