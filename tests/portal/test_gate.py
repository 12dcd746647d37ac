"""The page of the gate: why the last version was not published, and whether two counts of each rule agree."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from fastapi.testclient import TestClient
from signing_in import leader_of
from verdicts import BROKEN, SOUND

from operations.settings import Settings
from portal.gate import groups

SignedIn = Callable[[str], TestClient]


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_the_newest_verdict_says_why_nothing_was_published(signed_in: SignedIn) -> None:
    text = words(signed_in("leader").get("/gate").text)
    assert "第 13 版：未通过，没有发布，上一版继续使用" in text
    assert "账目必须平衡;不符合 1 行" in text
    assert "20260914T21-1a2b" in text


def test_an_earlier_verdict_can_be_opened(signed_in: SignedIn) -> None:
    page = signed_in("engineer").get("/gate")
    earlier = re.findall(r'href="(/gate\?verdict=\d+)"', page.text)[1]
    text = words(signed_in("engineer").get(earlier).text)
    assert "第 12 版：门禁通过，予以发布" in text
    assert "1 项提醒不影响发布" in text
    assert signed_in("engineer").get("/gate?verdict=999").status_code == 404


def test_tables_with_failures_come_first_and_in_their_colour() -> None:
    assert [(one.table, one.failed, one.colour) for one in groups(BROKEN)] == [
        ("core.cases", 1, "yellow"), ("ops.loads", 1, "red"),
    ]  # fmt: skip
    assert [one.colour for one in groups(SOUND)] == ["yellow", "green"]
    assert [row["success"] for row in groups(BROKEN)[0].results] == [False, True]


def test_the_audit_names_what_is_counted_differently(signed_in: SignedIn) -> None:
    text = words(signed_in("leader").get("/gate").text.split('id="audit"')[1])
    assert "两次计数不一致" in text
    assert "3 条规则、2,400 行数据" in text
    assert "applicant_phone.form 90 91 SQ-17" in text
    assert "身份证校验（GB 11643） 1 1 0" in text
    assert "从未有数据不符合的规则 1 条" in text
    assert "union_rights.rights_cases 未能复核：00001.csv is no whole file" in text


def test_before_the_first_gate_and_audit_the_page_says_so(settings: Settings, tmp_path: Path) -> None:
    empty = replace(settings, home=tmp_path, operations_url="")
    empty.prepare()
    text = leader_of(empty).get("/gate").text
    assert "还没有检查过任何版本" in text
    assert "还没有复核过" in text
