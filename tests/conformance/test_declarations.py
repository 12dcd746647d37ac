"""What every declaration promises, read from its text alone. A new system gets these checks free."""

from __future__ import annotations

import ast
import json
import re
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from croniter import croniter
from declared_parts import Part
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from hub.documents import FOLDER as DOCS
from hub.documents import stale
from hub.onboarding.rows import LISTED
from schemas.codes import code_list, crosswalk
from schemas.contract import Column
from schemas.declaration import KeyCompare, System, schema_json
from schemas.declared.words import environment_names
from schemas.departments import departments

EDITOR_LINE = "# yaml-language-server: $schema=../../docs/declaration.schema.json"
FAMILIES = {"VARCHAR": "text", "TIMESTAMP": "timestamp", "DATE": "date", "BOOLEAN": "boolean"}
HOOKS = {"sign", "decode", "amend"}
SECRET_WORD = re.compile(r"passw|secret|token$|api_?key|app_?key|credential|private_?key", re.IGNORECASE)
SECRET_VALUE = re.compile(r"[A-Za-z0-9+=_-]{24,}")
LOGIN_IN_ADDRESS = re.compile(r"//[^/\s\"]*:[^/\s\"]*@")
NAMES_AND_NOT_VALUES = ("_param", "_path", "_url", "_header", "_field")
"""Ends of words that name where something goes, never what it is."""


class _AsEditorsDo(yaml.SafeLoader):
    """YAML 1.2's scalars, as an editor's language server reads them: a date is a text."""

    yaml_implicit_resolvers = {  # noqa: RUF012
        first: [one for one in found if one[0] != "tag:yaml.org,2002:timestamp"]
        for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def columns(part: Part) -> dict[str, Column]:
    return {column.name: column for column in part.contract.columns}


def longest_pause(cron: str) -> timedelta:
    """Between two runs of a month."""
    turns = croniter(cron, datetime(2026, 6, 1))
    times = [turns.get_next(datetime) for _ in range(400)]
    return max(later - earlier for earlier, later in pairwise(times))


def every_scalar(value: object, at: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], str]]:
    if isinstance(value, dict):
        return [one for key, inner in value.items() for one in every_scalar(inner, (*at, str(key)))]
    if isinstance(value, list):
        return [one for inner in value for one in every_scalar(inner, at)]
    return [(at, str(value))]


def test_the_file_is_read_and_editors_know_its_schema(system: System, path: Path) -> None:
    assert system.id == path.stem
    assert path.read_text(encoding="utf-8").splitlines()[0] == EDITOR_LINE


def test_an_editor_with_the_schema_finds_no_fault(path: Path) -> None:
    validator = Draft202012Validator(json.loads(schema_json()))
    error = best_match(validator.iter_errors(yaml.load(path.read_text(encoding="utf-8"), _AsEditorsDo)))  # noqa: S506
    assert error is None, error


def test_each_field_fills_a_column_of_its_contract_and_says_how_times_are_written(parts: tuple[Part, ...]) -> None:
    for part in parts:
        known = columns(part)
        for name, mapped in part.dataset.fields.items():
            assert name in known or name in ("source_id", "source_updated_at"), f"{part.place}: no column {name}"
            of = known[name].type if name in known else "TIMESTAMP" if name == "source_updated_at" else "VARCHAR"
            family = FAMILIES.get(of, "decimal" if of.startswith("DECIMAL") else "integer")
            assert mapped.type in (None, family), f"{part.place}: {name} is {of}, not {mapped.type}"
            if family in ("timestamp", "date") and mapped.source is not None:
                assert mapped.formats, f"{part.place}: {name} needs formats, for no time is read by guessing"


def test_a_crosswalk_exists_is_approved_and_maps_to_nothing_but_codes_of_its_list(parts: tuple[Part, ...]) -> None:
    for part in parts:
        known = columns(part)
        for name, mapped in part.dataset.fields.items():
            target = known[name].code_list if name in known else None
            if target is not None and mapped.const is not None:
                assert mapped.const in {code.code for code in code_list(target)}, f"{part.place}: {name}"
            if mapped.crosswalk is None:
                continue
            assert mapped.crosswalk.startswith(f"{part.system.id}_"), f"{part.place}: {mapped.crosswalk}"
            assert crosswalk(mapped.crosswalk), f"{mapped.crosswalk} is empty: approve mappings and export them"
            for row in crosswalk(mapped.crosswalk, target):  # raises for a target that is no code of the list
                assert all((row.from_code, row.from_label, row.approved_by)), f"{mapped.crosswalk}: {row.from_code}"
                assert 0 < row.confidence <= 1, f"{mapped.crosswalk}: {row.from_code}"


