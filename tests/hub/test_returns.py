"""A return is whole or not there, says what it holds, and what is asked wrongly is refused with what to do."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from homes import hub_json, run_hub
from returned_world import COUNTY, JUSTICE, Taker, World

from hub.returns.acknowledging import acknowledge
from hub.returns.errors import GoneError, NotFetchedError, ReturnError, SupersededError
from hub.returns.handing import hand_over
from hub.returns.making import OPEN_RETURNS, make
from hub.returns.offering import offer
from operations import copies, returns
from operations.failpoints import FAILPOINTS
from operations.settings import Settings
from operations.store import Store

AS_OF = datetime(2026, 6, 30, 8)
OURS = "peoples_mediation"


class Home:
    """A world and a home that publishes it."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(home=folder / "home", as_of=AS_OF)
        self.settings.prepare()
        self.store, self.world = Store(self.settings), World()
        for number in range(3):
            self.report(number)
        self.publish()

    def report(self, number: int, stage: str = "10") -> None:
        self.world.counties[f"JF{number}"] = COUNTY
        self.world.reports[(OURS, f"S{number}")] = {
            "case": f"JF{number}", "county": COUNTY, "token": f"=p{number}", "stage": stage
        }  # fmt: skip

    def publish(self) -> None:
        self.world.publish(self.settings.published, AS_OF)

    def fetched(self) -> returns.Return:
        made = make(self.settings, COUNTY, by="hub")
        returns.mark_fetched(self.store, made, "receiver")
        return made


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_files_are_what_manifest_and_mark_say_and_excel_opens_the_csv(home: Home, tmp_path: Path) -> None:
    made = make(home.settings, COUNTY, by="李敏", csv=True)
    folder = hand_over(home.settings, made, tmp_path / "out", by="李敏")
    assert folder == tmp_path / "out" / COUNTY / "R000001"
    subprocess.run(["sha256sum", "--check", "--quiet", "DONE"], cwd=folder, check=True)  # noqa: S607
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["version"], manifest["since"], manifest["title"]) == (1, None, "滨江区")
    listed = {file["path"]: file for dataset in manifest["datasets"] for file in dataset["files"]}
    assert {path.name for path in folder.iterdir()} == {*listed, "manifest.json", "DONE"}
    for name, file in listed.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == file["sha256"]
    text = (folder / "core.case_reports.csv").read_bytes()
    assert text.startswith(b"\xef\xbb\xbfchange,row_id,case_code,")
    assert b",'=p0," in text, "no cell is a formula"
    assert "as_of" not in pq.read_schema(folder / "core.cases.parquet").names
    assert copies.known(home.store, "return") == [folder], "a legal order finds it"
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert hand_over(home.settings, made, tmp_path / "out", by="李敏") == folder
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    found = returns.find(home.store, COUNTY, 1)
    assert found is not None
    assert (found.fetched_by, found.state) == ("李敏", "open")


def test_what_leaves_the_scope_is_withdrawn_by_the_key_that_names_no_person(home: Home, tmp_path: Path) -> None:
    acknowledge(home.settings, COUNTY, home.fetched().number, by="receiver")
    home.world.counties["JF0"] = "330106"  # moves
    home.world.reports[(OURS, "S0")]["county"] = "330106"
    home.world.reports[(OURS, "S1")]["token"] = "erased1"
    home.publish()
    made = make(home.settings, COUNTY, by="hub")
    folder = home.settings.returns / COUNTY / made.name
    assert [row["change"] for row in pq.read_table(folder / "core.cases.parquet").to_pylist()] == ["withdrawn"]
    parties = pq.read_table(folder / "core.parties.parquet").to_pylist()
    assert [(row["change"], row["case_code"], row["party_token"]) for row in parties] == [
        ("withdrawn", "JF0", None), ("withdrawn", "JF1", None), ("inserted", "JF1", "erased1")
    ]  # fmt: skip
    reports = pq.read_table(folder / "core.case_reports.parquet").to_pylist()
    assert [(row["change"], row["source_id"]) for row in reports] == [("withdrawn", "S0"), ("changed", "S1")]
    kept = [path for path in home.settings.returns.rglob("*.parquet") if path.parent.name != made.name]
    assert kept
    for path in kept:
        assert "p1" not in json.dumps(pq.read_table(path).to_pylist()), "names and fingerprints are keyed"


