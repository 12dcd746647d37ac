"""A rejected row can be found, shown with its place, and handed out again as it was landed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from quality import quarantine, replayed


def test_listing_names_rows_and_rules_but_no_values(desk: Any) -> None:
    outcome = desk.court({}, {"ay": "ZZ99", "sqr": "陈大文"})
    [row] = quarantine.listing(desk.settings)
    assert (row["load_id"], row["position"], row["source_id"]) == (outcome.load_id, 2, "SQ2")
    assert row["rules"] == ["case_type_code.unmapped"]
    assert "陈大文" not in str(row)
    assert quarantine.listing(desk.settings, "union_rights") == []


def test_show_gives_raw_values_reasons_and_place(desk: Any) -> None:
    outcome = desk.court({}, {"ay": "ZZ99"})
    row = quarantine.show(desk.settings, outcome.load_id, 2)
    assert msgspec.json.decode(row["raw"])["ay"] == "ZZ99"
    assert row["reasons"][0]["rule"] == "case_type_code.unmapped"
    assert row["place"] == "part-00001.ndjson:2"
    with pytest.raises(quarantine.QuarantineError, match="no rejected row at position 1"):
        quarantine.show(desk.settings, outcome.load_id, 1)


def test_the_line_of_a_csv_record_counts_quoted_newlines(desk: Any) -> None:
    body = '报案编号,纠纷经过\r\nYJ1,"一\r\n二"\r\nYJ2,x\r\n'.encode()
    manifest = desk.land(body, system="medical_disputes", dataset="disputes", form="csv", rows=[2])
    places = [quarantine.location(desk.settings, {}, manifest, position) for position in (1, 2)]
    assert places == ["part-00001.csv:2", "part-00001.csv:4"]


def test_replay_hands_out_the_landed_record_with_all_its_fields(
    desk: Any, lines: Callable[..., bytes], court_row: dict[str, Any]
) -> None:
    bad = {**court_row, "ay": "ZZ99", "a_field_that_nobody_uses_yet": "kept"}
    manifest = desk.land(lines(court_row), lines(bad, court_row))
    desk.check(manifest)
    [page] = replayed.replay_rows(desk.settings, "court_odr", "pre_suit_cases", {(manifest.load_id, 2)})
    assert (page.format, page.rows, page.body) == ("ndjson", 1, lines(bad))


def test_replay_of_csv_gives_its_texts(desk: Any) -> None:
    body = '报案编号,纠纷经过\r\nYJ1,"一\r\n二"\r\nYJ2,坏,多\r\n'.encode()
    manifest = desk.land(body, system="medical_disputes", dataset="disputes", form="csv", rows=[2])
    keys = {(manifest.load_id, 1), (manifest.load_id, 2)}
    [page] = replayed.replay_rows(desk.settings, "medical_disputes", "disputes", keys)
    assert isinstance(page.body, bytes)
    first, second = page.body.splitlines()
    assert msgspec.json.decode(first) == {"报案编号": "YJ1", "纠纷经过": "一\r\n二"}
    assert msgspec.json.decode(second).startswith("YJ2,坏,多"), "what has no form is refused again, whole"
