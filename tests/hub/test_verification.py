"""Query-only sources: one subject at a time, on a legal ground, within a quota, and never twice for nothing."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "connectors"))  # for sources.py and declarations.py

from declarations import GATEWAY
from sources import Answer, Call, listening
from sqlalchemy import update

from hub import catalogue, pipeline, publication, verification
from operations import lookups, runs
from operations.settings import Settings
from operations.store import Store
from operations.tables import quotas
from schemas.declaration import System, read_system
from schemas.delivery import Page
from warehouse.landing import Landing

NOW = datetime(2026, 6, 30, 20)
IDS = {"R1": "330108200001010016", "R2": "330522196503072348", "R3": "11010519491231002X"}
REPORTS = GATEWAY.format(attempts=1, in_flight=1, size=10).replace(
    "fields: {title: t}",
    "fields: {matter_kind: {const: dispute}, reported_at: {from: gxsj, type: timestamp}, applicant_id_no: sfzh}",
)
POLICE = """
title: 人口库
title_en: Population
department: public_security_department
contact: {{name: 联络员, email: trial@example.org}}
classification: L4
schedule: "0 3 * * *"
source:
  kind: rest
  base_url: ${{POLICE_URL}}
  auth: {{kind: oauth2_client, token_path: /oauth/token}}
  retry: {{attempts: 1, statuses: [503]}}
  rate_limit: 1000/s
datasets:
  residence:
    request: {{path: /residence, method: GET}}
    success: {{field: code, equals: "00", empty: ["01"]}}
    rows: datas
    sync: {{mode: lookup}}
    lookup:
      param: sfzh
      subject: applicant_id_no
      item: "02"
      reasons: {{reports: "{reason}"}}
      within: {within}
      quota: {quota}
      cache: 30d
      refusals: {{"98": "02", "97": "03"}}
    freshness: {{warn: 30d, fail: 90d}}
"""


@dataclass
class Register:
    """The police's register: what it says of each ID number, and whom it was asked about."""

    codes: dict[str, str] = field(default_factory=dict)
    down_after: int = 99
    asked: list[str] = field(default_factory=list)

    def __call__(self, call: Call) -> Answer:
        if call.path == "/oauth/token":
            return Answer(b'{"access_token": "t", "expires_in": 1800}')
        self.asked.append(call.query["sfzh"])
        if len(self.asked) > self.down_after:
            return Answer(status=503)
        code = self.codes.get(call.query["sfzh"], "00")
        rows = [{"xm": "张三", "dz": "某街 1 号"}] if code == "00" else None
        return Answer(json.dumps({"code": code, "datas": rows}, ensure_ascii=False).encode())


@pytest.fixture
def register(monkeypatch: pytest.MonkeyPatch) -> Iterator[Register]:
    found = Register()
    with listening(found) as url:
        monkeypatch.setenv("POLICE_URL", url)
        monkeypatch.setenv("AIRFLOW_CONN_POLICE", "http://client:secret@")
        yield found


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", memory_limit="256MiB", as_of=NOW)


Declare = Callable[..., None]


def declared(folder: Path, reason: str = "01", within: str = "30d", quota: str = "10/d") -> dict[str, System]:
    """The register, beside the system of the reports."""
    police = POLICE.format(reason=reason, within=within, quota=quota)
    for name, text in {"police": police, "reports": REPORTS}.items():
        (folder / f"{name}.yml").write_text(text, encoding="utf-8")
    return {name: read_system(folder / f"{name}.yml") for name in ("police", "reports")}


@pytest.fixture
def declare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Declare:
    """Makes these two the declared systems."""

    def start(**words: str) -> None:
        systems = declared(tmp_path, **words)
        monkeypatch.setattr(catalogue, "_loaded", lambda: (systems, []))

    return start


