"""petition_hotline answers by OAuth2 client credentials and an opaque cursor."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from sandbox.soil.slips import FOR_EVER, NO_SUCH_DAY


def token(province: Any) -> str:
    sign_in = province.sign_in("petition_hotline")
    answer = requests.post(
        province.env()["PETITION_HOTLINE_URL"] + "/oauth/token", {"grant_type": "client_credentials"},
        auth=(sign_in["login"], sign_in["password"]), timeout=5)  # fmt: skip
    assert answer.status_code == 200
    return str(answer.json()["access_token"])


def get(province: Any, path: str, bearer: str, **query: str | int) -> requests.Response:
    url = f"{province.env()['PETITION_HOTLINE_URL']}/api/v2/{path}"
    return requests.get(url, query, headers={"Authorization": f"Bearer {bearer}"}, timeout=5)


@pytest.mark.parametrize(
    ("path", "key"),
    [("work-orders", "orderNo"), ("transfers", "transferId"), ("evaluations", "evalId"), ("visits", "visitNo")],
)
def test_the_cursor_walks_over_every_row(province: Any, path: str, key: str) -> None:
    bearer, rows, cursor = token(province), [], None
    while True:
        result = get(province, path, bearer, limit=40, **({"cursor": cursor} if cursor else {})).json()["result"]
        rows += result["items"]
        cursor = result["nextCursor"]
        if cursor is None:
            break
    assert len(rows) == result["totalCount"] > 40
    assert len({row[key] for row in rows}) >= len(rows) - 3
    times = [row["updatedAt"] for row in rows if row["updatedAt"] not in {NO_SUCH_DAY, FOR_EVER}]
    assert times == sorted(times)
    assert len(times) >= len(rows) - 3


def test_updated_since_takes_times_with_and_without_a_zone(province: Any) -> None:
    bearer = token(province)
    totals = {
        get(province, "work-orders", bearer, updatedSince=since).json()["result"]["totalCount"]
        for since in ("2026-01-01T00:00:00", "2026-01-01T00:00:00+08:00", "2025-12-31T16:00:00+00:00")
    }
    assert len(totals) == 1


def test_wrong_credentials_and_bad_questions_are_refused(province: Any) -> None:
    url = province.env()["PETITION_HOTLINE_URL"] + "/oauth/token"
    refused = requests.post(url, {"grant_type": "client_credentials"}, auth=("hub141", "wrong"), timeout=5)
    assert (refused.status_code, refused.json()) == (401, {"error": "invalid_client"})
    assert get(province, "work-orders", "nobody").json()["errorCode"] == "TOKEN_EXPIRED"
    bearer = token(province)
    assert get(province, "work-orders", bearer, cursor="???").json()["errorCode"] == "BAD_CURSOR"
    assert get(province, "work-orders", bearer, limit="many").status_code == 400


def test_a_token_that_dies_between_pages_can_be_renewed_without_losing_the_place(province: Any) -> None:
    bearer = token(province)
    province.run("fault", "petition_hotline", "expire_token")
    first = get(province, "work-orders", bearer, limit=30).json()["result"]
    assert get(province, "work-orders", bearer, cursor=first["nextCursor"]).status_code == 401
    second = get(province, "work-orders", token(province), limit=30, cursor=first["nextCursor"]).json()["result"]
    assert not {r["orderNo"] for r in first["items"]} & {r["orderNo"] for r in second["items"]}


def test_a_lone_surrogate_and_a_nul_come_as_escapes(province: Any) -> None:
    province.run("fault", "petition_hotline", "lone_surrogate")
    assert rb"\ud83d" in get(province, "work-orders", token(province), limit=5).content
    province.run("fault", "petition_hotline", "nul")
    assert rb"\u0000" in get(province, "work-orders", token(province), limit=5).content
