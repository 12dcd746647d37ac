"""court_odr answers by the gateway's rules: signatures, rotating secrets, pages, errors with HTTP 200."""

from __future__ import annotations

import time
from collections.abc import Callable
from hashlib import md5
from typing import Any

import pytest
import requests

from sandbox.servers.gateway import signature
from sandbox.soil.slips import FOR_EVER, NO_SUCH_DAY

CASES = "sqdj000000000001"
ADDITIONAL = '{"powerMatters":"x"}'


class Client:
    def __init__(self, province: Any) -> None:
        self.base = province.env()["COURT_ODR_URL"]
        sign_in = province.sign_in("court_odr")
        self.key, self.secret = str(sign_in["login"]), str(sign_in["password"])
        self.tokens: dict[str, Any] = {}

    def signed(self, secret: str) -> dict[str, str]:
        at = str(int(time.time() * 1000))
        return {"appKey": self.key, "requestTime": at, "sign": md5(f"{self.key}{secret}{at}".encode()).hexdigest()}

    def token(self, how: str = "refreshTokenByKey", secret: str | None = None) -> dict[str, Any]:
        url = f"{self.base}/gateway/app/{how}.htm"
        answer: dict[str, Any] = requests.get(url, self.signed(secret or self.secret), timeout=5).json()
        self.tokens = answer["datas"] or self.tokens
        return answer

    def post(self, api: str = CASES, **body: Any) -> requests.Response:
        url = f"{self.base}/gateway/api/001003001/dataSharing/{api}.htm"
        body = {"additional": ADDITIONAL, **body}
        return requests.post(url, params=self.signed(self.tokens["requestSecret"]), json=body, timeout=5)


@pytest.fixture
def client(province: Any) -> Client:
    made = Client(province)
    assert made.token()["code"] == "00"
    return made


def test_the_published_vector_of_the_signature() -> None:
    made = signature("A330000100000000000000000001", "0123456789abcdef0123456789abcdef", "1700000000000")
    assert made == "0767a494285ad580ab4320acc703c978"


@pytest.mark.parametrize("api", [CASES, "sqbz000000000002", "sfqr000000000003", "ssyd000000000004"])
def test_pages_hold_every_row_once_in_the_order_of_change(client: Client, api: str) -> None:
    rows: list[dict[str, Any]] = []
    while True:
        datas = client.post(api, pageNo=len(rows) // 50 + 1, pageSize=50).json()["datas"]
        rows += datas["records"]
        if len(datas["records"]) < 50:
            break
    assert len(rows) == datas["total"] > 0
    times = [row["gxsj"] for row in rows if row["gxsj"] not in {NO_SUCH_DAY, FOR_EVER}]
    assert times == sorted(times)
    assert len(times) >= len(rows) - 2


def test_a_start_time_leaves_the_older_rows_out(client: Client) -> None:
    datas = client.post(startTime="2026-01-01 00:00:00", pageSize=1000).json()["datas"]
    assert 0 < datas["total"] < client.post().json()["datas"]["total"]
    assert min(row["gxsj"] for row in datas["records"]) >= "2026-01-01"


def test_nothing_found_is_code_01_and_a_missing_reason_is_refused(client: Client) -> None:
    assert client.post(startTime="2090-01-01 00:00:00").json() == {"code": "01", "msg": "查无数据", "datas": None}
    refused = client.post(additional=None)
    assert (refused.status_code, refused.json()["code"]) == (200, "97")
    assert client.post(pageNo="x").json()["code"] == "98"


def test_a_renewal_ends_the_secret_before_it(client: Client) -> None:
    old = client.tokens["requestSecret"]
    assert client.token("refreshTokenBySec", client.tokens["refreshSecret"])["code"] == "00"
    assert client.post().json()["code"] == "00"
    client.tokens = {**client.tokens, "requestSecret": old}
    assert client.post().json()["code"] == "99"


def test_a_wrong_secret_and_an_old_clock_are_refused(client: Client) -> None:
    assert client.token(secret="wrong")["code"] == "99"


def test_secrets_can_be_made_short_lived(start: Callable[..., Any]) -> None:
    client = Client(start("--secret-seconds", "0.5"))
    client.token()
    assert client.post().json()["code"] == "00"
    time.sleep(0.6)
    assert client.post().json()["code"] == "99"


def test_faults_happen_as_often_as_asked(client: Client, province: Any) -> None:
    province.run("fault", "court_odr", "http_429", "--times", "2")
    answers = [client.post() for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert answers[0].headers["Retry-After"] == "1"
    province.run("fault", "court_odr", "truncated_json")
    with pytest.raises(requests.exceptions.JSONDecodeError):
        client.post().json()
    province.run("fault", "court_odr", "error_code_200")
    assert client.post().json()["code"] == "96"
    province.run("fault", "court_odr", "unreachable")
    with pytest.raises(requests.ConnectionError):
        client.post()
    province.run("fault", "court_odr", "expire_token")
    assert [client.post().json()["code"] for _ in range(2)] == ["00", "99"]
    client.token()
    province.run("fault", "court_odr", "duplicate_key")
    datas = client.post(pageSize=10).json()["datas"]
    assert datas["records"][0] == datas["records"][1]
    assert datas["total"] == client.post().json()["datas"]["total"] + 1


def test_an_unknown_fault_is_refused_with_the_allowed_words(province: Any) -> None:
    done = province.run("fault", "court_odr", "meteorite")
    assert done.returncode == 1
    assert "http_429" in done.stderr
