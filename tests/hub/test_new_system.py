"""`hub new`, interface documents in OpenAPI, and changing a declaration as text."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from homes import hub_json, run_hub
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from odd_source import DECLARATION, SECRET, odd_source

from connectors.rest.openapi import endpoints
from hub.onboarding.discovery import start_crosswalks
from hub.onboarding.naming import by_name
from hub.onboarding.skeletons import KINDS, auth_kinds
from hub.onboarding.yaml_text import flow, set_comments, set_fields, set_word
from schemas import strict_yaml
from schemas.codes import crosswalk
from schemas.contract import load_contracts
from schemas.declaration import FOLDER, read_system, schema_json
from schemas.field_words import field_words

CONTRACTS = load_contracts()


def new(home: Path, systems: Path, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    systems.mkdir(exist_ok=True)
    return run_hub(home, "new", *arguments, check=check, HUB_SYSTEMS=str(systems))


@pytest.mark.parametrize("kind", [*KINDS, "local", "amqp"])
def test_a_new_declaration_can_be_read_and_says_what_to_fill_in(tmp_path: Path, kind: str) -> None:
    systems = tmp_path / "systems"
    words = {
        "local": ["--kind", "files", "--transport", "local"],
        "queue": ["--kind", "queue", "--broker", "kafka"],
        "amqp": ["--kind", "queue", "--broker", "amqp"],
    }.get(kind, ["--kind", kind])
    done = new(tmp_path, systems, "trial", *words, "--department", "trade_union")
    found = read_system(systems / "trial.yml")
    Draft202012Validator(json.loads(schema_json())).validate(yaml.safe_load((systems / "trial.yml").read_text("utf-8")))
    assert found.source.kind == words[1]
    assert found.department == "trade_union"
    assert found.datasets["records"].contract == "case_reports"
    assert "FILL_IN" in (systems / "trial.yml").read_text(encoding="utf-8")
    assert ("AIRFLOW_CONN_TRIAL" in done.stdout) is (kind != "local")  # the hub's own account reads a folder
    lacking = {"local": "TRIAL_DIR", "rest": "TRIAL_URL"}.get(kind, "AIRFLOW_CONN_TRIAL")  # auth: none, to begin with
    unfilled, answer = hub_json(tmp_path, "check", "trial", check=False, HUB_SYSTEMS=str(systems))
    assert (unfilled["ok"], answer["ok"]) == (False, False)
    assert "FILL_IN still stands in" in unfilled["message"]
    assert "key (line" in unfilled["message"]
    assert f"set {lacking}" in answer["message"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("Trial",), "lower case letters"),
        (("trial", "--kind", "ldap", "--department", "high_court"), "rest, database, files, soap, queue"),
        (("trial", "--kind", "queue", "--department", "high_court"), "kafka, amqp"),
        (("trial", "--kind", "rest", "--department", "ministry_of_magic"), "high_court"),
        (("trial", "--kind", "rest"), "--department"),
        (("trial", "--kind", "rest", "--department", "high_court", "--contract", "spells"), "case_reports"),
    ],
)
def test_what_is_not_allowed_is_answered_with_what_is(tmp_path: Path, arguments: tuple[str, ...], says: str) -> None:
    done = new(tmp_path, tmp_path / "systems", *arguments, check=False)
    assert done.returncode == 2
    assert says in done.stderr
    assert list((tmp_path / "systems").iterdir()) == []


def test_a_declaration_is_never_overwritten(tmp_path: Path) -> None:
    systems = tmp_path / "systems"
    new(tmp_path, systems, "trial", "--kind", "soap", "--department", "high_court")
    text = (systems / "trial.yml").read_text(encoding="utf-8")
    done = new(tmp_path, systems, "trial", "--kind", "rest", "--department", "high_court", check=False)
    assert done.returncode == 2
    assert "is there already" in done.stderr
    assert (systems / "trial.yml").read_text(encoding="utf-8") == text


@pytest.mark.parametrize("kind", ["database", "queue"])
def test_on_a_terminal_it_asks(tmp_path: Path, kind: str) -> None:
    controller, terminal = pty.openpty()
    environment = {**os.environ, "HUB_HOME": str(tmp_path / "home"), "HUB_SYSTEMS": str(tmp_path)}
    asked = subprocess.Popen(
        [sys.executable, "-m", "hub", "new", "trial"], stdin=terminal, stdout=terminal, stderr=terminal, env=environment
    )
    os.close(terminal)
    first = "queue\namqp" if kind == "queue" else kind
    os.write(controller, f"{first}\nhigh_court\n试验系统\nTrial\n张三\ntrial@example.org\n".encode())
    assert asked.wait(timeout=60) == 0
    os.close(controller)
    found = read_system(tmp_path / "trial.yml")
    assert (found.source.kind, found.department, found.title) == (kind, "high_court", "试验系统")
    assert found.contact.email == "trial@example.org"


def test_a_declaration_that_does_not_fit_its_contract_yet_stops_only_itself(tmp_path: Path) -> None:
    systems, home = tmp_path / "systems", tmp_path / "home"
    systems.mkdir()
    (systems / "odd.yml").write_text(DECLARATION, encoding="utf-8")  # what its contract requires is not mapped yet
    shutil.copy(FOLDER / "court_odr.yml", systems)
    with odd_source() as url:
        given = {"HUB_SYSTEMS": str(systems), "ODD_URL": url}
        given["AIRFLOW_CONN_ODD"] = json.dumps({"login": "hub", "password": SECRET})
        checked = run_hub(home, "check", "odd", "--json", check=False, **given)
        synced = run_hub(home, "sync", "odd", check=False, **given)
    assert checked.returncode == 1
    misfit, answer = json.loads(checked.stdout)
    line = 1 + DECLARATION.splitlines().index("    fields:")
    assert misfit["message"].startswith(f"{systems / 'odd.yml'}:{line}: odd.cases: contract case_reports requires")
    assert (misfit["ok"], answer["ok"]) == (False, True)  # the source itself answers
    assert synced.returncode == 1
    assert "odd.cases: contract case_reports requires" in synced.stderr
    assert not list(home.glob("landing/odd/**/manifest.json"))  # nothing is asked for that cannot be checked
    built = run_hub(home, "build", **given)
    assert "published 1" in built.stdout + built.stderr
    rows = hub_json(home, "doctor", check=False, **given)
    assert [row["ok"] for row in rows if row["name"] == "declaration odd"] == [False]
    audited = run_hub(home, "audit", check=False, **given)
    assert "odd" not in audited.stdout + audited.stderr


def test_every_way_to_sign_in_is_named_in_a_new_declaration(tmp_path: Path) -> None:
    new(tmp_path, tmp_path / "systems", "trial", "--kind", "rest", "--department", "high_court")
    text = (tmp_path / "systems" / "trial.yml").read_text(encoding="utf-8")
    assert {"zj_gateway", "oauth2_client"} <= set(auth_kinds())
    assert all(kind in text for kind in auth_kinds())


# ---------------------------------------------------------------- OpenAPI

ROW = {
    "type": "object",
    "properties": {
        "bh": {"type": "string", "description": "案件编号"},
        "ajmc": {"type": "string", "description": "案件名称"},
        "f17": {"type": "string", "description": "登记时间"},
        "gxsj": {"type": "string"},
    },
}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "paths": {
        "/cases": {
            "get": {
                "summary": "案件列表",
                "parameters": [
                    {"name": name, "in": "query"} for name in ("pageNo", "pageSize", "startTime", "endTime")
                ],
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Answer"}}}}
                },
            }
        },
        "/ping": {"get": {"responses": {"200": {"description": "nothing to list"}}}},
    },
    "components": {
        "schemas": {
            "Row": ROW,
            "Answer": {
                "allOf": [
                    {"type": "object", "properties": {"code": {"type": "string"}}},
                    {
                        "type": "object",
                        "properties": {
                            "data": {
                                "type": "object",
                                "properties": {
                                    "total": {"type": "integer"},
                                    "rows": {"type": "array", "items": {"$ref": "#/components/schemas/Row"}},
                                },
                            }
                        },
                    },
                ]
            },
        }
    },
}


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_an_endpoint_gives_the_words_of_a_dataset(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"document.{form}"
    path.write_text(
        json.dumps(DOCUMENT) if form == "json" else yaml.safe_dump(DOCUMENT, sort_keys=False), encoding="utf-8"
    )
    (offer,) = endpoints("trial", str(path))
    assert offer.title == "案件列表"
    assert offer.words == {
        "request": {"path": "/cases", "method": "GET"},
        "rows": "data.rows",
        "success": {"field": "code", "equals": "00"},
        "pagination": {
            "kind": "page", "page_param": "pageNo", "size_param": "pageSize", "size": 200, "total": "data.total",
        },
        "sync": {"param": "startTime", "until_param": "endTime"},
    }  # fmt: skip
    assert [(one.name, one.comment) for one in offer.fields][:2] == [("bh", "案件编号"), ("ajmc", "案件名称")]


def test_an_endpoint_of_a_document_becomes_a_dataset_with_its_rows_looked_at(tmp_path: Path) -> None:
    systems, document = tmp_path / "systems", tmp_path / "document.json"
    systems.mkdir()
    (systems / "odd.yml").write_text(DECLARATION, encoding="utf-8")
    text = json.dumps(DOCUMENT).replace('"/cases"', '"/cases/v2"')
    document.write_text(text, encoding="utf-8")
    environment = {"AIRFLOW_CONN_ODD": json.dumps({"login": "hub", "password": SECRET}), "HUB_SYSTEMS": str(systems)}
    ask = ["discover", "odd", "more", "--from", "/cases/v2", "--contract", "case_reports", "--openapi", str(document)]
    with odd_source() as url:
        found = hub_json(tmp_path / "home", *ask, ODD_URL=url, **environment)
    mapped = {one["column"]: one["origin"] for one in found["fields"]}
    assert mapped["title"] == "ajmc"
    assert mapped["reported_at"].startswith("{from: f17"), "by its description, 登记时间"
    assert mapped["source_updated_at"] == '{from: gxsj, type: timestamp, formats: ["%Y-%m-%d %H:%M:%S"]}'
    assert found["rows"] == 100
    assert "required, and no field found: matter_kind" in found["remarks"][0]


@pytest.mark.parametrize("text", ["{}", "title: x", "[", "\x00"])
def test_what_is_no_openapi_document_is_said_to_be_none(tmp_path: Path, text: str) -> None:
    from connectors.errors import ProtocolError

    path = tmp_path / "document"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ProtocolError, match="no OpenAPI document"):
        endpoints("trial", str(path))


# ---------------------------------------------------------------- names, text, crosswalks


def test_the_initials_of_a_columns_words_name_the_column() -> None:
    from pypinyin import lazy_pinyin

    for column in CONTRACTS["case_reports"].columns:
        for word in field_words()[column.name].words if column.name in field_words() else ():
            initials = "".join(one[0] for one in lazy_pinyin(word))
            found = by_name(initials.upper(), "", column)
            assert found is not None, word
            assert found.strength >= (0.8 if len(initials) > 2 else 0.2)
    title = CONTRACTS["case_reports"].column("title")
    found = by_name("AJMC", "", title)
    assert found is not None
    assert found.reason == "ajmc = pinyin initials of 案件名称"


@given(st.recursive(st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8))
def test_a_value_in_one_line_is_read_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, value: Any) -> None:
    path = tmp_path_factory.getbasetemp() / "flow.yml"
    path.write_text(f"word: {flow(value)}\n", encoding="utf-8")
    assert strict_yaml.load(path)[0] == {"word": value}


@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1), min_size=1, max_size=4),
    st.lists(st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1), min_size=1, max_size=4),
)
def test_comments_replace_those_of_last_time_and_nothing_else(first: list[str], second: list[str]) -> None:
    once = set_comments(DECLARATION, "cases", "probe", first)
    assert set_comments(once, "cases", "probe", second) == set_comments(DECLARATION, "cases", "probe", second)
    block = {"    # hub probe >", "    # < hub probe", *(f"    # {line}" for line in first)}
    assert [line for line in once.split("\n") if line not in block] == DECLARATION.split("\n")


def test_words_and_fields_change_alone() -> None:
    text = set_word(DECLARATION, "cases", "rows", "items")
    assert text == DECLARATION.replace("rows: data.rows", "rows: items")
    text = set_fields(DECLARATION, "cases", [], ["summary: jfms  # 0.85"], ["not matched: x"])
    lines = text.splitlines()
    assert lines[-5:] == [
        "      title: ajmc                            # their word for it", "      summary: jfms  # 0.85",
        "      # hub discover >", "      # not matched: x", "      # < hub discover",
    ]  # fmt: skip
    assert set_fields(text, "cases", ["summary"], ["summary: jfms  # 0.85"], ["not matched: x"]) == text


def test_a_missing_crosswalk_is_begun_empty_and_one_that_is_there_is_left(tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_text("kept", encoding="utf-8")
    made = start_crosswalks(("old", "trial_stage"), tmp_path)
    assert [path.name for path in made] == ["trial_stage.csv"]
    assert crosswalk("trial_stage", "stage", tmp_path) == ()
    assert (tmp_path / "old.csv").read_text(encoding="utf-8") == "kept"
