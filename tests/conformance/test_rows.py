"""What becomes of rows under every declaration, offline: one synthetic delivery of each dataset is landed and checked.

The delivery is: a good row, the same with its key written wide and padded, a row for each required column that lacks
it, and the good row with a field that nobody declared.
"""

from __future__ import annotations

from collections.abc import Callable

from declared_parts import NEW, Judged, Part

from quality.compiler import Statement

Judge = Callable[[Part], Judged]
Compile = Callable[[Part], Statement]


def test_the_statement_compiles_and_plans_over_an_empty_landing(
    parts: tuple[Part, ...], statement: Compile, planned: Callable[[Statement], str]
) -> None:
    for part in parts:
        assert planned(statement(part)), part.place


def test_each_column_that_is_required_is_filled(parts: tuple[Part, ...], statement: Compile) -> None:
    for part in parts:
        assert set(part.required) <= {rule.id for rule in statement(part).rules}, part.place


def test_a_good_row_lands_conforms_and_is_accepted(parts: tuple[Part, ...], judged: Judge) -> None:
    for part in parts:
        assert 1 in judged(part).accepted, f"{part.place}: {judged(part).rejected.get(1)}"


def test_no_row_is_lost_between_accepted_and_rejected(parts: tuple[Part, ...], judged: Judge) -> None:
    for part in parts:
        rows = len(part.required) + 3
        found = judged(part)
        assert sorted([*found.accepted, *found.rejected]) == list(range(1, rows + 1)), part.place


def test_a_row_that_lacks_a_required_field_is_rejected_with_that_reason(parts: tuple[Part, ...], judged: Judge) -> None:
    for part in parts:
        for position, rule in enumerate(part.required, start=3):
            assert rule in judged(part).rejected.get(position, []), f"{part.place}: {rule}"


def test_a_field_that_nobody_declared_is_noticed_and_costs_no_row(parts: tuple[Part, ...], judged: Judge) -> None:
    for part in parts:
        found = judged(part)
        assert [change.field for change in found.outcome.changes if change.change == "new"] == [NEW], part.place
        assert len(part.required) + 3 in found.accepted, part.place


def test_a_key_is_the_same_however_it_is_written(parts: tuple[Part, ...], judged: Judge) -> None:
    for part in parts:
        accepted = judged(part).accepted
        assert accepted[2] == accepted[1], part.place
