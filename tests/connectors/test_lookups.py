"""Query-only datasets of REST and SOAP: one subject at a time, and never in bulk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from declarations import GATEWAY, declared
from soap_service import SOAP, CallService, answer
from sources import Answer, Gateway

from connectors.errors import ProtocolError
from schemas.declaration import DeclarationError, System
from schemas.delivery import Window

LOOKUP = """    sync: {{mode: lookup}}
    lookup:
      param: PARAM
      subject: applicant_id_no
      item: "02"
      reasons: {{petition_hotline: "03"}}
      within: 90d
      quota: 500/d
      cache: 30d
      refusals: {{"98": "02"}}
"""
CHILD = """  parts:
    within: {{dataset: cases, rows: parts, parent: {{report: id}}}}
    key: [report]
    freshness: {{warn: 3h, fail: 24h}}
    contract: case_reports
    fields: {{title: t}}
"""
DROPPED = ("    key:", "    sync:", "    contract:", "    fields:", "    pagination:")


def query_only(template: str, param: str) -> str:
    kept, skipping = [], False
    for line in template.splitlines(keepends=True):
        skipping = line.startswith(DROPPED) or (skipping and line.startswith("      "))
        kept += [] if skipping else [line]
    return "".join(kept) + LOOKUP.replace("PARAM", param)


@pytest.fixture
def trial(tmp_path: Path) -> System:
    return declared(tmp_path, query_only(GATEWAY, "sfzh"), attempts=1, in_flight=1, size=1)


@pytest.fixture
def gateway(serve: Callable) -> Gateway:
    gateway = Gateway([])
    gateway.alter = lambda number, usual: Answer(
        {
            "known": b'{"code":"00","datas":{"records":[{"xm":"x"}]}}',
            "unknown": b'{"code":"01"}',
            "secret": b'{"code":"98"}',
            "broken": b'{"code":"95"}',
        }[gateway.calls[-1]["sfzh"]]
    )
    serve(gateway)
    return gateway


def test_rest_answers_knows_nothing_or_refuses(gateway: Gateway, trial: System, connect: Callable) -> None:
    connector: Any = connect(trial, gateway.app_key, gateway.app_secret)
    dataset = trial.datasets["cases"]
    known, unknown, secret = (connector.lookup(dataset, who) for who in ("known", "unknown", "secret"))
    assert (known.result, known.rows) == ("answered", [b'{"xm":"x"}'])
    assert (unknown.result, unknown.rows) == ("not_found", [])
    assert (secret.result, secret.refusal) == ("refused", "02")
    assert "许可-1" in gateway.calls[0]["additional"], "the statutory reason goes along"
    with pytest.raises(ProtocolError, match="code=95") as raised:
        connector.lookup(dataset, "broken")
    assert "broken" not in str(raised.value)


def test_nothing_reads_it_in_bulk(gateway: Gateway, trial: System, connect: Callable) -> None:
    connector = connect(trial, gateway.app_key, gateway.app_secret)
    dataset = trial.datasets["cases"]
    for read in (
        lambda: list(connector.read(dataset, Window(None, None), None, None)),
        lambda: list(connector.keys(dataset)),
        lambda: connector.preview(dataset),
    ):
        with pytest.raises(ProtocolError, match="query-only and never read"):
            read()
    [finding] = connector.check()
    assert finding.ok
    assert gateway.calls == []


def test_soap_asks_in_the_body(tmp_path: Path, serve: Callable, connect: Callable) -> None:
    service = CallService(8)
    serve(service)
    service.alter = lambda number: answer("0", 1, "<Calls><Call><CallId>Y1</CallId></Call></Calls>")
    trial = declared(tmp_path, query_only(SOAP, "BeginTime"), operation="Query")
    found = connect(trial, "client", "secret").lookup(trial.datasets["cases"], "330108")
    assert found.result == "answered"
    assert "330108" in service.calls[0]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("sync: {{mode: lookup}}", "sync: {{mode: snapshot}}", "needs both"),
        ("    sync: {{mode: lookup}}", "    key: [id]\n    sync: {{mode: lookup}}", "leave out|field required"),
        ("quota: 500/d", "quota: many", "write requests a day"),
        ("subject: applicant_id_no", "subject: title", "applicant_id_no"),
        ('    success: {{field: code, equals: "00", empty: ["01"], retry: ["96"]}}\n', "", "give success too"),
        ('{{"98": "02"}}\n', '{{"98": "02"}}\n' + CHILD, "no interface that stands above"),
    ],
)
def test_a_lookup_that_is_none_is_refused(old: str, new: str, words: str, tmp_path: Path) -> None:
    template = query_only(GATEWAY, "sfzh")
    assert old in template
    with pytest.raises(DeclarationError, match=words):
        declared(tmp_path, template.replace(old, new), attempts=1, in_flight=1, size=1)
