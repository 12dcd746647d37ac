"""The rules that compare records, over small worlds, against plain Python from the words of the contract."""

from __future__ import annotations

from typing import Any

from hypothesis import Phase, given, settings
from record_worlds import RULES, World, failing, worlds


@settings(max_examples=25, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(world=worlds)
def test_each_rule_fails_the_records_that_plain_python_fails(records: Any, world: World) -> None:
    records.fill(world)
    expected = failing(world)
    for key, rule in RULES.items():
        assert records.failing(rule).keys() == expected[key], key
