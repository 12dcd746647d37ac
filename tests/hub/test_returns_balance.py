"""What a receiver holds after applying its returns is what the publish shows in its scope, whatever happened."""

from __future__ import annotations

import shutil
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from returned_world import COUNTY, JUSTICE, OTHER, SYSTEMS, Taker, World

from hub.returns.acknowledging import acknowledge
from hub.returns.errors import ReturnError
from hub.returns.making import make
from operations import returns
from operations.returns import Return
from operations.settings import Settings
from operations.store import Store

AS_OF = datetime(2026, 6, 30, 8)
few = st.integers(0, 2)
mostly = st.integers(0, 3).map(bool)
seldom = st.integers(0, 11).map(lambda n: n == 0)
systems, counties, stages = (st.sampled_from(of) for of in (sorted(SYSTEMS), [COUNTY, OTHER], ["10", "20"]))
CHANGES = st.one_of(
    st.tuples(st.just("report"), systems, few, few, counties),
    st.tuples(st.just("consult"), systems, few),
    st.tuples(st.just("edit"), few, stages),
    st.tuples(st.just("move"), few, counties),
    st.tuples(st.just("merge"), few, few),
    st.tuples(st.just("delete"), systems, few),
    st.tuples(st.just("erase"), few),
)
# changes, everything?, fetched?, applied?, which applied return is acknowledged (counted from the newest), lost?
TURNS = st.tuples(st.lists(CHANGES, max_size=5), seldom, mostly, mostly, st.none() | few, seldom)
OURS = "peoples_mediation"
THERE_AND_BACK = [
    ([("report", OURS, 0, 0, COUNTY), ("report", OURS, 1, 1, COUNTY)], False, True, True, 0, False),
    ([("edit", 0, "20"), ("delete", OURS, 1), ("report", OURS, 2, 2, COUNTY)], False, True, True, None, False),
    ([("edit", 0, "10"), ("report", OURS, 1, 1, COUNTY), ("delete", OURS, 2)], False, True, True, None, False),
]
"""What a return says that is applied and not acknowledged, and that is not so any more in the next."""


def change(world: World, what: str, *how: object) -> None:
    """One thing that happens to the province; where it cannot, nothing."""
    codes = sorted(world.counties)
    if what == "report":
        system, source, case, county = how
        code = f"JF{case}"
        while code in world.aliases:
            code = world.aliases[code]
        world.counties.setdefault(code, str(county))
        world.reports[(str(system), f"S{source}")] = {
            "case": code, "county": county, "token": f"p{source}", "stage": "10"
        }  # fmt: skip
    elif what == "consult":
        system, source = how
        world.reports[(str(system), f"C{source}")] = {"case": None, "county": COUNTY, "token": "x", "stage": "10"}
    elif what == "edit" and world.reports:
        nth, stage = how
        world.reports[sorted(world.reports)[int(str(nth)) % len(world.reports)]]["stage"] = str(stage)
    elif what == "move" and codes:
        nth, county = how
        world.counties[codes[int(str(nth)) % len(codes)]] = str(county)
    elif what == "merge" and len(codes) > 1:
        one, other = (codes[int(str(nth)) % len(codes)] for nth in how)
        if one != other:
            for report in world.reports.values():
                report["case"] = other if report["case"] == one else report["case"]
            world.aliases = {old: other if new == one else new for old, new in world.aliases.items()} | {one: other}
            del world.counties[one]
    elif what == "delete":
        system, source = how
        world.reports.pop((str(system), f"S{source}"), None)
    elif what == "erase":
        (person,) = how
        for report in world.reports.values():
            report["token"] = f"erased{person}" if report["token"] == f"p{person}" else report["token"]


def files(home: Settings, one: Return) -> Path:
    return home.returns / one.receiver / one.name


@pytest.mark.parametrize("receiver", [COUNTY, JUSTICE])
@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
@given(turns=st.lists(TURNS, min_size=2, max_size=5))
@example(turns=THERE_AND_BACK)
def test_a_receiver_that_skips_or_repeats_holds_what_is_published(receiver: str, turns: list[tuple[Any, ...]]) -> None:
    """It may leave returns unfetched, unapplied or unacknowledged, acknowledge late; the home may lose its state."""
    with tempfile.TemporaryDirectory() as folder:
        home = Settings(home=Path(folder), as_of=AS_OF)
        home.prepare()
        store, world, taker = Store(home), World(), Taker()
        applied: list[int] = []
        for changes, everything, fetched, applies, acknowledged, lost in turns:
            for what in changes:
                change(world, *what)
            world.publish(home.published, AS_OF)
            made = make(home, receiver, by="hub", everything=everything)
            assert {line.balance for line in made.lines} == {0}
            assert {line.dataset: line.held_after for line in made.lines} == {
                name: len(rows) for name, rows in world.seen(receiver).items()
            }
            if fetched:
                returns.mark_fetched(store, made, "receiver")
            if fetched and applies:
                taker.apply(files(home, made))
                assert taker.holds() == world.seen(receiver)
                applied.append(made.number)
            if acknowledged is not None and len(applied) > acknowledged:
                settle(home, receiver, applied[-1 - acknowledged])
            if lost:
                shutil.rmtree(home.returns / receiver)
        world.publish(home.published, AS_OF)
        taker.apply(files(home, make(home, receiver, by="hub")))
        assert taker.holds() == world.seen(receiver)


def settle(home: Settings, receiver: str, number: int) -> None:
    """Acknowledge, unless that return has no state any more, or a later one stands for it."""
    refused = ""
    try:
        acknowledge(home, receiver, number, by="receiver")
    except ReturnError as error:
        refused = str(error)
    assert not refused or "later one stands for it" in refused or "is lost" in refused
