"""Analysts ask everything that their page asks while loads run: no error, and no answer that no version gives.

`make readers` does it with more of them, over a province of thousands of disputes, and prints what it found.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from statistics import quantiles
from typing import Any

import pytest
from analysts import Read, answers, reads, work
from homes import KILLED, hub_json, run_hub

CASES = int(os.environ.get("HUB_READERS_CASES") or 0)
"""The disputes of a province of its own; 0: the small one that other tests have run over."""
LOADS = int(os.environ.get("HUB_READERS_LOADS") or 3)
ANALYSTS = int(os.environ.get("HUB_READERS_ANALYSTS") or 2)
SYSTEMS = () if CASES else KILLED
"""What a load reads: every system, or as few as a quick test needs."""
PATIENCE = 300


@pytest.fixture
def living(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A home that has published once, over a province that may live on; where it is small a copy, `moving: Path`."""
    if not CASES:
        yield request.getfixturevalue("moving")
        return
    home = tmp_path / "living"
    run_hub(home, "sandbox", "up", "--cases", str(CASES), "--today", "2026-06-30")
    run_hub(home, "run")
    yield home
    run_hub(home, "sandbox", "down", check=False)


@pytest.mark.slow
def test_analysts_meet_no_error_and_no_torn_answer_while_loads_run(living: Path, tmp_path: Path) -> None:
    published, context = living / "published", multiprocessing.get_context("spawn")
    loading, ended = context.Event(), context.Event()
    outs = [tmp_path / f"analyst-{number}.jsonl" for number in range(ANALYSTS)]
    ready = [context.Event() for _ in outs]
    first = _keep(published, tmp_path)
    versions = {1: first}
    analysts = [
        context.Process(target=work, args=(published, first, out, number, at_ease, loading, ended))
        for number, (out, at_ease) in enumerate(zip(outs, ready, strict=True))
    ]
    for analyst in analysts:
        analyst.start()
    try:
        assert all(event.wait(PATIENCE) for event in ready), "each has asked everything by every client once"
        loading.set()
        began = time.monotonic()
        for _ in range(LOADS):
            run_hub(living, "sandbox", "tick", "--days", "1")
            summary = hub_json(living, "run", *SYSTEMS)
            assert (summary["failures"], summary["loaded"] > 0) == ({}, True)
            versions[summary["published"]] = _keep(published, tmp_path)
        took = time.monotonic() - began
    finally:
        ended.set()
        for analyst in analysts:
            analyst.join(PATIENCE)
    found = [read for out in outs for read in reads(out)]
    told = {version: answers(path, first) for version, path in versions.items()}
    sys.stdout.write(report(found, told, took))
    assert {read.error for read in found} == {""}
    assert torn(found, told) == []
    assert {read.version for read in found} == set(told), "every version was met"
    assert {read.example for read in found if read.loading} == set(range(len(told[1])))
    assert len({tuple(one) for one in told.values()}) == len(told), "each load has changed what is told"


def _keep(published: Path, tmp_path: Path) -> Path:
    """The file that is published now under a name of ours, because old versions are removed while some read them."""
    path = (published / "current.duckdb").resolve()
    kept = tmp_path / f"{path.parent.name}.duckdb"
    kept.hardlink_to(path)
    return kept


def torn(found: list[Read], told: dict[int, list[str]]) -> list[Read]:
    """The reads whose answer is not what the version says that they read."""
    return [
        read
        for read in found
        if not read.error and (read.version not in told or told[read.version][read.example] != read.answer)
    ]


def report(found: list[Read], told: dict[int, list[str]], took: float) -> str:
    """What was found, as a Markdown table: milliseconds of a read, from opening the file to the last row."""
    lines = [
        f"{CASES or 'few'} disputes, {ANALYSTS} analysts, {LOADS} loads in {took:.0f} s, {len(told[1])} queries,"
        f" {len(told)} versions: {len(found)} reads, {sum(bool(read.error) for read in found)} errors,"
        f" {len(torn(found, told))} torn",
        "",
        "| client | while | reads | p50 ms | p95 ms |",
        "|---|---|---|---|---|",
    ]
    all_of_them = [*found, *(Read(**{**vars(read), "client": "all"}) for read in found)]

    def by(read: Read) -> tuple[str, bool]:
        return read.client, read.loading

    for (client, is_loading), some in groupby(sorted(all_of_them, key=by), key=by):
        cuts = quantiles([1000 * read.seconds for read in some], n=20)
        counted = Counter(by(read) for read in all_of_them)[client, is_loading]
        lines.append(f"| {client} | {'loads' if is_loading else 'idle'} | {counted} | {cuts[9]:.0f} | {cuts[18]:.0f} |")
    return "\n".join(lines) + "\n"


def test_a_torn_answer_would_be_found() -> None:
    whole = Read("python", 0, 0.1, True, version=1, answer="a")
    told: dict[int, list[Any]] = {1: ["a"], 2: ["b"]}
    assert torn([whole], told) == []
    for other in ({"version": 2}, {"version": 3}, {"answer": "b"}):
        assert len(torn([Read(**{**vars(whole), **other})], told)) == 1
