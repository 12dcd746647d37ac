"""A list inside another dataset's rows is a dataset of its own, with the parent's key, and is read once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from previewed import previewed
from register import Register, row
from sources import AS_OF

from connectors.nested import nested_rows
from hub import catalogue
from hub.pipeline import silent, sync
from hub.steps import FaultError
from hub.workers import sync_all
from operations import bookmarks
from operations.settings import Settings
from operations.store import Store
from schemas.declaration import DeclarationError, System, read_system
from schemas.declared.child import Within
from schemas.delivery import Manifest, Window
from warehouse.landing import Landing

TRIAL = Path(__file__).parent / "trials" / "rest_family.yml"
NAME = "rest_family"


@pytest.fixture
def trial(monkeypatch: pytest.MonkeyPatch) -> System:
    system = read_system(TRIAL)
    monkeypatch.setattr(catalogue, "_loaded", lambda: ({NAME: system}, []))
    monkeypatch.setenv(f"AIRFLOW_CONN_{NAME.upper()}", json.dumps({"conn_type": "http", "password": "secret"}))
    return system


@pytest.fixture
def register(serve: Callable) -> Register:
    people = [[{"xm": f"甲{number}"}, {"xm": f"乙{number}"}][: number % 3] for number in range(5)]
    found = Register([row(number, people={"list": inner}) for number, inner in enumerate(people)])
    serve(found)
    return found


def landed(settings: Settings, manifest: Manifest) -> list[dict[str, Any]]:
    folder = manifest.folder(settings)
    return [json.loads(line) for part in manifest.parts for line in (folder / part.path).read_bytes().splitlines()]


def test_children_come_from_what_their_parents_landed(trial: System, store: Store, register: Register) -> None:
    settings = store.settings
    sync(settings, NAME, "reports")
    calls = len(register.calls)
    first = sync(settings, NAME, "parties")
    assert len(register.calls) == calls + 2, "the list of keys, which is due at first, is the only thing asked for"
    assert [(one["report"], one["seq"], one["xm"]) for one in landed(settings, first)] == [
        ("C001", 1, "甲1"),
        ("C002", 1, "甲2"),
        ("C002", 2, "乙2"),
        ("C004", 1, "甲4"),
    ]
    calls = len(register.calls)
    assert sync(settings, NAME, "parties").landed == 0
    assert len(register.calls) == calls


def test_a_run_takes_children_after_their_parents(trial: System, store: Store, register: Register) -> None:
    assert sync_all(store.settings, [(NAME, "parties"), (NAME, "reports")], 1, silent) == {}
    [manifest] = [one for one in Landing(store.settings).complete_of(NAME, "parties") if one.kind == "sync"]
    assert manifest.landed == 4


def test_only_new_deliveries_are_looked_through(trial: System, store: Store, register: Register) -> None:
    settings = store.settings
    sync(settings, NAME, "reports")
    sync(settings, NAME, "parties")
    register.rows = [row(9, f"{AS_OF:%Y-%m-%d} 10:00:00", people={"list": {"xm": "丙"}})]
    sync(settings, NAME, "reports", window=Window(None, AS_OF, "backfill"))
    second = sync(settings, NAME, "parties")
    assert landed(settings, second) == [{"xm": "丙", "report": "C009", "changed": "2026-06-30 10:00:00", "seq": 1}]
    bookmark = bookmarks.get(store, NAME, "parties", "landed")
    assert bookmark == second.bookmark


def test_a_break_in_the_middle_loses_and_doubles_nothing(
    trial: System, store: Store, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = store.settings
    monkeypatch.setattr("connectors.paged.PAGE_BYTES", 1)  # a part for each page
    assert len(sync(settings, NAME, "reports").parts) > 2

    def broken(rows: object, within: Within, of: Callable = nested_rows) -> list[bytes]:
        found = of(rows, within)
        if any(b"C004" in one for one in found):
            raise OSError("no space left on device")
        return found

    monkeypatch.setattr("connectors.nested.nested_rows", broken)
    with pytest.raises(FaultError, match="OSError"):
        sync(settings, NAME, "parties")
    monkeypatch.setattr("connectors.nested.nested_rows", nested_rows)
    again = sync(settings, NAME, "parties")
    assert [one["xm"] for one in landed(settings, again)] == ["甲1", "甲2", "乙2", "甲4"]


def test_keys_preview_and_check_know_the_child(trial: System, connect: Callable, register: Register) -> None:
    connector = connect(trial, None, "secret")
    dataset = trial.datasets["parties"]
    bodies = b"".join(page.body for page in connector.keys(dataset))
    assert [json.loads(line)["source_id"] for line in bodies.splitlines()] == ["C001|1", "C002|1", "C002|2", "C004|1"]
    assert [one["xm"] for one in previewed(connector, dataset, 2)] == ["甲1", "甲2"]
    assert [(one.dataset, one.ok) for one in connector.check()] == [("reports", True), ("parties", True)]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("dataset: reports", "dataset: report", "report is no interface that stands above it; those are: reports"),
        ("    key: [report, seq]", "    sync: {mode: snapshot}\n    key: [report, seq]", "sync is its parent's"),
        ("mode: incremental, cursor: at, param: since, until_param: until", "mode: parent", "goes with: within"),
        ("ordinal: seq", "number: seq", "unknown word"),
        (
            "{kind: page, page_param: current, size_param: size, size: 3, total: data.total}",
            "{kind: time_window, span: 30d, limit: 4}",
            "a list of keys would begin at sync.start",
        ),
    ],
)
def test_a_child_that_is_declared_wrong(tmp_path: Path, old: str, new: str, words: str) -> None:
    text = TRIAL.read_text(encoding="utf-8")
    assert old in text
    text = text.replace(old, new).replace("until_param: until}", "until_param: until, start: 2026-01-01}")
    (tmp_path / "trial.yml").write_text(text, encoding="utf-8")
    with pytest.raises(DeclarationError, match=words):
        read_system(tmp_path / "trial.yml")


WITHIN = Within(dataset="p", rows="a.b", parent={"p_id": "id"}, ordinal="n")


@pytest.mark.parametrize(
    ("parent", "rows"),
    [
        (b'{"id":1,"a":{"b":[{"x":1.50},{}]}}', [b'{"x":1.50,"p_id":1,"n":1}', b'{"p_id":1,"n":2}']),
        (b'{"id":1,"a":{"b":{"x":1}}}', [b'{"x":1,"p_id":1,"n":1}']),
        (b'{"id":1,"a":{"b":["u",2]}}', [b'{"value":"u","p_id":1,"n":1}', b'{"value":2,"p_id":1,"n":2}']),
        (b'{"id":1,"a":{"b":null}}', []),
        (b'{"id":1,"a":[]}', []),
        (b'{"id":1}', []),
        (b'{"a":{"b":[{}]}}', [b'{"p_id":null,"n":1}']),
        (
            b'{"id":1,"a":{"b":[{"x":"\\ud800"},{"x":NaN},{}]}}',
            [b'{"p_id":1,"n":1,"x":"\\ud800"}', b'{"p_id":1,"n":2,"x":NaN}', b'{"p_id":1,"n":3}'],
        ),
        (b'{"id":1,"t":"\\ud800","a":{"b":["u"]}}', [b'{"id":1,"t":"\\ud800","a":{"b":["u"]}}']),
        (b'{"id":1,"a":{"b":[{"x":', [b'{"id":1,"a":{"b":[{"x":']),
    ],
)
def test_rows_are_cut_out_as_they_stand(parent: bytes, rows: list[bytes]) -> None:
    assert nested_rows([parent], WITHIN) == rows


@given(st.lists(st.lists(st.dictionaries(st.sampled_from("xyz"), st.integers() | st.text() | st.none()))))
def test_every_child_comes_once_with_its_parent(families: list[list[dict[str, object]]]) -> None:
    parents = [json.dumps({"id": at, "a": {"b": inner}}).encode() for at, inner in enumerate(families)]
    expected = [
        {**child, "p_id": at, "n": n} for at, inner in enumerate(families) for n, child in enumerate(inner, start=1)
    ]
    assert [json.loads(one) for one in nested_rows(parents, WITHIN)] == expected