def test_keys_are_compared_no_more_often_than_the_system_is_read(system: System, parts: tuple[Part, ...]) -> None:
    for part in parts:
        if isinstance(part.dataset.deletes, KeyCompare):
            assert longest_pause(part.dataset.deletes.cron) >= longest_pause(system.schedule), part.place


def test_nothing_is_late_before_its_next_run(system: System, parts: tuple[Part, ...]) -> None:
    for part in parts:
        fresh = part.dataset.freshness
        assert longest_pause(system.schedule) <= fresh.warn <= fresh.fail, part.place


def test_a_system_is_scheduled_when_it_may_be_read(system: System) -> None:
    hours = getattr(system.source, "window", None)
    if hours is None:
        return
    start, end = hours.split("-")
    turns = croniter(system.schedule, datetime(2026, 6, 1))
    for turn in (f"{turns.get_next(datetime):%H:%M}" for _ in range(100)):
        assert (start <= turn < end) if start < end else (turn >= start or turn < end), f"{system.id} at {turn}"


def test_an_incremental_dataset_looks_back_and_can_tell_the_newer_of_two_versions(parts: tuple[Part, ...]) -> None:
    for part in parts:
        sync = part.dataset.sync
        if sync.mode != "incremental":
            continue
        assert sync.lookback > timedelta(0), f"{part.place}: late updates would be lost without a lookback"
        assert sync.start is not None, f"{part.place}: the first read needs a start"
        version = part.dataset.fields.get("source_updated_at")
        assert version is not None, f"{part.place}: map source_updated_at"
        if part.system.source.kind in ("rest", "soap"):
            assert sync.param, f"{part.place}: nothing asks the source for changes only"


def test_what_becomes_of_deleted_records_is_stated(parts: tuple[Part, ...]) -> None:
    for part in parts:
        if part.dataset.sync.mode in LISTED:
            assert part.dataset.deletes is not None, f"{part.place}: state deletes; none needs a reason"


def test_the_department_is_known_and_somebody_answers_for_the_system(system: System) -> None:
    assert system.department in departments()
    assert system.contact.name.strip()
    assert re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", system.contact.email)


def test_there_is_no_secret_and_no_address_but_by_name(system: System, path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not LOGIN_IN_ADDRESS.search(text), "an address has a login in it; it belongs into the connection"
    document: dict[str, Any] = yaml.load(text, yaml.BaseLoader)  # noqa: S506
    for at, value in every_scalar(document["source"], ("source",)):
        named = bool(environment_names(value))
        if SECRET_WORD.search(at[-1]) and not at[-1].endswith(NAMES_AND_NOT_VALUES):
            assert named, f"{'.'.join(at)} is a literal; keep it in the connection {system.id}"
        if at[-1] in ("base_url", "url", "wsdl", "folder", "endpoint", "bootstrap"):
            assert named, f"{'.'.join(at)} is the same for every installation; write ${{NAME}}"
        assert named or not SECRET_VALUE.fullmatch(value), f"{'.'.join(at)} looks like a secret"


def test_nothing_is_left_to_fill_in(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [number for number, line in enumerate(lines, 1) if "FILL_IN" in line] == []


def test_a_python_sibling_defines_hooks_alone_and_says_why_words_ran_out(path: Path) -> None:
    sibling = path.with_suffix(".py")
    if not sibling.exists():
        return
    tree = ast.parse(sibling.read_text(encoding="utf-8"))
    assert "because" in (ast.get_docstring(tree) or ""), f"{sibling.name}: say because of what no word does it"
    public = {one.name for one in tree.body if isinstance(one, ast.FunctionDef) and not one.name.startswith("_")}
    assert public <= HOOKS, f"{sibling.name} defines {sorted(public - HOOKS)}; hooks are {sorted(HOOKS)}"


@pytest.mark.parametrize("page", ["systems.md", "declaration.schema.json", "dictionary.md"])
def test_the_generated_pages_are_up_to_date(page: str) -> None:
    assert DOCS / page not in stale(), "run `make docs` and commit the result"


def test_the_catalogue_has_a_line_for_each_dataset(parts: tuple[Part, ...]) -> None:
    catalogue = (DOCS / "systems.md").read_text(encoding="utf-8")
    for part in parts:
        assert f"| {part.place} | {part.dataset.contract} |" in catalogue
