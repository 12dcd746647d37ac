"""Declarations: a closed vocabulary, faults with file, line and allowed words, one bad file stops only itself."""

from __future__ import annotations

import csv
import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from schemas.contract import load_contracts
from schemas.declaration import FOLDER, DeclarationError, load_systems, read_system, schema_json

ROOT = Path(__file__).resolve().parents[2]
TRIALS = ROOT / "tests" / "connectors" / "trials"

GOOD = """title: 试验
title_en: Trial
department: high_court
contact: {name: 联络员, email: trial@example.org}
classification: L3
schedule: "5 * * * *"
source:
  kind: database
  url: ${TRIAL_URL}
  statement_timeout: 90s
datasets:
  cases:
    table: T_CASE
    key: CASE_NO
    sync: {mode: incremental, cursor: UPDATE_TIME, lookback: 2h, start: 2020-09-01}
    deletes: {kind: key_compare, cron: "0 2 * * *", max_delete_share: 2.5%}
    freshness: {warn: 3h, fail: 1d}
    contract: case_reports
    fields:
      title: NAME
      matter_kind: {const: dispute}
      case_type_code: {from: TYPE, crosswalk: trial_case_type}
"""


def refused(tmp_path: Path, old: str, new: str) -> DeclarationError:
    path = tmp_path / "trial.yml"
    assert old in GOOD
    path.write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(DeclarationError) as raised:
        read_system(path)
    assert raised.value.system == "trial"
    return raised.value


def test_words_become_values(tmp_path: Path) -> None:
    (tmp_path / "trial.yml").write_text(GOOD, encoding="utf-8")
    system = read_system(tmp_path / "trial.yml")
    dataset = system.datasets["cases"]
    assert (system.id, dataset.name, dataset.key) == ("trial", "cases", ["CASE_NO"])
    assert dataset.sync.lookback == timedelta(hours=2)
    assert dataset.sync.start == datetime(2020, 9, 1)
    assert dataset.deletes is not None
    assert dataset.deletes.kind == "key_compare"
    assert dataset.deletes.max_delete_share == 0.025
    assert dataset.fields["title"].source == "NAME"
    assert dataset.fields["matter_kind"].const == "dispute"


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("schedule:", "shedule:", 6, "did you mean 'schedule'?"),
        ("table: T_CASE", "tabel: T_CASE", 13, "allowed: batch_rows, change_log, chunk, contract, deletes"),
        ("{const: dispute}", "{const: dispute, form: X}", 21, "allowed: const, crosswalk, formats, from"),
        ("{const: dispute}", "{source: X}", 21, "unknown word"),
        ("{const: dispute}", "{type: text}", 21, "give exactly one of: from, const"),
        ("kind: database", "kind: databse", 8, "allowed: rest, database, files, soap"),
        ("kind: key_compare", "kind: guess", 16, "'tombstone', 'key_compare'"),
        ("90s", "90 seconds", 10, "a whole number and s, m, h or d"),
        ("2.5%", "250%", 16, "percentage from 0% to 100%"),
        ('"5 * * * *"', "hourly", 6, "a cron line of five fields"),
        ("warn: 3h", "warn: 3d", 17, "fail must not be shorter than warn"),
        ("mode: incremental, cursor: UPDATE_TIME", "mode: incremental", 15, "mode incremental needs: cursor"),
        ("mode: incremental", "mode: snapshot", 15, "mode snapshot has no: cursor, lookback, start"),
        ("T_CASE", "T_CASE; DROP", 13, "should match pattern"),
        ("classification: L3", "classification: L9", 5, "'L1', 'L2', 'L3' or 'L4'"),
        ("title: 试验", "title: 试验\nid: other", 2, "taken from the file itself"),
        ("title_en: Trial", "title: again", 2, "duplicate key 'title'"),
        ("  cases:", "  Cases:", 12, "should match pattern"),
        (
            "contract: case_reports",
            "contract: case_report",
            18,
            "there is no contract 'case_report'; allowed: agreements",
        ),
        ("contract: case_reports", "name: x\n    contract: case_reports", 11, "taken from its key"),
    ],
)
def test_a_fault_names_file_line_and_allowed_words(tmp_path: Path, old: str, new: str, line: int, words: str) -> None:
    error = refused(tmp_path, old, new)
    assert str(error).startswith(f"{tmp_path}/trial.yml:{line}: ")
    assert words in str(error)


