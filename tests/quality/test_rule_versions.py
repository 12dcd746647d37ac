"""The version of a rule changes with what decides it, and with nothing else."""

from __future__ import annotations

from dataclasses import replace

from quality.compiler import compile_statement, macros
from quality.versions import version_of
from schemas.contract import load_contracts
from schemas.declaration import load_systems

SYSTEM = load_systems()[0]["court_odr"]
DATASET = SYSTEM.datasets["pre_suit_cases"]
CONTRACT = load_contracts()["case_reports"]


def versions(dataset=DATASET, contract=CONTRACT):
    return {rule.id: rule.version for rule in compile_statement(SYSTEM, dataset, contract).rules}


def test_every_rule_has_a_version_and_compiling_again_changes_none():
    first = versions()
    assert all(len(version) == 12 for version in first.values())
    assert versions() == first


def test_another_crosswalk_changes_the_rules_of_its_column_alone():
    field = DATASET.fields["risk_level"].model_copy(update={"crosswalk": "union_rights_risk_level"})
    other = versions(dataset=DATASET.model_copy(update={"fields": {**DATASET.fields, "risk_level": field}}))
    changed = {rule for rule, version in versions().items() if other[rule] != version}
    assert changed == {rule for rule in other if rule.startswith("risk_level.")}


def test_a_new_wording_changes_no_version():
    reworded = replace_columns(title="标题")
    assert versions(contract=reworded) == versions()


def replace_columns(**titles):
    import msgspec

    columns = tuple(msgspec.structs.replace(c, title=titles.get(c.name, c.title)) for c in CONTRACT.columns)
    return msgspec.structs.replace(CONTRACT, columns=columns)


def test_a_macro_counts_where_it_is_called_through_others_too():
    changed = macros().replace("(n // 10 % 10) * 4", "(n // 10 % 10) * 5")
    assert changed != macros()
    assert version_of(["id_fails(a, b)"], changed) != version_of(["id_fails(a, b)"], macros())
    assert version_of(["phone_of(a)"], changed) == version_of(["phone_of(a)"], macros())


def test_comments_and_line_breaks_do_not_count():
    rule = compile_statement(SYSTEM, DATASET, CONTRACT).rules[1]
    assert version_of([rule.predicate + "  -- a note"], "") == version_of([rule.predicate], "")
    assert replace(rule, version="") != rule
