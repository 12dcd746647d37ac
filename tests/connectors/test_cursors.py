"""Times on the way out and in, in every form that a declaration may name."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.cursors import as_parameter, grain, greatest_cursor
from schemas.declared.dataset import Dataset

AT = datetime(2026, 6, 30, 8, 5, 9)


def dataset(form: str | None = None, *, sent_as: str = "%Y-%m-%d %H:%M:%S") -> Dataset:
    words: dict[str, Any] = {
        "contract": "case_reports",
        "key": ["id"],
        "sync": {"mode": "incremental", "cursor": "at", "format": sent_as},
        "freshness": {"warn": "3h", "fail": "24h"},
        "fields": {"reported_at": {"from": "at", "formats": [form] if form else []}},
    }
    return Dataset.model_validate(words)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("%Y-%m-%d %H:%M:%S", "2026-06-30 08:05:09"),
        ("%Y年%m月%d日", "2026年06月30日"),
        ("%Y-%m-%dT%H:%M:%S%z", "2026-06-30T08:05:09+0800"),
        ("iso", "2026-06-30T08:05:09+08:00"),
        ("iso_utc", "2026-06-30T00:05:09Z"),
        ("epoch_s", 1782777909),
        ("epoch_ms", 1782777909000),
    ],
)
def test_a_bound_goes_out_in_the_declared_form(form: str, text: str | int) -> None:
    assert as_parameter(AT, form) == text


@pytest.mark.parametrize(
    ("form", "values", "greatest"),
    [
        (None, ["2026-06-30 08:05:09", "2026-06-29 09:00:00", None, "无"], AT),
        (None, ["2026-06-30T08:05:09"], AT),
        (None, ["2026-06-30T00:05:09Z"], AT),
        (None, ["2026-06-30T08:05:09+08:00"], AT),
        ("epoch_ms", [1782777909000, "1782777908000", 1], AT),
        ("epoch_s", [1782777909, "1782777908"], AT),
        ("epoch_s", [253402271999], datetime(9999, 12, 31, 23, 59, 59)),
        ("%d.%m.%Y %H:%M:%S", ["30.06.2026 08:05:09", "31.05.2026 23:00:00"], AT),
        ("%d/%b/%Y:%H:%M:%S %z", ["30/Jun/2026:00:05:09 +0000", "01/Jul/2025:00:00:00 +0000"], AT),
        ("%Y年%m月%d日", ["not a time", 10**30], None),
    ],
)
def test_the_greatest_cursor_is_found_in_each_form(
    form: str | None, values: list[object], greatest: datetime | None
) -> None:
    rows = [json.dumps({"id": "1", "at": value}).encode() for value in values]
    expected = greatest.isoformat(sep=" ") if greatest else None
    assert greatest_cursor(rows, dataset(form)) == expected


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2037, 1, 1)),
    st.sampled_from(["iso", "iso_utc", "epoch_s", "epoch_ms", "%Y%m%d%H%M%S", "%d/%m/%Y %H:%M", "%Y-%m-%d"]),
)
def test_what_goes_out_comes_in_as_the_same_time_to_its_grain(at: datetime, form: str) -> None:
    row = json.dumps({"id": "1", "at": as_parameter(at, form)}).encode()
    found = greatest_cursor([row], dataset(sent_as=form))
    assert found is not None
    assert timedelta() <= at - datetime.fromisoformat(found) < grain(form)


@pytest.mark.parametrize(
    ("form", "least"),
    [("%Y-%m-%d", timedelta(days=1)), ("%Y-%m-%d %H", timedelta(hours=1)), ("%Y%m%d%H%M", timedelta(minutes=1))],
)
def test_the_grain_is_the_least_that_a_form_tells_apart(form: str, least: timedelta) -> None:
    assert grain(form) == least
    assert as_parameter(AT, form) != as_parameter(AT + least, form)
