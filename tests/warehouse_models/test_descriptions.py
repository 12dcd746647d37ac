"""Every published table and column says in Chinese what it holds, and no name says what it means elsewhere."""

from __future__ import annotations

import re

from schemas.contract import load_contracts
from warehouse.publish import CURRENT_SCHEMAS
from warehouse.runner import all_models, dictionary

HAN = re.compile(r"[\u4e00-\u9fff]")


def published(world, function, name):
    """(schema.table[.column], comment) of what a publish would copy."""
    return world.rows(
        f"SELECT {name}, comment FROM {function}() WHERE database_name = 'wh' "
        f"AND schema_name IN ({', '.join(repr(schema) for schema in CURRENT_SCHEMAS)})"
    )


def test_every_published_table_is_described_in_chinese(world):
    world.build()
    tables = published(world, "duckdb_tables", "schema_name || '.' || table_name")
    tables += published(world, "duckdb_views", "schema_name || '.' || view_name")
    assert {name.split(".")[0] for name, _ in tables} == set(CURRENT_SCHEMAS)
    assert "ops.open_rejections" in dict(tables)
    assert [name for name, comment in tables if not HAN.search(comment or "")] == []


def test_every_published_column_is_described_in_chinese(world):
    world.build()
    columns = published(world, "duckdb_columns", "schema_name || '.' || table_name || '.' || column_name")
    assert len(columns) > 1000
    assert [name for name, comment in columns if not HAN.search(comment or "")] == []


def test_a_name_that_contracts_title_differently_is_not_described_by_one_of_them(world):
    """A case's grid is not the grid where somebody lives, whatever else is called grid_code."""
    world.build()
    titles: dict[str, set[str]] = {}
    for contract in load_contracts().values():
        for column in contract.columns:
            titles.setdefault(column.name, set()).add(column.title)
    own = {model.table: model.columns for model in all_models()}
    guessed = [
        name
        for name, comment in published(
            world, "duckdb_columns", "schema_name || '.' || table_name || '.' || column_name"
        )
        if name.split(".")[0] in ("core", "mart", "ref")
        and len(titles.get(column := name.split(".")[2], ())) > 1
        and comment not in (dictionary().get(column), own.get(name.rpartition(".")[0], {}).get(column))
    ]
    assert guessed == []
