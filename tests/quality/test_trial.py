"""A few records judged before they land become what they become once they have landed, in every form of a page."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from desk import CONTRACTS, SYSTEMS, Desk, ndjson

from quality.compiler import compile_statement
from quality.trial import judged
from schemas.delivery import Page

Rows = Callable[..., list[dict[str, Any]]]


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.mark.parametrize("form", ["bytes", "ndjson", "csv", "parquet"])
def test_the_first_records_are_judged_as_a_load_is(
    desk: Desk, staged: Rows, quarantined: Rows, court_row: dict[str, Any], tmp_path: Path, form: str
) -> None:
    del court_row["_links"]
    changes = [{}, {"sqsj": None}, {"sqrlxdh": "12"}, {"ajmc": "多行\n的标题"}, {"ay": "nowhere"}]
    rows = [{**court_row, "sqdj_bh": f"SQ{number}", **change} for number, change in enumerate(changes)]
    lines, scratch = ndjson(*rows), tmp_path / "scratch"
    scratch.mkdir()
    path = tmp_path / "page"
    path.write_bytes(lines)
    body = {
        "bytes": lines,
        "ndjson": path,
        "csv": written(tmp_path / "page.csv", rows),
        "parquet": pa.Table.from_pylist(rows),
    }[form]
    page = Page("ndjson" if form == "bytes" else form, len(rows), body)  # type: ignore[arg-type]
    system = SYSTEMS["court_odr"]
    dataset = system.datasets["pre_suit_cases"]
    contract = CONTRACTS[dataset.contract]
    statement = compile_statement(system, dataset, contract)
    found = judged(desk.settings, "a trial", statement, contract, [page, page], 7, scratch)
    assert [one.position for one in found] == [1, 2, 3, 4, 5, 6, 7], "over the pages, and no further"
    outcome = desk.check(desk.land(lines))
    refused = {row["position"]: row for row in quarantined(outcome)}
    accepted = {row["position"]: row for row in staged(outcome)}
    assert {one.position for one in found[:5] if one.rejected} == set(refused) == {2, 5}
    for one in found[:5]:
        if one.rejected:
            assert [rule.id for rule in one.broken] == [reason["rule"] for reason in refused[one.position]["reasons"]]
        else:
            loaded = accepted[one.position]
            assert one.source_id == loaded["source_id"]
            assert one.values == {name: loaded[name] for name in one.values}
            assert [rule.id for rule in one.broken] == loaded["warnings"]
    assert found[2].broken
    if isinstance(body, Path):
        assert body.exists(), "the page's own file stays"


def test_a_record_that_cannot_be_read_keeps_its_position_free(
    desk: Desk, court_row: dict[str, Any], tmp_path: Path
) -> None:
    lines = ndjson(court_row) + b"{half\n\n" + ndjson({**court_row, "sqdj_bh": "SQ3"})
    system = SYSTEMS["court_odr"]
    dataset = system.datasets["pre_suit_cases"]
    contract = CONTRACTS[dataset.contract]
    statement = compile_statement(system, dataset, contract)
    found = judged(desk.settings, "a trial", statement, contract, [Page("ndjson", 3, lines)], 20, tmp_path)
    assert [(one.position, one.rejected) for one in found] == [(1, False), (3, False)]