def test_what_was_never_fetched_gives_way_and_so_does_what_waits_too_long(home: Home) -> None:
    first = make(home.settings, COUNTY, by="hub")
    assert make(home.settings, COUNTY, by="hub") == first, "the same version again is the same return"
    with pytest.raises(NotFetchedError, match="was never fetched"):
        acknowledge(home.settings, COUNTY, 1, by="receiver")
    for number in range(OPEN_RETURNS + 2):
        home.report(10 + number)
        home.publish()
        home.fetched()
    states = {one.number: (one.state, one.kept) for one in returns.listing(home.store, COUNTY)}
    assert states == {
        number: ("open", True) if number > 3 else ("superseded", False) for number in range(1, OPEN_RETURNS + 4)
    }
    for refused in (1, 3):
        with pytest.raises(SupersededError, match=r"a later one stands for it; apply R00000\d and acknowledge that"):
            acknowledge(home.settings, COUNTY, refused, by="receiver")
    assert acknowledge(home.settings, COUNTY, 6, by="receiver").acknowledged_by == "receiver"
    assert acknowledge(home.settings, COUNTY, 6, by="other").acknowledged_by == "receiver", "twice is like once"
    with pytest.raises(GoneError, match="R000006 of 330108 has no files any more: it is acknowledged"):
        hand_over(home.settings, returns.listing(home.store, COUNTY)[2], home.settings.home / "out", by="x")
    names = {path.name for path in (home.settings.returns / COUNTY).iterdir()}
    assert names == {"held-R000006", "R000007", "R000008", "rows-R000007", "rows-R000008"}


def test_a_receiver_that_nobody_knows_is_refused_with_those_nearest(home: Home) -> None:
    for code in ("33", "330199", "justice_departments", ""):
        with pytest.raises(ReturnError, match=f"no receiver '{code}'.*nearest: .*justice_department"):
            make(home.settings, code, by="hub")
    assert returns.listing(home.store) == []
    done = run_hub(home.settings.home, "returns", "make", "330199", COUNTY, "--by", "hub", check=False)
    assert (done.returncode, "no receiver '330199'" in done.stderr) == (1, True)
    assert [one.receiver for one in returns.listing(home.store)] == [COUNTY], "one stops only itself"


def test_rows_with_the_same_key_stop_the_return(home: Home) -> None:
    with duckdb.connect(str((home.settings.published / "latest" / "current.duckdb").resolve())) as con:
        con.execute("INSERT INTO core.cases (SELECT * FROM core.cases WHERE case_code = 'JF1')")
    with pytest.raises(ReturnError, match=r"core.cases: 4 rows in scope have 3 different keys \(case_code\)"):
        make(home.settings, COUNTY, by="hub")
    assert list((home.settings.returns / COUNTY).iterdir()) == []


@pytest.mark.chaos
def test_killed_anywhere_a_return_is_gone_on_with_by_the_same_command(home: Home, tmp_path: Path) -> None:
    taker, out = Taker(), tmp_path / "out"
    make_it = ("returns", "make", COUNTY, "--by", "hub", "--out", str(out))
    for nth, name in enumerate(one for one in FAILPOINTS if one.startswith("return.")):
        home.report(nth, "20")
        home.publish()
        steps = [make_it] if name not in ("return.state_written", "return.acknowledged") else []
        if not steps:
            (made,) = hub_json(home.settings.home, *make_it)
            taker.apply(out / COUNTY / made["name"])
            steps = [("returns", "acknowledge", COUNTY, str(made["number"]), "--by", "receiver")]
        killed = run_hub(home.settings.home, *steps[0], check=False, HUB_FAILPOINT=name)
        assert killed.returncode == -signal.SIGKILL, f"{name}: {killed.stdout}{killed.stderr}"
        run_hub(home.settings.home, *steps[0])
        newest = returns.listing(home.store, COUNTY)[0]
        if newest.state == "open":
            taker.apply(out / COUNTY / newest.name)
        assert taker.holds() == home.world.seen(COUNTY), name
        subprocess.run(["sha256sum", "--check", "--quiet", "DONE"], cwd=out / COUNTY / newest.name, check=True)  # noqa: S607
    assert [one.name for one in out.rglob(".*")] == []
    assert {line.balance for one in returns.listing(home.store) for line in one.lines} == {0}


def test_every_dataset_of_a_real_home_comes_back_as_it_is_published(
    prepared: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    """A county and a department, over what 39 systems delivered."""
    settings = Settings(home=tmp_path)
    settings.prepare()
    settings.published.rmdir()
    settings.published.symlink_to(prepared[0] / "published")
    for code, missing in ((COUNTY, "core.failing_rows"), (JUSTICE, "core.grids")):
        offered = offer(settings, code)
        made = make(settings, code, by="hub")
        assert {line.dataset: line.held_after for line in made.lines} == {one.name: n for one, n in offered.datasets}
        assert len(made.lines) == 12
        assert made.line(missing) is None
        assert sum(line.held_after for line in made.lines) > 100
        cases, parties = made.line("core.cases"), made.line("core.parties")
        assert cases is not None
        assert parties is not None
        assert cases.held_after > 5
        assert parties.held_after > 5
