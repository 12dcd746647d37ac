"""The models are SQL that other engines can be given: what only DuckDB has stays out of them."""

import pytest
import sqlglot
from sqlglot import exp

from warehouse.runner import all_models, tree

MODELS = all_models()
NAMES = [model.table for model in MODELS]
# Left out on purpose: PostgreSQL has no arg_max, Spark no DISTINCT ON; none of them has the rest.
DUCKDB_ONLY = {
    "arg_max", "arg_min", "max_by", "min_by", "list", "list_value", "list_filter", "list_transform", "list_reduce",
    "struct_pack", "json_object", "to_json", "read_csv", "read_parquet", "hash", "quantile_cont", "quantile_disc",
    "median", "mode", "to_days", "to_hours", "strptime", "regexp_matches", "regexp_full_match", "starts_with",
    "epoch", "epoch_ms", "any_value", "first", "last", "unnest",
}  # fmt: skip


@pytest.mark.parametrize("dialect", ["postgres", "spark"])
@pytest.mark.parametrize("model", MODELS, ids=NAMES)
def test_every_model_transpiles(model, dialect):
    (sql,) = sqlglot.transpile(model.sql, read="duckdb", write=dialect, unsupported_level=sqlglot.ErrorLevel.RAISE)
    assert sqlglot.parse_one(sql, read=dialect)


@pytest.mark.parametrize("model", MODELS, ids=NAMES)
def test_no_model_uses_what_only_duckdb_has(model):
    found = tree(model)
    called = {node.name.lower() for node in found.find_all(exp.Anonymous)}
    called |= {node.sql_name().lower() for node in found.find_all(exp.Func) if not isinstance(node, exp.Unnest)}
    assert not (called - {"unnest"}) & DUCKDB_ONLY
    kinds = (exp.Pivot, exp.Qualify, exp.Struct, exp.Lambda, exp.Distinct)
    odd = [node for node in found.find_all(*kinds) if not isinstance(node, exp.Distinct) or node.args.get("on")]
    assert odd == []
    assert all(not star.args.get("except") and not star.args.get("replace") for star in found.find_all(exp.Star))


def test_as_of_is_the_only_thing_a_model_is_told():
    for model in MODELS:
        variables = {node.sql() for node in tree(model).find_all(exp.Anonymous) if node.name.lower() == "getvariable"}
        assert variables <= {"GETVARIABLE('as_of')"}
