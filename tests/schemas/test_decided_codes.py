"""What counts of a crosswalk: on each day of a code the last decision about it, else the row that is shipped."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.codes import CodeError, Decided, Mapping, crosswalk, effective, rejected, union

FIRST = date(2024, 1, 1)
DAYS = [FIRST + timedelta(days=n) for n in range(12)]
CODES = ("1", "2", "3")
TARGETS = ("01", "02", "03")

ends = st.sampled_from([None, *DAYS])
periods = st.tuples(ends, ends).filter(lambda days: days[0] is None or days[1] is None or days[0] < days[1])


@st.composite
def shipped(draw: st.DrawFn) -> list[Mapping]:
    """Rows in which a code has one meaning at a time, as a crosswalk file must have them."""
    rows = []
    for code in CODES:
        cuts = sorted(draw(st.sets(st.sampled_from(DAYS), max_size=3)))
        for since, until in pairwise([None, *cuts, None]):
            if draw(st.booleans()):
                rows.append(Mapping(code, f"label {code}", draw(st.sampled_from(TARGETS)), 0.8, "x", since, until))
    return rows


decisions = st.lists(
    st.builds(
        lambda code, target, days: Decided("any", code, target, "lin", *days),
        st.sampled_from([*CODES, "9"]),
        st.sampled_from([*TARGETS, None]),
        periods,
    ),
    max_size=5,
)


def holds(row: Mapping | Decided, day: date) -> bool:
    return (row.valid_from or date.min) <= day < (row.valid_to or date.max)


def meanings(rows: Sequence[Mapping], code: str, day: date) -> list[str]:
    return [row.to_code for row in rows if row.from_code == code and holds(row, day)]


@given(shipped(), decisions)
def test_on_each_day_the_last_decision_counts_and_else_the_shipped_row(
    rows: list[Mapping], decided: list[Decided]
) -> None:
    found = union(rows, decided)
    for code in (*CODES, "9"):
        for day in [FIRST - timedelta(days=1), *DAYS, DAYS[-1] + timedelta(days=1)]:
            covering = [one.to_code for one in decided if one.from_code == code and holds(one, day)]
            expected = [covering[-1]] if covering else meanings(rows, code, day)
            assert meanings(found, code, day) == [target for target in expected if target is not None]


@given(shipped(), decisions)
def test_deciding_the_same_again_changes_nothing_but_the_order(rows: list[Mapping], decided: list[Decided]) -> None:
    once = union(rows, decided)
    assert set(union(once, decided[-1:])) == set(once)


@given(shipped(), decisions)
def test_a_decided_row_is_certain_and_names_who_decided(rows: list[Mapping], decided: list[Decided]) -> None:
    for row in union(rows, decided):
        if row.confidence == 1.0:
            assert row.approved_by == "lin"
        else:
            assert any((one.from_code, one.to_code) == (row.from_code, row.to_code) for one in rows)


def test_a_decision_about_some_days_leaves_the_others_as_they_are() -> None:
    rows = [Mapping("5", "终止", "24", 1.0, "x", None, None)]
    decided = [Decided("any", "5", "22", "lin", date(2024, 1, 1), date(2025, 1, 1))]
    assert [(row.to_code, row.valid_from, row.valid_to) for row in union(rows, decided)] == [
        ("22", date(2024, 1, 1), date(2025, 1, 1)),
        ("24", None, date(2024, 1, 1)),
        ("24", date(2025, 1, 1), None),
    ]


def test_decisions_about_other_crosswalks_do_not_count() -> None:
    shipped_rows = crosswalk("court_odr_case_type", "case_type")
    decided = [Decided("youth_hotline_case_type", "9130", "0101", "lin")]
    assert effective("court_odr_case_type", "case_type", decided) == shipped_rows


def test_a_decided_target_that_the_list_does_not_have_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(CodeError, match=r"7777.*hub mapping approve"):
        effective("court_odr_case_type", "case_type", [Decided("court_odr_case_type", "LD01", "7777", "lin")])


def test_a_code_that_is_wrong_at_its_source_means_nothing() -> None:
    decided = [Decided("court_odr_case_type", "9130", None, "lin")]
    rows = effective("court_odr_case_type", "case_type", decided)
    assert "9130" not in {row.from_code for row in rows}
    assert rejected("court_odr_case_type", decided) == ("9130",)
    assert rejected("court_odr_scale", decided) == ()


@given(shipped(), decisions)
def test_what_counts_can_be_written_as_a_crosswalk_file_and_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Mapping], decided: list[Decided]
) -> None:
    folder: Path = tmp_path_factory.mktemp("crosswalks")
    found = union(rows, decided)
    with (folder / "one.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(Mapping.__dataclass_fields__)
        for row in found:
            writer.writerow(["" if value is None else value for value in vars(row).values()])
    assert crosswalk("one", None, folder) == found