@pytest.fixture(scope="module")
def merged_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with three merged reports of one subject each, the first one the newest; one more, and an old one."""
    folder = tmp_path_factory.mktemp("merged")
    settings = Settings(home=folder / "home", memory_limit="256MiB", as_of=NOW)
    settings.prepare()
    rows = [
        {"id": no, "sfzh": value, "gxsj": f"2026-06-2{9 - n} 08:00:00"} for n, (no, value) in enumerate(IDS.items())
    ]
    rows += [{"id": "R1b", "sfzh": IDS["R1"], "gxsj": "2026-06-01 08:00:00"}]
    rows += [{"id": "R0", "sfzh": "330108200001010024", "gxsj": "2025-01-01 08:00:00"}]
    load = Landing(settings).open("reports", "cases", "sync", None, "d")
    load.add(Page("ndjson", len(rows), b"".join(json.dumps(row).encode() + b"\n" for row in rows)))
    load.complete(None)
    systems = declared(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalogue, "_loaded", lambda: (systems, []))
        merge(settings)
    return settings.home


@pytest.fixture
def reported(settings: Settings, merged_home: Path, declare: Declare) -> None:
    shutil.copytree(merged_home, settings.home)
    declare()


def merge(settings: Settings, query: str = "SELECT 1") -> tuple[list[dict[str, Any]], list[tuple[Any, ...]]]:
    lines = pipeline.merge(settings)
    with publication.warehouse(settings) as writer:
        return lines, writer.con.execute(query).fetchall()


def results(settings: Settings) -> list[tuple[str, str]]:
    return [(call["related_no"], call["result"]) for call in reversed(lookups.recent(Store(settings)))]


def on(settings: Settings, days: int) -> Settings:
    return replace(settings, as_of=NOW + timedelta(days=days))


@pytest.mark.usefixtures("reported")
def test_each_recent_subject_is_asked_about_once_and_the_answers_land(settings: Settings, register: Register) -> None:
    register.codes = {IDS["R2"]: "01", IDS["R3"]: "98"}
    assert verification.verify(settings) == {}
    assert register.asked == list(IDS.values()), "the newest first; nobody twice, and not the one of long ago"
    [line], rows = merge(
        settings,
        "SELECT v.related_system, v.related_no, v.item_code, v.reason_code, v.result_code, v.refusal_reason_code,"
        " v.subject_id_no_token = r.applicant_id_no_token, CAST(v.valid_until AS VARCHAR)"
        " FROM record.verifications AS v JOIN record.case_reports AS r ON r.source_id = v.related_no"
        " ORDER BY v.source_id",
    )
    until = "2026-07-30 20:00:00"
    assert rows == [
        ("reports", "R1", "02", "01", "answered", None, True, until),
        ("reports", "R2", "02", "01", "not_found", None, True, until),
        ("reports", "R3", "02", "01", "refused", "02", True, until),
    ]
    assert (line["kind"], line["declared"], line["landed"], line["loaded"]) == ("verification", 3, 3, 3)
    assert results(settings) == [("R1", "answered"), ("R2", "not_found"), ("R3", "refused")]


@pytest.mark.usefixtures("reported")
def test_the_log_says_who_when_and_why_and_holds_no_value(settings: Settings, register: Register) -> None:
    verification.verify(settings)
    call = lookups.recent(Store(settings))[-1]
    assert {name: call[name] for name in ("who", "asked_at", "reason_code", "item_code", "related_no")} == {
        "who": "hub",
        "asked_at": NOW,
        "reason_code": "01",
        "item_code": "02",
        "related_no": "R1",
    }
    assert len(call["subject_token"]) == 32
    written = b"".join(path.read_bytes() for path in settings.home.glob("operations.db*"))
    for value in (*IDS.values(), "张三", "某街"):
        assert value.encode() not in written


@pytest.mark.usefixtures("reported")
def test_an_answer_is_used_until_it_expires(settings: Settings, register: Register, declare: Declare) -> None:
    declare(within="90d")
    verification.verify(settings)
    asked = len(register.asked)
    verification.verify(on(settings, 29))
    assert len(register.asked) == asked
    verification.verify(on(settings, 30))
    assert len(register.asked) == 2 * asked


@pytest.mark.usefixtures("reported")
def test_a_quota_that_is_used_up_leaves_the_rest_for_tomorrow_and_says_so(
    settings: Settings, register: Register, declare: Declare
) -> None:
    declare(quota="2/d")
    assert verification.verify(settings) == {}
    assert verification.verify(settings) == {}
    assert register.asked == [IDS["R1"], IDS["R2"]]
    told = runs.last_outcome(Store(settings))["police", "residence"]["message"]
    assert told == "the quota of 2 a day is used up: 1 subjects wait for tomorrow"
    with Store(settings).write() as connection:
        connection.execute(update(quotas).values(day=date(2026, 1, 1)))
    verification.verify(settings)
    assert register.asked == list(IDS.values())


@pytest.mark.usefixtures("reported")
def test_a_source_that_has_enough_is_left_alone_until_tomorrow(settings: Settings, register: Register) -> None:
    register.codes = {IDS["R1"]: "97"}
    verification.verify(settings)
    assert register.asked == [IDS["R1"]]
    register.codes = {}
    verification.verify(on(settings, 1))
    assert sorted(register.asked[1:]) == sorted(IDS.values())


@pytest.mark.usefixtures("reported")
def test_what_was_answered_before_a_source_failed_lands(settings: Settings, register: Register) -> None:
    register.down_after = 1
    failures = verification.verify(settings)
    assert "police.residence at http" in failures["police.residence"]
    assert IDS["R2"] not in failures["police.residence"]
    assert results(settings) == [("R1", "answered"), ("R2", "failed")]
    register.down_after = 99
    verification.verify(settings)
    assert register.asked[2:] == [IDS["R2"], IDS["R3"]]
    lines, _ = merge(settings)
    assert [line["landed"] for line in lines] == [1, 2]


@pytest.mark.usefixtures("reported")
def test_a_death_before_the_answers_are_marked_as_landed_asks_nobody_again(
    settings: Settings, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(lookups, "landed", die)
        with pytest.raises(KeyboardInterrupt):
            verification.verify(settings)
    assert verification.verify(settings) == {}
    assert len(register.asked) == 3
    lines, rows = merge(settings, "SELECT count(*) FROM record.verifications")
    assert [(line["loaded"], line["unchanged"]) for line in lines] == [(3, 0), (0, 3)]
    assert rows == [(3,)]
    assert lookups.waiting(Store(settings), "police", "residence") == {}


@pytest.mark.usefixtures("reported")
def test_a_reason_that_is_not_in_force_asks_nobody(settings: Settings, register: Register, declare: Declare) -> None:
    declare(reason="02")  # 信访条例, until 2022-05-01
    failures = verification.verify(settings)
    assert "reasons 02 are not in force, so nothing was asked" in failures["police.residence"]
    assert register.asked == []


def test_query_only_datasets_are_in_no_bulk_read(declare: Declare) -> None:
    declare()
    assert catalogue.selected(None) == [("reports", "cases")]
    assert [dataset.name for _, dataset in catalogue.lookups()] == ["residence"]
