"""Returns over the API and on the page: one's own only, by pages of one publish, kept in the ledger and the log."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from signing_in import csrf

from operations import access_log, users
from operations.settings import Settings
from operations.store import Store
from warehouse.publish import point

SignedIn = Callable[[str], TestClient]
PASSWORD = "correct horse 141"
OWN, OTHER = "330108", "330106"


class Program:
    """A program of a receiver: signs in and asks."""

    def __init__(self, app: FastAPI, login: str) -> None:
        self._client = TestClient(app, follow_redirects=False, raise_server_exceptions=False)
        answer = self._client.post("/api/sign-in", json={"login": login, "password": PASSWORD})
        self._headers = {"Authorization": f"Bearer {answer.json()['token']}"}

    def get(self, path: str, **parameters: Any) -> Any:
        return self._client.get(f"/api/returns/{path}", params=parameters, headers=self._headers)

    def post(self, path: str, **content: Any) -> Any:
        return self._client.post(f"/api/returns/{path}", json=content, headers=self._headers)

    def rows(self, path: str, dataset: str, limit: int) -> list[dict[str, Any]]:
        """Every row of a dataset, page by page."""
        found, cursor = [], ""
        while True:
            answer = self.get(f"{path}/rows", dataset=dataset, limit=limit, cursor=cursor)
            assert answer.status_code == 200, answer.text
            content = answer.json()
            assert len(content["rows"]) == limit or content["next"] is None
            found += content["rows"]
            if content["next"] is None:
                return found
            cursor = content["next"]


@pytest.fixture(scope="module")
def program(app: FastAPI) -> Program:
    return Program(app, "binjiang")


def test_a_county_pages_through_its_rows_while_a_newer_version_comes_and_acknowledges(
    program: Program, settings: Settings, current: duckdb.DuckDBPyConnection
) -> None:
    offered = {one["name"]: one for one in program.get(f"{OWN}/datasets").json()["datasets"]}
    assert offered["core.cases"]["key"] == ["case_code"]
    begun = program.post(OWN).json()
    assert (begun["since"], begun["state"], begun["made_by"]) == (None, "open", "binjiang")
    first = program.get(f"{OWN}/{begun['number']}/rows", dataset="core.cases", limit=3).json()
    publish_without_a_case(settings.published, first["rows"][0]["case_code"])
    try:
        rest = program.rows(f"{OWN}/{begun['number']}", "core.cases", 7)
        assert rest[:3] == first["rows"]
        codes = current.execute("SELECT case_code FROM core.cases WHERE county_code = ?", [OWN]).fetchall()
        assert sorted(row["case_code"] for row in rest) == sorted(code for (code,) in codes)
        assert {row["change"] for row in rest} == {"inserted"}
        assert offered["core.cases"]["rows"] == len(rest) > 5
        wrong = program.post(f"{OWN}/{begun['number']}/acknowledge", rows={"core.cases": 1})
        assert (wrong.status_code, "core.cases 贵方 1 行" in wrong.json()["error"]) == (409, True)
        right = program.post(f"{OWN}/{begun['number']}/acknowledge", rows={"core.cases": len(rest)}).json()
        assert (right["state"], right["acknowledged_by"], right["fetched_by"]) == (
            "acknowledged", "binjiang", "binjiang"
        )  # fmt: skip
        gone = program.get(f"{OWN}/{begun['number']}/rows", dataset="core.cases")
        assert (gone.status_code, "已经确认" in gone.json()["error"]) == (410, True)
        newer = program.post(OWN).json()
        assert (newer["since"], newer["version"]) == (begun["number"], 2)
        cases = next(line for line in newer["lines"] if line["dataset"] == "core.cases")
        assert cases["held_before"] + cases["inserted"] - cases["withdrawn"] == cases["held_after"] == len(rest) - 1
        assert program.post(OWN).json()["number"] == newer["number"], "the one that waits"
    finally:
        point(settings.published / "latest", "v000001")


def test_a_number_that_no_return_can_have_is_not_there(program: Program) -> None:
    for number in (2**31, 10**23):
        assert program.get(f"{OWN}/{number}").status_code == 404
        assert program.post(f"{OWN}/{number}/acknowledge").status_code == 404


def publish_without_a_case(published: Path, code: str) -> None:
    """The next version: the same without one case."""
    shutil.copytree(published / "v000001", published / "v000002")
    for name in ("current", "marts"):
        with duckdb.connect(str(published / "v000002" / f"{name}.duckdb")) as con:
            con.execute("UPDATE ops.versions SET version = 2")
            if name == "current":
                con.execute("DELETE FROM core.cases WHERE case_code = ?", [code])
    point(published / "latest", "v000002")


def test_the_rows_of_another_are_refused_in_words_and_kept(program: Program, settings: Settings) -> None:
    for answer in (
        program.get(OTHER), program.get(f"{OTHER}/datasets"), program.post(OTHER), program.get(f"{OTHER}/1"),
        program.get(f"{OTHER}/1/rows", dataset="core.cases"), program.get(f"{OTHER}/1/files/core.cases.parquet"),
        program.post(f"{OTHER}/1/acknowledge"), program.get("justice_department"), program.get("33"),
    ):  # fmt: skip
        assert answer.status_code == 403
        assert "只能领取本单位的数据" in answer.json()["error"]
    kept = access_log.recent(Store(settings), 9, "return_refused")
    assert [(one["who"], one["subject"]) for one in kept][-1] == ("binjiang", OTHER)
    assert len(kept) == 9


@pytest.mark.parametrize("login", ["leader", "engineer", "auditor"])
def test_who_oversees_takes_nothing(app: FastAPI, login: str) -> None:
    answer = Program(app, login).post(OWN)
    assert (answer.status_code, "不接收数据回流" in answer.json()["error"]) == (403, True)


def test_only_a_token_opens_the_api(app: FastAPI, signed_in: SignedIn, settings: Settings) -> None:
    stranger = TestClient(app)
    wrong = stranger.post("/api/sign-in", json={"login": "binjiang", "password": "no"})
    for answer in (
        wrong, stranger.get(f"/api/returns/{OWN}"), signed_in("binjiang").get(f"/api/returns/{OWN}"),
        stranger.get(f"/api/returns/{OWN}", headers={"Authorization": "Bearer x"}),
    ):  # fmt: skip
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert answer.json()["error"].startswith("没有登录")
    users.create(Store(settings), "fresh", PASSWORD, "county", OWN, must_change=True)
    assert "一次性密码" in Program(app, "fresh").get(OWN).json()["error"]


def test_what_is_asked_wrongly_says_so(program: Program) -> None:
    begun = program.post(OWN, all=True).json()
    path = f"{OWN}/{begun['number']}"
    untouched = program.post(f"{path}/acknowledge")
    assert (untouched.status_code, "还没有领取过" in untouched.json()["error"]) == (409, True)
    for cursor in ("x", f"{begun['name']}.core.visits.5", "R000000.core.cases.5", f"{begun['name']}.core.cases.-1"):
        assert program.get(f"{path}/rows", dataset="core.cases", cursor=cursor).status_code == 400
    assert program.get(f"{path}/rows", dataset="core.cases", limit=5_001).status_code == 400
    assert program.get(f"{path}/rows", dataset="core.unknown").status_code == 404
    assert program.get(f"{OWN}/999").status_code == 404
    assert program.post(f"{OWN}/999/acknowledge").status_code == 404
    assert program.get(f"{path}/files/manifest.json").status_code == 404
    file = program.get(f"{path}/files/core.cases.parquet")
    assert (file.status_code, file.content[:4]) == (200, b"PAR1")


NEXT = "下一步：下载各数据集，导入本单位系统，再点“已应用，确认收到”；确认以后，下一次只给变化。"


def test_on_the_page_a_department_makes_downloads_and_acknowledges_its_own(
    signed_in: SignedIn, settings: Settings
) -> None:
    client = signed_in("justice")
    token = csrf(client.get("/returns").text)
    assert client.post("/returns", data={"csrf": "wrong"}).status_code == 403
    made = client.post("/returns", data={"csrf": token}).headers["location"]
    page = client.get(made).text
    assert "待领取" in page
    assert NEXT in page
    number = made.partition("=")[2]
    body = client.get(f"/returns/{number}/core.cases.csv").content
    assert body.startswith(b"\xef\xbb\xbfchange,row_id,case_code,")
    assert body.count(b"inserted,") > 10
    assert "已应用，确认收到" in client.get(made).text
    assert client.post(f"/returns/{number}/acknowledge", data={"csrf": token}).headers["location"] == made
    assert "已确认" in client.get(made).text
    assert NEXT not in client.get(made).text
    kept = access_log.recent(Store(settings), 3, "return")
    assert [one["reason"] for one in kept] == ["acknowledged", "fetched", "made"]
    seen = signed_in("auditor").get("/returns?receiver=justice_department").text
    assert "省司法厅" in seen
    assert "core.cases.csv" not in seen
    assert signed_in("binjiang").get("/returns?receiver=justice_department").status_code == 403
    leader = signed_in("leader")
    assert leader.post("/returns", data={"csrf": csrf(leader.get("/metrics").text)}).status_code == 403
