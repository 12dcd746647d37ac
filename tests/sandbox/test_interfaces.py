"""Departments that are asked over HTTP: each has its own door and its own way to hand out what has changed."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from typing import Any, get_args
from xml.etree import ElementTree as Tree

import pytest
import requests

from sandbox.departments import Paging, SignIn, of_carrier

APIS = {one.system: one for one in of_carrier("api")}
GUARDED = [name for name, one in APIS.items() if one.api.sign_in != "none"]


def address(province: Any, system: str) -> str:
    return str(province.env()[APIS[system].variable]) + APIS[system].place


def test_every_door_and_every_way_has_a_department() -> None:
    assert {one.api.sign_in for one in APIS.values()} == set(get_args(SignIn))
    assert {one.api.paging for one in APIS.values()} == set(get_args(Paging))


@pytest.mark.parametrize("system", GUARDED)
def test_a_stranger_is_refused(province: Any, system: str) -> None:
    now = str(round(time.time() * 1000))
    guesses: tuple[dict[str, Any], ...] = (
        {},
        {"headers": {"Authorization": "Bearer nobody"}},
        {"params": {"apikey": "nobody"}},
        {"params": {"appKey": "hub141", "timestamp": now, "sign": "0" * 32}},
    )
    for guess in guesses:
        assert requests.get(address(province, system), timeout=5, **guess).status_code == 401


def test_a_signature_is_of_its_parameters_and_of_its_time(province: Any) -> None:
    system = "environment_complaints"
    sign_in = province.sign_in(system)

    def asked(at: float, **later: str) -> int:
        fields = {"appKey": sign_in["login"], "beginTime": "2026-01-01 00:00:00", "timestamp": str(round(at * 1000))}
        text = "&".join(f"{name}={value}" for name, value in sorted(fields.items())) + f"&key={sign_in['password']}"
        fields |= {"sign": hashlib.md5(text.encode()).hexdigest().upper(), **later}
        return requests.get(address(province, system), fields, timeout=5).status_code

    assert asked(time.time()) == 200
    assert asked(time.time(), beginTime="2020-01-01 00:00:00") == 401
    assert asked(time.time() - 3600) == 401


def test_what_comes_whole_says_how_much_it_is(province: Any) -> None:
    answer = requests.get(address(province, "river_chief"), timeout=5)
    rows = [json.loads(line) for line in answer.content.splitlines()]
    assert len(rows) == int(answer.headers["X-Total-Count"]) > 0


def test_xml_comes_in_pages_from_number_0_on(start: Callable[..., Any]) -> None:
    province = start("--cases", "1500")
    key = province.sign_in("tourism_complaints")["password"]

    def page(number: int) -> Tree.Element:
        fields = {"apikey": key, "format": "xml", "pageNo": number, "pageSize": 1}
        answer = requests.get(address(province, "tourism_complaints"), fields, timeout=5)
        return Tree.fromstring(answer.content)  # noqa: S314

    total, keys = int(page(0).findtext("total") or 0), list[str | None]()
    for number in range(total):
        keys += [one.findtext("complaintCode") for one in page(number).iterfind("records/record")]
    assert len(keys) == total > 1
    assert page(total).findall("records/record") == []