REST = (TRIALS / "rest_pages.yml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("auth: {kind: none}", "auth: {kind: api_key}", "give exactly one of: header, param"),
        ("auth: {kind: none}", "auth: {kind: magic}", "'oauth2_password'"),
        ("rate_limit: 1000/s", "rate_limit: 1000/s\n  quota: 10/h", "requests a day, such as 5000/d"),
        ("next: data.token}", "next: data.token, size: 3}", "give both or none of: size, size_param"),
        ("next: data.token}", "net: data.token}", "did you mean 'next'"),
        ("span: 30d", "span: 0s", "span must be 1s or more"),
        (", start: 2026-01-01", "", "needs sync.param, sync.until_param and sync.start"),
        ("body: json_lines", "body: json_lines\n    rows: x", "every line is one"),
        ("    rows: data.list.row\n    pagination: {kind: none", "    pagination: {kind: none", "body xml needs: rows"),
        ("graphql: |", "grafql: |", "did you mean 'graphql'"),
        ("method: POST\n      graphql", "method: GET\n      graphql", "graphql needs method: POST"),
        ("{path: /offset, method: GET}", "{path: /offset, method: PUT}", "'GET' or 'POST'"),
    ],
)
def test_words_of_rest_that_do_not_go_together(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in REST
    (tmp_path / "trial.yml").write_text(REST.replace(old, new), encoding="utf-8")
    with pytest.raises(DeclarationError) as raised:
        read_system(tmp_path / "trial.yml")
    assert words in str(raised.value)


def test_every_fault_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    error = refused(tmp_path, "title_en: Trial\ndepartment: high_court\n", "titel: x\n")
    assert "titel: unknown word" in str(error)
    assert "department: field required" in str(error)


def test_a_bad_file_stops_only_itself(tmp_path: Path) -> None:
    (tmp_path / "good.yml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "bad.yml").write_text("title: x\n", encoding="utf-8")
    (tmp_path / "Odd-Name.yml").write_text(GOOD, encoding="utf-8")
    systems, errors = load_systems(tmp_path)
    assert list(systems) == ["good"]
    assert [error.system for error in errors] == ["Odd-Name", "bad"]


def test_the_json_schema_knows_every_word_and_nothing_else(tmp_path: Path) -> None:
    schema = json.loads(schema_json())
    dataset = schema["$defs"]["DatabaseDataset"]
    assert dataset["additionalProperties"] is False
    assert {"table", "key", "fields", "sync"} <= set(dataset["properties"])
    assert "name" not in dataset["properties"]
    assert set(schema["$defs"]["FieldMap"]["properties"]) == {
        "from",
        "const",
        "crosswalk",
        "type",
        "formats",
        "true_values",
    }


# ---------------------------------------------------------------- the declarations in the repository


def test_every_declaration_of_the_repository_is_good() -> None:
    systems, errors = load_systems()
    assert errors == []
    assert list(systems) == sorted(path.stem for path in FOLDER.glob("*.yml"))


def test_declared_columns_crosswalks_and_departments_exist() -> None:
    contracts = load_contracts()
    with (ROOT / "schemas" / "departments.csv").open(encoding="utf-8") as file:
        departments = {row["department"] for row in csv.DictReader(file)}
    crosswalks = {path.stem for path in (ROOT / "schemas" / "crosswalks").glob("*.csv")}
    for system in load_systems()[0].values():
        assert system.department in departments
        for dataset in system.datasets.values():
            columns = {column.name for column in contracts[dataset.contract].columns} | {"source_updated_at"}
            assert set(dataset.fields) <= columns, f"{system.id}.{dataset.name}"
            named = {field.crosswalk for field in dataset.fields.values() if field.crosswalk}
            assert named <= crosswalks, f"{system.id}.{dataset.name}"
            assert all(name.startswith(f"{system.id}_") for name in named)
