"""A place keeps its identity through the changes of its codes: on the map of then and on today's."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from schemas.divisions import Succession, aliases, divisions, on_map, successions, today

PLACES = {one.code: one for one in divisions()}
TODAY = date(2026, 6, 30)
CHANGED = sorted({code for one in successions() for code in (one.old_code, one.new_code)})
codes = st.sampled_from([*CHANGED, "330106", "330106002", "3301", "330104099", "nonsense"])
days = st.one_of(
    st.dates(date(1950, 1, 1), date(2030, 1, 1)),
    st.builds(lambda one, shift: one.day + timedelta(shift), st.sampled_from(successions()), st.integers(-1, 1)),
)


def in_force(code: str, day: date) -> bool:
    place = PLACES[code]
    return place.valid_from <= day < (place.valid_to or date.max)


def test_ninety_counties_today_and_every_code_has_its_parent() -> None:
    counties = [one for one in divisions() if one.level == "county" and one.valid_to is None]
    assert len(counties) == 90
    assert all(one.parent_code in PLACES for one in divisions() if one.parent_code)


def test_every_retired_code_leads_to_exactly_one_code_of_today() -> None:
    retired = {one.code for one in divisions() if one.valid_to is not None}
    assert retired == set(today())
    assert all(in_force(code, TODAY) for code in today().values())
    assert Counter(one.old_code for one in successions() if one.kind != "part") == Counter(retired)


def test_a_change_is_dated_like_the_codes_that_it_ends_and_begins() -> None:
    for one in successions():
        old, new = PLACES[one.old_code], PLACES[one.new_code]
        assert old.valid_to == one.day if one.kind != "part" else old.valid_to in (None, one.day), one
        assert new.valid_from <= one.day, one
        if old.level == new.level == "town":
            assert (old.name, new.valid_from) == (new.name, one.day), one


def test_hangzhou_2021_then_and_today() -> None:
    before, after = date(2021, 3, 1), date(2021, 4, 9)
    assert (on_map("330104", before), on_map("330104", after)) == ("330104", "330102"), "江干 is counted in 上城"
    assert on_map("330104010", after) == "330114001", "but its 下沙 street in 钱塘"
    assert on_map("330102014", before) == "330104008", "四季青 of 上城 was one of 江干"
    assert on_map("330113", before) == "330110", "临平 was in 余杭"
    assert on_map("330114", before) == "330114", "钱塘 was made of two counties: which one, the code alone cannot say"


def test_a_town_that_became_a_city() -> None:
    assert on_map("330327101", date(2020, 1, 1)) == "330383"
    assert on_map("330383", date(2019, 1, 1)) == "330327101"


@given(codes, days)
def test_a_map_shows_only_codes_in_force_on_its_day(code: str, day: date) -> None:
    found = on_map(code, day)
    assert on_map(found, day) == found
    if found != code:
        assert in_force(found, day)


@given(st.sampled_from([one for one in successions() if one.kind == "whole" and len(one.old_code) == 9]))
def test_a_town_comes_back_from_todays_map_as_what_it_was(one: Succession) -> None:
    assert on_map(on_map(one.old_code, TODAY), one.day - timedelta(1)) == one.old_code


@given(codes, days)
def test_the_spans_say_the_same_as_the_map_of_the_day(code: str, day: date) -> None:
    found = [one.then_code for one in aliases() if one.code == code and one.since <= day < (one.until or date.max)]
    assert found == ([on_map(code, day)] if on_map(code, day) != code else [])
