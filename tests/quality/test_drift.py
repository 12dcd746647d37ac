"""A delivery of another form than declared is found, and its declaration decides whether it may go on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from quality.drift import RETYPED_ROWS
from quality.errors import DriftError
from schemas.declaration import load_systems
from schemas.declared.dataset import Drift

COURT = load_systems()[0]["court_odr"].datasets["pre_suit_cases"]
MANY = RETYPED_ROWS


def changes(outcome: Any) -> set[tuple[str, str]]:
    return {(one.field, one.change) for one in outcome.changes}


@pytest.fixture
def deliver(desk: Any, lines: Callable[..., bytes], court_row: dict[str, Any]) -> Callable[..., Any]:
    """Check court reports with these changes, under these words of `drift`."""

    def check(*rows: dict[str, Any], without: str = "", **drift: str) -> Any:
        made = [{**court_row, "sqdj_bh": f"SQ{number}", **row} for number, row in enumerate(rows, start=1)]
        for row in made:
            row.pop(without, None)
        manifest = desk.land(lines(*made))
        return desk.check(manifest, COURT.model_copy(update={"drift": Drift(**drift)}))

    return check


def test_a_delivery_of_the_declared_form_has_not_changed(deliver: Callable[..., Any]) -> None:
    assert deliver({}, {}).changes == []


def test_a_new_field_is_reported_and_the_load_goes_on(deliver: Callable[..., Any]) -> None:
    outcome = deliver({"sqrmz": "汉族"}, new_field="warn")
    assert (outcome.accepted, changes(outcome)) == (1, {("sqrmz", "new")})


def test_a_new_field_fails_the_load_where_the_declaration_says_so(desk: Any, deliver: Callable[..., Any]) -> None:
    with pytest.raises(DriftError, match=r"load .* has the undeclared fields sqrmz; .*`ignore`.*delivery is kept"):
        deliver({"sqrmz": "汉族"}, new_field="fail")
    assert not list(desk.settings.staging.rglob("*.parquet"))


def test_a_missing_field_fails_the_load_and_says_what_to_do(desk: Any, deliver: Callable[..., Any]) -> None:
    with pytest.raises(
        DriftError, match=r"court_odr\.pre_suit_cases load .* lacks the declared fields ajmc;.*fields"
    ) as refused:
        deliver({}, without="ajmc", missing_field="fail")
    assert ": 接口 /gateway/api/001003001/dataSharing/sqdj000000000001.htm lacks " in str(refused.value), (
        "never a file of ours"
    )
    assert "`hub sync court_odr pre_suit_cases --since 1900-01-01` reads it again" in str(refused.value)
    assert not list(desk.settings.staging.rglob("*.parquet"))


def test_a_missing_field_is_reported_and_read_as_empty_where_the_declaration_says_so(
    deliver: Callable[..., Any], staged: Callable[..., Any]
) -> None:
    outcome = deliver({}, without="ajmc", missing_field="warn")
    assert changes(outcome) == {("ajmc", "missing")}
    assert [row["title"] for row in staged(outcome)] == [None]


def test_a_missing_key_always_fails_the_load(deliver: Callable[..., Any]) -> None:
    with pytest.raises(DriftError, match="sqdj_bh"):
        deliver({}, without="sqdj_bh", missing_field="warn")


@pytest.mark.parametrize(
    ("field", "value"),
    [("bdje", "3万元"), ("jasj", "六月三日"), ("sfwcn", "maybe"), ("gxsj", "week 3 of 2024")],
)
def test_values_that_can_no_longer_be_read_are_a_changed_kind(
    deliver: Callable[..., Any], field: str, value: str
) -> None:
    outcome = deliver(*[{field: value}] * MANY)
    assert changes(outcome) == {(field, "retyped")}
    assert outcome.accepted + outcome.rejected == MANY, "the rows go the way of their rules"


def test_what_changed_is_told_without_a_value(deliver: Callable[..., Any]) -> None:
    [change] = deliver(*[{"bdje": "张大文3万元"}] * MANY, {}, {"bdje": None}).changes
    assert (
        change.detail
        == f"有值的 {MANY + 1} 行中 {MANY} 行（91%）无法识别，如第 1 条、第 2 条、第 3 条，形如 字字字9万元"
    )


def test_a_changed_kind_fails_the_load_where_the_declaration_says_so(desk: Any, deliver: Callable[..., Any]) -> None:
    with pytest.raises(DriftError, match=r"another kind in bdje \(.*形如 9万元\).*delivery is kept") as failed:
        deliver(*[{"bdje": "3万元"}] * MANY, wrong_type="fail")
    assert [(one.field, one.change) for one in failed.value.changes] == [("bdje", "retyped")]
    assert not list(desk.settings.staging.rglob("*.parquet"))


@pytest.mark.parametrize(
    ("wrong", "right"),
    [(MANY - 1, 0), (MANY, 5 * MANY)],
    ids=["too few to say", "a small share of the filled values"],
)
def test_dirt_is_no_changed_kind(deliver: Callable[..., Any], wrong: int, right: int) -> None:
    outcome = deliver(*[{"bdje": "3万元"}] * wrong, *[{}] * right)
    assert outcome.changes == []
    assert outcome.rejected == wrong


@pytest.mark.parametrize("value", [{"zh": "纠纷"}, ["纠纷"]])
def test_an_object_or_list_in_the_place_of_a_value_is_a_changed_kind(deliver: Callable[..., Any], value: Any) -> None:
    assert changes(deliver({"ajmc": value}, {})) == {("ajmc", "retyped")}
    assert deliver({"_links": value}).changes == [], "an ignored field may be anything"


def test_a_number_that_comes_as_text_is_read_as_before(deliver: Callable[..., Any]) -> None:
    outcome = deliver(*[{"bdje": "12000.5", "dsrs": "2", "slsj": "1717205400000", "jddm": 330108002}] * MANY)
    assert (outcome.accepted, outcome.changes) == (MANY, [])


@pytest.fixture
def ledgers(desk: Any, lines: Callable[..., bytes], court_row: dict[str, Any]) -> Callable[..., Any]:
    """Check two files in one load, the second of which calls the name of the case ajmc_new; as rows of workbooks, or
    as lines of JSON."""

    def check(place: dict[str, Any], **drift: str) -> Any:
        old = {**court_row, "sqdj_bh": "SQ1", **place}
        new = {("ajmc_new" if name == "ajmc" else name): value for name, value in old.items()} | {"sqdj_bh": "SQ2"}
        manifest = desk.land(lines(old), lines(new))
        for part, name in zip(manifest.parts, ("旧台账.xlsx", "新台账.xlsx"), strict=True):
            part.original_name = name
        return desk.check(manifest, COURT.model_copy(update={"drift": Drift(**drift)}))

    return check


def test_a_file_with_another_header_is_found_beside_one_that_has_the_declared_one(ledgers: Callable[..., Any]) -> None:
    place = {"_sheet": "一", "_row": 2}
    found = ledgers(place, missing_field="warn", new_field="warn").changes
    assert {(one.field, one.change, one.detail) for one in found} == {
        ("ajmc", "missing", "新台账.xlsx"),
        ("ajmc_new", "new", "新台账.xlsx"),
    }
    told = (
        r"load \S+: 新台账\.xlsx lacks the declared fields ajmc and has the undeclared fields ajmc_new; its fields are "
    )
    with pytest.raises(DriftError, match=told) as refused:
        ledgers(place, missing_field="fail", new_field="fail")
    assert "旧台账" not in str(refused.value)


def test_a_record_that_leaves_out_what_is_empty_has_no_header_to_compare(ledgers: Callable[..., Any]) -> None:
    found = ledgers({}, missing_field="fail", new_field="warn").changes
    assert [(one.field, one.change) for one in found] == [("ajmc_new", "new")]


def test_an_empty_delivery_says_nothing_of_its_fields(desk: Any) -> None:
    assert desk.check(desk.land(b"")).changes == []


def test_rows_that_are_checked_again_say_nothing_of_the_source(
    desk: Any, lines: Callable[..., bytes], court_row: dict[str, Any]
) -> None:
    manifest = desk.land(lines({name: value for name, value in court_row.items() if name != "ajmc"}))
    manifest.kind = "replay"
    assert desk.check(manifest).changes == []
