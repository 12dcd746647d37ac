"""A load that is checked again keeps what was found, unless the contract has grown since."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from court_row import COURT_ROW
from desk import AS_OF, CONTRACTS, SYSTEMS, ndjson

from quality.check import check
from quality.outcome import Outcome
from schemas.contract import Column
from schemas.declaration import FieldMap


def test_a_second_check_returns_the_first_outcome(
    desk: Any, lines: Callable[..., bytes], court_row: dict[str, Any]
) -> None:
    manifest = desk.land(lines(court_row))
    first = desk.check(manifest)
    written = first.staging.stat().st_mtime_ns
    assert desk.check(manifest) == first
    assert first.staging.stat().st_mtime_ns == written


def test_a_load_checked_before_its_contract_got_a_field_is_checked_again(
    desk: Any, staged: Callable[[Outcome], list[dict[str, Any]]]
) -> None:
    manifest = desk.land(ndjson(COURT_ROW))
    before = desk.check(manifest)
    contract = CONTRACTS["case_reports"]
    wider = msgspec.structs.replace(
        contract, columns=(*contract.columns, Column(name="note", title="备注", type="VARCHAR"))
    )
    system = SYSTEMS["court_odr"]
    dataset = system.datasets["pre_suit_cases"]
    dataset = dataset.model_copy(
        update={"fields": dataset.fields | {"note": FieldMap.model_validate({"from": "ajmc"})}}
    )
    after = check(desk.settings, manifest, system, dataset, wider, AS_OF)
    assert (after.accepted, after.staging) == (before.accepted, before.staging)
    assert [row["note"] for row in staged(after)] == [COURT_ROW["ajmc"]]
    assert check(desk.settings, manifest, system, dataset, wider, AS_OF) == after
