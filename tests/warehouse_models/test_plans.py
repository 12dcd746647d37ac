"""No outer join compares every row of one table with every row of another: a province has millions of both.

An OR between both sides of an outer join's condition, or a condition on its left side alone, makes DuckDB do so,
whatever else is said there; an inner join it takes apart.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from hub import catalogue
from warehouse.runner import all_models

SMALL = {
    "core.local_codes",  # distinct codes by the handful of prefixes that they begin with
    "mart.quality_scores",  # rates of datasets by the four tiers that they fall into
}


def test_no_outer_join_is_a_nested_loop(world):
    world.report()
    world.build()
    statements = {model.table: [model.sql, *model.tests] for model in all_models()}
    statements |= {rule.rule.id: [rule.sql] for rule in catalogue.record_rules()}
    nested = {name for name, each in statements.items() for sql in each if any(_nested(_plan(world, sql)))}
    assert nested == SMALL


def _plan(world, sql: str) -> list[dict[str, Any]]:
    values = {"as_of": "2026-09-15"} if "$as_of" in sql else {}
    return json.loads(world.writer.con.execute(f"EXPLAIN (FORMAT json) {sql}", values).fetchall()[0][1])


def _nested(plan: list[dict[str, Any]]) -> Iterator[bool]:
    for node in plan:
        yield node["name"] == "BLOCKWISE_NL_JOIN" and node["extra_info"]["Join Type"] != "INNER"
        yield from _nested(node["children"])
