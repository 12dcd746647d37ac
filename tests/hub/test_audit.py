"""`hub audit` on a home that has run: two counts of each rule agree, and a rule that is compiled wrongly is caught."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from homes import clone
from typer.testing import CliRunner, Result

from hub import catalogue
from hub.cli import app
from operations import audits, runs
from operations.settings import Settings
from operations.store import Store

SYSTEM, DATASET = "union_rights", "rights_cases"


@pytest.fixture(scope="module")
def home(prepared: tuple[Path, dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clone(prepared[0], tmp_path_factory.mktemp("audit") / "home")


def hub(home: Path, *arguments: str) -> Result:
    """The command in this process, so that Great Expectations is imported once; its environment goes with it."""
    with patch.dict(os.environ):
        return CliRunner().invoke(app, ["--home", str(home), *arguments])


def test_both_counts_of_each_rule_agree_and_are_kept(home: Path) -> None:
    left = Settings(home=home).private / "audit-of-a-killed-process"
    left.mkdir()
    system = "peoples_mediation"  # has rows that break rules, few as the rows are
    done = hub(home, "audit", "--system", system, "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    rules = [
        one for one in catalogue.rules()
        if one["system"] == system and one["kind"] != "dataset" and one["id"] != "row.unreadable"
    ]  # fmt: skip
    assert (found["rules"], found["disagreements"], found["differences"]) == (len(rules), 0, [])
    assert found["rows"] > 0
    assert sum(found["kinds"].values()) == len(rules)
    assert len(found["never_violated"]) < len(rules)
    assert found["failures"] == {}
    kept = audits.latest(Store(Settings(home=home)))
    assert kept is not None
    assert {one["rule_id"] for one in kept["tallies"]} == {one["id"] for one in rules}
    assert not left.exists()


def test_a_rule_that_is_compiled_wrongly_is_an_error_with_keys(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    right = catalogue.statements()[SYSTEM, DATASET]
    wrong = right.judged.replace('length("title") > 200', 'length("title") > 6')
    assert wrong != right.judged
    statements = {**catalogue.statements(), (SYSTEM, DATASET): replace(right, judged=wrong)}
    monkeypatch.setattr(catalogue, "statements", lambda _decided: statements)
    done = hub(home, "audit", "--system", SYSTEM, "--json")
    assert done.exit_code == 1
    found = json.loads(done.stdout)
    (differs,) = found["differences"]
    assert (differs["dataset"], differs["rule_id"], differs["expected"]) == (DATASET, "title.length", 0)
    assert differs["compiled"] > 0
    assert 0 < len(differs["keys"]) <= 3
    assert "title.length" in done.stderr
    outcome = runs.last_outcome(Store(Settings(home=home)))["", ""]
    assert (outcome["step"], outcome["state"]) == ("audit", "failed")


def test_both_counts_know_what_was_decided_about_codes(home: Path, tmp_path: Path) -> None:
    clone(home, decided := tmp_path / "home")
    for crosswalk, code, *target in (
        ("union_rights_case_type", "劳动合同"),
        ("union_rights_case_type", "拖欠工资"),
        ("union_rights_status", "办理中", "20", "--since", "2026-01-01"),
    ):
        verb = ["approve", crosswalk, code, *target] if target else ["reject", crosswalk, code]
        done = hub(decided, "mapping", *verb, "--by", "数据归集组", "--reason", "核实")
        assert done.exit_code == 0, done.output
    done = hub(decided, "audit", "--system", SYSTEM, "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["disagreements"] == 0
    (wrong,) = [one for one in audits.latest(Store(Settings(home=decided)))["tallies"] if one["kind"] == "code"]
    assert wrong["rule_id"] == "case_type_code.code"
    assert wrong["compiled"] == wrong["expected"] > 0


def test_a_dataset_that_cannot_be_audited_is_named_and_stops_no_other(home: Path, tmp_path: Path) -> None:
    broken = clone(home, tmp_path / "home")
    for part in (broken / "landing" / SYSTEM).rglob("part-*"):
        part.unlink()
    done = hub(broken, "audit", "--system", SYSTEM, "--system", "youth_hotline", "--json")
    assert done.exit_code == 1
    found = json.loads(done.stdout)
    assert list(found["failures"]) == [f"{SYSTEM}.{DATASET}"]
    assert found["rows"] > 0
    assert found["disagreements"] == 0
    shutil.rmtree(broken)
