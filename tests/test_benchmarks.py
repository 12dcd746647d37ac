"""Every part of `make bench` at a small size and without peers, so that none of them rots unseen."""

from __future__ import annotations

import json
import runpy
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import served
from benchmarks.measure import Cost, Target, compare
from benchmarks.parts import PARTS, PEERS, Part

ROWS = {"check": 20_000, "audit": 2_000}
"""Enough for the faults that these two count on."""


@pytest.mark.slow
@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_every_step_of_a_part_runs(
    part: Part, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    if part.around is served.postgresql:
        monkeypatch.setattr(served, "POSTGRESQL", request.getfixturevalue("postgresql"))
    monkeypatch.setenv("HUB_BENCH_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / part.name
    folder.mkdir()

    def take(step: str, *arguments: object) -> None:
        monkeypatch.setattr("sys.argv", part.own(step, folder, *arguments)[2:])
        runpy.run_module(part.module, run_name="__main__")

    take("prepare", ROWS.get(part.name, 300))
    with part.around(folder) as source:
        before = source() if source else 0
        for step in part.steps:
            take(step)
        assert source is None or source() > before


def test_a_part_names_peers_and_steps_that_exist() -> None:
    peers = (PEERS / "peers.py").read_text(encoding="utf-8")
    for part in PARTS:
        known = {*part.steps, *part.peers}
        assert all(f"def {peer}(" in peers for peer in part.peers)
        assert part.limit in known
        assert {target.step for target in part.targets} <= known
        assert {target.beside for target in part.targets} <= {*known, None}


def test_a_ratio_over_its_target_is_not_met() -> None:
    costs = {
        "ours": Cost(3.0, wall=5.0, peak=900.0, written=80.0),
        "theirs": Cost(4.0, wall=5.0, peak=600.0, written=9.0),
    }
    assert Target("ours", "cpu", 0.75, "theirs").line(costs) == "| ours, CPU / theirs | 0.75 | 0.75 | met |"
    assert Target("ours", "cpu", 0.74, "theirs").line(costs).endswith("| **not met** |")
    assert Target("ours", "peak", 900).line(costs) == "| ours, peak memory | 900 | 900 | met |"
    costs["ours"] = replace(costs["ours"], source=1.0)
    assert Target("ours", "both", 0.99, "theirs").line(costs).endswith("| 1.00 | 0.99 | **not met** |")


def test_steps_are_interleaved_and_a_failing_one_stops_the_part(tmp_path: Path) -> None:
    order = tmp_path / "order"
    steps = {name: ["sh", "-c", f"echo {name} >> {order}"] for name in ("a", "b")}
    result = compare("title", steps, "a", [], tmp_path)
    assert order.read_text().split() == ["a", "b"] * 3
    assert json.dumps(result)
    with pytest.raises(subprocess.CalledProcessError):
        compare("title", {"a": ["false"]}, "a", [], tmp_path)
